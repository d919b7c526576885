"""What a photo for `/remember` is about: its subject's region, and whether that makes a good reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.concepts import Box, Embedding, Region
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext
from core.recognition.calibration import Calibration
from core.recognition.index import ChatIndex

_LEAST_AREA = 0.08  # of the photo's: the least that a photo's subject fills
_FURNITURE = frozenset({"dining table", "couch", "bed", "bench", "chair"})  # what a photo's subject sits on
_LEAST_SIDE = 48  # pixels of a reference's longer side
_SAME_PHOTO = 0.88  # cosine of two references that are as good as one


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


def subject_index(regions: Sequence[Region]) -> int:
    """The index of the largest confident central region; of the whole photo, the last one, when none stands out."""
    *detected, (whole, *_) = ((one.box, one.confidence, one.category) for one in regions)
    greatest, subject = 0.0, len(regions) - 1
    for index, (box, confidence, category) in enumerate(detected):
        off_centre = max(abs((box.x0 + box.x1) / whole.x1 - 1), abs((box.y0 + box.y1) / whole.y1 - 1))
        weight = confidence * box.area / whole.area * (1 - off_centre)
        fit = confidence >= 0.5 and box.area >= _LEAST_AREA * whole.area and category not in _FURNITURE
        if fit and weight > greatest:
            greatest, subject = weight, index
    return subject


def refusal(box: Box) -> str | None:
    """A sentence when a region is too small for a reference."""
    if max(box.x1 - box.x0, box.y1 - box.y0) < _LEAST_SIDE:
        return gettext_noop("That is too small to learn from. Please send a closer photo.")
    return None


def warning(
    embedding: Embedding,
    index: ChatIndex,
    calibration: Calibration,
    *,
    concept_id: int | None,
    beside: Sequence[EnrolmentSample],
) -> str | LazyString | None:
    """A sentence when a reference repeats one of its concept's, or of `beside`, or resembles another concept more."""
    if any(embedding.vector @ one.embedding.vector > _SAME_PHOTO for one in beside):
        return gettext_noop("Two of these photos are almost the same; different views help me more.")
    own = index.references_of(concept_id) if concept_id is not None else ()
    if any(embedding.vector @ one.vector > _SAME_PHOTO for one in own):
        return gettext_noop("I already have almost the same photo; another view would help me more.")
    if not index.concepts:
        return None
    probabilities = calibration.probabilities(index.compare([embedding]).scores)[0]
    best = int(probabilities.argmax())
    closest = index.concepts[best]
    if closest.id == concept_id or probabilities[best] < calibration.maybe:
        return None
    return lazy_gettext(
        "It looks a lot like {name} to me. A photo that shows the difference would help.",
        name=closest.name,
    )
