"""DINOv2 and CLIP on ONNX Runtime, without torch: exports as transformers.js takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image

from core.concepts import Box, Embedding, Vectors
from core.errors import ModelError
from core.images.decoding import Image
from core.models.onnx.sessions import Session
from core.models.patches import PatchNetwork
from core.models.weights.fingerprint import fingerprint
from core.ports import View

_TOKENS = "last_hidden_state"
_AT_ONCE = 16  # crops; more are no faster on a CPU


@dataclass(frozen=True, slots=True)
class Preparation:
    """What an export takes and where its answer is: the picture's side, its normalisation, the output.

    An output of tokens (n, tokens, d) is read at its first, the class token.
    """

    name: str
    output: str
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    side: int = 224


DINOV2 = Preparation("dinov2-onnx", _TOKENS, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CLIP = Preparation(
    "clip-onnx",
    "image_embeds",
    (0.48145466, 0.4578275, 0.40821073),
    (0.26862954, 0.26130258, 0.27577711),
)


class OnnxEncoder:
    """A `core.ports.Encoder` of one vector per box."""

    def __init__(self, graph: Path, preparation: Preparation, *, threads: int = 0, digest: str = "") -> None:
        """Load a graph; `digest` as `Session`'s.

        Raises `core.errors.ModelError` when it is none, or lacks the output.
        """
        self.identity = identity(graph, preparation)
        self._preparation = preparation
        self._session = Session(graph, threads=threads, digest=digest)
        if preparation.output not in self._session.outputs:
            raise ModelError(f"{graph.name} has no output {preparation.output!r}: it is another model's.")
        side = preparation.side
        self.dimension = int(self._run(np.zeros((1, 3, side, side), np.float32)).shape[1])

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """For each view one embedding per box. Raises `core.errors.ModelError` when the model fails."""
        crops = [(view.image, box) for view in views for box in view.boxes]
        mean, deviation = (np.array(one, np.float32) for one in (self._preparation.mean, self._preparation.deviation))
        rows: list[Vectors] = []
        for start in range(0, len(crops), _AT_ONCE):
            squares = [
                _middle_square(image, box, self._preparation.side) for image, box in crops[start : start + _AT_ONCE]
            ]
            pixels = (np.stack(squares).astype(np.float32) / 255 - mean) / deviation
            found = self._run(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
            rows.extend(np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9), np.float32))
        none = np.zeros((0, self.dimension), np.float32)
        each = iter(rows)
        return [[Embedding(next(each), none) for _ in view.boxes] for view in views]

    def _run(self, pixels: Vectors) -> Vectors:
        """The output's rows (n, d)."""
        (found,) = self._session.run({self._session.inputs[0]: pixels}, [self._preparation.output])
        return found[:, 0] if found.ndim == 3 else found


def patches_of(graph: Path, preparation: Preparation, *, threads: int = 0, digest: str = "") -> PatchNetwork:
    """The patches of an export, to compare part by part.

    Raises `core.errors.ModelError` when it is no model, or gives none.
    """
    session = Session(graph, threads=threads, digest=digest)
    if _TOKENS not in session.outputs:
        raise ModelError(f"{graph.name} has no output {_TOKENS!r}: leave models.fit empty, which compares whole crops.")

    def tokens(pixels: Vectors) -> Vectors:
        (found,) = session.run({session.inputs[0]: pixels}, [_TOKENS])
        return found

    return PatchNetwork(tokens, preparation.side, preparation.mean, preparation.deviation)


def _middle_square(image: Image, box: Box, side: int) -> Vectors:
    """The middle square of a box, (side, side, 3): the models' own way with a photo."""
    width, height = box.x1 - box.x0, box.y1 - box.y0
    length = max(1, min(width, height))
    left, top = box.x0 + (width - length) // 2, box.y0 + (height - length) // 2
    square = PIL.Image.fromarray(image.pixels[top : top + length, left : left + length])
    return np.asarray(square.resize((side, side), PIL.Image.Resampling.BICUBIC))


def identity(graph: Path, preparation: Preparation) -> str:
    """What embeddings made with these weights are filed under, told without loading them."""
    return f"{preparation.name}-{fingerprint(graph)}"
