"""The three networks of @vladmandic/face-api: where faces are, 68 points of one, and its embedding.

Graphs come with Rapport, their weights are fetched: `python -m core.models.onnx.faces.build` says how they belong
together. What stands around the networks here is the package's, too (version 1.7.15, src/tinyYolov2, src/classes).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from core.concepts import Vectors
from core.models.onnx.sessions import Session

FOLDER = Path(__file__).parent
WEIGHTS = "faces.bin"  # what the graphs call the file that holds their weights
CHIP = 150  # pixels of the picture of a face that is embedded

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

_STRIDE = 32
_POINTS_SIDE = 112
# Of each anchor: width and height in cells (src/tinyFaceDetector/const.ts).
_ANCHORS = np.array(
    [[1.603231, 2.094468], [6.041143, 7.080126], [2.882459, 3.518061], [4.266906, 5.178857], [9.041765, 10.66308]],
    np.float32,
)
_SAME = 0.4  # intersection over union of two boxes that are one face
_EYES_TO_MOUTH, _MIDDLE = 0.45, 0.43  # of a chip's side: how far it is, and how high their middle stands


class FaceNetworks:
    """Blocking; each call runs one network on a batch."""

    def __init__(self, weights: bytes, *, threads: int = 0) -> None:
        """Load the graphs with the bytes of their weights. Raises `core.errors.ModelError`."""
        self._detector, self._landmarks, self._embedding = (
            Session(FOLDER / f"{name}.onnx", threads=threads, weights={WEIGHTS: weights})
            for name in ("detector", "landmarks", "embedding")
        )

    def detect(self, pixels: Pixels, confidence: float, longest: int) -> tuple[Floats, Floats]:
        """Faces in a picture (h, w, 3), shown with its longer side at so many pixels: boxes (n, 4), scores (n,).

        The best come first; boxes are in the picture's pixels and may reach over its edges.
        """
        height, width = pixels.shape[:2]
        factor = longest / max(height, width)
        size = max(1, round(width * factor)), max(1, round(height * factor))
        sheet = np.zeros((size[1] + -size[1] % _STRIDE, size[0] + -size[0] % _STRIDE, 3), np.uint8)
        sheet[: size[1], : size[0]] = np.asarray(
            PIL.Image.fromarray(pixels).resize(size, PIL.Image.Resampling.BILINEAR)
        )
        (found,) = self._detector.run({"photo": sheet[None]})
        rows, columns = found.shape[2:]
        cells = found[0].reshape(len(_ANCHORS), 5, rows, columns).transpose(2, 3, 0, 1)
        shares, scores = _sigmoid(cells[..., :2]), _sigmoid(cells[..., 4])
        corner = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1)[:, :, None]
        centre = (corner + shares) * _STRIDE
        half = np.exp(cells[..., 2:4]) * _ANCHORS * (_STRIDE / 2)
        likely = scores > confidence
        boxes = np.asarray(np.concatenate([centre - half, centre + half], -1)[likely] / factor, np.float32)
        order = np.argsort(-scores[likely], kind="stable")
        boxes, scores = boxes[order], scores[likely][order]
        kept = _distinct(boxes)
        return boxes[kept], scores[kept]

    def points(self, pixels: Pixels, boxes: Floats) -> Floats:
        """The 68 points of each face in a picture: (n, 68, 2), in its pixels."""
        height, width = pixels.shape[:2]
        low = np.floor(boxes[:, :2].clip(0))
        high = np.minimum(np.floor(boxes[:, 2:]), [width, height])
        high = np.maximum(high, low + 1)
        side = (high - low).max(1, keepdims=True)
        start = low - (side - (high - low)) / 2  # the shorter side is padded on both ends
        crops = np.stack(
            [_square(pixels, x0, y0, edge, _POINTS_SIDE) for (x0, y0), (edge,) in zip(start, side, strict=True)]
        )
        (shares,) = self._landmarks.run({"photo": crops})
        return np.asarray(shares.reshape(-1, 68, 2) * side[:, None] + start[:, None], np.float32)

    def embed(self, chips: Pixels) -> Vectors:
        """The embedding (n, 128) of pictures of faces (n, 150, 150, 3)."""
        (found,) = self._embedding.run({"photo": chips})
        return np.asarray(found, np.float32)


def chip(pixels: Pixels, points: Floats, *, upright: bool = True) -> Pixels:
    """The picture of a face (150, 150, 3) that is embedded, its 68 points (68, 2) given.

    The eyes are made level, as dlib has it, where it is to be `upright`; the package leaves them as they are.
    """
    left, right, mouth = points[36:42].mean(0), points[42:48].mean(0), points[48:68].mean(0)
    distance = (np.linalg.norm(left - mouth) + np.linalg.norm(right - mouth)) / 2
    side = max(1.0, float(distance) / _EYES_TO_MOUTH)
    middle = (left + right + mouth) / 3
    if not upright:
        side = float(int(side))
        corner = np.floor((middle - [0.5 * side, _MIDDLE * side]).clip(0))
        return _square(pixels, float(corner[0]), float(corner[1]), side, CHIP)
    across = (right - left) / max(1e-6, float(np.linalg.norm(right - left)))
    down = np.array([-across[1], across[0]])
    # A photo's pixel for each of the chip's, the latter drawn at a whole part of the face's size first.
    shrink = max(1, int(side / CHIP))
    corner = (middle - 0.5 * side * across - _MIDDLE * side * down) / shrink
    step = side / shrink / CHIP
    margin = side * 1.5
    x0, y0 = (int(max(0, edge)) // shrink * shrink for edge in middle - margin)
    x1, y1 = (int(edge) for edge in middle + margin)
    part = PIL.Image.fromarray(pixels[y0 : max(y0 + 1, y1), x0 : max(x0 + 1, x1)])
    part = part.reduce(shrink) if shrink > 1 else part
    corner -= np.array([x0, y0]) / shrink
    matrix = (step * across[0], step * down[0], corner[0], step * across[1], step * down[1], corner[1])
    drawn = part.transform(
        (CHIP, CHIP), PIL.Image.Transform.AFFINE, tuple(map(float, matrix)), PIL.Image.Resampling.BILINEAR
    )
    return np.asarray(drawn)


def _square(pixels: Pixels, x0: float, y0: float, side: float, size: int) -> Pixels:
    """A square of a picture, drawn `size` large; black where it reaches over the edges."""
    height, width = pixels.shape[:2]
    left, top, edge = round(x0), round(y0), max(1, round(side))
    square = np.zeros((edge, edge, 3), np.uint8)
    part = pixels[max(0, top) : min(height, top + edge), max(0, left) : min(width, left + edge)]
    down, across = max(0, -top), max(0, -left)
    square[down : down + part.shape[0], across : across + part.shape[1]] = part
    return np.asarray(PIL.Image.fromarray(square).resize((size, size), PIL.Image.Resampling.BILINEAR))


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values)), np.float32)


def _distinct(boxes: Floats) -> list[int]:
    """Which boxes (n, 4) to keep, going from the best down: those that are no face of one kept before."""
    kept: list[int] = []
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    for index, box in enumerate(boxes):
        low, high = np.maximum(box[:2], boxes[kept, :2]), np.minimum(box[2:], boxes[kept, 2:])
        inner = (high - low).clip(0).prod(1)
        if not (inner > _SAME * (areas[index] + areas[kept] - inner)).any():
            kept.append(index)
    return kept
