"""`/export` and `/import`: a chat's concepts as an archive; what can't be read in one is counted, not fatal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from core.assistant.commands import archive
from core.assistant.commands.archive import Archive, SavedConcept
from core.assistant.request import Request
from core.assistant.services import Services
from core.commands.registry import Rights, command
from core.concepts import Box, Reference
from core.errors import BadPhoto, Busy, NotAllowed, UserError
from core.i18n.lazy_strings import LazyString, gettext_noop
from core.i18n.translator import Translator
from core.language.wording import names as _names
from core.language.wording import photos as _photos
from core.messages import Attachment, Photo, Reply
from core.names import check_category, check_info, clean
from core.store.values import NewReference

_PhotoKey = tuple[bytes, Box, bool]
"""By which a photo is known again: its JPEG, the region, whether it says "this is not it"."""


@dataclass(slots=True)
class _Tally:
    """What came of an archive: names and photos taken in, photos that were there, things refused."""

    names: int = 0
    photos: int = 0
    repeated: int = 0
    refused: int = 0
    others: int = 0
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
        if self.others:
            told.append(
                translator.ngettext(
                    "I've left what I was told about {count} name as it is: somebody else added it.",
                    "I've left what I was told about {count} names as it is: somebody else added them.",
                    self.others,
                )
            )
        if self.full:
            told.append(translator.gettext(self.full))
        return translator.sentence_gap.join(told)


@command(
    "export",
    purpose=gettext_noop("a zip of everything I know here"),
    rights=Rights.ADMIN,
    refusal=gettext_noop("Only an admin of this chat may export what I know."),
)
async def export(services: Services, request: Request, _: None) -> Reply:
    """Hand over everything this chat knows."""
    concepts, translator = await services.store.concepts(request.chat), request.translator
    if not concepts:
        return Reply(translator.gettext("There is nothing to export here yet."))
    kept = [(one, await services.store.references(request.chat, one.id)) for one in concepts]
    data = await asyncio.to_thread(archive.write, kept)
    return Reply(
        translator.ngettext(
            "Here is everything I know: {count} name. /import reads it back.",
            "Here is everything I know: {count} names. /import reads it back.",
            len(concepts),
        ),
        attachments=(Attachment("rapport.zip", "application/zip", data),),
        private=True,
    )


@command("import", purpose=gettext_noop("with such a zip, read it back"), edits=True)
async def import_(services: Services, request: Request, _: None) -> Reply:
    """Add an archive's concepts to the chat's; says what came in and what did not.

    A concept whose name the chat knows gets the photos and texts that it doesn't have yet. What there
    is no room for stays out. Raises `UserError` when the zip is no archive of ours or RAP's.
    """
    message = request.message
    files = [one.data for one in message.files] or [one.data for one in message.photos]
    if not files:
        raise UserError("Send the zip that /export gave you together with /import.")
    found = await asyncio.to_thread(archive.read, files[0])
    tally = _Tally()
    for saved in found.concepts:
        try:
            await _take_in(services, request, saved, found, tally)
        except (NotAllowed, Busy) as error:
            tally.full = error.message
            break
        except UserError:
            tally.refused += 1
    return Reply(tally.told(request.translator))


async def _take_in(services: Services, request: Request, saved: SavedConcept, found: Archive, tally: _Tally) -> None:
    """Add what is new of one concept. Raises `NotAllowed` without room, `UserError` for bad words."""
    store, chat, sender = services.store, request.chat, request.sender
    name, category = clean(saved.name), check_category(saved.category or "")
    known = await store.find(chat, name)
    texts = [check_info(info.text) for info in saved.infos if info.text.strip()]
    texts = [text for text in texts if text not in {info.text for info in (known.infos if known else ())}]
    held = await store.references(chat, known.id) if known else ()
    references = await _new_references(services, request, saved, found, {_key(one) for one in held}, tally)
    size = sum(len(one.photo) for one in references)
    await services.quotas.require_room(request.message, names=0 if known else 1, size=size)
    if known and not references and not texts:
        return
    positive = [one for one in references if not one.negative]
    if known is None:
        info, texts = (texts[0] if texts else None), texts[1:]
        change = await store.remember(chat, name, by=sender, category=category, info=info, references=positive)
        known = change.concept
    elif positive:
        await store.remember(chat, name, by=sender, references=positive)
    try:
        for text in texts:
            await store.describe(chat, known.id, text, sender)
        if category and category != known.category:
            await store.categorise(chat, known.id, category, sender)
    except NotAllowed:
        tally.others += 1
    for negative in (one for one in references if one.negative):
        await store.add_reference(chat, known.id, negative, sender)
    tally.names, tally.photos = tally.names + 1, tally.photos + len(positive)


async def _new_references(
    services: Services, request: Request, saved: SavedConcept, found: Archive, held: set[_PhotoKey], tally: _Tally
) -> list[NewReference]:
    """The photos that can be read and that are not among the `held` ones; of the others it is counted."""
    new: list[NewReference] = []
    for photo in saved.photos:
        data = found.files.get(photo.file, b"")
        try:
            image = await services.pictures.open(request.chat, Photo(data))
        except BadPhoto:  # the file is missing or no picture
            tally.refused += 1
            continue
        stored = await services.pictures.stored(request.chat, image)
        box = photo.box or image.box
        scaled = box.scaled(stored.factor)
        # As it was exported from here, or as an earlier import has stored it.
        if held & {(jpeg, scaled, photo.negative) for jpeg in (data, stored.jpeg)}:
            tally.repeated += 1
            continue
        candidates = tuple(one.scaled(stored.factor) for one in photo.candidates)
        embedding = await services.recognizer.embed(request.chat, image, box)
        new.append(NewReference(stored.jpeg, scaled, candidates, embedding, photo.negative))
        held.add(_key(new[-1]))
    return new


def _key(one: Reference | NewReference) -> _PhotoKey:
    return one.photo, one.box, one.negative
