import numpy as np

from core.concepts import Grade
from core.recognition.calibration import Calibration

CURVE = Calibration(bias=-3.0, slope=4.0, lead=8.0, own=6.0, sure=0.8, maybe=0.25, floor=0.35, sure_alone=0.95)


def test_in_a_hard_photo_whose_own_photos_are_alike_is_no_less_likely() -> None:
    """All scores are far below; the nearest is still the likeliest, though its own photos are the most alike."""
    scores = np.array([[0.22, 0.18]], np.float32)
    ((alike, unlike),) = CURVE.probabilities(scores, np.array([0.8, 0.45], np.float32))
    assert alike > unlike
    ((usual, odd),) = CURVE.probabilities(scores + 0.4, np.array([0.8, 0.55], np.float32))
    assert odd > usual  # where a photo may well be theirs, what is to be expected of it counts


def test_a_concept_with_one_photo_takes_more_to_be_named() -> None:
    assert CURVE.grade(0.9, own=0.6) is Grade.SURE
    assert CURVE.grade(0.9) is Grade.MAYBE
    assert CURVE.grade(0.96) is Grade.SURE


def test_a_chat_with_one_concept_is_no_surer_than_one_with_twenty() -> None:
    """Where nobody else is known, the next one is taken to be as near as it usually is."""
    score = np.float32(0.6)
    alone = CURVE.probability(float(score))
    others = np.full((1, 20), 0.3, np.float32)
    others[0, 0] = score
    assert alone <= CURVE.probabilities(others)[0, 0] + 1e-6
