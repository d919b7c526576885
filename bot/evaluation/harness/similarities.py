"""How alike regions and references are, each pair told once: the splits of an experiment ask about the same photos.

What is asked about soon can be compared in advance: a few large products of matrices take less than many small ones.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from core.concepts import Embedding, Vectors
from core.recognition.similarity import Parts, set_similarity

_ROOM = 256  # references that there is room for at first
_BLOCK = 32  # embeddings that are compared with as many others in one product: 100 MB of cosines at most


class KnownSimilarities:
    """The set similarity of embeddings that stay in memory for as long as this does, by their identity."""

    def __init__(self) -> None:
        self._columns: dict[int, int] = {}  # of the references
        self._rows: dict[int, Vectors] = {}  # of the regions: by column, NaN where nobody has asked yet
        self._kept: list[Embedding] = []  # so that no other object gets an identity that is known here

    def __call__(self, ours: Sequence[Embedding], theirs: Sequence[Embedding]) -> Vectors:
        """The similarities (ours, theirs), as `core.recognition.similarity.set_similarity` tells them."""
        columns = np.array([self._column(one) for one in theirs], np.int64)
        rows = [self._row(one) for one in ours]
        table = np.stack([row[columns] for row in rows])
        unknown = np.flatnonzero(np.isnan(table).any(0)).tolist()
        if unknown:
            found = set_similarity(Parts.of(ours), Parts.of([theirs[number] for number in unknown]))
            table[:, unknown] = found
            self._note(rows, columns[unknown], found)
        return table

    def compare(self, ours: Sequence[Embedding], theirs: Sequence[Embedding]) -> None:
        """Compare all with all, block by block and a block on each core, as far as that isn't known yet."""
        with ThreadPoolExecutor(os.cpu_count()) as cores:
            for references in _blocks(theirs):
                columns = np.array([self._column(one) for one in references], np.int64)
                asked = [one for one in ours if np.isnan(self._row(one)[columns]).any()]
                parts, blocks = Parts.of(references), _blocks(asked)
                found = cores.map(lambda block, parts=parts: set_similarity(Parts.of(block), parts), blocks)
                for block, values in zip(blocks, found, strict=True):
                    self._note([self._row(one) for one in block], columns, values)

    def _note(self, rows: Sequence[Vectors], columns: NDArray[np.int64], found: Vectors) -> None:
        for row, values in zip(rows, found, strict=True):
            row[columns] = values

    def _column(self, reference: Embedding) -> int:
        if id(reference) not in self._columns:
            self._columns[id(reference)] = len(self._columns)
            self._kept.append(reference)
        return self._columns[id(reference)]

    def _row(self, region: Embedding) -> Vectors:
        row = self._rows.get(id(region))
        if row is None:
            self._kept.append(region)
            row = self._rows[id(region)] = np.full(_ROOM, np.nan, np.float32)
        if len(row) < len(self._columns):
            grown = np.full(max(len(self._columns), 2 * len(row)), np.nan, np.float32)
            grown[: len(row)] = row
            row = self._rows[id(region)] = grown
        return row


def _blocks(embeddings: Sequence[Embedding]) -> list[Sequence[Embedding]]:
    return [embeddings[start : start + _BLOCK] for start in range(0, len(embeddings), _BLOCK)]
