"""Untrusted bytes → safe pixels, and what is done with pixels alone: shrink, crop, encode, measure sharpness.

Everything here blocks: callers off the event loop's thread only. Nothing here is shared between
calls, so any number of threads may decode at once; a 50-megapixel photo takes about 0.5 GB meanwhile.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.ImageFilter import GaussianBlur
from PIL.WebPImagePlugin import WebPImageFile

from core.concepts import Box
from core.counting import millions, millions_over
from core.errors import BadPhoto
from core.i18n.lazy_strings import gettext_noop, lazy_ngettext
from core.images.colours import upright_rgb
from core.images.formats import NO_VIDEO, JpegFile, PngFile, media_type, not_a_photo, reader_of
from core.images.moving import first_of_picture, first_of_video, is_video

Pixels = NDArray[np.uint8]

# Of a photo's brightest hundredth, of 255: below _DARK models are shown it as bright as _BRIGHT. At or below _NOTHING
# nothing is to be seen.
_NOTHING, _DARK, _BRIGHT = 4, 96, 220

BLURRED = 0.40
"""`sharpness` below this is a blurred photo: see that function for what the line separates."""


class Copies(dict[tuple[int, int], "Image"]):
    """A photo in other sizes, by width and height; whoever makes one holds the `lock`."""

    __slots__ = ("lock",)

    def __init__(self) -> None:
        self.lock = Lock()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Image:
    """An upright photo: `pixels` is (height, width, 3) RGB uint8, contiguous and read-only.

    `copies` are those of other sizes that `seen_at` has made, for as long as the photo is kept.
    """

    pixels: Pixels
    copies: Copies = field(default_factory=Copies, init=False)

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 3 or self.pixels.shape[2] != 3:
            raise ValueError(f"not RGB pixels: {self.pixels.dtype} {self.pixels.shape}")
        pixels = np.ascontiguousarray(self.pixels).view()
        pixels.flags.writeable = False
        object.__setattr__(self, "pixels", pixels)

    def __reduce__(self) -> tuple[type[Image], tuple[Pixels]]:
        """Sent to another process it is the photo alone; its copies are made there anew."""
        return Image, (self.pixels,)

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])

    @property
    def box(self) -> Box:
        """The whole photo."""
        return Box(0, 0, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a photo may be: `size` in bytes, `pixels` in all, `side` the least width and height.

    50 megapixels let today's phones through at full size (8160 × 6120). A still picture of up to three times as many
    is read, too, and handed on at a half of its width and height: what is decoded takes four bytes of each pixel, so
    that it stays within `memory`. `seconds` of CPU is what decoding it may
    take; only `core.images.decoders` can keep to that, and to the memory.
    """

    size: int = 20_000_000
    pixels: int = 50_000_000
    side: int = 16
    seconds: float = 10.0

    @property
    def memory(self) -> int:
        """Bytes that decoding it may take: pixels in several forms at once, and the decoder's own."""
        return 250_000_000 + 16 * self.pixels


DAMAGED = gettext_noop("That photo is damaged or arrived only in part. Please send it again, or a screenshot of it.")
TOO_SLOW = gettext_noop("That photo takes far too long to open. Please send a screenshot of it instead.")
TOO_MUCH_MEMORY = gettext_noop("That photo takes too much memory to open. Please send a smaller copy.")

OWN = Limits(side=1)  # for pictures that were made here: a thin crop of a large photo is none to refuse


def decode(data: bytes, *, limits: Limits = Limits()) -> Image:
    """Read a JPEG, PNG, WebP, AVIF, HEIC, JPEG XL, GIF or video, whatever its name says.

    The photo comes upright, in sRGB, transparency on white, and at its full size; one of more pixels than `limits`
    has at a part of its size: a JPEG is read so, others are shrunk as soon as they are read. Of what moves it is the
    first clear frame. Raises `BadPhoto` with a sentence when the bytes are no such picture, are damaged, or break
    `limits`: sizes before any pixel is decoded.
    """
    if not data:
        raise BadPhoto("That photo arrived empty. Please send it again.")
    if len(data) > limits.size:
        raise BadPhoto(
            "That photo is {size} MB large; I take up to {most} MB. Please send a smaller copy.",
            size=millions_over(len(data)),
            most=millions(limits.size),
        )
    if media_type(data) is None and is_video(data):
        return _of_video(data, limits)
    reader, data = reader_of(data)
    if reader is JpegFile and _count_scans(data) > _MOST_SCANS:
        raise BadPhoto(TOO_SLOW)
    try:
        with reader(io.BytesIO(data)) as picture:
            _load(picture, limits)
            if isinstance(picture, JpegFile) and picture.share_missing() > _MOST_MISSING:
                raise BadPhoto(DAMAGED)
            if _moves(picture):
                return _first_clear(first_of_picture(picture))
            return Image(upright_rgb(picture, shrunk=picture.width * picture.height > limits.pixels))
    except PIL.Image.DecompressionBombError as error:
        raise BadPhoto(
            lazy_ngettext(
                "That photo has far too many pixels; I take up to {count} megapixel. Please send a smaller copy.",
                "That photo has far too many pixels; I take up to {count} megapixels. Please send a smaller copy.",
                millions(limits.pixels),
            )
        ) from error
    except _FAILURES as error:
        raise BadPhoto(DAMAGED) from error


