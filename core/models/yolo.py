"""YOLO11 as a detector: a photo → boxes of the 80 kinds of things of COCO.

Source of the preparation and of the output's layout: ultralytics 8.3, `data/augment.py` (LetterBox),
`nn/modules/head.py` (Detect). The weights are AGPL-3.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.concepts import Box, Region
from core.images import Image, resized
from core.models.sessions import Session

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_SIDE = 640
_STRIDE = 32
_GREY = 114
_CANDIDATES = 300  # enough for a crowd; bounds the pairwise overlaps
_SAME_KIND = 0.6  # two boxes of one kind that overlap more show the same one
_ANY_KIND = 0.8  # nearly the same box is one thing, whatever two kinds it was taken for

CATEGORIES = tuple(
    """person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant,
    stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe,
    backpack, umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, ball, kite, baseball bat,
    baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon,
    bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch,
    potted plant, bed, dining table, toilet, TV, laptop, computer mouse, remote control, keyboard,
    cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear,
    hair dryer, toothbrush""".replace("\n    ", " ").split(", ")
)
"""The names of the detector's classes, in its order and in plain words."""


class Yolo11:
    """A `core.ports.Detector` of COCO's 80 kinds."""

    def __init__(self, weights: Path, *, threads: int = 0, confidence: float = 0.25) -> None:
        """Load the graph. Boxes below `confidence` are dropped; `threads` 0 uses every core.

        Raises `core.errors.ModelError` when the file is no model.
        """
        self.identity = weights.stem
        self._session = Session(weights, threads=threads)
        self._confidence = confidence

    def detect(self, images: Sequence[Image]) -> list[list[Region]]:
        """Regions of each photo, the most confident first; boxes in that photo's pixels.

        Raises `core.errors.ModelError` when the model fails.
        """
        # One run per photo: on a CPU four photos in one run take as long as four runs (measured: 24.2
        # against 24.6 ms each), and this way each photo gets the smallest input it fits.
        return [self._regions(image) for image in images]

    def _regions(self, image: Image) -> list[Region]:
        sheet = _letterbox(image)
        (output,) = self._session.run({"images": sheet.pixels})
        found, kinds, scores = _candidates(output[0], self._confidence)
        boxes = sheet.to_photo(found, image)
        return [
            Region(Box(*(int(edge) for edge in boxes[i])), CATEGORIES[kinds[i]], float(scores[i]))
            for i in _distinct(boxes, kinds)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """A photo as the model wants it: (1, 3, h, w) RGB 0…1, and how it was scaled and moved there."""

    pixels: Floats
    scale: tuple[float, float]
    left: int
    top: int

    def to_photo(self, boxes: Floats, image: Image) -> Integers:
        """Boxes (n, 4) on the sheet → whole pixels of the photo, cut at its edges."""
        moved = boxes - np.array([self.left, self.top] * 2, np.float32)
        edges = np.rint(moved / np.array(self.scale * 2, np.float32)).astype(np.int64)
        return np.clip(edges, 0, [image.width, image.height] * 2)


def _letterbox(image: Image) -> _Sheet:
    """Scale the longer side to 640, and pad the shorter with grey up to the next multiple of 32.

    The graph takes any such shape: a 4:3 photo is a quarter less work than a 640 × 640 square.
    """
    factor = _SIDE / max(image.width, image.height)
    width, height = (max(1, round(side * factor)) for side in (image.width, image.height))
    left, top = ((-side % _STRIDE) // 2 for side in (width, height))
    shape = (height + -height % _STRIDE, width + -width % _STRIDE, 3)
    sheet = np.full(shape, _GREY, np.uint8)
    sheet[top : top + height, left : left + width] = resized(image, (width, height)).pixels
    pixels = np.ascontiguousarray(sheet.transpose(2, 0, 1)[None], np.float32) / np.float32(255)
    return _Sheet(pixels, (width / image.width, height / image.height), left, top)


def _candidates(output: Floats, confidence: float) -> tuple[Floats, Integers, Floats]:
    """The model's (84, anchors) → boxes (n, 4) by edges, kinds (n,), scores (n,), best first."""
    scores = output[4:].max(axis=0)
    order = np.argsort(-scores, kind="stable")[:_CANDIDATES]
    order = order[scores[order] >= confidence]
    centre, half = output[:2, order].T, output[2:4, order].T / 2
    return np.hstack([centre - half, centre + half]), output[4:, order].argmax(axis=0), scores[order]


def _distinct(boxes: Integers, kinds: Integers) -> list[int]:
    """Which boxes to keep, going from the best down: those that overlap none kept before too much."""
    overlaps = _overlaps(boxes)
    limits = np.where(kinds[:, None] == kinds, _SAME_KIND, _ANY_KIND)
    kept: list[int] = []
    for i, box in enumerate(boxes):
        empty = box[0] >= box[2] or box[1] >= box[3]
        if not empty and not (overlaps[i, kept] > limits[i, kept]).any():
            kept.append(i)
    return kept


def _overlaps(boxes: Integers) -> NDArray[np.float64]:
    """Intersection over union of every pair, (n, n)."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    inner = (high - low).clip(0).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    union = areas[:, None] + areas - inner
    return np.asarray(inner / np.maximum(union, 1))
