"""Fits a logistic curve to weighted labels, and finds the threshold that a share of right answers needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_RIDGE = 1e-5  # keeps the coefficients finite where right and wrong don't overlap at all


def logistic_fit(terms: Floats, right: Bools, weights: Floats, start: Floats) -> Floats:
    """The coefficients (t,) of a logistic curve over terms (n, t), by maximum likelihood of the labels `right` (n,).

    The first coefficient, the bias, is any number; the others are ≥ 0. `weights` (n,) are 1 on average, `start` (t,)
    is where the search begins.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to import

    signs = np.where(right, 1.0, -1.0)

    def loss(fit: Floats) -> tuple[float, Floats]:
        margin = signs * (terms @ fit)
        by_margin = -signs * weights / (1 + np.exp(margin)) / len(signs)
        likelihood = float((weights * np.logaddexp(0, -margin)).mean())
        return likelihood + _RIDGE * float(fit @ fit) / 2, terms.T @ by_margin + _RIDGE * fit

    bounds = [(None, None)] + [(0.0, None)] * (terms.shape[1] - 1)
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x, np.float64)


def threshold_for(probabilities: Floats, right: Bools, weights: Floats, share: float) -> float:
    """The least threshold above which at least that share, by weight, is right; 1 where there is none. All (n,)."""
    order = np.argsort(-probabilities)
    shares = np.cumsum((right * weights)[order]) / np.cumsum(weights[order])
    return _least(probabilities[order], shares >= share)


def threshold_against(probabilities: Floats, right: Bools, weights: Floats, share: float) -> float:
    """The least threshold above which at most that share of all, by weight, is wrong; else 1. Arrays are (n,)."""
    order = np.argsort(-probabilities)
    wrong = np.cumsum((~right * weights)[order]) / weights.sum()
    return _least(probabilities[order], wrong <= share)


def _least(falling: Floats, kept: Bools) -> float:
    """The least of falling probabilities (n,) with which a goal is kept; 1 where there is none."""
    numbers = np.flatnonzero(kept)
    return float(falling[numbers[-1]]) if numbers.size else 1.0
