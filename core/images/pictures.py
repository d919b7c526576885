"""Picture work off the event loop, fair among chats: open, shrink, cut out, draw on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import PIL.Image
from PIL import ImageOps

from core.concepts import Box, Reference, Sighting
from core.errors import BadPhoto
from core.fairness import FairSlots
from core.images.annotation import annotate, side_by_side
from core.images.decoders import Decoders
from core.images.decoding import BLURRED, OWN, Image, crop, decode, encode_jpeg, sharpness, shrink
from core.images.fonts import drawable
from core.messages import Chat, Photo

T = TypeVar("T")

STORED_SIDE = 1024  # pixels of a stored photo's longer side
SHOWN_SIDE = 1280  # of a photo that people or a model look at
PORTRAIT_SIDE = 512  # of a cut-out
_THUMBNAIL_SIDE = 256
_THINNEST = 16  # times its shorter side is the longer one of a picture that is shown
_MARGIN = 0.06  # around a cut-out, so that ears are not cropped


@dataclass(frozen=True, slots=True, repr=False)
class StoredPhoto:
    """A photo as the store keeps it: a JPEG of at most 1024 px, and the factor from the photo's pixels to its own."""

    jpeg: bytes
    factor: float


@dataclass(frozen=True, slots=True, repr=False)
class Annotated:
    """A photo to draw on: its pixels, the width in which the sightings' boxes count, and the sightings."""

    image: Image
    width: int
    sightings: Sequence[Sighting]


@dataclass(frozen=True, slots=True, repr=False)
class Drawing:
    """Annotated photos as one JPEG; `numbered` are the numbers in it with the names that no font here can write."""

    jpeg: bytes
    numbered: tuple[tuple[int, str], ...]


class Pictures:
    """Strangers' photos are opened by `decoders`; the rest is done on threads, `at_once` at a time, chats in turn."""

    def __init__(self, decoders: Decoders, at_once: int = 2) -> None:
        self._decoders, self._slots = decoders, FairSlots(at_once)

    async def open(self, chat: Chat, photo: Photo) -> Image:
        """The photo's upright pixels. Raises `core.errors.BadPhoto` with a sentence, `Busy` under too much load."""
        return await self._decoders.decode(chat.key, photo.data)

    async def open_exported(self, chat: Chat, photo: Photo) -> Image:
        """The same of a photo in an archive, which may be as thin as those that are kept here."""
        return await self._decoders.decode(chat.key, photo.data, side=OWN.side)

    async def stored_one(self, chat: Chat, jpeg: bytes) -> Image:
        """The pixels of a photo as the store keeps it."""
        return await self._off_loop(chat, lambda: decode(jpeg, limits=OWN))

    async def shrunk(self, chat: Chat, image: Image) -> Image:
        """The photo at the size at which it is shown: at most 1280 px."""
        return await self._off_loop(chat, lambda: shrink(image, SHOWN_SIDE)[0])

    async def stored(self, chat: Chat, image: Image) -> StoredPhoto:
        """The photo as the store keeps it."""

        def store() -> StoredPhoto:
            small, factor = shrink(image, STORED_SIDE)
            return StoredPhoto(encode_jpeg(small), factor)

        return await self._off_loop(chat, store)

    async def preview(self, chat: Chat, image: Image) -> bytes:
        """The photo as a generator gets it: an upright JPEG of at most 1280 px."""
        return await self._off_loop(chat, lambda: encode_jpeg(shrink(image, SHOWN_SIDE)[0]))

    async def cutout(self, chat: Chat, image: Image, box: Box) -> bytes:
        """What is inside the box, as a JPEG of at most 512 px."""
        return await self._off_loop(chat, lambda: _shown(crop(image, box, _MARGIN), PORTRAIT_SIDE))

    async def blurred(self, chat: Chat, image: Image, box: Box) -> bool:
        """Whether what is inside the box is too blurred to learn much from."""
        return await self._off_loop(chat, lambda: sharpness(crop(image, box)) < BLURRED)

    async def portrait(self, chat: Chat, reference: Reference, *, thumbnail: bool = False) -> bytes:
        """A reference's region, as a JPEG of at most 512 px, or 256 px as a thumbnail."""
        side = _THUMBNAIL_SIDE if thumbnail else PORTRAIT_SIDE
        return await self._off_loop(
            chat,
            lambda: _shown(crop(decode(reference.photo, limits=OWN), reference.box, _MARGIN), side),
        )

    async def annotated(self, chat: Chat, photos: Sequence[Annotated]) -> Drawing:
        """The photos with a box around each sighting, beside each other, as one JPEG."""

        def draw() -> Drawing:
            drawn = []
            for one in photos:
                small, _ = shrink(one.image, SHOWN_SIDE)
                drawn.append(annotate(small, one.sightings, small.width / one.width))
            numbered = tuple(
                (number, sighting.match.name)
                for one in photos
                for number, sighting in enumerate(one.sightings, 1)
                if sighting.match and not drawable(sighting.match.name)
            )
            return Drawing(_shown(side_by_side(drawn) if len(drawn) > 1 else drawn[0]), numbered)

        return await self._off_loop(chat, draw)

    async def _off_loop(self, chat: Chat, work: Callable[[], T]) -> T:
        async with self._slots.of(chat.key):
            return await asyncio.to_thread(work)


def _shown(image: Image, side: int | None = None) -> bytes:
    """A JPEG for people, of at most `side` pixels; a very thin one, which platforms refuse, has white beside it."""
    small = shrink(image, side or max(image.width, image.height))[0]
    least = -(-max(small.width, small.height) // _THINNEST)
    if min(small.width, small.height) < least:
        picture = PIL.Image.fromarray(small.pixels)
        size = max(small.width, least), max(small.height, least)
        small = Image(np.asarray(ImageOps.pad(picture, size, color="white")))
    return encode_jpeg(small, smallest=False)  # somebody waits for it


@contextmanager
def numbered(number: int, count: int) -> Iterator[None]:
    """Say which of `count` photos a `BadPhoto` inside is about."""
    try:
        yield
    except BadPhoto as error:
        if count == 1:
            raise
        raise BadPhoto("Photo {number}: {fault}", number=number, fault=error.message) from error
