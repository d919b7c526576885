"""What readers of annotations hand on, and how they look at values that strangers wrote."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeGuard

from bot.data.records import Other, Split
from bot.data.steps import Refusal, Refused
from core.concepts import Box

LONGEST_TEXT = 2000
_LONGEST_ID = 200
_LARGEST = 1_000_000  # pixels; no picture is as wide
_NO_WORDS = re.compile(r"[\x00-\x1f\x7f-\x9f<>\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A view of a subject as the annotations tell of it; nobody has looked for its picture yet.

    `picture` is its path as annotated. `size` is (width, height) of the picture in which `box` counts. Views of one
    `scene` (a video) are of one split; `frame` is the place in it. `others` name subjects without their source.
    """

    picture: str
    box: Box | None = None
    size: tuple[int, int] | None = None
    name: str = ""
    category: str = ""
    info: str = ""
    visible: float | None = None
    others: tuple[Other, ...] = ()
    phrases: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    scene: str = ""
    frame: float = 0
    licence: str = ""
    split: Split | None = None


class SourceReader(Protocol):
    """A source's subjects, and the views of each; made of what is small enough to be kept in memory."""

    @property
    def faults(self) -> Sequence[Refusal]:
        """Refusals of what belongs to no subject."""
        ...

    def subjects(self) -> Sequence[str]:
        """The subjects' ids, unique within the source."""
        ...

    def views(self, subject: str) -> Iterator[Candidate | Refusal]:
        """The views of a subject."""
        ...


def id_of(value: object) -> str:
    """An id as text: 7, 7.0 and "7" are one. Raises `Refused` for what is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str) or not 0 < len(text := str(value)) <= _LONGEST_ID:
        raise Refused("without an id")
    if not text.isprintable():
        raise Refused("without an id", "its id holds characters that can't be printed")
    return text


def words(value: object, longest: int = LONGEST_TEXT) -> str:
    """People's words on one line, without what marks names in samples or can't be seen; empty for what is no text."""
    return _NO_WORDS.sub(" ", value).strip()[:longest].strip() if isinstance(value, str) else ""


def category_of(value: object) -> str:
    """A category in plain words: "bow_(decorative_ribbons)" is "bow"."""
    return re.sub(r"\s*\([^()]*\)", "", words(value, 80).replace("_", " ")).strip()[:40]


def box_of(value: Any) -> Box:
    """The box of `[x, y, width, height]`, as COCO has it, in whole pixels around it. Raises `Refused`."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 4:
        raise Refused("no box of four numbers")
    if not all(is_number(one) for one in value):
        raise Refused("no box of four numbers")
    x, y, width, height = value
    if max(abs(one) for one in value) > _LARGEST:
        raise Refused("a box beyond any picture")
    if width <= 0 or height <= 0:
        raise Refused("an empty box")
    return Box(math.floor(x), math.floor(y), math.ceil(x + width), math.ceil(y + height))


def size_of(row: Mapping[str, Any]) -> tuple[int, int] | None:
    """The (width, height) that a row tells of a picture, None where it doesn't."""
    width, height = row.get("width"), row.get("height")
    if is_number(width) and is_number(height) and 1 <= min(width, height) <= max(width, height) <= _LARGEST:
        return int(width), int(height)
    return None


def visible_of(row: Mapping[str, Any]) -> float | None:
    """How much of a subject is to be seen, 0…1, by the words that annotations have for it; None where they don't say.

    `visibility` is MOT's share; ImageNet-VID and others only say whether it is `occluded` or `truncated`: half of it,
    then, and OVIS says how much in words.
    """
    share = row.get("visibility")
    if is_number(share) and 0 <= share <= 1:
        return float(share)
    told = [row[key] for key in ("occluded", "truncated", "occlusion") if row.get(key) is not None]
    if not told:
        return None
    in_words = {"no_occlusion": 1.0, "slight_occlusion": 0.7, "severe_occlusion": 0.3}
    return min(in_words.get(one, 1.0) if isinstance(one, str) else 0.5 if one else 1.0 for one in told)


def natural(path: Path) -> list[tuple[int, int | str]]:
    """The order of a path among others in which "frame 9" comes before "frame 10"."""
    parts = re.split(r"(\d+)", path.as_posix())
    return [(0, int(one)) if one.isdecimal() else (1, one) for one in parts if one]


def spread(count: int, most: int) -> list[int]:
    """At most `most` of the numbers 0…count - 1, as far apart as they can be."""
    if count <= most:
        return list(range(count))
    if most == 1:
        return [count // 2]
    return [round(number * (count - 1) / (most - 1)) for number in range(most)]


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value of JSON is a finite number that can be reckoned with."""
    # JSON's whole numbers may be larger than any float.
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e18 < value < 1e18
