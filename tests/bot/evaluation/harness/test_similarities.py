import numpy as np

from bot.evaluation.harness.similarities import KnownSimilarities
from core.concepts import Embedding
from core.recognition.index import similarities


def embedding(seed: int, parts: int) -> Embedding:
    rows = np.random.default_rng(seed).standard_normal((parts, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Embedding(rows[0], rows)


def test_what_is_asked_in_parts_and_again_is_the_same() -> None:
    known = KnownSimilarities()
    ours, theirs = [embedding(seed, 3 + seed) for seed in range(4)], [embedding(seed, 5) for seed in range(9, 409)]
    expected = similarities(ours, theirs)
    assert np.allclose(known(ours[:1], theirs[:7]), expected[:1, :7], atol=1e-6)
    assert np.allclose(known(ours[1:], theirs[4:9]), expected[1:, 4:9], atol=1e-6)
    assert np.allclose(known(ours, theirs[::-1]), expected[:, ::-1], atol=1e-6)


def test_a_pair_is_compared_once() -> None:
    known = KnownSimilarities()
    one, other = embedding(1, 4), embedding(2, 4)
    first = known([one], [other])
    other.parts[:] = one.parts
    assert known([one], [other]) == first
    assert known([one], [embedding(3, 4)]) != first


def test_what_is_compared_in_advance_is_the_same() -> None:
    known = KnownSimilarities()
    ours = [embedding(seed, 3 + seed % 4) for seed in range(70)]
    theirs = [embedding(seed, 5) for seed in range(80, 180)]
    expected = similarities(ours, theirs)
    known(ours[:2], theirs[50:60])
    known.compare(ours, theirs)
    for one in theirs:
        one.parts[:] = 0  # what is known isn't asked again
    assert np.allclose(known(ours, theirs), expected, atol=1e-6)
