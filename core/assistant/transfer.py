"""`/import`: an archive's concepts into a chat, photo by photo; what can't be read is counted, not fatal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from core.assistant import archive
from core.assistant.archive import Archive, SavedConcept, SavedPhoto
from core.concepts import Box, Reference
from core.errors import BadPhoto, NotAllowed, UserError
from core.i18n.lazy_strings import LazyString
from core.i18n.translator import Translator
from core.images.pictures import Pictures
from core.language.wording import names as _names
from core.language.wording import photos as _photos
from core.messages import Chat, Message, Photo
from core.names import clean
from core.policy.quotas import Quotas
from core.recognition.recognizer import Recognizer
from core.store.store import Store
from core.store.values import NewReference
from core.words import check_category, check_info

_Mark = tuple[bytes, Box, bool]
"""By which a photo is known again: its JPEG, the region, whether it says "this is not it"."""


@dataclass(slots=True)
class _Tally:
    """What came of an archive: names and photos taken in, photos that were there, things refused."""

    names: int = 0
    photos: int = 0
    repeated: int = 0
    refused: int = 0
    full: LazyString | None = None

    def told(self, translator: Translator) -> str:
        """All of it in sentences."""
        told = []
        if self.names or not self.repeated:
            taken = {"names": _names(self.names), "photos": _photos(self.photos)}
            told.append(translator.gettext("I've taken in {names} with {photos}.", **taken))
        if self.repeated:
            told.append(
                translator.ngettext(
                    "{count} photo was here already.", "{count} photos were here already.", self.repeated
                )
            )
        if self.refused:
            told.append(translator.gettext("{count} couldn't be read.", count=self.refused))
        if self.full:
            told.append(translator.gettext(self.full))
        return translator.sentence_gap.join(told)


class Importing:
    """Takes archives in."""

    def __init__(self, store: Store, recognizer: Recognizer, pictures: Pictures, quotas: Quotas) -> None:
        self._store, self._recognizer, self._pictures, self._quotas = store, recognizer, pictures, quotas

    async def take_in(self, message: Message, data: bytes, translator: Translator) -> str:
        """Add the archive's concepts to the chat's; says in a sentence what came in and what did not.

        A concept whose name the chat knows gets the photos and texts that it doesn't have yet. What there
        is no room for stays out. Raises `UserError` when the zip is no archive of ours or RAP's.
        """
        found = await asyncio.to_thread(archive.read, data)
        tally = _Tally()
        for saved in found.concepts:
            try:
                await self._concept(message, saved, found, tally)
            except NotAllowed as error:
                tally.full = error.message
                break
            except UserError:
                tally.refused += 1
        return tally.told(translator)

    async def _concept(self, message: Message, saved: SavedConcept, found: Archive, tally: _Tally) -> None:
        """Add what is new of one concept. Raises `NotAllowed` without room, `UserError` for bad words."""
        chat, sender, name = message.chat, message.sender, clean(saved.name)
        known = await self._store.find(chat, name)
        held = await self._store.references(chat, known.id) if known else ()
        told = {info.text for info in known.infos} if known else set()
        texts = [check_info(info.text) for info in saved.infos if info.text.strip()]
        texts = [text for text in texts if text not in told]
        category = check_category(saved.category or "")
        read = await self._read(chat, saved, found, {_mark(one) for one in held}, tally)
        size = sum(len(one.photo) for one in read)
        await self._quotas.require_room(message, names=0 if known else 1, size=size)
        if known and not read and not texts:
            return
        positive = [one for one in read if not one.negative]
        change = await self._store.remember(
            chat,
            name,
            by=sender,
            category=category,
            info=texts[0] if texts else None,
            references=positive,
        )
        for later in texts[1:]:
            await self._store.describe(chat, change.concept.id, later, sender)
        for negative in (one for one in read if one.negative):
            await self._store.add_reference(chat, change.concept.id, negative, sender)
        tally.names, tally.photos = tally.names + 1, tally.photos + len(positive)

    async def _read(
        self, chat: Chat, saved: SavedConcept, found: Archive, held: set[_Mark], tally: _Tally
    ) -> list[NewReference]:
        """The photos that can be read and that are not among the `held` ones; of the others it is counted."""
        read = []
        for photo in saved.photos:
            try:
                new = await self._reference(chat, photo, found.files.get(photo.file, b""), held)
            except BadPhoto:
                tally.refused += 1
                continue
            if new is None:
                tally.repeated += 1
            else:
                held.add(_mark(new))
                read.append(new)
        return read

    async def _reference(self, chat: Chat, saved: SavedPhoto, data: bytes, held: set[_Mark]) -> NewReference | None:
        """None when it is held already. Raises `BadPhoto` when the file is missing or no picture."""
        image = await self._pictures.open(Photo(data))
        stored = await self._pictures.stored(image)
        box = saved.box or image.box
        placed = box.scaled(stored.factor)
        # As it was exported from here, or as an earlier import has stored it.
        if held & {(photo, placed, saved.negative) for photo in (data, stored.jpeg)}:
            return None
        return NewReference(
            stored.jpeg,
            placed,
            tuple(box.scaled(stored.factor) for box in saved.candidates),
            await self._recognizer.embed(chat, image, box),
            saved.negative,
        )


def _mark(one: Reference | NewReference) -> _Mark:
    return one.photo, one.box, one.negative
