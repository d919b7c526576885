"""The measures: pure functions of labels, scores and names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Spread:
    """A measure over several seeds: its mean and its standard deviation, which is NaN for a single seed."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of the values that could be measured, without NaN; both are NaN when there are none."""
        measured = np.array([value for value in values if not np.isnan(value)])
        if not measured.size:
            return cls(float("nan"), float("nan"))
        return cls(float(measured.mean()), float(measured.std()) if measured.size > 1 else float("nan"))

    def __str__(self) -> str:
        if np.isnan(self.mean):
            return "–"
        return f"{self.mean:.3f}" if np.isnan(self.deviation) else f"{self.mean:.3f} ± {self.deviation:.3f}"


def mean(values: Sequence[float] | Sequence[bool]) -> float:
    """The mean; NaN of no values."""
    return float(np.mean(values)) if len(values) else float("nan")


def by_name(pairs: Iterable[tuple[str, T]], measure: Callable[[list[T]], R]) -> dict[str, R]:
    """A measure of the values of each name, in the order of the names."""
    values: dict[str, list[T]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: measure(found) for name, found in sorted(values.items())}


def top_k(ranked: Sequence[str], truth: Collection[str], k: int) -> tuple[float, float]:
    """Recall and precision of the first k of a ranking: the shares of the truth found and of the k right."""
    first = ranked[:k]
    hits = len(set(first) & set(truth))
    return hits / len(truth) if truth else float("nan"), hits / len(first) if first else 0.0


def auroc(known: ArrayLike, strangers: ArrayLike) -> float:
    """The share of pairs in which the known one's score is above the stranger's; a tie counts half.

    NaN when there are no known scores or no strangers' scores.
    """
    positives, negatives = np.asarray(known, float), np.sort(np.asarray(strangers, float))
    if not positives.size or not negatives.size:
        return float("nan")
    below = np.searchsorted(negatives, positives, "left") + np.searchsorted(negatives, positives, "right")
    return float(below.mean() / (2 * negatives.size))


def threshold_at(strangers: ArrayLike, false_names: float) -> float:
    """The least score that at most the share `false_names` of the strangers exceed; NaN without strangers.

    A concept is named when its score is greater than this threshold.
    """
    scores = np.sort(np.asarray(strangers, float))[::-1]
    if not scores.size:
        return float("nan")
    return float(scores[min(int(false_names * scores.size), scores.size - 1)])


def recall_at(scores: ArrayLike, right: ArrayLike, strangers: ArrayLike, false_names: float) -> float:
    """The share of the known named correctly when at most the share `false_names` of strangers is named.

    `scores` and `right` (n,) are the best score of each known one's photo, and whether its concept is the right one.
    NaN when there are no known or no strangers.
    """
    threshold = threshold_at(strangers, false_names)
    if np.isnan(threshold) or not np.size(scores):
        return float("nan")
    return float(np.mean((np.asarray(scores, float) > threshold) & np.asarray(right, bool)))


@dataclass(frozen=True, slots=True)
class CaptionScores:
    """Recall and precision of the names in captions."""

    recall: float
    precision: float

    @property
    def f1(self) -> float:
        """The harmonic mean of recall and precision; 0 where both are."""
        total = self.recall + self.precision
        return 2 * self.recall * self.precision / total if total else 0.0


def caption_scores(truths: Sequence[Collection[str]], named: Sequence[Collection[str]]) -> CaptionScores:
    """RAP's captioning measures, from the concepts in each photo and the names in its caption.

    Recall is the share of all targets that were named, precision the share of all names that were targets;
    where nothing was named, precision is 0.
    """
    hits = sum(len(set(truth) & set(names)) for truth, names in zip(truths, named, strict=True))
    targets, total = sum(len(set(one)) for one in truths), sum(len(set(one)) for one in named)
    return CaptionScores(hits / targets if targets else float("nan"), hits / total if total else 0.0)


@dataclass(frozen=True, slots=True)
class RecognitionScores:
    """Accuracy on positives and on negatives of yes-or-no answers."""

    positive: float
    negative: float

    @property
    def weighted(self) -> float:
        """The mean of both accuracies, however many there are of each (Yo'LLaVA's measure)."""
        return (self.positive + self.negative) / 2


def recognition_scores(answers: Sequence[tuple[bool, bool]]) -> RecognitionScores:
    """The accuracies of yes-or-no answers, from pairs of the right answer and the given one."""
    positive = [given for right, given in answers if right]
    negative = [not given for right, given in answers if not right]
    return RecognitionScores(mean(positive), mean(negative))
