"""What a photo for `/remember` is about: its subject's region, and whether that makes a good reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.concepts import Box, Concept, Embedding, FaceVector, Mask, Region
from core.i18n.lazy_strings import gettext_noop
from core.recognition.calibration import Calibration
from core.recognition.faces import differs, is_person, owner_of
from core.recognition.index import ChatIndex
from core.store.values import ReferenceFace

REFUSED = gettext_noop("Whoever that is has asked me not to recognise them here, so I don't learn this.")
_LEAST_AREA = 0.08  # of the photo's: the least that a photo's subject fills
_FURNITURE = frozenset({"dining table", "couch", "bed", "bench", "chair"})  # what a photo's subject sits on
_MOST_SALIENT, _NEARLY_ALL = 3, 0.9  # of a mask's pieces; of the photo: as good as the whole of it
_LEAST_SIDE = 48  # pixels of a reference's longer side
# Of right photos one in a hundred is doubted (easy ones) to one in ten (hard ones), of wrong ones 96 % and more:
# docs/recognition.md.
UNLIKE = 0.02  # the probability below which a photo looks like nothing of its own concept
_OTHER, _LEAD = 0.5, 0.3  # that it is another one, and how much likelier than its own
# Kinds that the detector takes other things for less often than one time in a hundred where it is so sure.
# Nobody needs to be told that somebody is a person, and dolls are taken for one.
_TRUSTED = frozenset({"dog", "cat", "bird", "horse", "teddy bear"})
_CERTAIN = 0.85
_SAME_PHOTO = 0.88  # cosine of two references that are as good as one


@dataclass(frozen=True, slots=True)
class Doubt:
    """A photo of a concept that looks like `other`, surely or perhaps, or (None) like nothing of its own."""

    other: Concept | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class EnrolmentSample:
    """A photo's subject as a reference: its region, what else could have been meant, its embedding.

    `refusal` is a sentence when it can't be used, `warning` one when it is poor, `doubt` what speaks against it.
    `face` is None where it wasn't looked for.
    """

    region: Region
    others: tuple[Region, ...]
    embedding: Embedding
    refusal: str | None = None
    warning: str | None = None
    doubt: Doubt | None = None
    face: ReferenceFace | None = None

    @property
    def shows_person(self) -> bool:
        """Whether the detector takes it for a person."""
        return is_person(self.region, self.others)


def subject_index(regions: Sequence[Region]) -> int:
    """The index of the largest confident central region; where none stands out, of what is salient, or all of it.

    The whole photo is the last one. Salient regions have no category.
    """
    *detected, (whole, *_) = ((one.box, one.confidence, one.category) for one in regions)
    greatest, subject = 0.0, len(regions) - 1
    for index, (box, confidence, category) in enumerate(detected):
        off_centre = max(abs((box.x0 + box.x1) / whole.x1 - 1), abs((box.y0 + box.y1) / whole.y1 - 1))
        weight = confidence * box.area / whole.area * (1 - off_centre)
        fit = category and confidence >= 0.5 and box.area >= _LEAST_AREA * whole.area and category not in _FURNITURE
        if fit and weight > greatest:
            greatest, subject = weight, index
    if subject == len(regions) - 1:
        subject = next((index for index, (_, _, category) in enumerate(detected) if category is None), subject)
    return subject


def salient_regions(mask: Mask, frame: Box) -> tuple[Region, ...]:
    """The regions that a mask takes for what the photo is about, the largest first; at most three."""
    boxes = mask.boxes(frame)
    return tuple(Region(box) for box in boxes[:_MOST_SALIENT] if box.area < _NEARLY_ALL * frame.area)


def refusal(box: Box) -> str | None:
    """A sentence when a region is too small for a reference."""
    if max(box.x1 - box.x0, box.y1 - box.y0) < _LEAST_SIDE:
        return gettext_noop("That is too small to learn from. Please send a closer photo.")
    return None


def repeated(
    embedding: Embedding, index: ChatIndex, *, concept_id: int | None, beside: Sequence[EnrolmentSample]
) -> str | None:
    """A sentence when a reference repeats one of its concept's, or of `beside`."""
    if any(embedding.vector @ one.embedding.vector > _SAME_PHOTO for one in beside):
        return gettext_noop("Two of these photos are almost the same; different views help me more.")
    own = index.references_of(concept_id) if concept_id is not None else ()
    if any(embedding.vector @ one.vector > _SAME_PHOTO for one in own):
        return gettext_noop("I already have almost the same photo; another view would help me more.")
    return None


def doubt(embedding: Embedding, index: ChatIndex, calibration: Calibration, concept_id: int | None) -> Doubt | None:
    """What speaks against a reference of a concept (None: a new one), None where nothing does."""
    own = index.likeness(embedding, concept_id) if concept_id is not None else None
    fit = calibration.probability(own.score) if own else 0.0
    others = [one for one in index.concepts if one.id != concept_id]
    found = index.compare([embedding]).scores[0]
    scores = {one.id: float(score) for one, score in zip(index.concepts, found, strict=True)}
    other = max(others, key=lambda one: scores[one.id], default=None)
    likely = calibration.probability(scores[other.id]) if other and scores[other.id] > -1 else 0.0
    if other and likely >= max(_OTHER if own else calibration.maybe, fit + _LEAD):
        return Doubt(other, sure=likely >= calibration.sure)
    return Doubt() if own and fit < UNLIKE else None


def doubt_by_face(by_looks: Doubt | None, face: FaceVector, index: ChatIndex, concept_id: int | None) -> Doubt | None:
    """What speaks against a reference of a concept once its face is known; what looks alone say counts less."""
    owner = owner_of(index.faces, face)
    if owner is not None:
        other = next((one for one in index.concepts if one.id == owner), None)
        return Doubt(other, sure=True) if other and owner != concept_id else None
    if concept_id is not None and differs(index.faces, face, concept_id):
        return by_looks or Doubt()
    if by_looks and by_looks.other and differs(index.faces, face, by_looks.other.id):
        return None  # the same room, or the same clothes
    return by_looks


def certain_category(regions: Sequence[Region]) -> str | None:
    """The detector's word for what photos of one thing show, where it can be trusted; None rather than a wrong one."""
    told = {one.category for one in regions if one.category}
    best = max((one.confidence for one in regions), default=0.0)
    return told.pop() if len(told) == 1 and told <= _TRUSTED and best >= _CERTAIN else None
