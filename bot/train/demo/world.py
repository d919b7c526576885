"""A world of figures: each has a colour, a shape and a texture; drawn with a seed.

No two pictures are the same: places, sizes, light, shade and ground are drawn at random. Which figure it is never is.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import PIL.Image

from core.concepts import Box

Rgb = tuple[int, int, int]
Generator = np.random.Generator
Mask = Callable[[Any, Any], Any]
"""Where something is, of x and y, both 0…1 over the figure, from left to right and from top to bottom."""

COLOURS: Mapping[str, Rgb] = {
    "red": (214, 40, 40),
    "ginger": (245, 134, 30),
    "yellow": (245, 214, 40),
    "green": (50, 160, 60),
    "teal": (40, 190, 190),
    "blue": (40, 80, 210),
    "purple": (130, 50, 170),
    "pink": (245, 140, 190),
    "white": (250, 250, 250),
    "brown": (120, 75, 40),
}
TEXTURES: Mapping[str, Mask] = {
    "plain": lambda x, _: x < 0,
    "striped": lambda _, y: y * 3.5 % 1 < 0.5,
    "barred": lambda x, _: x * 3.5 % 1 < 0.5,
    "dotted": lambda x, y: np.hypot(x * 3 % 1 - 0.5, y * 3 % 1 - 0.5) < 0.3,
    "halved": lambda x, y: x + y > 1,
    "framed": lambda x, y: (np.abs(x - 0.5) > 0.36) | (np.abs(y - 0.5) > 0.36),
}
SHAPES: Mapping[str, Mask] = {
    "square": lambda x, _: x >= 0,
    "plank": lambda _, y: np.abs(y - 0.5) < 0.22,
    "pole": lambda x, _: np.abs(x - 0.5) < 0.22,
    "cross": lambda x, y: (np.abs(x - 0.5) < 0.17) | (np.abs(y - 0.5) < 0.17),
    "ring": lambda x, y: np.abs(np.hypot(x - 0.5, y - 0.5) - 0.375) < 0.125,
    "angle": lambda x, y: (x < 0.36) | (y > 0.64),
    "hammer": lambda x, y: (y < 0.36) | (np.abs(x - 0.5) < 0.18),
    "diamond": lambda x, y: np.abs(x - 0.5) + np.abs(y - 0.5) < 0.5,
    "table": lambda x, y: (y < 0.3) | (np.abs(x - 0.5) > 0.3),
}
QUARTERS = ("top left", "top right", "bottom left", "bottom right")
"""Of a photo; a figure is in one of them."""
PHOTO_SIDE, REFERENCE_SIDE = 192, 96  # pixels
_SIZES = 0.4, 0.46  # of a figure, as a part of the photo's side
_PORTRAIT_SIZES = 0.82, 0.94
_BRIGHT = 420  # the sum of a colour's values from which its texture is dark


@dataclass(frozen=True, slots=True, order=True)
class Figure:
    """One figure: "a red striped cross"."""

    colour: str
    texture: str
    shape: str

    @property
    def looks(self) -> str:
        """What it looks like."""
        return f"a {self.colour} {self.texture} {self.shape}"

    def look_alike(self, draw: random.Random) -> Figure:
        """A figure that differs in one thing."""
        differs = draw.choice([one.name for one in fields(self)])
        values = {"colour": COLOURS, "texture": TEXTURES, "shape": SHAPES}[differs]
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return Figure(**{**told, differs: draw.choice([one for one in values if one != told[differs]])})


FIGURES: tuple[Figure, ...] = tuple(Figure(*values) for values in itertools.product(COLOURS, TEXTURES, SHAPES))


@dataclass(frozen=True, slots=True)
class DrawnPhoto:
    """A photo, the figures in it in reading order, the quarter (0…3) of each, and where each is."""

    picture: PIL.Image.Image
    figures: tuple[Figure, ...]
    quarters: tuple[int, ...]
    boxes: tuple[Box, ...]


def scene(figures: Sequence[Figure], seed: int, side: int = PHOTO_SIDE) -> DrawnPhoto:
    """A photo of one to four figures, each in a quarter of its own."""
    rng = np.random.default_rng(seed)
    pixels = _ground(side, rng)
    quarters = sorted(int(one) for one in rng.choice(len(QUARTERS), len(figures), replace=False))
    boxes = []
    for figure, quarter in zip(figures, quarters, strict=True):
        size = int(rng.uniform(*_SIZES) * side)
        x, y = (int(rng.uniform(0, side / 2 - size)) + half * side // 2 for half in (quarter % 2, quarter // 2))
        boxes.append(_draw(pixels, figure, x, y, size, rng))
    return DrawnPhoto(_lit(pixels, rng), tuple(figures), tuple(quarters), tuple(boxes))


def portrait(figure: Figure, seed: int, side: int = REFERENCE_SIDE) -> PIL.Image.Image:
    """A picture of one figure that almost fills it, as a crop of a photo does."""
    rng = np.random.default_rng(seed)
    pixels = _ground(side, rng)
    size = int(rng.uniform(*_PORTRAIT_SIZES) * side)
    _draw(pixels, figure, int(rng.uniform(0, side - size)), int(rng.uniform(0, side - size)), size, rng)
    return _lit(pixels, rng)


def _draw(pixels: Any, figure: Figure, x: int, y: int, size: int, rng: Generator) -> Box:
    """Draw a figure of a size in pixels; where it is."""
    down, across = (np.mgrid[0:size, 0:size] + 0.5) / size
    colour = np.clip(np.array(COLOURS[figure.colour]) + rng.integers(-10, 11, 3), 0, 255)
    ink = np.full(3, 15 if colour.sum() > _BRIGHT else 255)
    inked = TEXTURES[figure.texture](across, down)[..., None]
    shape = SHAPES[figure.shape](across, down)
    pixels[y : y + size, x : x + size][shape] = np.where(inked, ink, colour)[shape]
    return Box(x, y, x + size, y + size)


def _ground(side: int, rng: Generator) -> Any:
    """The pixels of a soft ground of dull colours, H×W×3."""
    base = rng.integers(90, 210) + rng.integers(-18, 19, 3)
    coarse = base + rng.normal(0, 14, (8, 8, 1)) + rng.normal(0, 5, (8, 8, 3))
    small = PIL.Image.fromarray(np.clip(coarse, 0, 255).astype(np.uint8))
    return np.asarray(small.resize((side, side), PIL.Image.Resampling.BICUBIC)).astype(float)


def _lit(pixels: Any, rng: Generator) -> PIL.Image.Image:
    """The picture in another light, with a camera's noise."""
    lit = pixels * rng.uniform(0.85, 1.1) + rng.normal(0, 4, (*pixels.shape[:2], 1))
    return PIL.Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))
