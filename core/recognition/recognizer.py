"""Who is in this photo: detect, embed, search, assign, grade.

look(chat, image)      → PhotoFeatures       regions and their embeddings, made once for each photo
identify(index, look)  → Sightings  against what the chat knows right now
study(chat, image, …)  → EnrolmentSample      what `/remember` is about, and whether it is a good reference
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.concepts import Box, Embedding, Region, Sighting, Vectors
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext
from core.images.decoding import Image
from core.messages import Chat
from core.ports import View
from core.recognition import assignment
from core.recognition.calibration import Calibration
from core.recognition.index import ChatIndex, Retriever

Detect = Callable[[Image, str], Awaitable[list[Region]]]
Encode = Callable[[View, str], Awaitable[list[Embedding]]]

_MOST_REGIONS = 8  # detected ones that are looked at in one photo
_SQUARE = 0.6  # of the photo's shorter side: places to look at where the detector has no word for a thing
_CLOSER = 0.15  # by which a smaller region must be more alike than the photo: many are tried, so luck is likely
_SMALLEST = 48  # pixels of a reference's longer side
_SUBJECT = 0.08  # of the photo's area, the least that a photo's subject fills
_SAME_PHOTO = 0.88  # cosine of two references that are as good as one
_STAGES = frozenset({"dining table", "couch", "bed", "bench", "chair"})  # what a photo's subject sits on


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFeatures:
    """A photo's regions and embedding i of region i. `size` is the photo's width and height.

    First the detected ones, then squares all over the photo, last the whole photo; only detected ones
    have a category.
    """

    size: tuple[int, int]
    regions: tuple[Region, ...]
    embeddings: tuple[Embedding, ...]

    def place_of(self, sighting: Sighting) -> int:
        """Which region a sighting is about: an index into `regions`."""
        return self.regions.index(sighting.region)


@dataclass(frozen=True, slots=True, eq=False)
class EnrolmentSample:
    """A photo's subject as a reference: its region, what else could have been meant, its embedding.

    `refusal` is a sentence when it can't be used, `warning` one when it can but is poor.
    """

    region: Region
    others: tuple[Region, ...]
    embedding: Embedding
    refusal: str | None = None
    warning: str | LazyString | None = None


class Recognizer:
    """Finds the chat's concepts in photos. `detect` and `encode` go through the executor."""

    def __init__(self, detect: Detect, encode: Encode, retriever: Retriever, calibration: Calibration) -> None:
        self._detect, self._encode = detect, encode
        self._retriever, self._calibration = retriever, calibration

    async def look(self, chat: Chat, image: Image) -> PhotoFeatures:
        """Detect and embed a photo's regions; the last is the whole photo."""
        found = (await self._detect(image, chat.key))[:_MOST_REGIONS]
        regions = (*found, *map(Region, _squares(image.box)), Region(image.box))
        embeddings = await self._encode(View(image, tuple(one.box for one in regions)), chat.key)
        return PhotoFeatures((image.width, image.height), regions, tuple(embeddings))

    def identify(self, index: ChatIndex, look: PhotoFeatures) -> tuple[Sighting, ...]:
        """Grade a look against what the chat knows now; quick, and no await in it."""
        return assignment.sightings(look.regions, index.concepts, scores(index, look), self._calibration)

    async def embed(self, chat: Chat, image: Image, box: Box) -> Embedding:
        """Embed one region of a photo as a reference."""
        (embedding,) = await self._encode(View(image, (box,), reference=True), chat.key)
        return embedding

    async def study(
        self,
        chat: Chat,
        image: Image,
        *,
        concept_id: int | None = None,
        beside: Sequence[EnrolmentSample] = (),
    ) -> EnrolmentSample:
        """Pick the region that a photo is about and judge it as a reference of a concept.

        `concept_id` is None for a new concept; `beside` are studies that are stored along with this one.
        """
        found = (await self._detect(image, chat.key))[:_MOST_REGIONS]
        regions = (*found, Region(image.box))
        place = _subject(regions)
        region = regions[place]
        others = tuple(one for row, one in enumerate(regions) if row != place)
        embedding = await self.embed(chat, image, region.box)
        if max(region.box.x1 - region.box.x0, region.box.y1 - region.box.y0) < _SMALLEST:
            refusal = gettext_noop("That is too small to learn from. Please send a closer photo.")
            return EnrolmentSample(region, others, embedding, refusal=refusal)
        index = await self._retriever.index(chat)
        warning = _repeated(index, embedding, concept_id, beside) or self._mistakable(index, embedding, concept_id)
        return EnrolmentSample(region, others, embedding, warning=warning)

    def _mistakable(self, index: ChatIndex, embedding: Embedding, concept_id: int | None) -> LazyString | None:
        """A sentence when a reference looks more like another concept than like its own."""
        if not index.concepts:
            return None
        probabilities = self._calibration.probabilities(index.compare([embedding]).scores)[0]
        best = int(probabilities.argmax())
        closest = index.concepts[best]
        if closest.id == concept_id or probabilities[best] < self._calibration.maybe:
            return None
        return lazy_gettext(
            "It looks a lot like {name} to me. A photo that shows the difference would help.",
            name=closest.name,
        )


