"""Grades that learn in use: each answer to "is this bo?" corrects the curve of the encoder at hand.

A curve is a logistic regression over a few terms (`Calibration.terms`); a correction are its coefficients with how
well they are known, by Laplace's approximation. The fewer answers there are, the nearer its probabilities are to a
half, so that the bot asks rather than claims. A curve that was fitted to photos is a narrow prior; that of an encoder
which nobody has fitted is a wide one, on the scale of the scores that were answered so far. What other chats have
answered makes the prior of a chat, wider by how much chats differ. An answer counts as a mistake with a probability
of 3 %.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.concepts import Comparison, Vectors, Verdict

Floats = NDArray[np.float64]

_MISTAKEN = 0.03  # of people's answers
_MOST_OF_A_CHAT = 40.0  # answers that one chat counts for in what all others start from
_SHIFT, _SCALE = 0.7, 0.2  # standard deviations of a fitted curve's bias, and of all its coefficients together
_CHATS_SHIFT, _CHATS_SCALE = 0.5, 0.15  # the same between chats
_ENOUGH = 8  # answers that tell the scale of an encoder's scores
# Of a curve over terms in their own standard deviations, whatever the encoder: bias, then the terms.
_USUAL, _USUALLY = np.array([0.0, 0.7, 1.0, 0.5]), np.diag([1.5, 1.0, 1.0, 1.0])
_ROUNDS = 25
_NO_ANSWERS: Mapping[str, Sequence[Verdict]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """A curve's coefficients (t,) and how well they are known (t, t): what answers have made of it.

    As far as they are `trusted` to be known, nothing is taken off: the curve was fitted to that. `answers` is how many
    it rests on.
    """

    coefficients: Floats
    covariance: Floats
    trusted: Floats | None = None
    answers: int = 0

    def logits(self, terms: Vectors) -> Vectors:
        """The logits of terms (…, t), nearer to 0 where they aren't well known (MacKay 1992, "moderated" outputs)."""
        taken, given = (
            1 + np.pi / 8 * np.einsum("...t,tu,...u->...", terms, known, terms) if known is not None else 1.0
            for known in (self.covariance, self.trusted)
        )
        return np.asarray(terms @ self.coefficients * np.sqrt(np.minimum(1, given / taken)), np.float32)

    def wider(self) -> Correction:
        """The prior of a chat where this is known of others."""
        spread = _spread(self.coefficients, _CHATS_SHIFT, _CHATS_SCALE)
        return Correction(self.coefficients, self.covariance + spread, self.trusted, self.answers)

    def after(self, terms: Floats, yes: NDArray[np.bool_], weights: Floats) -> Correction:
        """This as a prior, and answers: their terms (n, t), what was said (n,), and how much each counts (n,)."""
        if not len(terms):
            return self
        precision = np.linalg.inv(self.covariance)
        fit = self.coefficients.copy()
        for _ in range(_ROUNDS):  # Fisher scoring: its steps are downhill, mistakes included
            chance = 1 / (1 + np.exp(-np.clip(terms @ fit, -30, 30)))
            said = _MISTAKEN + (1 - 2 * _MISTAKEN) * chance
            slope = (1 - 2 * _MISTAKEN) * chance * (1 - chance)
            by_answer = weights * slope / (said * (1 - said))
            gradient = terms.T @ (by_answer * (yes - said)) - precision @ (fit - self.coefficients)
            curvature = terms.T @ ((by_answer * slope)[:, None] * terms) + precision
            step = np.linalg.solve(curvature, gradient)
            fit = fit + step / max(1.0, float(np.abs(terms @ step).max()) / 2)
            fit[1:] = np.maximum(fit[1:], 0)  # more alike never means less likely
            if np.abs(terms @ step).max() < 1e-3:
                break
        return Correction(fit, np.linalg.inv(curvature), self.trusted, self.answers + round(float(weights.sum())))


class Learned:
    """What the answers of all chats make of an encoder's curve.

    `answers` are those of all chats, by their keys.
    """

    def __init__(self, terms: Callable[[Comparison], Floats], coefficients: Floats, *, fitted: bool) -> None:
        """`terms` and `coefficients` are the encoder's curve, `fitted` is whether it was fitted to photos."""
        self._terms, self._coefficients, self._fitted = terms, coefficients, fitted
        self.answers: Mapping[str, Sequence[Verdict]] = _NO_ANSWERS

    def correction(self, chat: str = "", own: Sequence[Verdict] = ()) -> Correction | None:
        """What a chat's own answers make of what those of all others have made; None where nobody corrected a fit."""
        others = [told for key, told in self.answers.items() if key != chat and told]
        if self._fitted and not own and not others:
            return None
        answers = [*own, *(answer for told in others for answer in told)]
        terms = np.stack([self._terms(one.evidence) for one in answers]) if answers else np.zeros((0, len(_USUAL)))
        found = self._prior(terms)
        if others:
            shares = np.concatenate([np.full(len(told), min(1.0, _MOST_OF_A_CHAT / len(told))) for told in others])
            yes = np.array([answer.yes for told in others for answer in told])
            found = found.after(terms[len(own) :], yes, shares).wider()
        return found.after(terms[: len(own)], np.array([one.yes for one in own], bool), np.ones(len(own)))

    def _prior(self, terms: Floats) -> Correction:
        """What is believed of the curve before anybody has answered; `terms` (n, t) are all that were answered."""
        if self._fitted:
            known = _spread(self._coefficients, _SHIFT, _SCALE)
            return Correction(self._coefficients, known, known)
        if len(terms) < _ENOUGH:
            return Correction(self._coefficients, np.diag(np.maximum(self._coefficients**2, 1.0)))
        middle, unit = terms[:, 1:].mean(0), terms[:, 1:].std(0) + 1e-3
        to_raw = np.diag([1.0, *(1 / unit)])
        to_raw[0, 1:] = -middle / unit
        return Correction(to_raw @ _USUAL, to_raw @ _USUALLY**2 @ to_raw.T)


def _spread(coefficients: Floats, shift: float, scale: float) -> Floats:
    """The covariance of coefficients whose bias and common scale vary by so much, and each of them a little."""
    around = np.diag((0.05 * np.maximum(np.abs(coefficients), 1.0)) ** 2)
    around[0, 0] += shift**2
    return np.asarray(around + scale**2 * np.outer(coefficients, coefficients))
