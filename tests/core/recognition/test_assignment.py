from datetime import UTC, datetime

import numpy as np

from core.concepts import Box, Concept, Grade, Region
from core.recognition.assignment import sightings, spread
from core.recognition.calibration import Calibration

CURVE = Calibration(bias=-6.0, slope=20.0, lead=0.0, sure=0.9, maybe=0.3)
DOG = Region(Box(10, 10, 50, 90), "dog", 0.9)
CAT = Region(Box(60, 10, 95, 90), "cat", 0.8)
PLACE = Region(Box(0, 40, 60, 100))
WHOLE = Region(Box(0, 0, 100, 100))


def concept(number: int, name: str) -> Concept:
    return Concept(number, name, None, (), "ann", "Ann", datetime(2026, 11, 24, tzinfo=UTC), 1)


BO, MIA = concept(1, "bo"), concept(2, "mia")


def seen(regions: list[Region], *rows: list[float]) -> list[tuple[str | None, Grade, Box]]:
    found = sightings(regions, [BO, MIA], np.array(rows, np.float32), CURVE)
    return [(one.match.name if one.match else None, one.grade, one.region.box) for one in found]


def test_who_is_known_by_the_whole_photo_is_shown_where_the_detector_saw_something() -> None:
    found = seen([DOG, PLACE, WHOLE], [0.3, -1], [0.3, -1], [0.5, -1])
    assert found == [("bo", Grade.SURE, DOG.box)]


def test_the_box_is_the_whole_photo_when_no_smaller_region_is_alike() -> None:
    found = seen([CAT, WHOLE], [0.05, -1], [0.5, -1])
    assert ("bo", Grade.SURE, WHOLE.box) in found


def test_two_concepts_stand_in_two_places() -> None:
    found = seen([DOG, CAT, WHOLE], [0.6, 0.0], [0.0, 0.55], [0.5, 0.4])
    assert found == [("bo", Grade.SURE, DOG.box), ("mia", Grade.SURE, CAT.box)]


def test_one_place_has_one_name() -> None:
    found = seen([DOG, WHOLE], [0.5, 0.0], [0.4, 0.45])
    assert [name for name, *_ in found if name] == ["bo"]


def test_strangers_are_what_the_detector_saw_and_nobody_is_like() -> None:
    found = seen([DOG, CAT, PLACE, WHOLE], [0.0, 0.1], [0.1, 0.0], [0.1, 0.1], [0.1, 0.1])
    assert found == [(None, Grade.UNKNOWN, DOG.box), (None, Grade.UNKNOWN, CAT.box)]


def test_a_likely_match_is_asked_about() -> None:
    ((name, grade, _),) = seen([DOG, WHOLE], [0.2, -1], [0.3, -1])
    assert (name, grade) == ("bo", Grade.MAYBE)


def test_this_is_not_bo_holds_for_every_region_in_the_place() -> None:
    denied = np.array([[True, False], [False, False], [False, False]])
    out = spread([DOG, CAT, WHOLE], denied)
    assert out.tolist() == [[True, False], [False, False], [True, False]]
