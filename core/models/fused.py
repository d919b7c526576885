"""Several encoders as one: what it is from one, which one it is from another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.concepts import Embedding, Vectors
from core.models.parts import PartsEncoder
from core.ports import Encoder, Survey, View


class FusedEncoder:
    """A `core.ports.Encoder` whose vectors are those of others, weighted and side by side.

    The similarity of two is the mean of the encoders' similarities by weight: "2 * a + b" counts a's opinion
    twice. Where the first encoder with parts compares these, the others' opinions stand beside each part.
    """

    def __init__(self, encoders: Sequence[Encoder], weights: Sequence[float]) -> None:
        self.identity = fused_identity([one.identity for one in encoders], weights)
        self.dimension = sum(one.dimension for one in encoders)
        self._encoders = encoders
        self._shares = np.sqrt(np.array(weights, np.float32) / sum(weights))

    def survey(self, views: Sequence[View]) -> list[Survey]:
        """What each of the encoders has to hand over, nothing from one that waits for boxes."""
        each = [one.survey(views) if isinstance(one, PartsEncoder) else [()] * len(views) for one in self._encoders]
        return list(zip(*each, strict=True))

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """For each view one embedding per box, none for its places. Raises `core.errors.ModelError` as they do."""
        each = []
        for number, encoder in enumerate(self._encoders):
            own = [replace(one, places=(), survey=one.survey[number] if one.survey else ()) for one in views]
            each.append(encoder.encode(own))
        return [[self._joined(same) for same in zip(*boxes, strict=True)] for boxes in zip(*each, strict=True)]

    def _joined(self, same: Sequence[Embedding]) -> Embedding:
        vectors = [one.vector * share for one, share in zip(same, self._shares, strict=True)]
        whole = np.concatenate(vectors)
        first = next((index for index, one in enumerate(same) if len(one.parts)), None)
        if first is None:
            return Embedding(whole, np.zeros((0, whole.size), np.float32))
        parts = same[first].parts
        rows: list[Vectors] = [np.broadcast_to(vector, (len(parts), vector.size)) for vector in vectors]
        rows[first] = parts * self._shares[first]
        return Embedding(whole, np.hstack(rows))


def fused_identity(identities: Sequence[str], weights: Sequence[float]) -> str:
    """What fused embeddings are filed under: every encoder with its weight."""
    return " + ".join(f"{weight:g} * {one}" for one, weight in zip(identities, weights, strict=True))
