"""`/export`, `/import` and `/stop`: a chat's concepts as an archive. What can't be read in one is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from core.assistant import archive
from core.assistant.commands.importing import Importing
from core.assistant.request import Request
from core.assistant.services import Services
from core.commands.registry import Rights, command
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.messages import Attachment, Button, Reply
from core.store.values import ChangeKind

_ALL_NOTES = 500  # of the diary: it holds no more of a name


@command(
    "export",
    purpose=gettext_noop("a zip of everything I know here"),
    rights=Rights.ADMIN,
    refusal=gettext_noop("Only an admin of this chat may export what I know."),
)
async def export(services: Services, request: Request, _: None) -> AsyncGenerator[Reply]:
    """Hand over everything this chat knows. Raises `UserError` when something was forgotten meanwhile, or stopped."""
    concepts, translator = await services.store.concepts(request.chat), request.translator
    kept = await services.store.kept(request.chat)
    if not concepts and not kept:
        yield Reply(translator.gettext("There is nothing to export here yet."))
        return
    packer = archive.Packer()
    with services.under_way.begin(request.chat, request.sender) as work:
        for done, concept in enumerate(concepts, 1):
            if work.stopped:
                raise UserError("I've stopped, so there is no file.")
            references = await services.store.references(request.chat, concept.id)
            positive = [one for one in references if not one.negative]
            shown = next((one for one in positive if one.id == concept.cover), next(iter(positive), None))
            portrait = await services.pictures.portrait(request.chat, shown) if shown else None
            notes = await services.store.notes(request.chat, concept.id, _ALL_NOTES)
            await asyncio.to_thread(packer.add, concept, references, portrait, notes)
            said = translator.ngettext(
                "{done} of {count} name…", "{done} of {count} names…", len(concepts), done=str(done)
            )
            yield _progress(said, done, len(concepts), translator)
        for photo in kept:
            pixels = await services.store.kept_pixels(request.chat, [photo.id])
            await asyncio.to_thread(packer.keep, photo, pixels.get(photo.id, b""))
        packer.note(await services.store.consents(request.chat))
        data = await asyncio.to_thread(packer.packed)
    known = {one.id for one in await services.store.concepts(request.chat)}
    gone = {one.id for one in kept} - {one.id for one in await services.store.kept(request.chat)}
    if gone or not {one.id for one in concepts} <= known:
        raise UserError("Something was forgotten here while I was packing, so I threw the file away. Please ask again.")
    yield Reply(
        translator.ngettext(
            "Here is everything I know: {count} name. /import reads it back.",
            "Here is everything I know: {count} names. /import reads it back.",
            len(concepts),
        ),
        attachments=(Attachment("rapport.zip", "application/zip", data),),
        private=True,
    )


@command("import", purpose=gettext_noop("with such a zip, or one of photos, take it in"), edits=True)
async def import_(services: Services, request: Request, _: None) -> AsyncGenerator[Reply]:
    """Add an archive's concepts to the chat's; says what came in and what did not.

    A concept whose name the chat knows gets the photos and texts that it doesn't have yet. What there
    is no room for stays out. Raises `UserError` when the zip can't be taken in at all.
    """
    message, translator = request.message, request.translator
    files = [one.data for one in message.files] or [one.data for one in message.photos]
    if not files:
        raise UserError("Send the zip that /export gave you together with /import, or a zip of photos.")
    if len(files) > 1:
        raise UserError("One zip at a time, please.")
    with services.under_way.begin(request.chat, request.sender) as work:
        found = await asyncio.to_thread(archive.read, files[0])
        importing = Importing(services, request, found, work)
        async with aclosing(importing.run()) as steps:
            async for done, count in steps:
                said = translator.ngettext(
                    "{done} of {count} photo…", "{done} of {count} photos…", count, done=str(done)
                )
                yield _progress(said, done, count, translator)
    buttons = request.undo_button(importing.change_id, ChangeKind.IMPORT) if importing.change_id else ()
    yield Reply(importing.told(translator), buttons=buttons)


@command("stop", purpose=gettext_noop("stop an import or export of yours"), at_once=True)
async def stop(services: Services, request: Request, _: None) -> Reply:
    """Stop the sender's own long work in this chat, or for an admin anybody's."""
    if services.under_way.stop(request.chat, request.sender):
        return Reply(request.translator.gettext("I'm stopping."), private=True)
    raise UserError("Nothing of yours is under way here that I could stop.")


def _progress(said: str, done: int, count: int, translator: Translator) -> Reply:
    stop = Button(translator.gettext("Stop"), "/stop")
    return Reply(said, final=False, buttons=(stop,), progress=(done, count))
