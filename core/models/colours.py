"""Which colours a photo has where: a histogram over CIELAB for each cell of a feature map.

A network that was taught to tell kinds of things apart hardly minds what colour they are: a white keyboard is as good
as a black one. How much colours vary in photos of one thing is what a fit's whitening finds out.
"""

from __future__ import annotations

import numpy as np

from core.concepts import Vectors
from core.images.decoding import Image, resized

_LIGHTNESS, _CHROMA = np.array([25, 55, 85], np.float32), np.array([-40, -20, 0, 20, 40], np.float32)
COLOURS = len(_LIGHTNESS) * len(_CHROMA) ** 2
"""The bins of a histogram."""
_SAMPLES = 4  # to a side of a cell
# IEC 61966-2-1 (sRGB to XYZ, D65); the rows by the white point.
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
_WHITE = np.array([0.9505, 1.0, 1.0890], np.float32)


def colours(image: Image, rows: int, columns: int) -> Vectors:
    """The square root of each colour's share of each cell: (rows, columns, `COLOURS`), so that each is of length 1.

    A colour between the middles of bins counts for these by how near it is.
    """
    pixels = lab(resized(image, (columns * _SAMPLES, rows * _SAMPLES)))
    cells = pixels.reshape(rows, _SAMPLES, columns, _SAMPLES, 3).swapaxes(1, 2).reshape(-1, _SAMPLES**2, 3)
    lightness, red, yellow = (_near(cells[..., at], bins) for at, bins in enumerate((_LIGHTNESS, _CHROMA, _CHROMA)))
    hues = (red[..., :, None] * yellow[..., None, :]).reshape(len(cells), _SAMPLES**2, -1)
    shares = lightness.swapaxes(1, 2) @ hues / _SAMPLES**2  # (cells, lightness, hues)
    return np.sqrt(shares.reshape(rows, columns, COLOURS))


def lab(image: Image) -> Vectors:
    """A photo's pixels (h, w, 3) as CIELAB: lightness 0…100, green to red and blue to yellow about −100…100."""
    part = np.arange(256, dtype=np.float32) / 255
    linear = np.where(part > 0.04045, ((part + 0.055) / 1.055) ** 2.4, part / 12.92)
    light = linear[image.pixels] @ _TO_XYZ.T / _WHITE
    x, y, z = np.moveaxis(np.where(light > 0.008856, np.cbrt(light), 7.787 * light + 16 / 116), -1, 0)
    return np.asarray(np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1), np.float32)


def _near(values: Vectors, middles: Vectors) -> Vectors:
    """How much values (…) belong to each of some bins, 0…1: (…, bins)."""
    width = middles[1] - middles[0]
    away = np.abs(np.clip(values, middles[0], middles[-1])[..., None] - middles)
    return np.asarray(np.clip(1 - away / width, 0, None), np.float32)
