"""Photos far wider than high, or the other way round."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image

from core.messages import Photo


def thin(width: int, height: int) -> Photo:
    """A red thing on a photo that is far wider than high, or the other way round."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[height // 8 : -height // 8, width // 8 : -width // 8] = (255, 0, 0)
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).save(out, "PNG")
    return Photo(out.getvalue())
