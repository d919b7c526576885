import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.concepts import Embedding
from core.recognition.similarity import Parts, best_one, best_two, set_similarity


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 10_000))
def test_grouped_maxima_are_those_of_each_group_alone(columns: int, kinds: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    table = np.round(random.uniform(-1, 1, (3, columns)), 1).astype(np.float32)
    groups = random.integers(0, kinds, columns)
    found, one = best_one(table, groups)
    same, two = best_two(table, groups)
    assert found.tolist() == same.tolist() == sorted(set(groups.tolist()))
    for place, group in enumerate(found):
        own = np.sort(table[:, groups == group], axis=1)
        assert np.allclose(one[:, place], own[:, -1])
        assert np.allclose(two[:, place], own[:, -2:].mean(1))


def embedding(*parts: list[float], cohort: tuple[float, float] | None = None) -> Embedding:
    rows = np.array(parts, np.float32)
    usual = np.tile(np.array(cohort, np.float32), (len(rows), 1)) if cohort else np.zeros((0, 2), np.float32)
    return Embedding(rows[0], rows, usual)


def alike(one: Embedding, *others: Embedding) -> list[float]:
    (row,) = set_similarity(Parts.of([one]), Parts.of(others)).tolist()
    return [float(value) for value in row]


def test_sets_are_compared_both_ways_by_their_best_matches() -> None:
    ours = embedding([1, 0], [0, 1])
    found = alike(ours, embedding([1, 0]), embedding([0.6, 0.8], [0.6, 0.8]), embedding([-1, 0]))
    assert np.allclose(found, [1.0, 0.8, 0.0])


def test_half_of_a_photo_may_be_anything() -> None:
    theirs = embedding([1, 0, 0])
    assert np.allclose(alike(embedding([1, 0, 0], [0, 1, 0]), theirs), alike(embedding([1, 0, 0]), theirs))
    assert alike(embedding([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]), theirs)[0] < 1


def test_a_likeness_that_many_photos_have_says_less_than_a_rare_one() -> None:
    photo = embedding([1, 0])
    usual, rare = (embedding([0.9, 0.436], cohort=(mean, 0.05)) for mean in (0.85, 0.2))
    everyday, telling = alike(photo, usual, rare)
    assert everyday < telling


def test_without_parts_the_vectors_are_compared() -> None:
    bare = Embedding(np.array([0.6, 0.8], np.float32), np.zeros((0, 2), np.float32))
    assert np.allclose(alike(bare, bare, embedding([0.8, -0.6])), [1, 0], atol=1e-6)
