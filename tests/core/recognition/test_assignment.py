from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.concepts import Box, Concept, Embedding, Grade, Region
from core.recognition.assignment import RegionScores, scores, sightings, spread
from core.recognition.calibration import Calibration
from core.recognition.index import Similarities

CURVE = Calibration(bias=-6.0, slope=20.0, lead=0.0, sure=0.9, maybe=0.3)
DOG = Region(Box(10, 10, 50, 90), "dog", 0.9)
CAT = Region(Box(60, 10, 95, 90), "cat", 0.8)
PLACE = Region(Box(0, 40, 60, 100))
WHOLE = Region(Box(0, 0, 100, 100))


def concept(number: int, name: str) -> Concept:
    return Concept(number, name, None, (), "ann", "Ann", datetime(2026, 11, 24, tzinfo=UTC), 1)


BO, MIA = concept(1, "bo"), concept(2, "mia")


def seen(regions: list[Region], *rows: list[float]) -> list[tuple[str | None, Grade, Box]]:
    table = np.array(rows, np.float32)
    found = sightings(regions, [BO, MIA], RegionScores(table, table), CURVE)
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


# ── several at once ───────────────────────────────────────────────────────────────────────────────

SQUARES = [Region(Box(x, y, x + 60, y + 60)) for y in (0, 40) for x in (0, 40)]
PARTS = [Embedding(np.ones(1, np.float32), np.ones((1, 1), np.float32))]


def scored(regions: list[Region], *rows: list[float], places: int = 0) -> RegionScores:
    table = np.array(rows, np.float32)
    found = Similarities((BO, MIA), table, np.zeros(table.shape, bool))
    return scores(regions, PARTS, found, places)


def test_what_is_alike_all_over_the_photo_says_little_of_a_part_of_it() -> None:
    local = scored([*SQUARES, WHOLE], [0.5, 0.5], [0.0, 0.5], [0.0, 0.5], [0.0, 0.5], [0.3, 0.5]).who
    assert local[0, 0] > local[0, 1]
    assert local[-1].tolist() == pytest.approx([0.3, 0.5])


def test_parts_of_a_hard_photo_do_not_outvote_the_whole_of_it() -> None:
    """A likeness to anybody in one square by chance is less than a weak one to somebody in the whole photo."""
    rows = [[0.2, 0.1], [0.2, 0.3], [0.2, 0.1], [0.2, 0.1], [0.3, 0.1]]
    found = scored([*SQUARES, WHOLE], *rows)
    assert CURVE.probabilities(found.who).max(0).argmax() == 0


def test_a_part_takes_less_to_be_asked_about_even_where_nothing_is_usual() -> None:
    curve = replace(CURVE, locally=0.1)
    regions, rows = [*SQUARES, WHOLE], [[0.2, -0.5], [-0.3, -0.5], [-0.3, -0.5], [-0.3, -0.5], [0.1, -0.5]]
    assert [one.grade for one in sightings(regions, [BO, MIA], scored(regions, *rows), curve)] == [Grade.MAYBE]
    assert not sightings(regions, [BO, MIA], scored(regions, *rows), CURVE)
    assert not sightings([WHOLE], [BO, MIA], scored([WHOLE], [0.2, -0.5]), curve)


def test_an_encoder_of_crops_is_taken_at_its_word() -> None:
    table = np.array([[0.5, 0.1], [0.4, 0.2], [0.3, 0.3]], np.float32)
    crops = [Embedding(np.ones(1, np.float32), np.zeros((0, 1), np.float32))]
    found = Similarities((BO, MIA), table, np.zeros(table.shape, bool))
    assert np.array_equal(scores([*SQUARES[:2], WHOLE], crops, found).who, table)


def test_places_name_nobody_and_tell_where_somebody_is() -> None:
    corner, middle = Region(Box(0, 0, 42, 42)), Region(Box(29, 29, 71, 71))
    regions = [corner, middle, *SQUARES, WHOLE]
    rows = [[0.7, 0], [0.1, 0], [0.6, 0], [0.1, 0], [0.1, 0], [0.1, 0], [0.3, 0]]
    seen_here = scored(regions, *rows, places=2)
    assert (seen_here.who[:2] == -1).all()
    (bo,) = sightings(regions, [BO, MIA], seen_here, CURVE)
    assert bo.region == corner
    alone = sightings(regions[2:], [BO, MIA], scored(regions[2:], *rows[2:]), CURVE)
    assert [one.region for one in alone] == [SQUARES[0]]


def test_a_place_that_does_not_stand_out_is_not_where_somebody_is() -> None:
    places = [Region(Box(0, 0, 42, 42)), Region(Box(29, 29, 71, 71))]
    rows = [[0.6, 0], [0.55, 0], [0.5, 0], [0.5, 0], [0.5, 0], [0.5, 0], [0.6, 0]]
    regions = [*places, *SQUARES, WHOLE]
    (bo,) = sightings(regions, [BO, MIA], scored(regions, *rows, places=2), CURVE)
    assert bo.region not in places


def test_the_whole_photo_names_one_and_its_parts_the_others() -> None:
    found = seen([DOG, CAT, WHOLE], [0.1, 0.0], [0.0, 0.1], [0.5, 0.45])
    assert [name for name, *_ in found if name] == ["bo"]


boxes = st.builds(
    lambda x, y, width, height: Box(x, y, x + width, y + height),
    *(st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.integers(1, 40)),
)
regions_of_a_photo = st.lists(
    st.builds(Region, boxes, st.sampled_from([None, "dog", "cat"]), st.just(0.5)), min_size=1, max_size=8
).map(lambda smaller: [*smaller, WHOLE])


@given(st.data(), regions_of_a_photo, st.integers(1, 5))
def test_one_name_once_and_one_place_one_name(data: st.DataObject, regions: list[Region], count: int) -> None:
    places = data.draw(st.integers(0, len(regions) - 1))
    values = st.floats(-1, 1, width=32)
    size = len(regions) * count
    table = np.array(data.draw(st.lists(values, min_size=size, max_size=size)), np.float32).reshape(-1, count)
    regions = [Region(one.box) if number < places else one for number, one in enumerate(regions)]
    concepts = [concept(number, f"c{number}") for number in range(count)]
    similar = Similarities(tuple(concepts), table, np.zeros(table.shape, bool))
    found = sightings(regions, concepts, scores(regions, PARTS, similar, places), CURVE)
    named = [one for one in found if one.match]
    assert len({one.match.concept_id for one in named if one.match}) == len(named)
    for number, one in enumerate(named):
        assert one.score >= CURVE.maybe
        assert one.region in regions
        for other in named[number + 1 :]:
            shared = one.region.box.within(other.region.box).area if one.region.box.overlap(other.region.box) else 0
            assert shared <= 0.5 * min(one.region.box.area, other.region.box.area)
    assert all(one.region.category for one in found if not one.match)
    assert [one.score for one in named] == sorted((one.score for one in named), reverse=True)
