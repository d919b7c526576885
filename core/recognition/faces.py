"""Faces beside looks: a face that matches outweighs clothes and room, one that differs denies. Pure functions.

Distances are Euclid's between embeddings of `core.concepts.FaceVector`; docs/recognition.md says how the numbers below
were measured, and what else was tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.concepts import Box, Concept, Face, FaceVector, Grade, Match, Region, Sighting, Vectors

PERSON = "person"  # the detectors' word
_SURE = 0.46  # the distance up to which a face is named
_MAYBE = 0.60  # up to which it may be the same: dlib's own line
_OTHER = 0.70  # from which on it is another one's
_LEAD = 0.06  # by which a name must be nearer than every other one
_MIDDLE, _WIDTH = 0.55, 0.03  # of the curve from distance to probability
_INSIDE = 0.6  # of a face's box: what of it lies in a region that shows it
_SAME_PLACE = 0.5  # intersection over the smaller box's area of two regions that show one thing
_NEARLY = 0.3  # intersection over union of a detected person and what somebody means by them
_BODY = (1.5, 1.0, 3.0)  # of a face's size: what is drawn beside, above and below it where nobody was detected


@dataclass(frozen=True, slots=True, eq=False)
class KnownFaces:
    """The faces of a chat's references (n, 128), whose they are (n,), and those that are refused (m, 128).

    `people` are the concepts that have a reference of a person, be it one without a visible face.
    """

    embeddings: Vectors
    owners: NDArray[np.int64]
    refused: Vectors
    people: frozenset[int]

    @classmethod
    def of(cls, faces: Sequence[tuple[int, FaceVector]], refused: Sequence[FaceVector]) -> Self:
        """From the concepts' ids with a face each, (0,) where it can't be seen."""
        seen = [(owner, face) for owner, face in faces if face.size]
        return cls(
            np.stack([face for _, face in seen]) if seen else np.zeros((0, 0), np.float32),
            np.array([owner for owner, _ in seen], np.int64),
            np.stack(refused) if refused else np.zeros((0, 0), np.float32),
            frozenset(owner for owner, _ in faces),
        )

    def __bool__(self) -> bool:
        """Whether there is a face that others can be compared with."""
        return bool(len(self.owners) or len(self.refused))

    def distances(self, face: FaceVector) -> dict[int, float]:
        """How far a face is from each concept that has one: from the two nearest of its references, in the mean."""
        if not len(self.owners):
            return {}
        each = np.linalg.norm(self.embeddings - face, axis=1)
        return {int(one): float(np.sort(each[self.owners == one])[:2].mean()) for one in np.unique(self.owners)}

    def refuses(self, face: FaceVector) -> bool:
        """Whether a face may be one of those that are not to be recognised, and is nearer to that than to a known one.

        Who refuses is to be left alone: in doubt it is their face.
        """
        if not len(self.refused):
            return False
        nearest = float(np.linalg.norm(self.refused - face, axis=1).min())
        return nearest <= _OTHER and nearest <= min(self.distances(face).values(), default=_OTHER)


def people_in(regions: Sequence[Region]) -> tuple[Box, ...]:
    """Where people were detected."""
    return tuple(one.box for one in regions if one.category == PERSON)


def is_person(region: Region, others: Sequence[Region] = ()) -> bool:
    """Whether the detector takes what is in a region for a person, there or, without a word of its own, nearby."""
    if region.category:
        return region.category == PERSON
    return any(one.category == PERSON and one.box.overlap(region.box) >= _NEARLY for one in others)


def face_of(faces: Sequence[Face], region: Box) -> Face | None:
    """The largest face that a region shows, None where none is to be seen."""
    return max((one for one in faces if _shows(region, one)), key=lambda one: one.box.area, default=None)


def owner_of(known: KnownFaces, face: FaceVector, *, likely: bool = False) -> int | None:
    """The concept whose face it surely is, or only is likely to be; None where there is none."""
    most = _MAYBE if likely else _SURE
    ranked = sorted((distance, owner) for owner, distance in known.distances(face).items())
    if not ranked or ranked[0][0] > most:
        return None
    clear = len(ranked) == 1 or ranked[1][0] - ranked[0][0] >= _LEAD
    return ranked[0][1] if clear else None


def is_same(one: FaceVector, other: FaceVector) -> bool:
    """Whether two faces are likely one person's."""
    return bool(one.size and other.size) and float(np.linalg.norm(one - other)) <= _MAYBE


def differs(known: KnownFaces, face: FaceVector, concept_id: int) -> bool:
    """Whether a face is another one's than the concept's."""
    distance = known.distances(face).get(concept_id)
    return distance is not None and distance > _OTHER


