"""What YOLO's family has in common: photos onto sheets, raw outputs to regions.

Source of the preparation and of the output's layout: ultralytics 8.3, `data/augment.py` (LetterBox),
`nn/modules/head.py` (Detect).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.concepts import Box, Region
from core.images.decoding import Image, seen_at

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

CANDIDATES = 300  # enough for a crowd; bounds the pairwise overlaps
_STRIDE = 32
GREY = 114
_SAME_KIND = 0.6  # two boxes of one kind that overlap more show the same one
_ANY_KIND = 0.8  # nearly the same box is one thing, whatever two kinds it was taken for


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a photo of `photo` (width, height) goes on a `sheet`: `size` large, at `left` and `top`."""

    photo: tuple[int, int]
    sheet: tuple[int, int]
    size: tuple[int, int]
    left: int
    top: int

    @classmethod
    def of(cls, image: Image, side: int = 640, *, square: bool = False) -> Self:
        """Scale the longer side to `side`, and pad the shorter up to the next multiple of 32.

        Most graphs take any such shape, and a 4:3 photo is a quarter less work than a square; `square`
        is for those that don't.
        """
        factor = side / max(image.width, image.height)
        width, height = (max(1, round(length * factor)) for length in (image.width, image.height))
        wide, high = (side if square else length + -length % _STRIDE for length in (width, height))
        middle = (wide - width) // 2, (high - height) // 2
        return cls((image.width, image.height), (wide, high), (width, height), *middle)

    def to_photo(self, boxes: Floats) -> Integers:
        """Boxes (n, 4) on the sheet → whole pixels of the photo, cut at its edges."""
        scale = np.array([new / old for new, old in zip(self.size, self.photo, strict=True)] * 2, np.float32)
        moved = boxes - np.array([self.left, self.top] * 2, np.float32)
        edges = np.rint(moved / scale).astype(np.int64)
        return np.asarray(np.clip(edges, 0, [*self.photo] * 2), np.int64)


def letterbox(image: Image, layout: Layout) -> Floats:
    """A batch of one sheet, (1, 3, h, w) RGB 0…1, grey where the photo isn't."""
    wide, high = layout.sheet
    width, height = layout.size
    pixels = np.full((high, wide, 3), GREY, np.uint8)
    placed = slice(layout.top, layout.top + height), slice(layout.left, layout.left + width)
    pixels[placed] = seen_at(image, layout.size).pixels
    return np.divide(pixels.transpose(2, 0, 1)[None], np.float32(255), dtype=np.float32, order="C")


def candidates(output: Floats, confidence: float) -> tuple[Floats, Integers, Floats]:
    """A model's (4 + kinds, anchors) → boxes (n, 4) by centre and size, kinds (n,), scores (n,).

    The best come first.
    """
    scores = output[4:].max(axis=0)
    order = np.argsort(-scores, kind="stable")[:CANDIDATES]
    order = order[scores[order] >= confidence]
    return output[:4, order].T, output[4:, order].argmax(axis=0), scores[order]


def regions(layout: Layout, found: tuple[Floats, Integers, Floats], names: Sequence[str]) -> list[Region]:
    """Candidates on a sheet → the photo's regions, each thing once, the most confident first."""
    placed, kinds, scores = found
    centre, half = placed[:, :2], placed[:, 2:] / 2
    boxes = layout.to_photo(np.hstack([centre - half, centre + half]))
    return [
        Region(Box(*(int(edge) for edge in boxes[i])), names[kinds[i]], float(scores[i]))
        for i in distinct(boxes, kinds)
    ]


def distinct(boxes: Integers, kinds: Integers) -> list[int]:
    """Which boxes to keep, going from the best down: those that overlap none kept before too much."""
    # Intersection over union of every pair, (n, n).
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    inner = (high - low).clip(0).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    overlaps = inner / np.maximum(areas[:, None] + areas - inner, 1)
    limits = np.where(kinds[:, None] == kinds, _SAME_KIND, _ANY_KIND)
    kept: list[int] = []
    for i, box in enumerate(boxes):
        empty = box[0] >= box[2] or box[1] >= box[3]
        if not empty and not (overlaps[i, kept] > limits[i, kept]).any():
            kept.append(i)
    return kept
