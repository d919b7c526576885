"""Reads the question files of RAP and Yo'LLaVA: captions, recognition, visual and text-only questions.

A picture is looked for at the path that the file gives, relative to the file's folder, and below the data's
folder with leading parts of the path left out. A missing picture is yielded as `MissingPicture`.
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
from core.names import mentioned

_SKS = re.compile(r"<?\bsks\b>?")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CaptionedPhoto:
    """A photo and the names of the concepts that its caption should contain."""

    path: Path
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class RecognitionQuestion:
    """A yes-or-no question: is a concept in a photo? `present` is the right answer."""

    path: Path
    name: str
    question: str
    present: bool


@dataclass(frozen=True, slots=True)
class MultipleChoiceQuestion:
    """A multiple-choice question about a concept, with a photo or without.

    `options` are texts by letter, `correct` is the letter of the right one.
    """

    name: str
    question: str
    options: Mapping[str, str]
    correct: str
    path: Path | None = None

    @property
    def with_options(self) -> str:
        """The question with its options and the wish for a letter, in RAP's wording."""
        options = "\n".join(f"{letter}. {text}" for letter, text in self.options.items())
        wish = "Please give a single character from the options above."
        return f"Question: {self.question}\nOptions:\n{options}\n{wish}"

    def right_in_words(self, answer: str) -> bool:
        """Whether the answer mentions the text of the right option and of no other."""
        return mentioned(answer, self.options.values()) == [self.options[self.correct]]


@dataclass(frozen=True, slots=True)
class MissingPicture:
    """A picture that a question file names but that does not exist; `message` says which, in a sentence."""

    message: str


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


def captions(file: Path, data: Path) -> Iterator[CaptionedPhoto | MissingPicture]:
    """The entries of RAP's caption file, `{image: [concepts]}`. Raises `DataError` if it has another layout."""
    for image, names in _read(file, _Captions).root.items():
        path = _find_picture(image, file, data)
        yield CaptionedPhoto(path, frozenset(map(_plain, names))) if path else _missing(image)


def recognitions(file: Path, data: Path) -> Iterator[RecognitionQuestion | MissingPicture]:
    """The questions of RAP's `recognition_test.json`; of those with the same image and concept only the first.

    Raises `DataError` if the file has another layout.
    """
    yielded: set[tuple[str, str]] = set()
    for one in _read(file, _Recognitions).root:
        if (one.image, one.concept) in yielded:
            continue
        yielded.add((one.image, one.concept))
        path, name = _find_picture(one.image, file, data), _plain(one.concept)
        question = one.question.replace("<image>", "").strip()
        present = one.correct_answer.strip().lower().startswith("yes")
        yield RecognitionQuestion(path, name, _with_name(question, name), present) if path else _missing(one.image)


def questions(file: Path, data: Path) -> Iterator[MultipleChoiceQuestion | MissingPicture]:
    """The questions of a Yo'LLaVA file: by concept and photo, or by concept and number in the text-only file.

    Raises `DataError` if the file has another layout.
    """
    for concept, asked in _read(file, _Questions).root.items():
        name = _plain(concept)
        for key, one in asked.items():
            shows = Path(key).suffix.lower() in PICTURES
            path = _find_picture(key, file, data) if shows else None
            if shows and path is None:
                yield _missing(key)
                continue
            letter = one.correct_answer.strip().rstrip(".").upper()
            yield MultipleChoiceQuestion(name, _with_name(one.question, name), one.options, letter, path)


def _read(file: Path, model: type[M]) -> M:
    existing(file)
    try:
        return model.model_validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{file} is not laid out as such a file should be (docs/evaluation.md).") from error


def _find_picture(image: str, file: Path, data: Path) -> Path | None:
    parts = [part for part in Path(image).parts if part not in (".", "/")]
    candidates = [Path(image), file.parent / image]
    candidates += [data.joinpath(*parts[skip:]) for skip in range(len(parts))]
    return next((path for path in candidates if path.is_file()), None)


def _missing(image: str) -> MissingPicture:
    return MissingPicture(f"The picture {image} is missing: left out.")


def _plain(name: str) -> str:
    return name.strip().strip("<>")


def _with_name(question: str, name: str) -> str:
    return _SKS.sub(name, question).replace(f"<{name}>", name)
