"""A picture whose four quarters have colours of their own, saved by real encoders, and found again."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pillow_heif
import pillow_jxl  # noqa: F401 - lets Pillow write JPEG XL

from core.images.decoding import Image

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)


def quarters(width: int = 64, height: int = 48) -> PIL.Image.Image:
    """Red and green above, blue and white below: no turn or mirror image looks the same."""
    picture = PIL.Image.new("RGB", (2, 2))
    picture.putdata([RED, GREEN, BLUE, WHITE])
    return picture.resize((width, height), PIL.Image.Resampling.NEAREST)


def saved(picture: PIL.Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(picture).save(out, quality=-1, **options)
    else:
        picture.save(out, kind, **options)
    return out.getvalue()


def corners(image: Image) -> list[tuple[int, ...]]:
    """The colours of the four quarters' middles, row by row."""
    rows, columns = (image.height // 4, image.height * 3 // 4), (image.width // 4, image.width * 3 // 4)
    return [tuple(int(v) for v in image.pixels[y, x]) for y in rows for x in columns]


def assert_quarters(image: Image, tolerance: int = 12) -> None:
    assert np.abs(np.subtract(corners(image), [RED, GREEN, BLUE, WHITE])).max() <= tolerance
