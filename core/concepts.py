"""What a chat knows and what is seen in a photo: frozen values of the recognition side."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
FaceVector = NDArray[np.float32]
"""The embedding of a face (128,): two of one person are about 0.6 apart at most, by Euclid's distance."""
FACES = "faces:"
"""How the identity of what embeds faces begins: chats may have its embeddings erased, and no other's."""

_SALIENT = 0.5  # of a mask's cell: what counts as the subject
_LEAST_PIECE = 0.01  # of the photo: smaller pieces of a mask are noise


class Box(NamedTuple):
    """A rectangle in pixels of the upright photo: left, top, right, bottom (right and bottom exclusive)."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def area(self) -> int:
        """Its size in pixels; 0 for an empty or inverted box."""
        return max(0, self.x1 - self.x0) * max(0, self.y1 - self.y0)

    def common(self, other: Box) -> int:
        """The size of the intersection in pixels."""
        return Box(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1)).area

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0…1."""
        inner = self.common(other)
        union = self.area + other.area - inner
        return inner / union if union else 0.0

    def shared(self, other: Box) -> float:
        """The intersection by the area of the smaller of the two, 0…1."""
        smaller = min(self.area, other.area)
        return self.common(other) / smaller if smaller else 0.0

    def within(self, frame: Box) -> Box:
        """The part of it that lies inside `frame`; all of the frame when none does."""
        x0, y0 = max(self.x0, frame.x0), max(self.y0, frame.y0)
        inner = Box(x0, y0, min(self.x1, frame.x1), min(self.y1, frame.y1))
        return inner if inner.area else frame

    def scaled(self, factor: float) -> Box:
        """The same place in a photo `factor` times as large."""
        return Box(*(round(edge * factor) for edge in self))


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What an encoder makes of one region.

    `vector` (d,) is L2-normalised and is what a chat's index searches. `parts` (p, e) are
    L2-normalised vectors of the region's parts at several scales, compared set to set to rank the
    best few; an encoder without parts leaves p = 0. `cohort` (p, 2) is the mean and the deviation of
    each part's best likeness in photos of other things: what everyone has says little about bo. An
    encoder that doesn't know leaves it (0, 2). Embeddings of different encoders never meet.

    The store keeps half precision, and parts that come from it stay so until they are compared: a chat
    of many references would need twice the memory for the same numbers.
    """

    vector: Vectors
    parts: Vectors | NDArray[np.float16]
    cohort: Vectors = field(default_factory=lambda: np.zeros((0, 2), np.float32))

    @property
    def nbytes(self) -> int:
        """Its bytes in memory."""
        return self.vector.nbytes + self.parts.nbytes + self.cohort.nbytes

    def to_bytes(self) -> bytes:
        """Half-precision bytes for the store, header first; `from_bytes` is the way back."""
        header = np.array([self.vector.size, *self.parts.shape, len(self.cohort)], np.uint32)
        body = np.concatenate([self.vector.ravel(), self.parts.ravel(), self.cohort.ravel()])
        return header.tobytes() + body.astype(np.float16).tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Embedding:
        """Read what `to_bytes` wrote; `parts` are a view of `data`.

        Raises `ValueError` when the lengths do not add up.
        """
        size, count, width, known = np.frombuffer(data, np.uint32, 4).tolist()
        body = np.frombuffer(data, np.float16, offset=16)
        end = size + count * width
        if body.size != end + 2 * known:
            raise ValueError("the embedding's bytes are cut short")
        vector, cohort = body[:size].astype(np.float32), body[end:].astype(np.float32)
        return cls(vector, body[size:end].reshape(count, width), cohort.reshape(known, 2))


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """How much each cell of a photo belongs to what the photo is about.

    `cells` (rows, columns), 0…1, are stretched over the whole photo, whatever its shape.
    """

    cells: Vectors

    def share(self, area: Box, frame: Box) -> float:
        """How much of an area belongs to it, 0…1; `frame` is the whole photo in the area's units, from 0."""
        rows, columns = self.cells.shape
        x0, x1 = (round(edge / max(1, frame.x1) * columns) for edge in (area.x0, area.x1))
        y0, y1 = (round(edge / max(1, frame.y1) * rows) for edge in (area.y0, area.y1))
        inside = self.cells[y0 : max(y0 + 1, y1), x0 : max(x0 + 1, x1)]
        return float(inside.mean()) if inside.size else 0.0

    def boxes(self, frame: Box) -> tuple[Box, ...]:
        """The boxes around what belongs together in it, the largest first; none where nothing stands out."""
        from scipy.ndimage import find_objects, label  # noqa: PLC0415 - a slow import that /help can do without

        rows, columns = self.cells.shape
        pieces, count = label(self.cells >= _SALIENT)
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
        placed = find_objects(pieces)
        chosen = [
            placed[number]
            for number in np.argsort(-sizes, kind="stable")
            if sizes[number] >= _LEAST_PIECE * pieces.size
        ]
        wide, high = frame.x1 / columns, frame.y1 / rows
        return tuple(
            Box(round(x.start * wide), round(y.start * high), round(x.stop * wide), round(y.stop * high))
            for y, x in chosen
        )


