"""The samples of RAP's data: what a model is shown, what it is told of the concepts, and what it should say.

A file of samples is RAP's JSON: a list of `{"id", "image", "conversations", "extra", "type"}`. `extra` has for each
concept that was retrieved, by the path of its reference picture, its name, text and category. What RAP's layout has no
place for is under `rapport`, which other readers pass over. Paths are relative to a build's folder, which `rap/` is in;
those of a file that lies elsewhere to its own folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.concepts import Box
from core.errors import DataError

IMAGE = "<image>"


class Value(BaseModel):
    """A frozen value that is read from files which people may have edited: an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    """What a sample teaches: the groups of RAP-260K, with those of the questions apart."""

    GROUNDING = "grounding"
    RECOGNITION = "recognition"
    CAPTION = "caption"
    DESCRIPTION = "description"
    QUESTION = "question"
    SEVERAL = "several"
    TEXT = "text"
    INSTRUCTION = "instruction"


class Turn(Value):
    """A question and its answer; a name stands as `<bo>` in both, as in RAP's data."""

    question: str
    answer: str


class RetrievedConcept(Value):
    """A concept that is handed to the model with the question.

    `crop` is the path of its reference picture, `box` where retrieval sees it in the sample's image (pixels; None where
    it was retrieved for its name alone). `noise` is whether it is not really there: the answer doesn't speak of it.
    `subject` is who it is, across names.
    """

    crop: str
    name: str
    info: str = ""
    category: str = ""
    box: Box | None = None
    noise: bool = False
    subject: str = ""


SEVERAL_SOURCES = "; "
"""Between the sources, and the licences, of a sample that is made of several."""


class Provenance(Value):
    """Where a sample comes from: its pictures' source and licence, its texts' writer, how it was changed, its seed."""

    source: str = ""
    licence: str = ""
    teacher: str = "none"
    augmented: tuple[str, ...] = ()
    seed: int = 0


class Sample(Value):
    """A conversation about an image (none where `image` is empty), with the concepts that were retrieved for it.

    `subjects` are all who are in the image or whom it is about, by id.
    """

    id: str
    kind: Kind
    image: str = ""
    turns: tuple[Turn, ...] = Field(min_length=1)
    concepts: tuple[RetrievedConcept, ...] = ()
    subjects: tuple[str, ...] = ()
    provenance: Provenance = Provenance()

    @property
    def present(self) -> tuple[RetrievedConcept, ...]:
        """The retrieved concepts that are really there."""
        return tuple(one for one in self.concepts if not one.noise)


def to_rap(sample: Sample) -> dict[str, Any]:
    """The sample in RAP's layout."""
    conversations = []
    for number, turn in enumerate(sample.turns):
        mark = f"{IMAGE}\n" if sample.image and number == 0 else ""
        conversations += [{"from": "human", "value": mark + turn.question}, {"from": "gpt", "value": turn.answer}]
    rest = sample.model_dump(mode="json", include={"subjects", "provenance"})
    rest["boxes"] = {one.crop: one.box for one in sample.concepts if one.box is not None}
    rest["noise"] = [one.crop for one in sample.concepts if one.noise]
    rest["concepts"] = {one.crop: one.subject for one in sample.concepts if one.subject}
    return {
        "id": sample.id,
        **({"image": sample.image} if sample.image else {}),
        "conversations": conversations,
        "extra": {one.crop: one.model_dump(include={"name", "info", "category"}) for one in sample.concepts},
        "type": sample.kind.value,
        "rapport": rest,
    }


class _Line(BaseModel):
    value: str


class _Extra(BaseModel):
    name: str | int
    info: str | None = None
    category: str | None = None


class _Ours(BaseModel):
    boxes: dict[str, tuple[int, int, int, int]] = {}
    noise: list[str] = []
    concepts: dict[str, str] = {}
    subjects: list[str] = []
    provenance: Provenance = Provenance()


class _RapRecord(BaseModel):
    """A record of RAP's layout, to say where one isn't so."""

    id: str | int
    conversations: list[_Line]
    image: str | None = None
    type: Kind = Kind.QUESTION
    extra: dict[str, _Extra] | None = None
    rapport: _Ours = _Ours()


