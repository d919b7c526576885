"""Pictures of several things at once: cut out of their photos and pasted onto an ordinary background.

About half of the things are cut out along their outline, the others with what is around them; they may touch and cover
each other a little. A picture is decided by its random generator alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from core.concepts import Box, Mask
from core.images.decoding import Image

SIZE = (960, 720)  # pixels of a pasted picture: width, height
_LEAST, _MOST = 0.03, 0.8  # of the photo's area: a mask outside of this is no outline of a thing
_SOFT = (0.3, 0.7)  # of a mask's values: where a thing begins, and where it is all there
_MARGIN = 0.05  # of a cut rectangle's sides, kept around the thing
_FILL = (0.75, 1.0)  # of the side that each thing would have if all together filled the picture: longer sides
_COVERED = 0.12  # of the smaller thing's box that another one may cover
_TRIES = 200
_SMALLER = 0.99, 0.5  # after each try that finds no room, and the least


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A thing cut out of its photo: its pixels (h, w, 3), and how opaque each is (h, w), 0…255."""

    pixels: NDArray[np.uint8]
    opacity: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PastedPicture:
    """A picture and the box of each thing in it, in the order in which they were given."""

    image: Image
    boxes: tuple[Box, ...]


def cut_out(image: Image, mask: Mask | None, *, along_outline: bool) -> Cutout:
    """What a photo is about: along its outline, or the rectangle around it.

    Where no mask tells, or next to nothing or nearly all of it, it is the middle of the photo, as a rectangle.
    """
    cells = PIL.Image.fromarray(np.asarray(mask.cells if mask else np.zeros((1, 1)), np.float32))
    likely = np.asarray(cells.resize((image.width, image.height), PIL.Image.Resampling.BILINEAR), np.float32)
    inside = likely >= sum(_SOFT) / 2
    told = _LEAST <= float(inside.mean()) <= _MOST
    opacity = np.full(inside.shape, 255, np.uint8)
    box = Box(image.width // 8, image.height // 8, image.width - image.width // 8, image.height - image.height // 8)
    if told:
        down, across = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        box = Box(int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1)
        if along_outline:
            opacity = np.asarray(np.clip((likely - _SOFT[0]) / (_SOFT[1] - _SOFT[0]), 0, 1) * 255, np.uint8)
        else:
            wide, high = round(_MARGIN * (box.x1 - box.x0)), round(_MARGIN * (box.y1 - box.y0))
            box = Box(box.x0 - wide, box.y0 - high, box.x1 + wide, box.y1 + high).within(image.box)
    rows, columns = slice(box.y0, box.y1), slice(box.x0, box.x1)
    return Cutout(image.pixels[rows, columns], opacity[rows, columns])


def background(image: Image, mask: Mask | None, size: tuple[int, int] = SIZE) -> Image:
    """The part of a photo with the least of its subject, at this size; without a mask its upper left."""
    factor = 0.6 * min(image.width / size[0], image.height / size[1])
    width, height = max(1, int(size[0] * factor)), max(1, int(size[1] * factor))
    lefts = np.linspace(0, image.width - width, 4).astype(int).tolist()
    tops = np.linspace(0, image.height - height, 4).astype(int).tolist()
    parts = [Box(x, y, x + width, y + height) for y in tops for x in lefts]
    best = min(parts, key=lambda one: mask.share(one, image.box) if mask else 0.0)
    picture = PIL.Image.fromarray(image.pixels[best.y0 : best.y1, best.x0 : best.x1])
    return Image(np.asarray(picture.resize(size, PIL.Image.Resampling.BICUBIC)))


def paste(ground: Image, things: Sequence[Cutout], random: np.random.Generator) -> PastedPicture:
    """Put things onto a background: each about as large as leaves room for all, anywhere, a little over each other."""
    picture = PIL.Image.fromarray(ground.pixels)
    boxes: list[Box] = []
    for thing in things:
        shrink = 1.0
        for _ in range(_TRIES):
            box = _placed(ground, thing, len(things), shrink, random)
            if all(box.shared(other) <= _COVERED for other in boxes):
                break
            shrink = max(_SMALLER[1], shrink * _SMALLER[0])
        size = box.x1 - box.x0, box.y1 - box.y0
        pixels = PIL.Image.fromarray(thing.pixels).resize(size, PIL.Image.Resampling.LANCZOS)
        picture.paste(pixels, (box.x0, box.y0), PIL.Image.fromarray(thing.opacity).resize(size))
        boxes.append(box)
    return PastedPicture(Image(np.asarray(picture)), tuple(boxes))


def _placed(ground: Image, thing: Cutout, count: int, shrink: float, random: np.random.Generator) -> Box:
    """A place for one of `count` things, wholly in the picture."""
    height, width = thing.opacity.shape
    side = shrink * random.uniform(*_FILL) * (ground.width * ground.height / max(2, count + 1)) ** 0.5
    factor = min(side / max(width, height), 0.9 * ground.width / width, 0.9 * ground.height / height)
    across, down = max(1, round(width * factor)), max(1, round(height * factor))
    x = int(random.integers(0, ground.width - across + 1))
    y = int(random.integers(0, ground.height - down + 1))
    return Box(x, y, x + across, y + down)
