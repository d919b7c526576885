"""`eval caption`: does the caption name who is in the photo, and nobody else?

A third of the subjects are strangers whom nobody remembered; a caption that names somebody in their photos
is a false name, counted apart so that recall and precision compare with the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.progress import Progress

from bot.evaluation.data.annotations import Captioned, Missing, captions
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Query, Split, apart_from, everyone_known, few, thirds
from bot.evaluation.harness.metrics import mean, naming
from bot.evaluation.harness.report import Report
from bot.evaluation.harness.talk import Notes, Retrieval, Talk, answers
from core.names import mentioned

QUESTION = "Give a caption of the image."


async def measure(
    talk: Talk,
    collection: Collection,
    *,
    file: tuple[Path, Path] | None = None,
    references: int = 1,
    photos: int = 3,
    seed: int = 0,
    progress: Progress,
) -> Report:
    """The experiment; `file` is a caption file and the folder of its pictures."""
    split, asked, skipped = _questions(collection, file, references, photos, seed)
    notes = await talk.remember(collection, split.references)
    found = await answers(asked, partial(_caption, talk, notes), progress)
    said = {key: [set(mentioned(answer, notes.names)) for answer in texts] for key, texts in found.items()}
    details = {
        str(key): {"by_concept": _by_concept(asked, said[key]), "answers": _kept(asked, texts)}
        for key, texts in found.items()
    }
    return Report(
        "caption",
        collection.name,
        tuple({"captions": str(key)} | _figures(asked, names) for key, names in said.items()),
        talk.identities,
        (seed,),
        _conditions(asked, references),
        (*collection.skipped, *skipped),
        details,
    )


def _questions(
    collection: Collection, file: tuple[Path, Path] | None, references: int, photos: int, seed: int
) -> tuple[Split, list[Captioned], list[str]]:
    if file is None:
        split = thirds(collection, references, seed)[0]
        return split, [_as_captioned(one) for one in few(split.queries, photos)], []
    found = list(captions(*file))
    asked = [one for one in found if isinstance(one, Captioned)]
    split = everyone_known(apart_from(collection, [one.path for one in asked]), references, seed)
    return split, asked, [one.said for one in found if isinstance(one, Missing)]


def _as_captioned(query: Query) -> Captioned:
    return Captioned(query.path, frozenset([query.truth] if query.truth else []))


async def _caption(talk: Talk, notes: Notes, one: Captioned, retrieval: Retrieval) -> str:
    target = next((name for name in sorted(one.names) if name in notes.names), None)
    seen = target
    if retrieval is Retrieval.WRONG:
        seen = notes.another(target or notes.names[0])
    return await talk.ask(notes, QUESTION if talk.sees else "", one.path, retrieval, seen)


def _figures(asked: Sequence[Captioned], said: Sequence[set[str]]) -> dict[str, float]:
    known = [(one.names, names) for one, names in zip(asked, said, strict=True) if one.names]
    strangers = [bool(names) for one, names in zip(asked, said, strict=True) if not one.names]
    total = naming([truth for truth, _ in known], [names for _, names in known])
    wrong = [bool(names - truth) for truth, names in known]
    return {
        "recall": total.recall,
        "precision": total.precision,
        "F1": total.f1,
        "says a wrong name": mean(wrong),
        "names a stranger": mean(strangers),
    }


def _by_concept(asked: Sequence[Captioned], said: Sequence[set[str]]) -> Mapping[str, Mapping[str, float]]:
    """Recall over the concept's photos, precision over the captions that name it."""
    found = {}
    for name in sorted({name for one in asked for name in one.names}):
        truth = [one.names & {name} for one in asked]
        figures = naming(truth, [names & {name} for names in said])
        found[name] = {"recall": figures.recall, "precision": figures.precision, "F1": figures.f1}
    return found


def _kept(asked: Sequence[Captioned], texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(str(one.path), answer) for one, answer in zip(asked, texts, strict=True)]


def _conditions(asked: Sequence[Captioned], references: int) -> tuple[str, ...]:
    strangers = sum(not one.names for one in asked)
    return (
        f"{len(asked)} photos, {strangers} of them of strangers; {references} reference(s) for each concept."
        " Recall over targets, precision over names said, strangers left out of both.",
        "Wrong retrieval finds somebody else in the photo; without, there is only photo and question.",
    )