def scores(index: ChatIndex, look: PhotoFeatures) -> Vectors:
    """How alike regions and concepts are (regions, concepts); −1 where a concept is out of the question."""
    found = index.compare(look.embeddings)
    whole = np.arange(len(look.regions)) == len(look.regions) - 1
    # An encoder that embeds crops, not parts, sees a region as it sees a reference: nothing to make up for.
    by_parts = any(len(one.parts) for one in look.embeddings)
    fair = found.scores - np.where(whole | (not by_parts), 0, _CLOSER)[:, None].astype(np.float32)
    out = assignment.spread(look.regions, found.denied) | (found.scores <= -1)
    return np.where(out, np.float32(-1), fair)


def _repeated(
    index: ChatIndex, embedding: Embedding, concept_id: int | None, beside: Sequence[EnrolmentSample]
) -> str | None:
    """A sentence when the concept has, or is just getting, almost the same photo."""
    if any(embedding.vector @ one.embedding.vector > _SAME_PHOTO for one in beside):
        return gettext_noop("Two of these photos are almost the same; different views help me more.")
    own = index.references_of(concept_id) if concept_id is not None else ()
    if any(embedding.vector @ one.vector > _SAME_PHOTO for one in own):
        return gettext_noop("I already have almost the same photo; another view would help me more.")
    return None


def _subject(regions: Sequence[Region]) -> int:
    """The largest confident central region; the whole photo, which comes last, when none stands out."""
    *detected, (whole, *_) = ((one.box, one.confidence, one.category) for one in regions)
    best, place = 0.0, len(regions) - 1
    for row, (box, confidence, category) in enumerate(detected):
        off = max(abs((box.x0 + box.x1) / whole.x1 - 1), abs((box.y0 + box.y1) / whole.y1 - 1))
        weight = confidence * box.area / whole.area * (1 - off)
        fit = confidence >= 0.5 and box.area >= _SUBJECT * whole.area and category not in _STAGES
        if fit and weight > best:
            best, place = weight, row
    return place


def _squares(frame: Box) -> list[Box]:
    """Squares that cover a photo, neighbours overlapping, and one in its middle."""
    side = max(1, round(_SQUARE * min(frame.x1, frame.y1)))
    columns, rows = (
        [0, (edge - side) // 2, edge - side] if edge > 1.3 * least else [0, edge - side]
        for edge, least in ((frame.x1, frame.y1), (frame.y1, frame.x1))
    )
    corners = [(x, y) for y in rows for x in columns]
    middle = (frame.x1 - side) // 2, (frame.y1 - side) // 2
    return [Box(x, y, x + side, y + side) for x, y in dict.fromkeys([*corners, middle])]
