"""Faces beside looks, as pure functions."""

from datetime import UTC, datetime

import numpy as np
import pytest

from core.concepts import Box, Concept, Face, FaceVector, Grade, Match, Region, Sighting
from core.recognition.faces import KnownFaces, differs, is_person, outweighed, owner_of

WHOLE = Region(Box(0, 0, 400, 300))
LEFT, RIGHT = Region(Box(0, 0, 190, 300), "person", 0.9), Region(Box(210, 0, 400, 300), "person", 0.9)
DOG = Region(Box(100, 200, 180, 300), "dog", 0.9)
REGIONS = (LEFT, RIGHT, DOG, WHOLE)
ANN, BEN, BO = (
    Concept(number, name, None, (), "a", "A", datetime(2026, 1, 1, tzinfo=UTC), 1)
    for number, name in enumerate(("Ann", "Ben", "bo"), 1)
)
NO_FACE = np.zeros(0, np.float32)


def vector(distance: float, number: int = 0) -> FaceVector:
    """An embedding that is so far from Ann's."""
    found = np.zeros(128, np.float32)
    found[number] = distance
    return found


def face(region: Region, embedding: FaceVector) -> Face:
    return Face(Box(region.box.x0 + 60, 20, region.box.x0 + 120, 90), embedding)


def known(*faces: tuple[int, FaceVector], refused: tuple[FaceVector, ...] = ()) -> KnownFaces:
    return KnownFaces.of(faces, refused)


def by_looks(concept: Concept, region: Region, grade: Grade = Grade.SURE, score: float = 0.97) -> Sighting:
    return Sighting(region, grade, Match(concept.id, concept.name, score), score)


def told(seen: tuple[Sighting, ...], faces: tuple[Face, ...], of: KnownFaces) -> list[tuple[str | None, Grade, Region]]:
    found = outweighed(seen, REGIONS, faces, (ANN, BEN, BO), of)
    return [(one.match.name if one.match else None, one.grade, one.region) for one in found]


DOG_UNKNOWN = (None, Grade.UNKNOWN, DOG)
ANNS = known((1, vector(0)))


def test_a_face_that_matches_is_named_where_it_is_whatever_looks_say() -> None:
    faces = face(LEFT, vector(2)), face(RIGHT, vector(0.2))
    seen = (by_looks(ANN, LEFT), Sighting(RIGHT, Grade.UNKNOWN, None, 0.0))
    assert told(seen, faces, ANNS) == [
        ("Ann", Grade.SURE, RIGHT),
        (None, Grade.UNKNOWN, LEFT),
        DOG_UNKNOWN,
    ]


def test_a_face_that_differs_denies_and_one_that_may_be_another_is_asked_about() -> None:
    seen = (by_looks(ANN, LEFT),)
    assert told(seen, (face(LEFT, vector(0.9)),), ANNS)[0] == (None, Grade.UNKNOWN, LEFT)
    assert told(seen, (face(LEFT, vector(0.65)),), ANNS)[0] == ("Ann", Grade.MAYBE, LEFT)


@pytest.mark.parametrize(("distance", "grade"), [(0.3, Grade.SURE), (0.55, Grade.MAYBE)])
def test_a_face_is_sure_only_when_it_is_near(distance: float, grade: Grade) -> None:
    assert told((), (face(LEFT, vector(distance)),), ANNS)[0] == ("Ann", grade, LEFT)
    assert told((by_looks(ANN, LEFT),), (face(LEFT, vector(distance)),), ANNS)[0] == ("Ann", Grade.SURE, LEFT)


def test_of_two_who_are_as_near_neither_is_sure() -> None:
    both = known((1, vector(0)), (2, vector(0.44)))
    assert told((), (face(LEFT, vector(0.2)),), both)[0][:2] == ("Ann", Grade.MAYBE)
    assert owner_of(both, vector(0.2)) is None
    assert owner_of(both, vector(0.02)) == 1
    assert owner_of(both, vector(3)) is None


def test_each_face_is_one_persons_and_each_person_one_face() -> None:
    both = known((1, vector(0)), (2, vector(2)))
    faces = face(LEFT, vector(0.1)), face(RIGHT, vector(0.3))
    assert [one[0] for one in told((), faces, both)] == ["Ann", None]
    faces = face(LEFT, vector(0.1)), face(RIGHT, vector(1.9))
    assert {one[0] for one in told((), faces, both)} == {"Ann", "Ben"}


def test_without_a_face_looks_are_asked_about_and_things_stay_what_they_are() -> None:
    seen = (by_looks(ANN, LEFT), by_looks(BO, DOG))
    assert told(seen, (), ANNS)[:2] == [("Ann", Grade.MAYBE, LEFT), ("bo", Grade.SURE, DOG)]
    with_ann = told(seen, (face(LEFT, vector(0.1)),), ANNS)
    assert {one[:2] for one in with_ann if one[0]} == {("Ann", Grade.SURE), ("bo", Grade.SURE)}


def test_a_person_without_a_face_on_record_gives_way_to_one_whose_face_is_there() -> None:
    of = known((1, vector(0)), (2, NO_FACE))
    assert [one[0] for one in told((by_looks(BEN, LEFT),), (face(LEFT, vector(0.1)),), of)] == ["Ann", None]
    assert told((by_looks(BEN, LEFT),), (), of)[0] == ("Ben", Grade.SURE, LEFT)


def test_a_refused_face_is_nobodys_here() -> None:
    of = known((1, vector(0)), refused=(vector(0.1),))
    assert told((by_looks(ANN, LEFT),), (face(LEFT, vector(0.1)),), of)[0] == (None, Grade.UNKNOWN, LEFT)
    nearer = known((1, vector(0)), refused=(vector(0.5),))
    assert told((), (face(LEFT, vector(0.1)),), nearer)[0] == ("Ann", Grade.SURE, LEFT)
    assert nearer.refuses(vector(0.4))
    assert nearer.refuses(vector(1.1))  # in doubt it is theirs
    assert not nearer.refuses(vector(1.3))
    none_known = known(refused=(vector(0),))
    assert none_known
    assert told((by_looks(BEN, LEFT),), (face(LEFT, vector(0.1)),), none_known)[0] == (None, Grade.UNKNOWN, LEFT)
    assert not known((2, NO_FACE))


def test_a_face_where_nobody_was_detected_is_drawn_with_something_of_its_body() -> None:
    seen = Face(Box(195, 100, 205, 112), vector(0.1))
    ((name, _, region), *_) = told((), (seen,), ANNS)
    assert name == "Ann"
    assert region.category == "person"
    assert region.box.y1 > 112


def test_who_is_a_person() -> None:
    assert is_person(LEFT)
    assert not is_person(DOG, [LEFT])
    assert is_person(Region(Box(0, 10, 180, 300)), [LEFT])
    assert not is_person(WHOLE, [DOG])


def test_only_what_is_known_differs() -> None:
    assert differs(ANNS, vector(1), 1)
    assert not differs(ANNS, vector(0.5), 1)
    assert not differs(ANNS, vector(1), 2)
