"""Looking after what is known: list, show, edit, forget, undo, settings, export and import."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core import archive
from core.commands import (
    Categorise,
    Command,
    Describe,
    Export,
    Forget,
    ForgetAll,
    Help,
    Import,
    List,
    Privacy,
    Rename,
    Settings,
    Show,
    Start,
    Undo,
)
from core.concepts import Concept
from core.conversations import Conversations
from core.errors import NotAllowed, UserError
from core.importing import Importing
from core.messages import Attachment, Button, Card, Message, Reply
from core.names import clean
from core.options import MEANINGS, ChatSettings, Options, check_setting
from core.permissions import may_edit, require_admin, require_edit
from core.pictures import Pictures
from core.store import Store
from core.store_values import ChangeKind, Undone
from core.texts import START, help_text, privacy_text
from core.words import check_category, check_info, counted, in_brief

_MOST_CARDS = 200


class Keeping:
    """Carries out every command that needs no model."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        pictures: Pictures,
        importing: Importing,
        options: Options,
    ) -> None:
        self._store, self._conversations, self._pictures = store, conversations, pictures
        self._importing, self._options = importing, options
        self._do: dict[type, Callable[[Message, Any], Awaitable[Reply]]] = {
            List: self._list,
            Show: self._show,
            Rename: self._rename,
            Describe: self._describe,
            Categorise: self._categorise,
            Forget: self._forget,
            ForgetAll: self._forget_all,
            Undo: self._undo,
            Settings: self._settings,
            Export: self._export,
            Import: self._import,
            Privacy: self._privacy,
            Help: self._help,
            Start: self._start,
        }

    async def do(self, message: Message, command: Command) -> Reply:
        """Carry out a command. Raises `UserError` with a sentence when it can't be done."""
        return await self._do[type(command)](message, command)

    # ── reading ───────────────────────────────────────────────────────────────────────────────────

    async def _list(self, message: Message, _: List) -> Reply:
        concepts = await self._store.concepts(message.chat)
        if not concepts:
            return Reply("I don't know anyone here yet. Send a photo with /remember and a name.")
        portraits = await self._store.first_references(message.chat)
        shown = concepts[-_MOST_CARDS:]
        thumbnails = await asyncio.gather(
            *(self._pictures.thumbnail(portraits[one.id]) for one in shown if one.id in portraits)
        )
        pictured = dict(zip((one.id for one in shown if one.id in portraits), thumbnails, strict=True))
        cards = tuple(
            Card(one.name, _line(one), pictured.get(one.id), one.category or "", one.photos, one.info)
            for one in shown
        )
        lines = [f"{one.name}: {_line(one)}" for one in shown]
        return Reply("\n".join([f"I know {counted(len(concepts), 'name')} here:", *lines]), cards=cards)

    async def _show(self, message: Message, command: Show) -> Reply:
        concept = await self._store.concept(message.chat, command.name)
        references = await self._store.references(message.chat, concept.id)
        positive = [one for one in references if not one.negative]
        corrections = len(references) - len(positive)
        lines = [f"{concept.name}{f' ({concept.category})' if concept.category else ''}"]
        lines += [concept.info] if concept.info else []
        lines += [f"Before, {old.author} said: {old.text}" for old in reversed(concept.infos[:-1])]
        lines.append(f"Added by {concept.creator_name} on {concept.created_at:%-d %B %Y}.")
        kept = counted(len(positive), "photo")
        lines.append(f"{kept}, {counted(corrections, 'correction')}." if corrections else f"{kept}.")
        portraits = [await self._pictures.portrait(one) for one in positive]
        cards = tuple(
            Card(concept.name, f"by {reference.author}, {reference.at:%-d %B %Y}", portrait)
            for reference, portrait in zip(positive, portraits, strict=True)
        )
        image = portraits[-1] if portraits else None
        return Reply("\n".join(lines), image=image, cards=cards)

    # ── editing ───────────────────────────────────────────────────────────────────────────────────

    async def _rename(self, message: Message, command: Rename) -> Reply:
        concept = await self._editable(message, command.old, "rename")
        change = await self._store.rename(message.chat, concept.id, clean(command.new), message.sender)
        self._conversations.forget(message.chat)
        return Reply(f"{concept.name} is called {change.concept.name} from now on.", buttons=_undo(change.id))

    async def _describe(self, message: Message, command: Describe) -> Reply:
        concept = await self._editable(message, command.name, "describe")
        change = await self._store.describe(
            message.chat, concept.id, check_info(command.info), message.sender
        )
        self._conversations.forget(message.chat)
        return Reply(f"Got it. {concept.name}: {change.concept.info}", buttons=_undo(change.id))

    async def _categorise(self, message: Message, command: Categorise) -> Reply:
        concept = await self._editable(message, command.name, "describe")
        category = check_category(command.category)
        change = await self._store.categorise(message.chat, concept.id, category, message.sender)
        self._conversations.forget(message.chat)
        said = (
            f"{concept.name} is filed under “{category}”."
            if category
            else f"{concept.name} has no category now."
        )
        return Reply(said, buttons=_undo(change.id))

    async def _forget(self, message: Message, command: Forget) -> Reply:
        concept = await self._editable(message, command.name, "forget")
        seconds = self._options.undo_seconds
        change = await self._store.forget(message.chat, concept.id, message.sender, undo_seconds=seconds)
        self._conversations.forget(message.chat)
        if not seconds:
            return Reply(f"I've forgotten {concept.name} for good.")
        return Reply(
            f"I've forgotten {concept.name}. In {seconds} seconds it can't be undone any more.",
            buttons=_undo(change.id),
        )

    async def _forget_all(self, message: Message, command: ForgetAll) -> Reply:
        require_admin(message, "erase everything")
        concepts = await self._store.concepts(message.chat)
        if not concepts:
            return Reply("There is nothing to forget here.")
        if not command.confirmed:
            return Reply(
                f"That erases {counted(len(concepts), 'name')} with all photos and texts. Are you sure?",
                buttons=(Button("Yes, forget everything", "/forgetall yes"),),
            )
        seconds = self._options.undo_seconds
        forgotten = await self._store.forget_all(message.chat, message.sender, undo_seconds=seconds)
        self._conversations.drop(message.chat)
        return Reply("I've forgotten everything.", buttons=_undo(forgotten.id) if seconds else ())

    async def _undo(self, message: Message, command: Undo) -> Reply:
        change = await self._store.change(message.chat, command.change_id)
        settings = ChatSettings.of((await self._store.state(message.chat)).settings)
        if not may_edit(message.sender, change.author_id, settings):
            raise NotAllowed("Only who made that change, or an admin, may take it back.")
        undone = await self._store.undo(message.chat, message.sender, change.id)
        self._conversations.forget(message.chat)
        return Reply(_undone(undone))

    async def _editable(self, message: Message, name: str, deed: str) -> Concept:
        concept = await self._store.concept(message.chat, name)
        await require_edit(self._store, message, concept, deed)
        return concept

    # ── settings, moving house, fixed texts ───────────────────────────────────────────────────────

    async def _settings(self, message: Message, command: Settings) -> Reply:
        if command.key is not None:
            check_setting(command.key, command.value)
            require_admin(message, "change the settings")
            await self._store.set_setting(message.chat, command.key, command.value or "")
        settings = ChatSettings.of((await self._store.state(message.chat)).settings)
        lines, buttons = [], []
        for key, meanings in MEANINGS.items():
            now = str(getattr(settings, key))
            lines.append(f"{key}: {now} ({meanings[now]})")
            buttons += [Button(f"{key}: {one}", f"/settings {key} {one}") for one in meanings if one != now]
        return Reply("\n".join(lines), buttons=tuple(buttons))

    async def _export(self, message: Message, _: Export) -> Reply:
        require_admin(message, "export what I know")
        concepts = await self._store.concepts(message.chat)
        if not concepts:
            return Reply("There is nothing to export here yet.")
        kept = [(one, await self._store.references(message.chat, one.id)) for one in concepts]
        data = await asyncio.to_thread(archive.write, kept)
        return Reply(
            f"Here is everything I know: {counted(len(concepts), 'name')}. /import reads it back.",
            attachments=(Attachment("rapport.zip", "application/zip", data),),
            private=True,
        )

    async def _import(self, message: Message, _: Import) -> Reply:
        files = [one.data for one in message.files] or [one.data for one in message.photos]
        if not files:
            raise UserError("Send the zip that /export gave you together with /import.")
        report = await self._importing.take_in(message.chat, message.sender, files[0])
        self._conversations.forget(message.chat)
        return Reply(report)

    async def _privacy(self, _: Message, __: Privacy) -> Reply:
        options = self._options
        return Reply(privacy_text(options.photo_minutes, options.undo_seconds, options.remote))

    async def _help(self, _: Message, __: Help) -> Reply:
        return Reply(help_text())

    async def _start(self, _: Message, __: Start) -> Reply:
        return Reply(START)


def _line(concept: Concept) -> str:
    parts = [concept.category, counted(concept.photos, "photo"), in_brief(concept.info)]
    return " · ".join(part for part in parts if part)


def _undo(change_id: int) -> tuple[Button, ...]:
    return (Button("Undo", f"/undo {change_id}"),)


def _undone(undone: Undone) -> str:
    match undone.kind:
        case ChangeKind.FORGET:
            return f"{undone.name} is back."
        case ChangeKind.FORGET_ALL:
            return f"{counted(undone.count, 'name')} {'is' if undone.count == 1 else 'are'} back."
        case ChangeKind.RENAME:
            return f"It is called {undone.name} again."
        case ChangeKind.REMEMBER if undone.gone:
            return f"I've taken that back: I don't know {undone.name} any more."
        case ChangeKind.CORRECT:
            return f"I've taken that correction of {undone.name} back."
        case _:
            return f"I've taken the last change of {undone.name} back."
