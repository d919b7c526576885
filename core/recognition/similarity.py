"""How similar regions are, part by part, relative to the cohort: photos of other things.

A part's best cosine counts as a z-score against the cohort's mean and deviation, so that what every photo has
(grass, a wall) adds little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.concepts import Embedding, Vectors

# docs/recognition.md has the table of what was tried for these three.
_PHOTO_SHARE = 0.5  # of a photo's parts: the rest may be anything
_REFERENCE_SHARE = 0.35  # of a reference's parts: the rest may be hidden, or its background
_LEAST_DEVIATION = 0.05  # so that a part that is nothing like the others doesn't decide alone
_UNIT = 0.1  # scales z-scores back to about the range of a cosine
_NO_COHORT = np.array([[0, _UNIT - _LEAST_DEVIATION]], np.float32)  # mean, deviation: the z-score is the cosine itself


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The parts of several embeddings in one matrix.

    `vectors` (n, e); those of embedding i are the `lengths[i]` rows from `starts[i]` on. `cohort` (n, 2) are each
    part's cohort statistics: see `Embedding`.
    """

    vectors: Vectors
    cohort: Vectors
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, embeddings: Sequence[Embedding]) -> Self:
        """Stack at least one embedding; one without parts counts as a single part, its vector."""
        vectors = [one.parts if len(one.parts) else one.vector[None] for one in embeddings]
        lengths = np.array([len(rows) for rows in vectors], np.int64)
        starts = lengths.cumsum() - lengths
        cohort = np.repeat(_NO_COHORT, lengths.sum(), axis=0)
        for one, start, length in zip(embeddings, starts, lengths, strict=True):
            if len(one.cohort):
                cohort[start : start + length] = one.cohort
        return cls(np.concatenate(vectors, dtype=np.float32), cohort, starts, lengths)

    def z_scores(self, cosines: Vectors) -> Vectors:
        """Each part's best cosines (n, m) as z-scores against its cohort, times `_UNIT`: (n, m)."""
        mean, deviation = self.cohort[:, :1], self.cohort[:, 1:]
        return np.asarray(_UNIT * (cosines - mean) / (deviation + _LEAST_DEVIATION), np.float32)

    def best(self, table: Vectors, share: float) -> Vectors:
        """For each embedding the mean of the largest `share` of its rows of a table (n, m): (embeddings, m)."""
        best = np.empty((len(self.lengths), table.shape[1]), np.float32)
        for length in set(self.lengths.tolist()):  # few: regions of a size have as many parts
            which = np.flatnonzero(self.lengths == length)
            rows = table[self.starts[which, None] + np.arange(length)]
            count = max(1, round(share * length))
            rest = length - count
            best[which] = (np.partition(rows, rest, axis=1)[:, rest:] if rest else rows).sum(1) / count
        return best


def set_similarity(ours: Parts, theirs: Parts) -> Vectors:
    """Compare every one of a photo's regions with every reference: (ours, theirs), about −1…1.

    Each part's best match on the other side becomes a z-score against the part's cohort; the similarity is the mean
    z-score of the best share of parts, averaged over both directions.
    """
    cosine = ours.vectors @ theirs.vectors.T
    there = ours.z_scores(np.maximum.reduceat(cosine, theirs.starts, axis=1))
    back = theirs.z_scores(np.maximum.reduceat(cosine, ours.starts, axis=0).T)
    return np.asarray((ours.best(there, _PHOTO_SHARE) + theirs.best(back, _REFERENCE_SHARE).T) / 2)


def best_one(table: NDArray[np.floating], groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """The distinct `groups` of the columns (g,), and each group's largest value in every row of `table`: (rows, g)."""
    order = np.argsort(groups, kind="stable")
    found, starts = np.unique(groups[order], return_index=True)
    return found, np.maximum.reduceat(table[:, order], starts, axis=1)


def best_two(table: Vectors, groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], Vectors]:
    """As `best_one`, but the mean of each group's two largest values; of a group of one its only value."""
    order = np.argsort(groups, kind="stable")
    found, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    ordered = table[:, order]
    best = np.maximum.reduceat(ordered, starts, axis=1)
    is_best = ordered == np.repeat(best, counts, axis=1)
    rest = np.maximum.reduceat(np.where(is_best, -np.inf, ordered), starts, axis=1)
    tied = np.add.reduceat(is_best, starts, axis=1, dtype=np.int64) > 1
    second = np.where(tied | (counts == 1), best, rest)
    return found, ((best + second) / 2).astype(np.float32)
