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


def _stacked(embeddings: Sequence[Embedding]) -> tuple[Vectors, NDArray[np.int64]]:
    """All parts in one matrix, and the row at which each embedding's begin."""
    parts = [one.parts if len(one.parts) else one.vector[None] for one in embeddings]
    starts = np.cumsum([0, *(len(rows) for rows in parts[:-1])])
    return np.concatenate(parts), starts.astype(np.int64)
