"""Untrusted bytes → safe pixels, and pictures made of them: crops, annotated photos, contact sheets.

`decode` reads a stranger's bytes within `Limits` into an `Image`; `Pictures` does that and all else off the event loop.
"""

from core.images.decoding import Image, Limits, decode
from core.images.pictures import Pictures

__all__ = ["Image", "Limits", "Pictures", "decode"]
