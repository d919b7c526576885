"""`/import`: an archive's concepts into a chat, photo by photo; what can't be read is counted, not fatal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from core import archive
from core.archive import Archive, SavedConcept, SavedPhoto
from core.errors import BadPhoto, NotAllowed, UnknownConcept, UserError
from core.messages import Chat, Message, Photo, Sender
from core.names import clean
from core.phrases import Phrase
from core.phrasing import names as _names
from core.phrasing import photos as _photos
from core.pictures import Pictures
from core.quotas import Quotas
from core.recognition import Recognizer
from core.store import Store
from core.store_values import NewReference
from core.voices import Voice
from core.words import check_category, check_info


class Importing:
    """Takes archives in."""

    def __init__(self, store: Store, recognizer: Recognizer, pictures: Pictures, quotas: Quotas) -> None:
        self._store, self._recognizer, self._pictures, self._quotas = store, recognizer, pictures, quotas

    async def take_in(self, message: Message, data: bytes, voice: Voice) -> str:
        """Add the archive's concepts to the chat's; says in a sentence what came in and what did not.

        A concept whose name the chat knows gets the photos added. What there is no room for stays out.
        Raises `UserError` when the zip is no archive of ours or RAP's.
        """
        found = await asyncio.to_thread(archive.read, data)
        taken, photos, refused = 0, 0, 0
        full: Phrase | None = None
        for saved in found.concepts:
            try:
                count, lost = await self._concept(message, saved, found)
            except NotAllowed as error:
                full = error.said
                break
            except UserError:
                refused += 1
                continue
            taken, photos, refused = taken + 1, photos + count, refused + lost
        report = voice.say(
            "I've taken in {names} with {photos}.", names=_names(taken), photos=_photos(photos)
        )
        told = [report]
        if refused:
            told.append(voice.say("{count} couldn't be read.", count=refused))
        if full:
            told.append(voice.say(full))
        return voice.gap.join(told)

    async def _concept(self, message: Message, saved: SavedConcept, found: Archive) -> tuple[int, int]:
        """How many photos came in, and how many could not be read. Raises `NotAllowed` without room."""
        chat, sender = message.chat, message.sender
        read: list[NewReference] = []
        for photo in saved.photos:
            try:
                read.append(await self._reference(chat, photo, found))
            except BadPhoto:
                continue
        size = sum(len(one.photo) for one in read)
        await self._quotas.require_room(message, names=0 if await self._knows(chat, saved) else 1, size=size)
        positive = [one for one in read if not one.negative]
        await self._words(chat, sender, saved, positive)
        concept = await self._store.concept(chat, clean(saved.name))
        for negative in (one for one in read if one.negative):
            await self._store.add_reference(chat, concept.id, negative, sender)
        return len(positive), len(saved.photos) - len(read)

    async def _knows(self, chat: Chat, saved: SavedConcept) -> bool:
        try:
            await self._store.concept(chat, clean(saved.name))
        except UnknownConcept:
            return False
        return True

    async def _words(
        self, chat: Chat, sender: Sender, saved: SavedConcept, positive: Sequence[NewReference]
    ) -> None:
        texts = [check_info(info.text) for info in saved.infos if info.text.strip()]
        change = await self._store.remember(
            chat,
            clean(saved.name),
            by=sender,
            category=check_category(saved.category or ""),
            info=texts[0] if texts else None,
            references=positive,
        )
        for later in texts[1:]:
            await self._store.describe(chat, change.concept.id, later, sender)

    async def _reference(self, chat: Chat, saved: SavedPhoto, found: Archive) -> NewReference:
        """Raises `BadPhoto` when the file is missing or no picture."""
        data = found.files.get(saved.file, b"")
        image = await self._pictures.open(Photo(data))
        stored = await self._pictures.stored(image)
        box = saved.box or image.box
        embedding = await self._recognizer.embed(chat, image, box)
        return NewReference(
            stored.jpeg,
            box.scaled(stored.factor),
            tuple(box.scaled(stored.factor) for box in saved.candidates),
            embedding,
            saved.negative,
        )
