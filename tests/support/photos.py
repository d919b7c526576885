"""Real photos for tests, and changes that make another photo of the same subject out of one.

    photo("cat")                                         # as it is
    photo("cat", mirrored, brightened(1.3), rotated(8))  # another one

Each is fetched once into the cache of the weights; all changes are deterministic.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import reduce
from pathlib import Path

import PIL.Image
from PIL import ImageEnhance, ImageFilter, ImageOps

from bot.config import load
from core.models.weights.catalogue import catalogue

Change = Callable[[PIL.Image.Image], PIL.Image.Image]

_CATALOGUE = Path(__file__).with_name("photos.toml")


def photo(name: str, *changes: Change) -> bytes:
    """A photo's file, or a PNG of it after `changes`, each made to what the one before it gave.

    There are: cat, astronaut, coffee, rocket, motorcycle, motorcycle-again.
    """
    data = _original(name)
    if not changes:
        return data
    with PIL.Image.open(io.BytesIO(data)) as picture:
        changed = reduce(lambda before, change: change(before), changes, picture.convert("RGB"))
    out = io.BytesIO()
    changed.save(out, "PNG")
    return out.getvalue()


def cropped(left: float, top: float, right: float, bottom: float) -> Change:
    """Keep a part, given as shares 0…1 of the width and height."""
    return lambda picture: picture.crop(
        (
            round(left * picture.width),
            round(top * picture.height),
            round(right * picture.width),
            round(bottom * picture.height),
        )
    )


def shifted(across: float, down: float) -> Change:
    """Move the view by shares of the width and height; the mean colour fills what that bares."""

    def change(picture: PIL.Image.Image) -> PIL.Image.Image:
        x, y = round(across * picture.width), round(down * picture.height)
        moved = PIL.Image.new("RGB", picture.size, _mean(picture))
        moved.paste(picture, (x, y))
        return moved

    return change


def brightened(factor: float) -> Change:
    """Multiply the light: below 1 it gets darker."""
    return lambda picture: ImageEnhance.Brightness(picture).enhance(factor)


def rotated(degrees: float) -> Change:
    """Turned against the clock; the corners are filled with the mean colour."""
    return lambda picture: picture.rotate(degrees, PIL.Image.Resampling.BICUBIC, expand=True, fillcolor=_mean(picture))


def blurred(radius: float) -> Change:
    """Out of focus by `radius` pixels."""
    return lambda picture: picture.filter(ImageFilter.GaussianBlur(radius))


def resized_to(longest: int) -> Change:
    """Make the longer side that many pixels, smaller or larger."""
    return lambda picture: ImageOps.contain(picture, (longest, longest))


def mirrored(picture: PIL.Image.Image) -> PIL.Image.Image:
    """Left is right."""
    return ImageOps.mirror(picture)


def pasted_on(background: str, *, share: float = 0.5, at: tuple[float, float] = (0.1, 0.1)) -> Change:
    """Lay the picture on another photo, `share` of its width wide, its top left `at` these shares."""

    def change(picture: PIL.Image.Image) -> PIL.Image.Image:
        with PIL.Image.open(io.BytesIO(_original(background))) as file:
            scene = file.convert("RGB")
        width = round(share * scene.width)
        small = picture.resize((width, round(picture.height * width / picture.width)))
        scene.paste(small, (round(at[0] * scene.width), round(at[1] * scene.height)))
        return scene

    return change


def _mean(picture: PIL.Image.Image) -> str:
    red, green, blue = picture.resize((1, 1)).tobytes()
    return f"rgb({red}, {green}, {blue})"


def _original(name: str) -> bytes:
    entry = next(entry for entry in catalogue(_CATALOGUE) if entry.name == name)
    entry.fetch(load().models.cache)
    return entry.path(load().models.cache).read_bytes()
