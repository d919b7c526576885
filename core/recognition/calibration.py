"""From similarities to probabilities and grades: fitted per encoder, never guessed.

`python -m bot eval calibrate` fits the numbers on labelled photos and writes calibration.toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.concepts import Comparison, Grade, Vectors
from core.errors import ModelError
from core.recognition.learning import Correction

TABLE = Path(__file__).with_name("calibration.toml")
_TWO = 2
_UNLIKE_OWN = -0.2  # a score that is so far below the likeness of the concept's photos is no less likely below that


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic curve over a score and its lead over the runner-up, and the grades' thresholds.

    logit = bias + slope · score + lead · (score − runner-up) + own · (score − likeness of its references), moved by the
    `correction` that answers have made. The last difference is bounded below: in a hard photo everything is unlike what
    the chat knows, and whose photos are more alike to each other than others' must not be less likely for it. The
    runner-up is at least `floor`, so that a chat with one concept is no surer than one where others are compared. The
    references' likeness is how alike a concept's photos are to each other, `alone` where there is but one: what a right
    photo of it is to be expected to reach. Of a part of a photo, out of which less stands, `locally` of the probability
    `maybe` is enough to ask. With one photo of a concept nobody knows how much its photos differ: it is named from
    `sure_alone` on, where that is more than `sure`.
    """

    bias: float
    slope: float
    lead: float
    sure: float
    maybe: float
    own: float = 0.0
    floor: float = 0.0
    alone: float = 0.55
    locally: float = 1.0
    sure_alone: float = 0.0
    correction: Correction | None = None

    @classmethod
    def load(cls, encoder: str, path: Path = TABLE) -> Self:
        """The numbers fitted for an encoder. Raises `core.errors.ModelError` when there are none."""
        fits = tomllib.loads(path.read_text("utf-8"))
        if encoder not in fits:
            raise ModelError(f"There is no calibration for the encoder {encoder}: run python -m bot eval calibrate.")
        return cls(**fits[encoder])

    def corrected(self, correction: Correction | None) -> Calibration:
        """The same curve, moved by what people have answered."""
        return replace(self, correction=correction) if correction else self

    @property
    def coefficients(self) -> NDArray[np.float64]:
        """Those of the terms, uncorrected."""
        return np.array([self.bias, self.slope, self.lead, self.own])

    def terms(self, scores: Vectors, own: Vectors | None = None, against: Vectors | float = -1.0) -> Vectors:
        """What the coefficients are multiplied with (regions, concepts, 4), for scores (regions, concepts).

        `own` (concepts,) is how alike the photos of each concept are among themselves, −1 where that isn't known;
        `against` (regions, concepts) is how alike a region is to what is known not to be the concept.
        """
        expected = self.alone if own is None else np.where(own > -1, own, self.alone)
        ahead = scores - np.maximum(np.maximum(next_best(scores), against), self.floor)
        fit = np.maximum(scores - expected, np.float32(_UNLIKE_OWN))
        return np.stack([np.ones_like(scores), scores, ahead, fit], axis=-1)

    def terms_of(self, evidence: Comparison) -> NDArray[np.float64]:
        """The terms (4,) of what was kept with an answer."""
        others, own = (
            np.array([[evidence.score, evidence.next]], np.float32),
            np.array([evidence.own, -1.0], np.float32),
        )
        return np.asarray(self.terms(others, own)[0, 0], np.float64)

    def logits(self, terms: Vectors) -> Vectors:
        """The logits of terms (…, 4), corrected."""
        return self.correction.logits(terms) if self.correction else np.asarray(terms @ self.coefficients, np.float32)

    def probabilities(self, scores: Vectors, own: Vectors | None = None, against: Vectors | float = -1.0) -> Vectors:
        """The probability that each concept is in each region, from scores (regions, concepts) ≥ −1.

        `own` and `against` are those of `terms`.
        """
        if scores.shape[1] == 0:
            return scores
        logits = self.logits(self.terms(scores, own, against))
        return np.where(scores > -1, 1 / (1 + np.exp(-logits)), 0).astype(np.float32)

    def probability(self, score: float) -> float:
        """The probability of one concept, as if there were no other, nor another photo of it."""
        return float(self.probabilities(np.array([[score]], np.float32))[0, 0])

    def probability_of(self, evidence: Comparison) -> float:
        """The probability that evidence speaks for, corrected."""
        return float(1 / (1 + np.exp(-self.logits(self.terms_of(evidence).astype(np.float32)))))

    def grade(self, probability: float, own: float = -1.0) -> Grade:
        """The grade of a match: sure enough to name, likely enough to ask about, or unknown.

        `own` is how alike the concept's photos are among themselves, −1 where that isn't known.
        """
        if probability >= (self.sure if own > -1 else max(self.sure, self.sure_alone)):
            return Grade.SURE
        return Grade.MAYBE if probability >= self.maybe else Grade.UNKNOWN


def next_best(scores: Vectors) -> Vectors:
    """For each score (regions, concepts) the best of its region's other concepts, −1 where there is none."""
    if scores.shape[1] < _TWO:
        return np.full_like(scores, -1)
    second, first = np.sort(scores, axis=1)[:, -_TWO:].T[:, :, None]
    return np.asarray(np.where(scores >= first, second, first), np.float32)