def _load(picture: ImageFile, limits: Limits) -> None:
    """Decode the picture if it isn't too large for that."""
    if isinstance(picture, JpegFile):
        picture.shrink_to(limits.pixels)
    most = limits.pixels * (1 if _moves(picture) else _LARGER)
    _check_size(picture.size, limits, most)
    picture.load()
    _check_size(picture.size, limits, most)  # HEIC and GIF may be larger than their headers said


def _moves(picture: ImageFile) -> bool:
    return isinstance(picture, _MOVING) and bool(getattr(picture, "is_animated", False))


def _of_video(data: bytes, limits: Limits) -> Image:
    try:
        return _first_clear(first_of_video(data, lambda size: _check_size(size, limits)))
    except _FAILURES as error:
        raise not_a_photo(NO_VIDEO) from error


def _first_clear(frames: Iterable[Pixels]) -> Image:
    """The first clear frame: a later one takes its place only if it is clearly sharper, or the first is black.

    Raises `ValueError` where there is none.
    """

    def clearness(image: Image) -> float:
        lit = float(shrink(image, 64)[0].pixels.max())
        return sharpness(image) if lit >= _BLACK else lit / _BLACK - 1

    images = map(Image, frames)
    best = next(images, None)
    if best is None:
        raise ValueError("no frame")
    reached = clearness(best)
    for image in images:  # one is kept at a time: frames may be large
        clear = clearness(image)
        if clear - reached > _CLEARLY * abs(clear):
            best, reached = image, clear
    return best


