"""The lists of names in an archive, as JSON: our own `rapport.json`, and the `database.json` of RAP's released code.

rapport.json      everything: concepts, texts with their authors, references with boxes
photos/1.jpg      the stored photos
kept/1.jpg        photos that people chose to keep
database.json     the same in the layout of RAP (github.com/Hoar012/RAP-MLLM)
rap/1.jpg         the cut-out regions that `database.json` points to
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1
LARGEST_JSON = 8 << 20
MOST_NAMES = 10_000
MOST_WITHOUT_PHOTOS = 300  # of the names
MOST_PHOTOS = 20_000  # as often as they are listed
MOST_AT_ONCE = 500  # photos of one entry: a name with more of them has several
MOST_TEXTS = 1000
MOST_CANDIDATES = 100
MOST_EDGE = 1_000_000  # pixels
# What a list within these bounds needs at most; a list of nothing but brackets would take far more memory than bytes.
_MOST_BRACKETS, _MOST_COMMAS = 300_000, 1_000_000

# Lengths that nothing which may be kept comes near; a limit also refuses halves of surrogate pairs.
_Text = Annotated[str, Field(strict=True, max_length=20_000)]
_Edge = Annotated[int, Field(strict=True, ge=0, le=MOST_EDGE)]
_Box = tuple[_Edge, _Edge, _Edge, _Edge]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class SavedInfo(_Strict):
    """One text with who wrote it."""

    text: _Text
    author: _Text = ""
    at: datetime | None = None


class SavedPhoto(_Strict):
    """One reference; without a box the whole photo."""

    file: _Text
    box: _Box | None = None
    candidates: Annotated[tuple[_Box, ...], Field(max_length=MOST_CANDIDATES)] = ()
    negative: Annotated[bool, Field(strict=True)] = False
    cover: Annotated[bool, Field(strict=True)] = False
    author: _Text = ""
    at: datetime | None = None


class SavedSighting(_Strict):
    """One line of the diary."""

    at: datetime
    sender: _Text = ""


class SavedKept(_Strict):
    """A photo that somebody chose to keep: the names of whom it surely shows, and of whom it may."""

    file: _Text
    shows: Annotated[tuple[_Text, ...], Field(max_length=MOST_CANDIDATES)] = ()
    perhaps: Annotated[tuple[_Text, ...], Field(max_length=MOST_CANDIDATES)] = ()
    author: _Text = ""
    at: datetime | None = None


class SavedConcept(_Strict):
    """One concept with everything that was known of it."""

    name: _Text
    category: _Text | None = None
    infos: Annotated[tuple[SavedInfo, ...], Field(max_length=MOST_TEXTS)] = ()
    creator: _Text = ""
    created_at: datetime | None = None
    photos: Annotated[tuple[SavedPhoto, ...], Field(max_length=MOST_AT_ONCE)] = ()
    seen: Annotated[tuple[SavedSighting, ...], Field(max_length=MOST_AT_ONCE)] = ()


class SavedConsent(_Strict):
    """Who agreed that what they taught is used for training, or allowed it in the chat: when, to which wording."""

    name: _Text = ""
    at: datetime | None = None
    wording: Annotated[int, Field(strict=True, ge=0)] = 0


class SavedTraining(_Strict):
    """What was noted of training in the chat: to be read by people, never taken in."""

    opened: SavedConsent | None = None
    agreed: Annotated[tuple[SavedConsent, ...], Field(max_length=MOST_NAMES)] = ()


class Saved(_Strict):
    """The whole of `rapport.json`."""

    format: Annotated[int, Field(strict=True, ge=FORMAT, le=FORMAT)]
    concepts: Annotated[tuple[SavedConcept, ...], Field(max_length=MOST_NAMES)]
    kept: Annotated[tuple[SavedKept, ...], Field(max_length=MOST_PHOTOS)] = ()
    training: SavedTraining | None = None


class RapRecord(_Strict):
    """One concept of RAP's; its key in the database is its name in angle brackets."""

    name: _Text | None = None
    image: _Text | None = None
    info: _Text | None = None
    category: _Text | None = None


class RapDatabase(_Strict):
    """The whole of `database.json`; its `path_to_concept` says nothing that the records don't."""

    concept_dict: Annotated[dict[_Text, RapRecord], Field(max_length=MOST_NAMES)]

    def concepts(self) -> tuple[SavedConcept, ...]:
        """The records as our own, each with its one photo."""
        return tuple(
            SavedConcept(
                name=(one.name or key).strip().removeprefix("<").removesuffix(">"),
                category=one.category or None,
                infos=(SavedInfo(text=one.info),) if one.info else (),
                photos=(SavedPhoto(file=one.image),) if one.image else (),
            )
            for key, one in self.concept_dict.items()
        )


def parsed(data: bytes) -> Any:
    """JSON from a stranger as plain values.

    Raises `OverflowError` when it has more to it than any list within bounds, `ValueError` when it isn't JSON in
    UTF-8, says a key twice or holds what is no number, `RecursionError` when it is too deep.
    """
    if data.count(b"[") + data.count(b"{") > _MOST_BRACKETS or data.count(b",") > _MOST_COMMAS:
        raise OverflowError
    return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
