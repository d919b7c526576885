"""Several encoders as one: what it is from one, which one it is from another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.concepts import Embedding, Vectors
from core.ports import Encoder, View


class FusedEncoder:
    """A `core.ports.Encoder` whose vectors are those of others, weighted and side by side.

    The similarity of two such vectors is the mean of the encoders' similarities by the squares of the
    weights, so these are square roots: "2 * a + b" counts a's opinion twice. Parts come from the first
    encoder that makes any.
    """

    def __init__(self, encoders: Sequence[Encoder], weights: Sequence[float]) -> None:
        self.identity = fused_identity([one.identity for one in encoders], weights)
        self.dimension = sum(one.dimension for one in encoders)
        self._encoders = encoders
        self._shares = np.sqrt(np.array(weights, np.float32) / sum(weights))

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """For each view one embedding per box. Raises `core.errors.ModelError` when a model fails."""
        each = [encoder.encode(views) for encoder in self._encoders]
        return [
            [self._joined(same) for same in zip(*boxes, strict=True)] for boxes in zip(*each, strict=True)
        ]

    def _joined(self, same: Sequence[Embedding]) -> Embedding:
        vectors: list[Vectors] = [one.vector * share for one, share in zip(same, self._shares, strict=True)]
        parts = next((one.parts for one in same if len(one.parts)), same[0].parts)
        return Embedding(np.concatenate(vectors), parts)


def fused_identity(identities: Sequence[str], weights: Sequence[float]) -> str:
    """What fused embeddings are filed under: every encoder with its weight."""
    return " + ".join(f"{weight:g} * {one}" for one, weight in zip(identities, weights, strict=True))
