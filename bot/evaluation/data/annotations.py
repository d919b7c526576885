"""Reads the question files of RAP and Yo'LLaVA: captions, recognition, visual and text-only questions.

Pictures are looked for where the file says, beside the file, and below the data's folder, whatever folder
the path began with. A missing one is named and skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel

from bot.evaluation.data.datasets import PICTURES, existing
from core.errors import DataError

_SKS = re.compile(r"<?\bsks\b>?")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Captioned:
    """A photo and the concepts that its caption should name."""

    path: Path
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether a concept is in a photo."""

    path: Path
    name: str
    question: str
    there: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A question of many choices about a concept, with a photo or without; `correct` is a letter."""

    name: str
    question: str
    options: Mapping[str, str]
    correct: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A picture that is not there, in a sentence."""

    said: str


class _Captions(RootModel[dict[str, list[str]]]):
    pass


class _Recognition(BaseModel):
    model_config = ConfigDict(frozen=True)

    image: str
    question: str
    concept: str
    correct_answer: str


class _Recognitions(RootModel[list[_Recognition]]):
    pass


class _Question(BaseModel):
    model_config = ConfigDict(frozen=True)

    question: str
    # The visual file says `options`, the text-only one `option`.
    options: dict[str, str] = Field(validation_alias=AliasChoices("options", "option"))
    correct_answer: str


class _Questions(RootModel[dict[str, dict[str, _Question]]]):
    pass


def captions(file: Path, data: Path) -> Iterator[Captioned | Missing]:
    """RAP's caption file: `{image: [concepts]}`. Raises `DataError` when it is none."""
    for image, names in _read(file, _Captions).root.items():
        path = _found(image, file, data)
        yield Captioned(path, frozenset(map(_plain, names))) if path else _missing(image)


def recognitions(file: Path, data: Path) -> Iterator[Asked | Missing]:
    """RAP's `recognition_test.json`; a question that is repeated there counts once."""
    told: set[tuple[str, str]] = set()
    for one in _read(file, _Recognitions).root:
        if (one.image, one.concept) in told:
            continue
        told.add((one.image, one.concept))
        path, name = _found(one.image, file, data), _plain(one.concept)
        question = one.question.replace("<image>", "").strip()
        there = one.correct_answer.strip().lower().startswith("yes")
        yield Asked(path, name, _named(question, name), there) if path else _missing(one.image)


def questions(file: Path, data: Path) -> Iterator[Choice | Missing]:
    """Yo'LLaVA's questions by concept and photo, or by concept and number where they are text alone."""
    for concept, asked in _read(file, _Questions).root.items():
        name = _plain(concept)
        for key, one in asked.items():
            shows = Path(key).suffix.lower() in PICTURES
            path = _found(key, file, data) if shows else None
            if shows and path is None:
                yield _missing(key)
                continue
            letter = one.correct_answer.strip().rstrip(".").upper()
            yield Choice(name, _named(one.question, name), one.options, letter, path)


def _read(file: Path, model: type[M]) -> M:
    existing(file)
    try:
        return model.model_validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{file} is not laid out as such a file should be (docs/evaluation.md).") from error


def _found(image: str, file: Path, data: Path) -> Path | None:
    parts = [part for part in Path(image).parts if part not in (".", "/")]
    places = [Path(image), file.parent / image]
    places += [data.joinpath(*parts[skip:]) for skip in range(len(parts))]
    return next((place for place in places if place.is_file()), None)


def _missing(image: str) -> Missing:
    return Missing(f"The picture {image} is missing: left out.")


def _plain(name: str) -> str:
    return name.strip().strip("<>")


def _named(question: str, name: str) -> str:
    return _SKS.sub(name, question).replace(f"<{name}>", name)