def from_rap(told: dict[str, Any], place: str = "") -> Sample:
    """The sample of a record in RAP's layout, ours or RAP's own; `place` is where it stands, for people.

    Raises `DataError` where it is no such record, with the key that is wrong.
    """
    try:
        lines = [one["value"].removeprefix(IMAGE).strip() for one in told["conversations"]]
        ours = told.get("rapport", {})
        boxes, noise, subjects = ours.get("boxes", {}), ours.get("noise", []), ours.get("concepts", {})
        return Sample(
            id=str(told["id"]),
            kind=told.get("type", Kind.QUESTION),
            image=told.get("image") or "",
            turns=tuple(Turn(question=lines[i], answer=lines[i + 1]) for i in range(0, len(lines) - 1, 2)),
            concepts=tuple(
                RetrievedConcept(
                    crop=crop,
                    name=str(one["name"]).strip("<>"),
                    info=one.get("info") or "",
                    category=one.get("category") or "",
                    box=Box(*boxes[crop]) if crop in boxes else None,
                    noise=crop in noise,
                    subject=subjects.get(crop, ""),
                )
                for crop, one in (told.get("extra") or {}).items()
            ),
            subjects=tuple(ours.get("subjects", ())),
            provenance=Provenance.model_validate(ours.get("provenance", {})),
        )
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        who = told.get("id", "without an id") if isinstance(told, dict) else "that is no object"
        at = f" ({place})" if place else ""
        raise DataError(
            f"The sample {who}{at} is not laid out as RAP's are: {_misfit(told, error)}. See docs/training.md."
        ) from error


def _misfit(told: object, error: Exception) -> str:
    """Which key of a record is wrong, and how."""
    found = error if isinstance(error, ValidationError) else None
    try:
        _RapRecord.model_validate(told)
    except ValidationError as of_record:
        found = of_record
    if found is None:
        return f"{type(error).__name__} {error}"
    first = found.errors(include_url=False, include_input=False)[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))


def write_samples(file: Path, samples: Iterable[Sample]) -> None:
    """Write a file of samples, one on each line of its list, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(file.name + ".new")
    with new.open("w", encoding="utf-8") as out:
        out.write("[")
        for number, one in enumerate(samples):
            out.write(("," if number else "") + "\n" + json.dumps(to_rap(one), ensure_ascii=False))
        out.write("\n]\n")
    new.replace(file)


def picture_folder(file: Path) -> Path:
    """The folder that the paths in a file of samples are relative to."""
    return file.parent.parent if file.parent.name == "rap" else file.parent


def stream_samples(file: Path) -> Iterator[Sample]:
    """The samples of a file one by one, so that a large one need not fit the memory where each has its own line.

    Raises `DataError` for one that is missing or laid out otherwise.
    """
    try:
        with file.open(encoding="utf-8-sig") as lines:
            if next(lines, "").strip() != "[":
                yield from read_samples(file)
                return
            for number, line in enumerate(lines, 2):
                told = line.strip().removesuffix(",")
                if told in ("", "]"):
                    continue
                try:
                    one = json.loads(told)
                except ValueError:
                    if number == 2:  # indented, as others write it
                        yield from read_samples(file)
                        return
                    raise DataError(f"Line {number} of {file} is no JSON: build it anew, or mend it.") from None
                yield from_rap(one, f"line {number} of {file}")
    except OSError as error:
        raise _missing(file) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file} isn't in UTF-8. Save it as UTF-8.") from error


def read_samples(file: Path) -> list[Sample]:
    """The samples of a file. Raises `DataError` for one that is missing or laid out otherwise."""
    try:
        told = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise _missing(file) from error
    except ValueError as error:
        raise DataError(f"{file} is no JSON: {error}.") from error
    if not isinstance(told, list):
        raise DataError(f"{file} is no list of samples.")
    return [from_rap(one, f"number {number} in {file}") for number, one in enumerate(told, 1)]


def _missing(file: Path) -> DataError:
    return DataError(f"There are no samples at {file}: `python -m bot data build` writes them.")
