"""`eval recognise`: yes or no, is bo in this photo? Accuracy on positives and negatives, and their mean.

End to end: RAP's script looks the concept up by its name in the question; here the photo is searched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.progress import Progress

from bot.evaluation.data.annotations import Asked, Missing, recognitions
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import apart_from, everyone_known, few
from bot.evaluation.harness.metrics import weighted
from bot.evaluation.harness.report import Report
from bot.evaluation.harness.talk import Notes, Retrieval, Talk, answers

_YES = re.compile(r"^\W*(yes|yeah|maybe|probably)\b", re.IGNORECASE)


def says_yes(answer: str) -> bool:
    """Whether an answer begins with a yes; "Maybe: that could be bo" is one."""
    return bool(_YES.match(answer))


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
    """The experiment; `file` is a recognition file and the folder of its pictures."""
    read = list(recognitions(*file)) if file else _made(collection, references, photos, seed)
    asked = [one for one in read if isinstance(one, Asked)]
    skipped = [one.said for one in read if isinstance(one, Missing)]
    if file:
        collection = apart_from(collection, [one.path for one in asked])
    split = everyone_known(collection, references, seed)
    notes = await talk.remember(collection, split.references)
    asked = [one for one in asked if one.name in notes.names]
    found = await answers(asked, partial(_answer, talk, notes), progress)
    yes = {key: [says_yes(answer) for answer in texts] for key, texts in found.items()}
    details = {
        str(key): {"by_concept": _by_concept(asked, yes[key]), "answers": _kept(asked, texts)}
        for key, texts in found.items()
    }
    return Report(
        "recognise",
        collection.name,
        tuple({"answers": str(key)} | _figures(asked, there) for key, there in yes.items()),
        talk.identities,
        (seed,),
        _conditions(asked, references),
        (*collection.skipped, *skipped),
        details,
    )


def _made(collection: Collection, references: int, photos: int, seed: int) -> list[Asked | Missing]:
    """Of each photo two questions: is its concept there, and is another, of the same kind if possible."""
    asked: list[Asked | Missing] = []
    for query in few(everyone_known(collection, references, seed).queries, photos):
        if query.truth:
            other = _rival(collection, query.truth)
            asked.append(Asked(query.path, query.truth, _question(query.truth), True))
            asked.append(Asked(query.path, other, _question(other), False))
    return asked


def _rival(collection: Collection, name: str) -> str:
    place = next(number for number, one in enumerate(collection.subjects) if one.name == name)
    turned = (*collection.subjects[place + 1 :], *collection.subjects[:place])
    category = collection.subjects[place].category
    return next((one.name for one in turned if one.category == category), turned[0].name)


def _question(name: str) -> str:
    return f"Is {name} in this photo?"


async def _answer(talk: Talk, notes: Notes, one: Asked, retrieval: Retrieval) -> str:
    """Perfect retrieval finds the concept where it is; wrong retrieval where it is not, and only there."""
    there = one.there is (retrieval is Retrieval.PERFECT)
    seen = one.name if there else None
    return await talk.ask(notes, one.question, one.path, retrieval, seen)


def _figures(asked: Sequence[Asked], yes: Sequence[bool]) -> dict[str, float]:
    found = weighted([one.there for one in asked], yes)
    return {"positive": found.positive, "negative": found.negative, "weighted": found.weighted}


def _by_concept(asked: Sequence[Asked], yes: Sequence[bool]) -> dict[str, dict[str, float]]:
    return {
        name: _figures(
            [one for one in asked if one.name == name],
            [said for one, said in zip(asked, yes, strict=True) if one.name == name],
        )
        for name in sorted({one.name for one in asked})
    }


def _kept(asked: Sequence[Asked], texts: Sequence[str]) -> list[tuple[str, str, str]]:
    return [(str(one.path), one.question, answer) for one, answer in zip(asked, texts, strict=True)]


def _conditions(asked: Sequence[Asked], references: int) -> tuple[str, ...]:
    positive = sum(one.there for one in asked)
    return (
        f"{positive} questions to say yes to, {len(asked) - positive} to say no to, about another concept,"
        f" of the same kind if there is one; {references} reference(s) each. A maybe counts as yes.",
        "Wrong retrieval finds the concept where it isn't, and overlooks it where it is.",
    )
