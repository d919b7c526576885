"""`eval qa`: questions of many choices about concepts, with a photo or from what was told alone.

The paper's measure is the exact letter. An answer in words that speaks of just one option, the right one, is
counted in a column of its own: not every generator speaks in letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.progress import Progress

from bot.evaluation.data.annotations import Choice, Missing, questions
from bot.evaluation.data.datasets import Collection, Subject
from bot.evaluation.data.protocol import apart_from, everyone_known
from bot.evaluation.harness.metrics import mean
from bot.evaluation.harness.report import Report
from bot.evaluation.harness.talk import Notes, Retrieval, Talk, answers
from core.names import mentioned

_LETTER = re.compile(r"^\W*(?:answer:?\s*|option\s*)?([A-Z])(?:\W*$|[.):]\s)", re.IGNORECASE)
_LETTERS = "ABCD"


def letter_of(answer: str) -> str | None:
    """The letter an answer consists of or begins with, as in "B", "(b)" or "B. a red hat"."""
    found = _LETTER.match(answer)
    return found[1].upper() if found else None


def right_in_words(answer: str, options: Mapping[str, str], correct: str) -> bool:
    """Whether the answer speaks of the right option and of no other."""
    return mentioned(answer, options.values()) == [options[correct]]


async def measure(
    talk: Talk,
    collection: Collection,
    *,
    file: tuple[Path, Path] | None = None,
    references: int = 1,
    seed: int = 0,
    progress: Progress,
) -> Report:
    """The experiment; without a `file` of questions it asks what kind of thing each concept is."""
    read = list(questions(*file)) if file else _made(collection)
    skipped = [one.said for one in read if isinstance(one, Missing)]
    shown = [one.path for one in read if isinstance(one, Choice) and one.path]
    split = everyone_known(apart_from(collection, shown), references, seed)
    notes = await talk.remember(collection, split.references)
    asked = [one for one in read if isinstance(one, Choice) and one.name in notes.names]
    found = await answers(asked, partial(_answer, talk, notes), progress)
    details = {
        str(key): {"by_concept": _by_concept(asked, texts), "answers": _kept(asked, texts)}
        for key, texts in found.items()
    }
    return Report(
        "qa",
        collection.name,
        tuple({"answers": str(key)} | _figures(asked, texts) for key, texts in found.items()),
        talk.identities,
        (seed,),
        (
            f"{len(asked)} questions, {sum(one.path is not None for one in asked)} with a photo;"
            f" {references} reference(s) for each concept.",
        ),
        (*collection.skipped, *skipped),
        details,
    )


def _made(collection: Collection) -> list[Choice | Missing]:
    """What kind of thing each concept is, out of four kinds; needs categories, not photos."""
    kinds = sorted({one.category for one in collection.subjects if one.category})
    return [_about_kind(one, kinds, number) for number, one in enumerate(collection.subjects) if one.category]


def _about_kind(subject: Subject, kinds: Sequence[str], number: int) -> Choice:
    others = [kind for kind in kinds if kind != subject.category]
    shown = [others[(number + step) % len(others)] for step in range(min(3, len(others)))]
    place = number % (len(shown) + 1)
    shown.insert(place, subject.category)
    options = dict(zip(_LETTERS, shown, strict=False))
    return Choice(subject.name, f"What is {subject.name}?", options, _LETTERS[place])


async def _answer(talk: Talk, notes: Notes, one: Choice, retrieval: Retrieval) -> str:
    seen = notes.another(one.name) if retrieval is Retrieval.WRONG else one.name
    return await talk.ask(notes, _asked(one, talk.sees), one.path, retrieval, seen)


def _asked(one: Choice, sees: bool) -> str:
    """RAP's wording; the composer, which has no language model, gets the bare question."""
    if not sees:
        return one.question
    options = "\n".join(f"{letter}. {words}" for letter, words in one.options.items())
    wish = "Please give a single character from the options above."
    return f"Question: {one.question}\nOptions:\n{options}\n{wish}"


def _figures(asked: Sequence[Choice], texts: Sequence[str]) -> dict[str, float]:
    pairs = list(zip(asked, texts, strict=True))
    letters = [letter_of(answer) == one.correct for one, answer in pairs]
    words = [
        letter_of(answer) == one.correct or right_in_words(answer, one.options, one.correct) for one, answer in pairs
    ]
    return {"letter": mean(letters), "letter or words": mean(words)}


def _kept(asked: Sequence[Choice], texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(one.question, answer) for one, answer in zip(asked, texts, strict=True)]


def _by_concept(asked: Sequence[Choice], texts: Sequence[str]) -> dict[str, float]:
    right = [letter_of(answer) == one.correct for one, answer in zip(asked, texts, strict=True)]
    return {
        name: mean([good for one, good in zip(asked, right, strict=True) if one.name == name])
        for name in sorted({one.name for one in asked})
    }
