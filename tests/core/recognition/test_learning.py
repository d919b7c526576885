from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.build.vision import GENERAL, learned_of
from core.concepts import Comparison, Grade, Verdict
from core.recognition.calibration import Calibration

FITTED = Calibration(bias=-4.0, slope=8.0, lead=8.0, sure=0.95, maybe=0.25, floor=0.2)


def told(count: int, *, right: float, wrong: float, mistaken: float = 0.0, seed: int = 0) -> list[Verdict]:
    """Answers about photos that are as alike as `right` where they are right, and as `wrong` where not, or nearly."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        yes = bool(number % 2)
        score = (right if yes else wrong) + rng.normal(0, 0.03)
        found.append(Verdict(Comparison(score, wrong - 0.05, -1.0), yes != (rng.random() < mistaken)))
    return found


def grade(curve: Calibration, answers: list[Verdict], score: float, *, fitted: bool, following: float = 0.4) -> Grade:
    corrected = curve.corrected(learned_of(curve, fitted=fitted).correction(own=answers))
    return corrected.grade(corrected.probability_of(Comparison(score, following, -1.0)))


def test_without_an_answer_a_fitted_curve_is_as_it_was_fitted() -> None:
    scores = np.array([[0.1, 0.5, 0.9], [0.3, 0.2, 0.25]], np.float32)
    learned = learned_of(FITTED, fitted=True)
    assert learned.correction() is None
    learned.answers = {"a": []}
    assert FITTED.corrected(learned.correction("b")) == FITTED
    # One that says what the curve says moves it hardly.
    sure = Comparison(0.9, 0.2, -1.0)
    once = FITTED.corrected(learned.correction(own=[Verdict(sure, yes=True)]))
    np.testing.assert_allclose(once.probabilities(scores), FITTED.probabilities(scores), atol=0.02)


@pytest.mark.parametrize(("right", "wrong"), [(0.9, 0.8), (0.6, 0.2)])
def test_an_encoder_that_nobody_fitted_asks_until_it_has_learned(right: float, wrong: float) -> None:
    """Whether its scores are all high, as CLIP's, or far apart."""
    for answers in ([], told(6, right=right, wrong=wrong)):
        assert grade(GENERAL, answers, 1.0, fitted=False, following=wrong) is not Grade.SURE
    learned = told(60, right=right, wrong=wrong)
    assert grade(GENERAL, learned, right + 0.04, fitted=False, following=wrong - 0.05) is Grade.SURE
    assert grade(GENERAL, learned, wrong, fitted=False, following=wrong - 0.05) is not Grade.SURE


def test_who_errs_one_time_in_ten_delays_it_and_misleads_it_not() -> None:
    answers = told(120, right=0.9, wrong=0.75, mistaken=0.1)
    assert grade(GENERAL, answers, 0.95, fitted=False, following=0.7) is not Grade.UNKNOWN
    assert grade(GENERAL, answers, 0.75, fitted=False, following=0.7) is not Grade.SURE


def test_what_is_denied_again_and_again_is_asked_about_before_it_is_claimed() -> None:
    surely = Comparison(0.75, 0.35, -1.0)
    assert FITTED.grade(FITTED.probability_of(surely)) is Grade.SURE
    learned = learned_of(FITTED, fitted=True)
    for count, expected in ((1, Grade.SURE), (12, Grade.MAYBE)):
        corrected = FITTED.corrected(learned.correction(own=[Verdict(surely, yes=False)] * count))
        assert corrected.grade(corrected.probability_of(surely)) is expected


def test_more_alike_never_means_less_likely() -> None:
    backwards = [replace_answer(one) for one in told(60, right=0.8, wrong=0.4)]
    corrected = FITTED.corrected(learned_of(FITTED, fitted=True).correction(own=backwards))
    steps = [corrected.probability_of(Comparison(score, 0.3, -1.0)) for score in np.linspace(0, 1, 20)]
    assert steps == sorted(steps)


def replace_answer(one: Verdict) -> Verdict:
    return one._replace(yes=not one.yes)


def test_a_chat_begins_with_what_others_have_answered_and_no_chat_counts_for_all() -> None:
    learned = learned_of(GENERAL, fitted=False)
    learned.answers = {"a": told(40, right=0.9, wrong=0.8), "b": told(40, right=0.9, wrong=0.8, seed=1)}
    sure = Comparison(0.97, 0.75, -1.0)
    corrected = GENERAL.corrected(learned.correction("c"))
    assert corrected.probability_of(sure) > GENERAL.corrected(
        learned_of(GENERAL, fitted=False).correction()
    ).probability_of(sure)
    honest = corrected.probability_of(sure)
    # Somebody answers a thousand times that nothing is right: others' grades give way a little.
    learned.answers = {**learned.answers, "d": [Verdict(sure, yes=False)] * 1000}
    assert GENERAL.corrected(learned.correction("c")).probability_of(sure) > honest / 2


def test_a_chats_own_answers_count_once() -> None:
    learned, mine = learned_of(FITTED, fitted=True), told(20, right=0.8, wrong=0.4)
    alone = learned.correction("a", mine)
    learned.answers = {"a": mine}
    again = learned.correction("a", mine)
    assert alone
    assert again
    np.testing.assert_allclose(again.coefficients, alone.coefficients)
    assert again.answers == alone.answers == 20


def test_a_chat_with_one_concept_is_no_surer_than_one_in_which_others_are_compared() -> None:
    curve = replace(FITTED, floor=0.35)
    alone = curve.probabilities(np.array([[0.7]], np.float32))[0, 0]
    among = curve.probabilities(np.array([[0.7, *np.linspace(0.1, 0.35, 19)]], np.float32))[0, 0]
    assert alone <= among


def test_who_looks_less_like_the_photos_than_they_do_among_themselves_is_less_likely() -> None:
    curve = replace(FITTED, own=6.0)
    scores = np.array([[0.6, 0.1]], np.float32)
    close, apart = (curve.probabilities(scores, np.array([own, -1], np.float32))[0, 0] for own in (0.8, 0.5))
    assert close < apart
