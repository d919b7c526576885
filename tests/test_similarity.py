import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.concepts import Embedding
from core.similarity import best_one, best_two, set_similarity


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


def embedding(*parts: list[float]) -> Embedding:
    rows = np.array(parts, np.float32)
    return Embedding(rows[0], rows)


def test_sets_are_compared_both_ways_by_their_best_matches() -> None:
    ours = embedding([1, 0], [0, 1])
    theirs = [embedding([1, 0]), embedding([1, 0], [0, 1]), embedding([-1, 0])]
    assert np.allclose(set_similarity([ours], theirs), [[(0.5 + 1) / 2, 1.0, (-0.5 - 0) / 2]])


def test_without_parts_the_vectors_are_compared() -> None:
    bare = Embedding(np.array([0.6, 0.8], np.float32), np.zeros((0, 2), np.float32))
    assert np.allclose(set_similarity([bare], [bare]), 1)
    assert set_similarity([bare], []).shape == (1, 0)
