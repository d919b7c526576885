"""Picture work off the event loop: open, preview, cut out, draw on. Pixels stay on threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from core.concepts import Box, Reference, Sighting
from core.errors import BadPhoto
from core.images.annotation import annotate, side_by_side
from core.images.decoding import BLURRED, Image, Limits, crop, decode, encode_jpeg, sharpness, shrink
from core.messages import Photo

T = TypeVar("T")

STORED_SIDE = 1024  # pixels of a stored photo's longer side
_SHOWN_SIDE = 1280
_PORTRAIT_SIDE = 512
_THUMBNAIL_SIDE = 256
_MARGIN = 0.06  # around a cut-out, so that ears are not cropped


@dataclass(frozen=True, slots=True, repr=False)
class Stored:
    """A photo as the store keeps it: a JPEG, and the factor from the photo's pixels to its own."""

    jpeg: bytes
    factor: float


class Pictures:
    """Opens photos within `limits`, at most `at_once` of them, since a large one takes much memory."""

    def __init__(self, limits: Limits, at_once: int = 2) -> None:
        self._limits, self._places = limits, asyncio.Semaphore(at_once)

    async def open(self, photo: Photo) -> Image:
        """The photo's upright pixels. Raises `core.errors.BadPhoto` with a sentence."""
        return await self._off_loop(lambda: decode(photo.data, limits=self._limits))

    async def stored(self, image: Image) -> Stored:
        """The photo as the store keeps it, at most 1024 px."""
        return await self._off_loop(lambda: _stored(image))

    async def preview(self, photo: Photo) -> bytes:
        """The photo as a generator gets it: an upright JPEG of at most 1280 px."""
        return await self._off_loop(
            lambda: encode_jpeg(shrink(decode(photo.data, limits=self._limits), _SHOWN_SIDE)[0])
        )

    async def cutout(self, image: Image, box: Box, side: int = _PORTRAIT_SIDE) -> bytes:
        """What is inside the box, as a JPEG."""
        return await self._off_loop(lambda: encode_jpeg(shrink(crop(image, box, _MARGIN), side)[0]))

    async def blurred(self, image: Image, box: Box) -> bool:
        """Whether what is inside the box is too blurred to learn much from."""
        return await self._off_loop(lambda: sharpness(crop(image, box)) < BLURRED)

    async def portrait(self, reference: Reference) -> bytes:
        """A reference's region, as a JPEG of at most 512 px."""
        return await self._off_loop(lambda: _portrait(reference, _PORTRAIT_SIDE))

    async def thumbnail(self, reference: Reference) -> bytes:
        """A reference's region, as a JPEG of at most 256 px."""
        return await self._off_loop(lambda: _portrait(reference, _THUMBNAIL_SIDE))

    async def annotated(self, photos: Sequence[Photo], seen: Sequence[Sequence[Sighting]]) -> bytes:
        """The photos with a box around each sighting, beside each other, as one JPEG."""
        return await self._off_loop(lambda: _annotated(photos, seen, self._limits))

    async def _off_loop(self, work: Callable[[], T]) -> T:
        async with self._places:
            return await asyncio.to_thread(work)


@contextmanager
def numbered(number: int, count: int) -> Iterator[None]:
    """Say which of `count` photos a `BadPhoto` inside is about."""
    try:
        yield
    except BadPhoto as error:
        if count == 1:
            raise
        raise BadPhoto("Photo {number}: {fault}", number=number, fault=error.message) from error


def _stored(image: Image) -> Stored:
    small, factor = shrink(image, STORED_SIDE)
    return Stored(encode_jpeg(small), factor)


def _portrait(reference: Reference, side: int) -> bytes:
    return encode_jpeg(shrink(crop(decode(reference.photo), reference.box, _MARGIN), side)[0])


def _annotated(photos: Sequence[Photo], seen: Sequence[Sequence[Sighting]], limits: Limits) -> bytes:
    drawn = []
    for photo, sightings in zip(photos, seen, strict=True):
        small, factor = shrink(decode(photo.data, limits=limits), _SHOWN_SIDE)
        drawn.append(annotate(small, sightings, factor))
    return encode_jpeg(side_by_side(drawn) if len(drawn) > 1 else drawn[0])
