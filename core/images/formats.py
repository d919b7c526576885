"""What a file is by its content, whatever its name says, and which reader opens it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from core.errors import BadPhoto
from core.i18n.lazy_strings import gettext_noop, lazy_gettext
from core.images.jxl import JxlFile

_BRANDS = {
    "image/avif": frozenset({b"avif", b"avis"}),
    "image/heic": frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"miaf", b"MiHE"}),
}
_MOST_BRANDS = 64  # bytes of a file's first box in which brands are looked for
_MOST_RUBBISH = 1 << 16  # bytes before a JPEG: what a broken download or a mail program has left there
_JPEG = b"\xff\xd8\xff"
_BEGINNINGS = {
    _JPEG: "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"\xff\x0a": "image/jxl",
    b"\0\0\0\x0cJXL \r\n\x87\n": "image/jxl",
}
_PLEASE = gettext_noop("Please send a JPEG, PNG, WebP or HEIC photo.")
NO_VIDEO = gettext_noop("I can't open that video.")
_OTHERS = (
    (b"%PDF", gettext_noop("That is a PDF, not a photo.")),
    (b"BM", gettext_noop("That is a BMP picture, which I can't read.")),
    (b"II*\0", gettext_noop("That is a TIFF or raw camera picture, which I can't read.")),
    (b"MM\0*", gettext_noop("That is a TIFF or raw camera picture, which I can't read.")),
)


def media_type(data: bytes) -> str | None:
    """The type of a picture that is read here, as "image/jpeg", by its first bytes; None for anything else."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":  # a file of boxes: its brand, and those it is compatible with (ISO/IEC 14496-12 §4.3)
        end = min(int.from_bytes(data[:4]), _MOST_BRANDS)
        brands = {data[8:12], *(data[start : start + 4] for start in range(16, end, 4))}
        return next((kind for kind, known in _BRANDS.items() if not known.isdisjoint(brands)), None)
    return next((kind for start, kind in _BEGINNINGS.items() if data.startswith(start)), None)


def reader_of(data: bytes) -> tuple[Reader, bytes]:
    """The reader for what the first bytes tell, and the bytes for it; Pillow's `open` would try all that it knows.

    Of a JPEG that has rubbish before it, that is left out. Raises `BadPhoto` with a sentence for anything that
    isn't read here.
    """
    if found := media_type(data):
        return READERS[found], data
    if data.startswith(b"PK"):
        raise BadPhoto("That is a zip file, not a photo. Please unpack it and send the photos.")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    what = next((sentence for start, sentence in _OTHERS if data.startswith(start)), None)
    if head.startswith((b"<svg", b"<?xml")) or b"<svg" in head:
        what = gettext_noop("That is an SVG drawing, not a photo.")
    elif head.startswith((b"<!doctype", b"<html")):
        what = gettext_noop("That is a web page, not a photo.")
    elif what is None and (start := data.find(_JPEG, 0, _MOST_RUBBISH)) > 0:
        return JpegFile, data[start:]
    elif what is None:
        what = gettext_noop("I can't read that as a picture.")
    raise not_a_photo(what)


def not_a_photo(what: str) -> BadPhoto:
    """The refusal of what is something else, as the sentence `what` says."""
    return BadPhoto("{what} {please}", what=lazy_gettext(what), please=lazy_gettext(_PLEASE))


# ── readers: Pillow's, each with what people's files need besides ────────────────────────────────

Reader = Callable[[io.BytesIO], ImageFile]


class JpegFile(JpegImageFile):
    """A JPEG that may lack its end: what is missing is grey, and `cut` is true.

    Its EXIF is left alone: Pillow would warn, process-wide, about a corrupt one.
    """

    cut = False

    def _read_dpi_from_exif(self) -> None:
        """The resolution in print is of no use here."""

    def load_read(self, read_bytes: int) -> bytes:
        """The next bytes; once there are no more, the marker that a JPEG ends with."""
        read = super().load_read(read_bytes)
        if read or self.cut:
            return read
        self.cut = True
        return b"\xff\xd9"

    def shrink_to(self, most: int) -> None:
        """Have a photo of more than `most` pixels read at a half, a quarter or an eighth of its width and height."""
        width, height = self.size
        part = next((part for part in (1, 2, 4) if width * height <= most * part * part), 8)
        if part > 1:
            self.draft(None, (max(1, width // part), max(1, height // part)))

    def share_missing(self) -> float:
        """How much of a photo that was cut off is missing: rows at its bottom of the grey that stands for no value."""
        if not self.cut:
            return 0.0
        told = np.abs(np.asarray(self.convert("L")).astype(np.int16) - 128).max(axis=1) > 1
        return float(1 - (np.flatnonzero(told).max(initial=-1) + 1) / len(told))


class PngFile(PngImageFile):
    """A PNG, of whose 16 bits of colour Pillow keeps the upper eight: too few where 10 or 12 are used."""

    def _open(self) -> None:
        self._whole = self.fp
        super()._open()

    def load(self) -> Any:
        """Load the pixels, and scale them by the bits that are used."""
        raw = self.tile[0].args if self.tile else None
        access = super().load()
        if raw == "RGB;16B" and np.asarray(self).max() < 64:
            assert self._whole is not None  # noqa: S101 - for mypy: it was opened
            self._whole.seek(0)
            with PngImageFile(self._whole) as again:
                # Read as if the bytes of each value were swapped, it keeps the lower ones.
                again.tile = [one._replace(args="RGB;16L") for one in again.tile]
                values = np.asarray(self).astype(np.uint16) << 8 | np.asarray(again)
            self.im = PIL.Image.fromarray(eight_bits(values)).im
        return access


class HeicFile(HeifImageFile):
    """A HEIC picture; `turned` is how the camera was held (EXIF 1…8) where the picture itself doesn't say it."""

    def _open(self) -> None:
        assert self.fp is not None  # noqa: S101 - for mypy: it was opened
        data = self.fp.read()
        self.fp.seek(0)
        super()._open()  # type: ignore[no-untyped-call] # it has no types
        # libheif obeys these two properties, and HEIF has them count, not EXIF; some programs write EXIF alone.
        start = int.from_bytes(data[:4])  # of the box that describes the picture
        described = data[start : start + int.from_bytes(data[start : start + 4])]
        says = re.search(rb"\0\0\0\x09(irot|imir)", described)
        self.turned = 1 if says else int(self.info.get("original_orientation") or 1)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "image/jpeg": JpegFile,
        "image/png": PngFile,
        "image/gif": GifImageFile,
        "image/webp": WebPImageFile,
        "image/avif": AvifImageFile,
        "image/heic": HeicFile,
        "image/jxl": JxlFile,
    }
)


def eight_bits(values: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Values of 16 bits as such of 8, by how many are used: sensors have 10, 12 or 14."""
    top = int(values.max(initial=0))
    used = next(bits for bits in (8, 10, 12, 14, 16) if top >> bits == 0)
    return (values >> (used - 8)).astype(np.uint8)
