"""Words as vectors, each computed once: what an open vocabulary is made of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from core.concepts import Vectors

EncodeTexts = Callable[[Sequence[str]], Vectors]
"""Words → (n, d) unit rows. Blocking."""

_KEPT = 4096  # words; at 512 numbers each that is 8 MB


class KnownTexts:
    """Remembers the vectors of the words that were asked for last."""

    def __init__(self, encode: EncodeTexts, *, kept: int = _KEPT) -> None:
        self._encode, self._kept = encode, kept
        self._rows: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def __call__(self, words: Sequence[str]) -> Vectors:
        """(n, d) unit rows; only words that aren't known yet cost a run, all of them together."""
        with self._lock:
            new = [word for word in dict.fromkeys(words) if word not in self._rows]
            if new:
                self._rows.update(zip(new, self._encode(new), strict=True))
            for word in words:
                self._rows.move_to_end(word)
            rows = np.stack([self._rows[word] for word in words])
            while len(self._rows) > self._kept:
                self._rows.popitem(last=False)
        return rows
