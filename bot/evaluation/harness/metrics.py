"""The measures: pure functions of labels and scores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """A measure over several seeds: its mean and standard deviation, which one seed alone doesn't have."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The mean of what is there; values that could not be measured (NaN) are left out."""
        there = np.array([value for value in values if not np.isnan(value)])
        if not there.size:
            return cls(float("nan"), float("nan"))
        return cls(float(there.mean()), float(there.std()) if there.size > 1 else float("nan"))

    def __str__(self) -> str:
        if np.isnan(self.mean):
            return "–"
        return f"{self.mean:.3f}" if np.isnan(self.deviation) else f"{self.mean:.3f} ± {self.deviation:.3f}"


def mean(values: Sequence[float] | Sequence[bool]) -> float:
    """The mean; NaN of nothing."""
    return float(np.mean(values)) if len(values) else float("nan")


def top_k(ranked: Sequence[str], truth: Collection[str], k: int) -> tuple[float, float]:
    """Recall and precision of the first k of a ranking: of the truth found, of the k right."""
    first = ranked[:k]
    hits = len(set(first) & set(truth))
    return hits / len(truth) if truth else float("nan"), hits / len(first) if first else 0.0


def auroc(known: ArrayLike, strangers: ArrayLike) -> float:
    """How often a known one's score is above a stranger's, ties counted half; NaN when either lacks."""
    ours, theirs = np.asarray(known, float), np.sort(np.asarray(strangers, float))
    if not ours.size or not theirs.size:
        return float("nan")
    below = np.searchsorted(theirs, ours, "left") + np.searchsorted(theirs, ours, "right")
    return float(below.mean() / (2 * theirs.size))


def threshold_at(strangers: ArrayLike, false_names: float) -> float:
    """The least score above which at most that share of strangers lies; naming asks for more than it."""
    scores = np.sort(np.asarray(strangers, float))[::-1]
    if not scores.size:
        return float("nan")
    return float(scores[min(int(false_names * scores.size), scores.size - 1)])


def recall_at(scores: ArrayLike, right: ArrayLike, strangers: ArrayLike, false_names: float) -> float:
    """Of the known, the share named rightly when at most `false_names` of the strangers get a name."""
    threshold = threshold_at(strangers, false_names)
    if np.isnan(threshold) or not np.size(scores):
        return float("nan")
    return float(np.mean((np.asarray(scores, float) > threshold) & np.asarray(right, bool)))


@dataclass(frozen=True, slots=True)
class Naming:
    """Recall, precision and their harmonic mean, of captions that should name a target."""

    recall: float
    precision: float

    @property
    def f1(self) -> float:
        """0 where nothing is right."""
        total = self.recall + self.precision
        return 2 * self.recall * self.precision / total if total else 0.0


def naming(truths: Sequence[Collection[str]], named: Sequence[Collection[str]]) -> Naming:
    """RAP's captioning measures: over all photos' targets, and over all names said.

    Recall is the share of targets that were named, precision the share of names that were targets;
    where nothing was named, precision is 0.
    """
    hits = sum(len(set(truth) & set(said)) for truth, said in zip(truths, named, strict=True))
    targets, said = sum(len(set(one)) for one in truths), sum(len(set(one)) for one in named)
    return Naming(hits / targets if targets else float("nan"), hits / said if said else 0.0)


@dataclass(frozen=True, slots=True)
class Weighted:
    """Recognition: accuracy on positives and on negatives; `weighted` is their mean (Yo'LLaVA's measure)."""

    positive: float
    negative: float

    @property
    def weighted(self) -> float:
        """Both count alike, however many there are of each."""
        return (self.positive + self.negative) / 2


def weighted(truth: Sequence[bool], said: Sequence[bool]) -> Weighted:
    """Accuracies of yes-or-no answers."""
    yes = [answer for real, answer in zip(truth, said, strict=True) if real]
    no = [not answer for real, answer in zip(truth, said, strict=True) if not real]
    return Weighted(mean(yes), mean(no))