def encode_jpeg(image: Image, quality: int = 90, *, smallest: bool = True) -> bytes:
    """Write a photo as a JPEG of `quality` 1…95; without `smallest` 3 % larger, in half the time."""
    out = io.BytesIO()
    PIL.Image.fromarray(image.pixels).save(out, "JPEG", quality=quality, optimize=smallest)
    return out.getvalue()


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a JPEG of our own; only its header is read."""
    with PIL.Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
        return picture.size


def shrink(image: Image, longest: int) -> tuple[Image, float]:
    """Make a photo's longer side at most `longest` pixels, and say by what factor (1.0: left as it is).

    `box.scaled(factor)` takes a box along.
    """
    factor = longest / max(image.width, image.height)
    if factor >= 1:
        return image, 1.0
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return resized(image, size), factor


def resized(image: Image, size: tuple[int, int]) -> Image:
    """Resample a photo to (width, height) pixels; far larger ones are halved first, which is quicker."""
    picture = PIL.Image.fromarray(image.pixels)
    return Image(np.asarray(picture.resize(size, PIL.Image.Resampling.BICUBIC, reducing_gap=3.0)))


def seen_at(image: Image, size: tuple[int, int]) -> Image:
    """As models look at a photo: `resized`, and brightened where it is very dark.

    Once for all models that look at it in that size: it takes as long as a tenth of a model.
    """
    with image.copies.lock:
        if size not in image.copies:
            image.copies[size] = _brightened(resized(image, size))
        return image.copies[size]


def _brightened(image: Image) -> Image:
    """A photo whose brightest hundredth is dark, with its values scaled so that this is bright; others as they are."""
    brightest = float(np.percentile(image.pixels[::4, ::4].max(-1), 99))  # a sample: of every pixel it takes 20 ms
    if not _NOTHING < brightest < _DARK:
        return image
    table = np.minimum(np.arange(256) * (_BRIGHT / brightest), 255).round().astype(np.uint8)
    return Image(table[image.pixels])


def blurred(image: Image, radius: float) -> Image:
    """Blur a photo by a Gaussian of `radius` pixels."""
    return Image(np.asarray(PIL.Image.fromarray(image.pixels).filter(GaussianBlur(radius))))


def crop(image: Image, box: Box, margin: float = 0.0) -> Image:
    """Cut a box out, with `margin` times its longer side around it where the photo goes on.

    A box that lies outside gives the nearest pixel, never an empty photo.
    """
    around = margin * max(box.x1 - box.x0, box.y1 - box.y0)
    left = min(max(0, round(box.x0 - around)), image.width - 1)
    top = min(max(0, round(box.y0 - around)), image.height - 1)
    right = min(max(left + 1, round(box.x1 + around)), image.width)
    bottom = min(max(top + 1, round(box.y1 + around)), image.height)
    return Image(image.pixels[top:bottom, left:right])


def sharpness(image: Image) -> float:
    """How sharp a photo is, about 0 (all blur) to 1; below `BLURRED` it is worth a warning.

    The blur effect of Crete et al. 2007 ("The blur effect", SPIE 6492), turned round: a sharp photo
    loses much of its contrast between neighbours when blurred once more, a blurred one does not.
    Measured at 512 px, so that the size does not count, along rows and along columns, of which the
    worse counts: motion blurs one direction only. A photo without any contrast is all blur; strong
    noise passes for sharp. At 0.40 lie 0 of 138 crops of real pets and things (2 of 96 of generated
    ones), 98 % of the same crops blurred by 2 px at 512, and 95 % of those moved by 15 px.
    """
    picture = PIL.Image.fromarray(shrink(image, 512)[0].pixels).convert("L")
    grey = np.asarray(picture, np.float32)
    return min(_lost_when_blurred(grey), _lost_when_blurred(grey.T))


def _lost_when_blurred(grey: NDArray[np.float32]) -> float:
    """The share of contrast along the rows that a running mean over 9 pixels takes away."""
    padded = np.pad(grey, ((0, 0), (5, 4)), mode="edge")
    sums = padded.cumsum(axis=1, dtype=np.float64)
    before = np.abs(np.diff(grey, axis=1))
    after = np.abs(np.diff((sums[:, 9:] - sums[:, :-9]) / 9, axis=1))
    # One grey level in twenty pixels is a sensor's noise, not contrast.
    return float(np.maximum(0, before - after).sum() / (before.sum() + 0.05 * max(1, before.size)))


# ── within limits ────────────────────────────────────────────────────────────────────────────────

# What Pillow, libheif and zlib raise on damaged bytes. `Warning` is here for those who turn warnings
# into errors: an animation that is wrong in itself is one.
_FAILURES = (
    *(OSError, SyntaxError, ValueError, RuntimeError, EOFError, struct.error, zlib.error),
    *(IndexError, KeyError, TypeError, OverflowError, Warning),
)


_MOVING = (GifImageFile, WebPImageFile, PngFile, AvifImageFile)  # those of which several pictures are one that moves
_LARGER = 3  # times as many pixels as the limit says, of a picture that is read whole and then shrunk
_CLEARLY = 0.1  # by what share of its sharpness a frame is clearly sharper than one before it
_BLACK = 40  # 0…255, the brightest of a frame that shows nothing
_MOST_MISSING = 0.25  # of a photo that was cut off
_MOST_SCANS = 100  # of a progressive JPEG; each goes over the whole photo, and encoders write about ten


def _count_scans(jpeg: bytes) -> int:
    """How often a scan begins before the photo ends (ITU-T T.81 §B.1.1): what follows it, as a film, doesn't count."""
    start = 2
    while (marker := jpeg[start : start + 2]) != b"\xff\xda":
        if marker[:1] != b"\xff" or len(marker) < 2:
            return 0  # damaged; the decoder will say so
        start += 2 + int.from_bytes(jpeg[start + 2 : start + 4])
    return jpeg.count(b"\xff\xda", start, jpeg.find(b"\xff\xd9", start))


def _check_size(size: tuple[int, int], limits: Limits, most: int | None = None) -> None:
    width, height = size
    most = most or limits.pixels
    if width * height > most:
        raise BadPhoto(
            lazy_ngettext(
                "That photo is {width} × {height} pixels ({size} megapixels); I take up to {count} megapixel. "
                "Please send a smaller copy.",
                "That photo is {width} × {height} pixels ({size} megapixels); I take up to {count} megapixels. "
                "Please send a smaller copy.",
                millions(most),
                width=str(width),
                height=str(height),
                size=millions_over(width * height),
            )
        )
    if min(size) < limits.side:
        raise BadPhoto(
            "That photo is only {width} × {height} pixels; I need at least {least} on each side. "
            "Please send a larger one.",
            width=str(width),
            height=str(height),
            least=limits.side,
        )
