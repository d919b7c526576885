"""A world of figures: each has a colour, a shape, and a texture in a second colour; drawn with a seed.

No two pictures are the same: place, size, light, shade and ground are drawn at random. Which figure it is never is.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw

from core.concepts import Box

Rgb = tuple[int, int, int]
Generator = np.random.Generator

COLOURS: Mapping[str, Rgb] = {
    "red": (214, 40, 40),
    "orange": (245, 134, 30),
    "yellow": (245, 214, 40),
    "green": (50, 160, 60),
    "teal": (40, 190, 190),
    "blue": (40, 80, 210),
    "purple": (130, 50, 170),
    "pink": (245, 140, 190),
}
INKS: Mapping[str, Rgb] = {
    "white": (255, 255, 255),
    "black": (15, 15, 15),
    "lime": (170, 255, 60),
    "magenta": (255, 0, 190),
    "navy": (25, 30, 110),
    "brown": (140, 85, 40),
}
# Where a texture has its second colour: of x and y, both 0…1 over the figure.
TEXTURES: Mapping[str, Callable[[Any, Any], Any]] = {
    "stripes": lambda x, y: (y * 2.5 % 1 < 0.5) & (x >= 0),
    "dots": lambda x, y: np.hypot(x * 3 % 1 - 0.5, y * 3 % 1 - 0.5) < 0.33,
    "quarters": lambda x, y: (np.floor(x * 2) + np.floor(y * 2)) % 2 == 0,
}
_CROSS = [(0.3, 0), (0.7, 0), (0.7, 0.3), (1, 0.3), (1, 0.7), (0.7, 0.7)]
_CROSS += [(0.7, 1), (0.3, 1), (0.3, 0.7), (0, 0.7), (0, 0.3), (0.3, 0.3)]
# The corners of a shape, both coordinates 0…1 over the figure; none for the round one.
SHAPES: Mapping[str, Sequence[tuple[float, float]]] = {
    "circle": (),
    "square": ((0.07, 0.07), (0.93, 0.07), (0.93, 0.93), (0.07, 0.93)),
    "triangle": ((0.5, 0), (1, 0.95), (0, 0.95)),
    "cross": _CROSS,
}
PHOTO_SIDE, REFERENCE_SIDE = 224, 160  # pixels


@dataclass(frozen=True, slots=True, order=True)
class Figure:
    """One figure: "a red circle with white stripes"."""

    colour: str
    shape: str
    ink: str
    texture: str

    @property
    def looks(self) -> str:
        """What it looks like, with its article."""
        article = "an" if self.colour[0] in "aeiou" else "a"
        return f"{article} {self.colour} {self.shape} with {self.ink} {self.texture}"

    def look_alike(self, draw: random.Random) -> Figure:
        """A figure that differs in one thing."""
        differs = draw.choice([one.name for one in fields(self)])
        values = {"colour": COLOURS, "shape": SHAPES, "ink": INKS, "texture": TEXTURES}[differs]
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return Figure(**{**told, differs: draw.choice([one for one in values if one != told[differs]])})


FIGURES: tuple[Figure, ...] = tuple(Figure(*values) for values in itertools.product(COLOURS, SHAPES, INKS, TEXTURES))


def scene(figures: Sequence[Figure], seed: int, side: int = PHOTO_SIDE) -> tuple[PIL.Image.Image, tuple[Box, ...]]:
    """A photo of figures side by side from left to right, and where each is."""
    rng = np.random.default_rng(seed)
    picture = _ground(side, rng)
    column, boxes = side / len(figures), []
    for number, figure in enumerate(figures):
        low, high = (0.45, 0.8) if len(figures) == 1 else (0.8, 0.98)
        size = int(rng.uniform(low, high) * min(column, side * (0.5 if len(figures) > 1 else 1)))
        x, y = int(number * column + rng.uniform(0, column - size)), int(rng.uniform(0, side - size))
        boxes.append(_draw(picture, figure, x, y, size, rng))
    return _lit(picture, rng), tuple(boxes)


def portrait(figure: Figure, seed: int, side: int = REFERENCE_SIDE) -> PIL.Image.Image:
    """A picture of one figure that almost fills it, as a crop of a photo does."""
    rng = np.random.default_rng(seed)
    picture = _ground(side, rng)
    size = int(rng.uniform(0.72, 0.95) * side)
    _draw(picture, figure, int(rng.uniform(0, side - size)), int(rng.uniform(0, side - size)), size, rng)
    return _lit(picture, rng)


def _draw(picture: PIL.Image.Image, figure: Figure, x: int, y: int, size: int, rng: Generator) -> Box:
    """Draw a figure of a size in pixels; where it is."""
    down, across = np.mgrid[0:size, 0:size] / size
    colour = np.clip(np.array(COLOURS[figure.colour]) + rng.integers(-10, 11, 3), 0, 255)
    inked = TEXTURES[figure.texture](across, down)[..., None]
    pixels = np.where(inked, np.array(INKS[figure.ink]), colour).astype(np.uint8)
    mask = PIL.Image.new("L", (size, size))
    pen, last = PIL.ImageDraw.Draw(mask), size - 1
    if corners := SHAPES[figure.shape]:
        pen.polygon([(across * last, down * last) for across, down in corners], fill=255)
    else:
        pen.ellipse((0, 0, last, last), fill=255)
    picture.paste(PIL.Image.fromarray(pixels), (x, y), mask)
    return Box(x, y, x + size, y + size)


def _ground(side: int, rng: Generator) -> PIL.Image.Image:
    """A soft ground of dull colours."""
    base = rng.integers(90, 210) + rng.integers(-18, 19, 3)
    coarse = base + rng.normal(0, 14, (8, 8, 1)) + rng.normal(0, 5, (8, 8, 3))
    small = PIL.Image.fromarray(np.clip(coarse, 0, 255).astype(np.uint8))
    return small.resize((side, side), PIL.Image.Resampling.BICUBIC)


def _lit(picture: PIL.Image.Image, rng: Generator) -> PIL.Image.Image:
    """The picture in another light, with a camera's noise."""
    pixels = np.asarray(picture) * rng.uniform(0.85, 1.1) + rng.normal(0, 4, (*picture.size[::-1], 1))
    return PIL.Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
