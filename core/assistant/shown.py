"""Photos under discussion: their bytes, and what was found in them so far."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.concepts import Sighting
from core.errors import BadPhoto
from core.i18n.lazy_strings import LazyString
from core.images.decoding import Image
from core.images.pictures import numbered
from core.messages import Chat, Photo
from core.recognition.index import ChatIndex
from core.recognition.recognizer import UNSEEN, PhotoFeatures

if TYPE_CHECKING:
    from core.assistant.services import Services


@dataclass(slots=True)
class ShownPhoto:
    """One photo: its features once it was looked at, and who was seen when the chat's memory was at `revision`.

    `image` is its pixels while a message about it is answered, so that it is decoded once for each message. `fault` is
    why it can't be read, where others came with it; then nothing is seen in it.
    """

    photo: Photo
    features: PhotoFeatures | None = None
    sightings: tuple[Sighting, ...] = ()
    revision: int = -1
    image: Image | None = None
    fault: LazyString | None = None


@dataclass(slots=True)
class Shown:
    """The photos of a message. `key` is what buttons know them by, `at` when they came, in seconds of a clock.

    `sender` is the name of who sent them, empty where a platform doesn't tell.
    """

    key: str
    message_id: str
    photos: tuple[ShownPhoto, ...]
    at: float
    sender: str = ""
    counted: int = 0  # bytes that the budget of all photos counts for it; 0 once it is let go

    @property
    def origin(self) -> str:
        """What the store knows the message by: the platform's id, so that one message is known again."""
        return self.message_id or self.key

    @property
    def size(self) -> int:
        """Bytes it keeps in memory: the photos, and what was found in them."""
        looked_at = sum(one.features.nbytes for one in self.photos if one.features)
        return looked_at + sum(len(one.photo.data) for one in self.photos)

    def require_any(self) -> None:
        """Raise `BadPhoto`, about the first, when none of the photos can be read."""
        if all(one.fault for one in self.photos) and (fault := self.photos[0].fault):
            raise BadPhoto(fault)

    def close(self) -> None:
        """Let go of the pixels: the message is answered."""
        for one in self.photos:
            one.image = None


async def open_photo(services: Services, chat: Chat, shown: Shown, number: int) -> Image:
    """The pixels of photo `number`, counted from 0. Raises `core.errors.BadPhoto` with a sentence."""
    one = shown.photos[number]
    if one.fault is not None:
        raise BadPhoto(one.fault)
    if one.image is None:
        try:
            with numbered(number + 1, len(shown.photos)), services.metrics.stage("open"):
                one.image = await services.pictures.open(chat, one.photo)
        except BadPhoto as error:
            if len(shown.photos) > 1:
                one.fault = error.message
            raise
    return one.image


async def look(services: Services, chat: Chat, shown: Shown) -> tuple[PhotoFeatures, ...]:
    """The features of each photo, made once for each; none of one that can't be read where others can.

    Raises `core.errors.BadPhoto` with a sentence.
    """

    async def features_of(number: int) -> PhotoFeatures:
        one = shown.photos[number]
        if one.features is None:
            try:
                image = await open_photo(services, chat, shown, number)
            except BadPhoto:
                if len(shown.photos) == 1:
                    raise
                return UNSEEN
            one.features = await services.recognizer.look(chat, image)
            services.conversations.weigh(shown)
            if len(shown.photos) > 1:  # an album's photos are not all kept at full size
                one.image = await services.pictures.shrunk(chat, image)
        if services.recognizer.may_lack_faces(one.features):
            image = await open_photo(services, chat, shown, number)
            before, one.features = one.features, await services.recognizer.with_faces(chat, image, one.features)
            if one.features is not before:  # who is there is to be told anew
                one.revision = -1
        return one.features

    if len(shown.photos) == 1:  # a task of its own is worth it only beside others
        return (await features_of(0),)
    features = tuple(await asyncio.gather(*map(features_of, range(len(shown.photos)))))
    shown.require_any()
    return features


async def identify(services: Services, index: ChatIndex, shown: Shown) -> tuple[tuple[Sighting, ...], ...]:
    """Who is in each photo that was looked at, told apart once for each revision of the chat's memory.

    All of it is of the moment at which this returns. Others have their turn after each photo: in a large chat one takes
    some hundredths of a second.
    """
    while behind := [(one, one.features) for one in shown.photos if one.features and one.revision != index.revision]:
        photo, features = behind[0]
        with services.metrics.stage("identify"):
            photo.sightings, photo.revision = services.recognizer.identify(index, features), index.revision
        await asyncio.sleep(0)
    return tuple(one.sightings for one in shown.photos)
