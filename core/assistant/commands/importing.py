"""Takes an archive's concepts in: each photo is opened once, each concept is one edit, all of it is one change.

Between two photos it can be stopped. What is in by then stays, and the same file again goes on from there: photos that
are known already are neither embedded nor counted.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b

import structlog

from core.assistant.archive import Archive, ListedConcept, ListedPhoto, UnreadableFile
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.under_way import Work
from core.concepts import Box, Concept
from core.errors import BadPhoto, ModelError, StoreError, UnknownConcept, UserError
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext
from core.i18n.translator import Translator
from core.images.decoding import Image
from core.images.pictures import StoredPhoto
from core.language.wording import names, photos
from core.messages import Photo
from core.names import fold
from core.store.values import NewConcept, NewKept, NewReference, SightingNote

_log = structlog.get_logger(__name__)
_MOST_WAITING = 32 << 20  # bytes that wait for the last photo of their concept
_MOST_IN_ONE_PHOTO = 20  # regions
# A picture may have a thousand pixels for each byte; a photo has some ten, one of nothing but a wall eighty.
_FREE_PHOTO_PIXELS, _PHOTO_PIXELS_PER_BYTE = 20_000_000, 30
_FREE_PIXELS, _PIXELS_PER_BYTE = 150_000_000, 50  # of all photos, for each byte of the zip
_STOPPED = gettext_noop("I've stopped.")
_FAILED = gettext_noop("Then something went wrong on my side, so I stopped there.")

_Key = tuple[bytes, Box | None, bool]
"""By which a reference is known again: its JPEG's digest, its region (None: any), whether it says "this is not it"."""
_Listing = tuple["_Growing", ListedPhoto]


@dataclass(slots=True)
class _Tally:
    """What came of an archive."""

    names: int = 0
    photos: int = 0
    kept: int = 0  # photos that people had chosen to keep
    repeated: int = 0  # photos that were here already
    refused: int = 0  # files that can't be read
    unfit: int = 0  # names that are none, and those of which nothing is told or shown
    forgotten: int = 0  # names, meanwhile
    others: int = 0  # names whose words stay as somebody else has told them
    ended: LazyString | None = None  # why there are files `left`
    left: int = 0

    def taken(self, translator: Translator) -> Iterator[str]:
        """What of it is here now, in sentences."""
        if self.names or not (self.repeated or self.ended or self.kept):
            taken = {"names": names(self.names), "photos": photos(self.photos)}
            yield translator.gettext("I've taken in {names} with {photos}.", **taken)
        if self.kept:
            yield translator.ngettext("I've kept {count} photo of it.", "I've kept {count} photos of it.", self.kept)

    def told(self, nameless: int, translator: Translator) -> Iterator[str]:
        """All of it in sentences; `nameless` are the photos that don't say who is on them."""
        yield from self.taken(translator)
        if self.repeated:
            yield translator.ngettext(
                "{count} photo was here already.", "{count} photos were here already.", self.repeated
            )
        if self.refused:
            yield translator.gettext("{count} couldn't be read.", count=self.refused)
        if self.unfit:
            yield translator.ngettext("I can't keep {count} name.", "I can't keep {count} names.", self.unfit)
        if nameless:
            yield translator.ngettext(
                "{count} photo doesn't say who is on it: name it, or its folder, as in bo.jpg or bo/1.jpg.",
                "{count} photos don't say who is on them: name them, or their folders, as in bo.jpg or bo/1.jpg.",
                nameless,
            )
        if self.forgotten:
            yield translator.ngettext(
                "{count} name was forgotten meanwhile, and stays so.",
                "{count} names were forgotten meanwhile, and stay so.",
                self.forgotten,
            )
        if self.others:
            yield translator.ngettext(
                "I've left what I was told about {count} name as it is: somebody else added it.",
                "I've left what I was told about {count} names as it is: somebody else added them.",
                self.others,
            )
        if self.ended:
            yield translator.gettext(self.ended)
        if self.left:
            yield translator.ngettext(
                "{count} photo is left out. Send me the same again, and I'll go on there.",
                "{count} photos are left out. Send me the same again, and I'll go on there.",
                self.left,
            )