class Comparison(NamedTuple):
    """What a grade rests on: how alike a region is to a concept, and what that is to be compared with.

    `next` is how alike it is to the chat's next one, `own` how alike the concept's photos are to each other (both −1
    where there is nothing to compare).
    """

    score: float
    next: float = -1.0
    own: float = -1.0


class Verdict(NamedTuple):
    """What somebody answered to "is this bo?", with the evidence at that time."""

    evidence: Comparison
    yes: bool


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face in a photo, and how sure it is that it is one."""

    box: Box
    embedding: FaceVector
    confidence: float = 1.0


class Grade(StrEnum):
    """How sure a sighting is: named, asked about, or spoken of as a stranger."""

    SURE = "sure"
    MAYBE = "maybe"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a photo that may hold somebody or something; `category` is the detector's word."""

    box: Box
    category: str | None = None
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """A concept a region looks like; `score` is the calibrated probability, 0…1, that it is that one."""

    concept_id: int
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """One region with what it was taken for. `match` is None for a stranger.

    `score` is the probability of the best match even where the grade is unknown.
    """

    region: Region
    grade: Grade
    match: Match | None
    score: float


@dataclass(frozen=True, slots=True)
class Info:
    """One text about a concept: what somebody said of it, and when. `core.language.facts` tells which still holds."""

    text: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Concept:
    """A person, pet or thing that a chat has been told about. `infos` runs from old to new.

    `cover` is the id of the reference that people chose to stand for it, None for the first one.
    """

    id: int
    name: str
    category: str | None
    infos: tuple[Info, ...]
    creator_id: str
    creator_name: str
    created_at: datetime
    photos: int
    cover: int | None = None

    @property
    def info(self) -> str:
        """The newest text, empty when nobody wrote one."""
        return self.infos[-1].text if self.infos else ""


class Merged(NamedTuple):
    """A concept that became part of another one, `into`: what was said of it is known as long as that one is."""

    id: int
    name: str
    into: int


Facts = frozenset[tuple[int, str]]
"""A concept's id with its name, or with a text about it: words in the form in which they are compared."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a chat knew at a revision of its memory (0: it has none), or the part of it that something rests on.

    `names` are the facts among them that are the present names.
    """

    revision: int = 0
    facts: Facts = frozenset()
    names: Facts = frozenset()

    def of(self, concept_ids: Collection[int]) -> Known:
        """What of it is about these concepts."""
        return Known(self.revision, frozenset(fact for fact in self.facts if fact[0] in concept_ids))

    def upholds(self, basis: Known) -> bool:
        """Whether what rests on `basis` may still be shown: all of it is known, or it is newer than this."""
        return basis.facts <= self.facts or basis.revision > self.revision > 0

    def renamed_since(self, before: Known) -> Facts:
        """The names that were known before and were given up for others: who had them is known all the same."""
        still = {id for id, _ in self.names}
        return frozenset(fact for fact in before.names - self.facts if fact[0] in still)

    def renamed(self, basis: Known, former: Facts) -> Known:
        """What rests on `basis`, with the present names in place of the `former` ones."""
        if not basis.facts & former:
            return basis
        ids = {id for id, _ in basis.facts & former}
        return Known(basis.revision, basis.facts - former | {fact for fact in self.names if fact[0] in ids})

    def lost_since(self, before: Known) -> frozenset[str]:
        """The names and texts that were known before and no longer are."""
        return frozenset(words for _, words in before.facts - self.facts) - {words for _, words in self.facts}


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Reference:
    """A stored photo region of a concept. A negative one says: this is *not* that concept.

    `photo` is a JPEG of at most 1024 px on its longer side; `box` is in its pixels; `candidates`
    are the other regions the person could have meant.
    """

    id: int
    concept_id: int
    negative: bool
    photo: bytes
    box: Box
    candidates: tuple[Box, ...]
    author: str
    at: datetime
