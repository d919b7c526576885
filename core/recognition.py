"""Who is in this photo: detect, embed, search, assign, grade.

look(chat, image)      → Look       regions and their embeddings, made once for each photo
identify(index, look)  → Sightings  against what the chat knows right now
study(chat, image, …)  → Study      what `/remember` is about, and whether it is a good reference
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core import matching
from core.calibration import Calibration
from core.concepts import Box, Embedding, Region, Sighting
from core.images import Image
from core.messages import Chat
from core.phrases import mark
from core.ports import View
from core.retrieval import ChatIndex, Retriever
from core.similarity import set_similarity

Detect = Callable[[Image, str], Awaitable[list[Region]]]
Encode = Callable[[View, str], Awaitable[list[Embedding]]]

_MOST_REGIONS = 8  # detected ones that are looked at in one photo
_SMALLEST = 48  # pixels of a reference's longer side
_SUBJECT = 0.08  # of the photo's area, the least that a photo's subject fills
_SAME_PHOTO = 0.93  # similarity of two references that are as good as one


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A photo's regions and embedding i of region i. `size` is the photo's width and height."""

    size: tuple[int, int]
    regions: tuple[Region, ...]
    embeddings: tuple[Embedding, ...]

    def place_of(self, sighting: Sighting) -> int:
        """Which region a sighting is about: an index into `regions`."""
        return self.regions.index(sighting.region)


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A photo's subject as a reference: its region, what else could have been meant, its embedding.

    `refusal` is a sentence when it can't be used, `warning` one when it can but is poor.
    """

    region: Region
    others: tuple[Region, ...]
    embedding: Embedding
    refusal: str | None = None
    warning: str | None = None


class Recognizer:
    """Finds the chat's concepts in photos. `detect` and `encode` go through the executor."""

    def __init__(
        self, detect: Detect, encode: Encode, retriever: Retriever, calibration: Calibration
    ) -> None:
        self._detect, self._encode = detect, encode
        self._retriever, self._calibration = retriever, calibration

    async def look(self, chat: Chat, image: Image) -> Look:
        """Detect and embed a photo's regions; the last is the whole photo."""
        found = (await self._detect(image, chat.key))[:_MOST_REGIONS]
        regions = (*found, Region(image.box))
        embeddings = await self._encode(View(image, tuple(one.box for one in regions)), chat.key)
        return Look((image.width, image.height), regions, tuple(embeddings))

    def identify(self, index: ChatIndex, look: Look) -> tuple[Sighting, ...]:
        """Grade a look against what the chat knows now; quick, and no await in it."""
        found = index.compare(look.embeddings)
        scores = np.where(matching.spread(look.regions, found.denied), np.float32(-1), found.scores)
        return matching.sightings(look.regions, index.concepts, scores, self._calibration)

    async def embed(self, chat: Chat, image: Image, box: Box) -> Embedding:
        """Embed one region of a photo."""
        (embedding,) = await self._encode(View(image, (box,)), chat.key)
        return embedding

    async def study(
        self,
        chat: Chat,
        image: Image,
        *,
        concept_id: int | None = None,
        beside: Sequence[Study] = (),
    ) -> Study:
        """Pick the region that a photo is about and judge it as a reference of a concept.

        `concept_id` is None for a new concept; `beside` are studies that are stored along with this one.
        """
        look = await self.look(chat, image)
        place = _subject(look)
        region, embedding = look.regions[place], look.embeddings[place]
        others = tuple(one for row, one in enumerate(look.regions) if row != place)
        if max(region.box.x1 - region.box.x0, region.box.y1 - region.box.y0) < _SMALLEST:
            return Study(
                region,
                others,
                embedding,
                refusal=mark("That is too small to learn from. Please send a closer photo."),
            )
        index = await self._retriever.index(chat)
        return Study(region, others, embedding, warning=_warning(index, embedding, concept_id, beside))


def _warning(
    index: ChatIndex, embedding: Embedding, concept_id: int | None, beside: Sequence[Study]
) -> str | None:
    if beside and set_similarity([embedding], [one.embedding for one in beside]).max() > _SAME_PHOTO:
        return mark("Two of these photos are almost the same; different views help me more.")
    found = index.compare([embedding])
    own = np.array([row.concept_id == concept_id and not row.negative for row in found.rows], bool)
    if np.any(found.references[0, own] > _SAME_PHOTO):
        return mark("I already have almost the same photo; another view would help me more.")
    return None


def _subject(look: Look) -> int:
    """The largest confident central region; the whole photo when none stands out."""
    width, height = look.size
    best, place = 0.0, len(look.regions) - 1
    for row, region in enumerate(look.regions[:-1]):
        box = region.box
        off = max(abs((box.x0 + box.x1) / width - 1), abs((box.y0 + box.y1) / height - 1))
        weight = region.confidence * box.area / (width * height) * (1 - off)
        if region.confidence >= 0.5 and box.area >= _SUBJECT * width * height and weight > best:
            best, place = weight, row
    return place