@dataclass(slots=True, eq=False)
class _Growing:
    """A concept on its way in: how many of its files are still to come, what is held of it, and what waits."""

    listed: ListedConcept
    known: Concept | None
    files: int
    concept_id: int | None
    held: set[_Key] | None = None
    waiting: list[NewReference] = field(default_factory=list)
    taken: bool = False


class Importing:
    """One archive being taken into the request's chat; `change_id` is the change that all of it is, if there is one."""

    def __init__(self, services: Services, request: Request, archive: Archive, work: Work) -> None:
        self._services, self._request, self._archive, self._work = services, request, archive, work
        self._chat = request.chat
        self._pixels = _FREE_PIXELS + _PIXELS_PER_BYTE * archive.zip.size
        self._open: list[_Growing] = []  # those with something that waits
        self._tally = _Tally(unfit=archive.unfit)
        self.change_id: int | None = None

    async def run(self) -> AsyncGenerator[tuple[int, int]]:
        """Take it in; yields after each file how many are done, and of how many. What ends it early is `told`."""
        known = {fold(one.name): one for one in await self._services.store.concepts(self._chat)}
        all_growing = [
            _Growing(listed, one, len({photo.file for photo in listed.photos}), one.id if one else None)
            for listed, one in ((listed, known.get(fold(listed.name))) for listed in self._archive.concepts)
        ]
        files: defaultdict[str, list[_Listing]] = defaultdict(list)
        for growing in all_growing:
            for photo in growing.listed.photos:
                files[photo.file].append((growing, photo))
        done = 0
        try:
            try:
                for growing in [one for one in all_growing if not one.files]:
                    await self._settle(growing)
                for done, (file, listings) in enumerate(files.items()):
                    if self._work.stopped:
                        raise UserError(_STOPPED)
                    await self._look_at(file, listings)
                    await self._settle_whole(listings)
                    yield done + 1, len(files)
                done = len(files)
                await self._keep_photos()
                return
            except UserError as error:  # no room for more: what was looked at is taken in all the same
                self._tally.ended = error.message
                for growing in [*self._open]:
                    await self._settle(growing)
        except UserError as error:
            self._tally.ended = error.message
        except (ModelError, StoreError) as error:
            _log.error("import.failed", platform=self._chat.platform, error=type(error).__name__)
            self._tally.ended = lazy_gettext(_FAILED)
        self._tally.left = len(files) - done + sum(len(each.waiting) for each in self._open)

    def told(self, translator: Translator) -> str:
        """What came of it so far, in sentences."""
        return translator.sentence_gap.join(self._tally.told(self._archive.nameless, translator))

    async def _look_at(self, file: str, listings: Sequence[_Listing]) -> None:
        """Open a file once and embed what is new of it; what can't be read is counted.

        Raises `Busy` or `NotAllowed` when there is no room for it, `UserError` when it is all too much.
        """
        services, message = self._services, self._request.message
        try:
            if len(listings) > _MOST_IN_ONE_PHOTO:
                raise UnreadableFile
            data = await asyncio.to_thread(self._archive.zip.read, file, services.limits.photo_bytes)
            # As it was exported from here.
            if all([await self._holds(one, (_digest(data), photo.box, photo.negative)) for one, photo in listings]):
                self._tally.repeated += len(listings)
                return
            image = await services.pictures.open_exported(self._chat, Photo(data))
            self._pixels -= image.width * image.height
            if self._pixels < 0:
                raise UserError("Those photos have more pixels than I can take in at once.")
            if image.width * image.height > _FREE_PHOTO_PIXELS + _PHOTO_PIXELS_PER_BYTE * len(data):
                raise UnreadableFile
        except (UnreadableFile, BadPhoto):
            self._tally.refused += 1
            await services.quotas.take_photos(message, 1)
            return
        stored = await services.pictures.stored(self._chat, image)
        fresh: dict[tuple[_Growing, Box | None, bool], _Listing] = {}
        for one, photo in listings:
            region = photo.box.within(image.box).scaled(stored.factor) if photo.box else None
            # As it was exported, or as an earlier import has stored it.
            seen = [
                (_digest(jpeg), where, photo.negative) for jpeg, where in ((data, photo.box), (stored.jpeg, region))
            ]
            if any([await self._holds(one, key) for key in seen]):
                self._tally.repeated += 1
            else:
                fresh[one, region, photo.negative] = one, photo
        if fresh:
            await services.quotas.take_photos(message, 1)
            await self._add([*fresh.values()], image, stored)

    async def _add(self, fresh: Sequence[_Listing], image: Image, stored: StoredPhoto) -> None:
        """Embed regions of a photo and let them wait for the rest of their concepts. Asks for room first."""
        new = {id(one) for one in (*self._open, *(one for one, _ in fresh)) if one.concept_id is None}
        waiting = sum(len(reference.photo) for each in self._open for reference in each.waiting)
        size = waiting + len(fresh) * len(stored.jpeg)
        await self._services.quotas.require_room(self._request.message, names=len(new), size=size)
        frame = image.box
        image = await self._services.pictures.shrunk(self._chat, image)  # or the models would need far more memory
        scale = image.width / frame.x1
        if self._archive.plain:
            ((one, _),) = fresh
            sample = await self._services.recognizer.subject_sample(self._chat, image)
            if sample.refusal:
                self._tally.refused += 1
                return
            others = tuple(other.box.scaled(stored.factor / scale) for other in sample.others)
            box = sample.region.box.scaled(stored.factor / scale)
            self._wait(one, NewReference(stored.jpeg, box, others, sample.embedding))
            return
        boxes = [photo.box.within(frame) if photo.box else frame for _, photo in fresh]
        regions = [box.scaled(scale) for box in boxes]
        embeddings = await self._services.recognizer.embed_regions(self._chat, image, regions)
        for (one, photo), box, embedding in zip(fresh, boxes, embeddings, strict=True):
            candidates = tuple(other.within(frame).scaled(stored.factor) for other in photo.candidates)
            region = box.scaled(stored.factor)
            self._wait(one, NewReference(stored.jpeg, region, candidates, embedding, photo.negative, photo.cover))

    def _wait(self, one: _Growing, reference: NewReference) -> None:
        if not one.waiting:
            self._open.append(one)
        one.waiting.append(reference)
        if one.held is not None:
            one.held |= _keys(reference.photo, reference.box, reference.negative)

    async def _settle_whole(self, listings: Sequence[_Listing]) -> None:
        """Store the concepts of which this was the last file, and once too much waits, all that waits."""
        for one in dict.fromkeys(one for one, _ in listings):
            one.files -= 1
            if not one.files:
                await self._settle(one)
        waiting = (reference for one in self._open for reference in one.waiting)
        if sum(len(one.photo) + 4 * one.embedding.parts.size for one in waiting) > _MOST_WAITING:
            for one in [*self._open]:
                await self._settle(one)

    async def _settle(self, one: _Growing) -> None:
        """Store what waits of a concept, and its words; a name of which no photo can be read is none.

        Raises `UserError` when it was stopped, so that nothing comes after a `/forgetall`, which stops it.
        """
        listed, references = one.listed, tuple(one.waiting)
        infos, notes = ((), ()) if one.taken else (listed.infos, await self._new_notes(one))
        new = NewConcept(listed.name, listed.category, infos, references, notes)
        shows = any(not photo.negative for photo in listed.photos)
        if one.concept_id is None and all(each.negative for each in references) and (shows or not listed.infos):
            self._tally.unfit += not shows  # else it was told that the photos can't be read
        elif references or (not one.taken and _tells(new, one.known)):
            if one.concept_id is None and not references:
                await self._services.quotas.require_room(self._request.message, names=1)
            if self._work.stopped:
                raise UserError(_STOPPED)
            await self._take_in(one, new)
        one.waiting.clear()
        self._open = [each for each in self._open if each is not one]

    async def _new_notes(self, one: _Growing) -> tuple[SightingNote, ...]:
        """What the diary doesn't have yet of a concept's sightings."""
        store, notes = self._services.store, one.listed.sightings
        there = await store.notes(self._chat, one.concept_id, len(notes)) if one.concept_id and notes else ()
        return tuple(note for note in notes if note not in there)

    async def _keep_photos(self) -> None:
        """Take in what people chose to keep, without what is kept already or shows who isn't known.

        Raises `UserError` when there is no room for it, or when it was stopped.
        """
        services, chat, store = self._services, self._chat, self._services.store
        if not self._archive.kept:
            return
        there = set[bytes]()
        for one in await store.kept(chat):
            there |= {_digest(jpeg) for jpeg in (await store.kept_pixels(chat, [one.id])).values()}
        ids = {fold(one.name): one.id for one in await store.concepts(chat)}
        for listed in self._archive.kept:
            if self._work.stopped:
                raise UserError(_STOPPED)
            if any(fold(name) not in ids for name in (*listed.shows, *listed.perhaps)):
                continue
            try:
                data = await asyncio.to_thread(self._archive.zip.read, listed.file, services.limits.photo_bytes)
                if _digest(data) in there:
                    continue
                await services.quotas.take_photos(self._request.message, 1)
                stored = await services.pictures.stored(chat, await services.pictures.open_exported(chat, Photo(data)))
            except (UnreadableFile, BadPhoto):
                self._tally.refused += 1
                continue
            if _digest(stored.jpeg) in there:
                continue
            await services.quotas.require_room(self._request.message, size=len(stored.jpeg))
            shows = {ids[fold(name)]: name in listed.shows for name in (*listed.perhaps, *listed.shows)}
            new, by = NewKept(stored.jpeg, shows, at=listed.at), self._request.sender
            with suppress(UnknownConcept):
                self.change_id = await store.take_in_kept(chat, new, by, import_id=self.change_id)
                self._tally.kept += 1

    async def _take_in(self, one: _Growing, new: NewConcept) -> None:
        by, tally = self._request.sender, self._tally
        try:
            taken = await self._services.store.take_in(
                self._chat, new, by, concept_id=one.concept_id, import_id=self.change_id
            )
        except UnknownConcept:
            tally.forgotten += not one.taken
        else:
            self.change_id, one.concept_id = taken.id, taken.concept.id
            tally.names += not one.taken
            tally.photos += sum(not each.negative for each in new.references)
            tally.others += taken.kept_words
        one.taken = True

    async def _holds(self, one: _Growing, key: _Key) -> bool:
        """Whether the chat has that reference of the concept."""
        if one.held is None:
            kept = await self._services.store.references(self._chat, one.known.id) if one.known else ()
            one.held = set().union(*(_keys(each.photo, each.box, each.negative) for each in kept))
        return key in one.held


def _tells(new: NewConcept, known: Concept | None) -> bool:
    """Whether its words say anything that isn't known."""
    if known is None:
        return True
    category = bool(new.category) and new.category != known.category
    told = {info.text for info in known.infos}
    return category or bool(new.sightings) or any(info.text not in told for info in new.infos)


def _keys(jpeg: bytes, box: Box, negative: bool) -> set[_Key]:
    digest = _digest(jpeg)
    return {(digest, box, negative), (digest, None, negative)}


def _digest(jpeg: bytes) -> bytes:
    return blake2b(jpeg, digest_size=16).digest()
