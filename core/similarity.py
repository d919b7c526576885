"""How alike regions are, part by part: each part's best match in the other, averaged both ways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.concepts import Embedding, Vectors


def set_similarity(ours: Sequence[Embedding], theirs: Sequence[Embedding]) -> Vectors:
    """Compare every one of ours with every one of theirs: (len(ours), len(theirs)), −1…1.

    The mean of both directions' mean best match. Embeddings without parts are compared by vector.
    """
    if not ours or not theirs:
        return np.zeros((len(ours), len(theirs)), np.float32)
    rows, row_starts = _stacked(ours)
    columns, column_starts = _stacked(theirs)
    cosine = rows @ columns.T
    there = np.maximum.reduceat(cosine, column_starts, axis=1)
    back = np.maximum.reduceat(cosine, row_starts, axis=0)
    row_counts = np.diff([*row_starts, len(rows)])[:, None]
    column_counts = np.diff([*column_starts, len(columns)])[None, :]
    there = np.add.reduceat(there, row_starts, axis=0) / row_counts
    back = np.add.reduceat(back, column_starts, axis=1) / column_counts
    return np.asarray((there + back) / 2, np.float32)


def best_one(
    table: NDArray[np.floating], groups: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """The groups that there are (g,), and the largest value of each in every row of `table`: (rows, g)."""
    order = np.argsort(groups, kind="stable")
    found, starts = np.unique(groups[order], return_index=True)
    return found, np.maximum.reduceat(table[:, order], starts, axis=1)


def best_two(table: Vectors, groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], Vectors]:
    """As `best_one`, but the mean of each group's best two values; its only one where it has but one."""
    order = np.argsort(groups, kind="stable")
    found, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    ordered = table[:, order]
    best = np.maximum.reduceat(ordered, starts, axis=1)
    is_best = ordered == np.repeat(best, counts, axis=1)
    rest = np.maximum.reduceat(np.where(is_best, -np.inf, ordered), starts, axis=1)
    tied = np.add.reduceat(is_best, starts, axis=1, dtype=np.int64) > 1
    second = np.where(tied | (counts == 1), best, rest)
    return found, ((best + second) / 2).astype(np.float32)


def _stacked(embeddings: Sequence[Embedding]) -> tuple[Vectors, NDArray[np.int64]]:
    """All parts in one matrix, and the row at which each embedding's begin."""
    parts = [one.parts if len(one.parts) else one.vector[None] for one in embeddings]
    starts = np.cumsum([0, *(len(rows) for rows in parts[:-1])])
    return np.concatenate(parts), starts.astype(np.int64)