def outweighed(
    seen: Sequence[Sighting],
    regions: Sequence[Region],
    faces: Sequence[Face],
    concepts: Sequence[Concept],
    known: KnownFaces,
) -> tuple[Sighting, ...]:
    """What was seen by looks alone, put right by the faces: names by falling probability, then strangers.

    A face that matches is named where it is, whatever looks say. A person whose face is known is not named where
    another face is to be seen, and only asked about where none is. Nobody is named whose face is refused.
    """
    by_looks = {one.match.concept_id: one for one in seen if one.match}
    refuses = [known.refuses(one.embedding) for one in faces]
    welcome = [one for one, is_refused in zip(faces, refuses, strict=True) if not is_refused]
    refused = [_place(regions, one) for one, is_refused in zip(faces, refuses, strict=True) if is_refused]
    names = _named(regions, welcome, concepts, known, by_looks)
    by_face = {one.match.concept_id for one in names if one.match}
    for one in by_looks.values():
        concept_id = one.match.concept_id if one.match else 0
        is_person = concept_id in known.people
        if concept_id in by_face or (is_person and any(_same_place(one.region, other.region) for other in names)):
            continue
        if any(_same_place(one.region, other) for other in refused) and (is_person or one.region.category == PERSON):
            continue
        names += _without_a_match(one, faces, known) if is_person else [one]
    before = {one.region: one for one in seen if not one.match}
    strangers = [
        before.get(region) or Sighting(region, Grade.UNKNOWN, None, 0.0)
        for region in regions
        if region.category and not any(_same_place(region, one.region) for one in names)
    ]
    return (*sorted(names, key=lambda one: -one.score), *strangers)


def _named(
    regions: Sequence[Region],
    faces: Sequence[Face],
    concepts: Sequence[Concept],
    known: KnownFaces,
    by_looks: dict[int, Sighting],
) -> list[Sighting]:
    """Whom the faces show: each face one concept at most, each concept one face, the nearest first."""
    tables = [known.distances(one.embedding) for one in faces]
    pairs = sorted(
        (distance, number, owner) for number, table in enumerate(tables) for owner, distance in table.items()
    )
    names = {one.id: one.name for one in concepts}
    found: list[Sighting] = []
    taken: set[int] = set()
    for distance, number, owner in pairs:
        if distance > _MAYBE:
            break
        if owner not in names or number in taken or any(one.match and one.match.concept_id == owner for one in found):
            continue
        taken.add(number)
        place, looks = _place(regions, faces[number]), by_looks.get(owner)
        lead = min((other for one, other in tables[number].items() if one != owner), default=2.0) - distance
        agrees = looks is not None and looks.grade is Grade.SURE and _same_place(looks.region, place)
        sure = lead >= _LEAD and (distance <= _SURE or agrees)
        probability = 1 / (1 + np.exp((distance - _MIDDLE) / _WIDTH))
        score = max(float(probability), looks.score if looks and agrees else 0.0)
        match = Match(owner, names[owner], score)
        found.append(Sighting(place, Grade.SURE if sure else Grade.MAYBE, match, score))
    return found


def _without_a_match(one: Sighting, faces: Sequence[Face], known: KnownFaces) -> list[Sighting]:
    """A person that is there by looks, but by no face: not where another face is to be seen, else asked about."""
    assert one.match is not None  # noqa: S101 - the caller's
    shown = [face for face in faces if _shows(one.region.box, face)]
    if one.region.category == PERSON:  # it is one person's: what else is in it stands behind or before them
        shown = [face for face in [face_of(shown, one.region.box)] if face]
    if shown and all(differs(known, face.embedding, one.match.concept_id) for face in shown):
        return []
    has_face = bool((known.owners == one.match.concept_id).any())
    return [replace(one, grade=Grade.MAYBE) if has_face and one.grade is Grade.SURE else one]


def _place(regions: Sequence[Region], face: Face) -> Region:
    """The smallest detected person whose face it is; where nobody was detected, the face with something around it."""
    around = [one for one in regions if one.category == PERSON and _shows(one.box, face)]
    if around:
        return min(around, key=lambda one: one.box.area)
    box, (aside, above, below) = face.box, _BODY
    wide, high = box.x1 - box.x0, box.y1 - box.y0
    edges = box.x0 - aside * wide / 2, box.y0 - above * high / 2, box.x1 + aside * wide / 2, box.y1 + below * high / 2
    return Region(Box(*(round(edge) for edge in edges)).within(regions[-1].box), PERSON, face.confidence)


def _shows(region: Box, face: Face) -> bool:
    """Whether most of a face lies in a region."""
    return region.common(face.box) >= _INSIDE * face.box.area > 0


def _same_place(one: Region, other: Region) -> bool:
    return one.box.shared(other.box) > _SAME_PLACE
