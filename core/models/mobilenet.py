"""The lite encoder: MobileNetV2 feature maps, max-pooled over regions at several scales, whitened.

R-MAC (Tolias et al. 2016, arXiv 1511.05879) computed once per photo: each box takes its windows out
of the photo's one feature map. docs/recognition.md says what else was measured.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.concepts import Box, Embedding, Vectors
from core.errors import ModelError
from core.images import Image, resized
from core.models import checkpoint, mobilenet_graph
from core.models.sessions import Session
from core.models.windows import windows
from core.ports import View

WHITENING = Path(__file__).with_name("mobilenet_whitening.npz")
PREPARATION = "rmac1"
LONGEST = 640


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """Takes the mean off L2-normalised pooled features and scales their principal directions alike.

    `mean` (1280,), `projection` (1280, e). Fitted by `python -m benchmarks.fit_whitening`.
    """

    mean: Vectors
    projection: Vectors

    @classmethod
    def load(cls, path: Path = WHITENING) -> Self:
        """Read a committed fit. Raises `core.errors.ModelError` when it can't be read."""
        try:
            with np.load(path) as arrays:
                return cls(arrays["mean"].astype(np.float32), arrays["projection"].astype(np.float32))
        except (OSError, KeyError, ValueError) as error:
            raise ModelError(
                f"The encoder's whitening {path.name} can't be read; reinstall Rapport."
            ) from error

    def __call__(self, features: Vectors) -> Vectors:
        """Whiten rows of pooled features (n, 1280) to unit rows (n, e)."""
        return _unit((_unit(features) - self.mean) @ self.projection)


class MobileNetEncoder:
    """Embeds regions with MobileNetV2. `threads` is how many cores one call may use (0: all)."""

    def __init__(self, weights: Path, *, whitening: Whitening | None = None, threads: int = 0) -> None:
        self._whitening = whitening or Whitening.load()
        self._session = Session(mobilenet_graph.build(checkpoint.read(weights)), threads=threads)
        self.dimension = int(self._whitening.projection.shape[1])
        self.identity = identity(weights, self._whitening)

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """For each view one embedding per box. Raises `core.errors.ModelError` when the model fails."""
        return [self._embed(view) for view in views]

    def features(self, image: Image) -> tuple[Vectors, float]:
        """The photo's feature map (rows, columns, 1280), and how many of its cells a photo's pixel spans."""
        factor = LONGEST / max(image.width, image.height)
        size = max(32, round(image.width * factor)), max(32, round(image.height * factor))
        (found,) = self._session.run({"photo": resized(image, size).pixels[None]})
        return found[0], factor / mobilenet_graph.STRIDE

    def _embed(self, view: View) -> list[Embedding]:
        if not view.boxes:
            return []
        cells, scale = self.features(view.image)
        spans = [windows(_cells(box, scale, cells.shape[:2])) for box in view.boxes]
        pooled = {
            span: cells[span.y0 : span.y1, span.x0 : span.x1].max((0, 1)) for group in spans for span in group
        }
        whitened = self._whitening(np.stack(list(pooled.values())))
        row = {span: index for index, span in enumerate(pooled)}
        return [_embedding(whitened[[row[span] for span in group]]) for group in spans]


def _embedding(parts: Vectors) -> Embedding:
    return Embedding(_unit(parts.sum(0)), parts)


def _cells(box: Box, scale: float, shape: tuple[int, ...]) -> Box:
    """The cells of the feature map that a box touches; at least one."""
    x0, y0 = (min(int(edge * scale), limit - 1) for edge, limit in zip(box[:2], shape[::-1], strict=True))
    x1, y1 = (
        min(int(np.ceil(edge * scale)), limit) for edge, limit in zip(box[2:], shape[::-1], strict=True)
    )
    return Box(max(0, x0), max(0, y0), max(x0 + 1, x1), max(y0 + 1, y1))


def _unit(rows: NDArray[Any]) -> Vectors:
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-9), np.float32)


def identity(weights: Path, whitening: Whitening | None = None) -> str:
    """What embeddings made with these weights are filed under, told without loading the model."""
    return f"mobilenetv2-{_digest(weights, whitening or Whitening.load())}-{PREPARATION}"


def _digest(weights: Path, whitening: Whitening) -> str:
    digest = hashlib.sha256(weights.read_bytes())
    digest.update(whitening.mean.tobytes())
    digest.update(whitening.projection.tobytes())
    return digest.hexdigest()[:12]
