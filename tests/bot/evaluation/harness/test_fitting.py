import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from bot.evaluation.harness.fitting import Bools, Floats, logistic_fit, threshold_against, threshold_for


def labelled(count: int = 400) -> tuple[Floats, Bools, Floats]:
    """Terms (n, 3) with a bias, labels drawn from a logistic curve over them, and weights of 1 on average."""
    rng = np.random.default_rng(0)
    terms = np.column_stack([np.ones(count), rng.normal(size=(count, 2))])
    right = rng.random(count) < 1 / (1 + np.exp(-terms @ [-0.5, 2.0, 1.0]))
    weights = rng.uniform(0.5, 1.5, count)
    return terms, right, weights / weights.mean()


def test_a_logistic_fit_is_scikit_learns() -> None:
    terms, right, weights = labelled()
    fit = logistic_fit(terms, right, weights, np.zeros(3))
    theirs = LogisticRegression(C=1e5, fit_intercept=False, tol=1e-8).fit(terms, right, weights)
    np.testing.assert_allclose(fit, theirs.coef_[0], rtol=0.01)


def test_no_coefficient_but_the_bias_is_negative() -> None:
    terms, right, weights = labelled()
    fit = logistic_fit(terms, ~right, weights, np.ones(3))
    assert fit[0] > 0
    np.testing.assert_allclose(fit[1:], 0, atol=1e-6)


@pytest.mark.parametrize(("share", "threshold"), [(1.0, 0.8), (0.75, 0.6), (0.6, 0.5), (0.0, 0.5)])
def test_the_threshold_is_the_least_above_which_the_share_is_right(share: float, threshold: float) -> None:
    probabilities = np.array([0.6, 0.9, 0.7, 0.5, 0.8])
    right = np.array([True, True, False, False, True])
    assert threshold_for(probabilities, right, np.ones(5), share) == threshold


def test_where_no_threshold_is_enough_it_is_one() -> None:
    assert threshold_for(np.array([0.9, 0.5]), np.array([False, True]), np.ones(2), 0.9) == 1
    assert threshold_for(np.array([0.9, 0.5]), np.array([False, True]), np.array([1.0, 9.0]), 0.9) == 0.5


@pytest.mark.parametrize(("share", "threshold"), [(0.0, 0.8), (0.2, 0.6), (0.4, 0.5), (1.0, 0.5)])
def test_the_threshold_is_the_least_above_which_no_more_of_all_are_wrong(share: float, threshold: float) -> None:
    probabilities = np.array([0.6, 0.9, 0.7, 0.5, 0.8])
    right = np.array([True, True, False, False, True])
    assert threshold_against(probabilities, right, np.ones(5), share) == threshold
    assert threshold_against(np.array([0.9, 0.5]), np.array([False, True]), np.ones(2), 0.4) == 1
    assert threshold_against(np.array([0.9, 0.5]), np.array([False, True]), np.array([1.0, 9.0]), 0.1) == 0.5
