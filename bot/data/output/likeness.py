"""What tells pictures apart: a digest of the bytes, and for those that look alike a difference hash with colours.

The difference hash is that of https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html on 16 ×
16 differences of grey. Two plain pictures may share it, so that mean colours have to agree, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from core.concepts import Box
from core.errors import BadPhoto
from core.images.decoding import OWN, Image, crop, decode

_SIDE = 16
_NEAR_BITS = 13  # of 256: a JPEG written anew, shrunk or brightened differs in fewer, another photo in about 128
_NEAR_COLOURS = 24  # grey levels
_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a picture looks like: 256 bits as (32,) uint8, and mean colours of 4 × 4 fields as (48,) uint8."""

    bits: NDArray[np.uint8]
    colours: NDArray[np.uint8]

    def is_near(self, other: Look) -> bool:
        """Whether both could be the same picture."""
        differing = int(np.bitwise_count(self.bits ^ other.bits).sum())
        return differing <= _NEAR_BITS and _near_colours(self.colours, other.colours)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture that was looked at: its digest, size and look; `boxes` are the looks of parts of it."""

    digest: bytes
    size: tuple[int, int]
    look: Look
    boxes: Mapping[Box, Look]


def look_of(image: Image) -> Look:
    """What a picture looks like."""
    picture = PIL.Image.fromarray(image.pixels)
    grey = picture.convert("L").resize((_SIDE + 1, _SIDE), PIL.Image.Resampling.BOX, reducing_gap=2.0)
    rows = np.asarray(grey, np.int16)
    bits = np.packbits((rows[:, 1:] > rows[:, :-1]).ravel())
    colours = np.asarray(picture.resize((4, 4), PIL.Image.Resampling.BOX, reducing_gap=2.0), np.uint8).ravel()
    return Look(bits, colours)


def look_at(folder: Path, wanted: Mapping[str, frozenset[Box]], workers: int = 4) -> Iterator[tuple[str, Seen | str]]:
    """Open the pictures at these paths, each with the boxes to look at; a sentence for one that can't be opened.

    They come in the order of `wanted`, a few in memory at a time.
    """

    def look(path: str) -> Seen | str:
        try:
            data = (folder / path).read_bytes()
            image = decode(data, limits=OWN)
        except OSError as error:
            return error.strerror or "it can't be read"
        except BadPhoto as error:
            return str(error)
        inside = (box for box in wanted[path] if box.area and box.within(image.box) == box)
        boxes = {box: look_of(crop(image, box)) for box in inside}
        return Seen(hashlib.sha256(data).digest(), (image.width, image.height), look_of(image), boxes)

    with ThreadPoolExecutor(workers) as pool:
        paths = [*wanted]
        for start in range(0, len(paths), _AT_ONCE):
            some = paths[start : start + _AT_ONCE]
            yield from zip(some, pool.map(look, some), strict=True)


def near_pairs(these: list[Look], those: list[Look]) -> Iterator[tuple[int, int]]:
    """The pairs (number in `these`, number in `those`) that could be the same picture."""
    if not these or not those:
        return
    bits = np.stack([one.bits for one in those]).view(np.uint64)
    for start in range(0, len(these), _AT_ONCE):
        block = np.stack([one.bits for one in these[start : start + _AT_ONCE]]).view(np.uint64)
        for first in range(0, len(bits), 1 << 14):
            part = bits[first : first + (1 << 14)]
            differing = np.zeros((len(block), len(part)), np.uint16)
            for column in range(bits.shape[1]):
                differing += np.bitwise_count(block[:, column, None] ^ part[None, :, column])
            for i, j in zip(*np.nonzero(differing <= _NEAR_BITS), strict=True):
                this, that = start + int(i), first + int(j)
                if _near_colours(these[this].colours, those[that].colours):
                    yield this, that


def _near_colours(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    return int(np.abs(one.astype(np.int16) - other).max()) <= _NEAR_COLOURS
