"""From similarities to probabilities and grades: fitted per encoder, never guessed.

`python -m bot eval calibrate` fits the numbers on labelled photos and writes calibration.toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from core.concepts import Grade, Vectors
from core.errors import ModelError

TABLE = Path(__file__).with_name("calibration.toml")


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic curve over a score and its lead over the runner-up, and the grades' thresholds.

    probability = 1 / (1 + exp(−(bias + slope · score + lead · (score − runner-up)))).
    """

    bias: float
    slope: float
    lead: float
    sure: float
    maybe: float

    @classmethod
    def load(cls, encoder: str, path: Path = TABLE) -> Self:
        """The numbers fitted for an encoder. Raises `core.errors.ModelError` when there are none."""
        fits = tomllib.loads(path.read_text("utf-8"))
        if encoder not in fits:
            raise ModelError(f"There is no calibration for the encoder {encoder}: run python -m bot eval calibrate.")
        return cls(**fits[encoder])

    def probabilities(self, scores: Vectors) -> Vectors:
        """The probability that each concept is in each region, from scores (regions, concepts) ≥ −1."""
        if scores.shape[1] == 0:
            return scores
        runner_up = np.zeros_like(scores)  # for each score the best of its region's other concepts, at least 0
        if scores.shape[1] > 1:
            second, first = np.sort(scores, axis=1)[:, -2:].T[:, :, None]
            runner_up = np.maximum(np.where(scores >= first, second, first), 0)
        logit = self.bias + self.slope * scores + self.lead * (scores - runner_up)
        return np.where(scores > -1, 1 / (1 + np.exp(-logit)), 0).astype(np.float32)

    def probability(self, score: float) -> float:
        """The probability of one concept, as if there were no other."""
        return float(self.probabilities(np.array([[score]], np.float32))[0, 0])

    def grade(self, probability: float) -> Grade:
        """The grade of a match: sure enough to name, likely enough to ask about, or unknown."""
        if probability >= self.sure:
            return Grade.SURE
        return Grade.MAYBE if probability >= self.maybe else Grade.UNKNOWN
