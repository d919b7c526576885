"""Looking after what is known: list, show, edit, forget, undo, settings, export and import."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core.assistant import archive
from core.assistant.conversations import Conversations
from core.assistant.texts import START, help_text, privacy_text
from core.assistant.transfer import Importing
from core.commands.registry import (
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
from core.commands.settings import MEANINGS, ChatSettings, Options, check_setting
from core.concepts import Concept, Reference
from core.errors import NotAllowed, UserError
from core.i18n.lazy_strings import gettext_noop, lazy_ngettext
from core.i18n.translator import Translator, Translators
from core.images.pictures import Pictures
from core.language.nouns import noun
from core.language.wording import photos, undo_button
from core.messages import Attachment, Button, Card, Message, Reply
from core.names import clean
from core.policy.permissions import may_edit, require_admin, require_edit
from core.store.store import Store
from core.store.values import ChangeKind, Undone
from core.words import check_category, check_info, in_brief

_MOST_CARDS = 200
_TAKEN_BACK = {
    ChangeKind.FORGET: gettext_noop("{name} is back."),
    ChangeKind.RENAME: gettext_noop("It is called {name} again."),
    ChangeKind.CORRECT: gettext_noop("I've taken that correction of {name} back."),
    ChangeKind.DESCRIBE: gettext_noop("I've taken the last text about {name} back."),
    ChangeKind.REMEMBER: gettext_noop("I've taken back what was last added to {name}."),
}
_CHANGED_BACK = gettext_noop("I've taken the last change of {name} back.")
_MAY_RENAME = gettext_noop("Only {creator} or an admin of this chat may rename {name}.")
_MAY_DESCRIBE = gettext_noop("Only {creator} or an admin of this chat may describe {name}.")
_MAY_FORGET = gettext_noop("Only {creator} or an admin of this chat may forget {name}.")


class Keeping:
    """Carries out every command that needs no model."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        pictures: Pictures,
        importing: Importing,
        translators: Translators,
        options: Options,
    ) -> None:
        self._store, self._conversations, self._pictures = store, conversations, pictures
        self._importing, self._translators, self._options = importing, translators, options
        self._do: dict[type, Callable[[Message, Any, Translator], Awaitable[Reply]]] = {
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

    async def do(self, message: Message, command: Command, translator: Translator) -> Reply:
        """Carry out a command and say so. Raises `UserError` with a sentence when it can't be done."""
        return await self._do[type(command)](message, command, translator)

    # ── reading ───────────────────────────────────────────────────────────────────────────────────

    async def _list(self, message: Message, _: List, translator: Translator) -> Reply:
        concepts = await self._store.concepts(message.chat)
        if not concepts:
            return Reply(translator.gettext("I don't know anyone here yet. Send a photo with /remember and a name."))
        portraits = await self._store.first_references(message.chat)
        shown = concepts[-_MOST_CARDS:]
        thumbnails = await asyncio.gather(
            *(self._pictures.thumbnail(portraits[one.id]) for one in shown if one.id in portraits)
        )
        pictured = dict(zip((one.id for one in shown if one.id in portraits), thumbnails, strict=True))
        cards = tuple(
            Card(
                one.name,
                _line(one, translator),
                pictured.get(one.id),
                one.category or "",
                one.photos,
                one.info,
            )
            for one in shown
        )
        lines = [f"{one.name}: {_line(one, translator)}" for one in shown]
        opening = translator.ngettext("I know {count} name here:", "I know {count} names here:", len(concepts))
        return Reply("\n".join([opening, *lines]), cards=cards)

    async def _show(self, message: Message, command: Show, translator: Translator) -> Reply:
        concept = await self._store.concept(message.chat, command.name)
        references = await self._store.references(message.chat, concept.id)
        positive = [one for one in references if not one.negative]
        portraits = [await self._pictures.portrait(one) for one in positive]
        cards = tuple(
            Card(concept.name, _credit(reference, translator), portrait)
            for reference, portrait in zip(positive, portraits, strict=True)
        )
        text = _portrayed(concept, len(positive), len(references) - len(positive), translator)
        return Reply(text, image=portraits[-1] if portraits else None, cards=cards)

    # ── editing ───────────────────────────────────────────────────────────────────────────────────

    async def _rename(self, message: Message, command: Rename, translator: Translator) -> Reply:
        concept = await self._editable(message, command.old, _MAY_RENAME)
        change = await self._store.rename(message.chat, concept.id, clean(command.new), message.sender)
        self._conversations.forget(message.chat)
        said = translator.gettext("{old} is called {new} from now on.", old=concept.name, new=change.concept.name)
        return Reply(said, buttons=undo_button(change.id, translator))

    async def _describe(self, message: Message, command: Describe, translator: Translator) -> Reply:
        concept = await self._editable(message, command.name, _MAY_DESCRIBE)
        change = await self._store.describe(message.chat, concept.id, check_info(command.info), message.sender)
        self._conversations.forget(message.chat)
        said = translator.gettext("Got it. {name}: {text}", name=concept.name, text=change.concept.info)
        return Reply(said, buttons=undo_button(change.id, translator))

    async def _categorise(self, message: Message, command: Categorise, translator: Translator) -> Reply:
        concept = await self._editable(message, command.name, _MAY_DESCRIBE)
        category = check_category(command.category)
        change = await self._store.categorise(message.chat, concept.id, category, message.sender)
        self._conversations.forget(message.chat)
        said = (
            translator.gettext("{name} is filed under “{category}”.", name=concept.name, category=category)
            if category
            else translator.gettext("{name} has no category now.", name=concept.name)
        )
        return Reply(said, buttons=undo_button(change.id, translator))

    async def _forget(self, message: Message, command: Forget, translator: Translator) -> Reply:
        concept = await self._editable(message, command.name, _MAY_FORGET)
        seconds = self._options.undo_seconds
        change = await self._store.forget(message.chat, concept.id, message.sender, undo_seconds=seconds)
        self._conversations.forget(message.chat)
        if not seconds:
            return Reply(translator.gettext("I've forgotten {name} for good.", name=concept.name))
        said = translator.ngettext(
            "I've forgotten {name}. In {count} second it can't be undone any more.",
            "I've forgotten {name}. In {count} seconds it can't be undone any more.",
            seconds,
            name=concept.name,
        )
        return Reply(said, buttons=undo_button(change.id, translator))

    async def _forget_all(self, message: Message, command: ForgetAll, translator: Translator) -> Reply:
        require_admin(message, gettext_noop("Only an admin of this chat may erase everything."))
        concepts = await self._store.concepts(message.chat)
        if not concepts:
            return Reply(translator.gettext("There is nothing to forget here."))
        if not command.confirmed:
            question = translator.ngettext(
                "That erases {count} name with all photos and texts. Are you sure?",
                "That erases {count} names with all photos and texts. Are you sure?",
                len(concepts),
            )
            return Reply(question, buttons=(Button(translator.gettext("Yes, forget everything"), "/forgetall yes"),))
        seconds = self._options.undo_seconds
        forgotten = await self._store.forget_all(message.chat, message.sender, undo_seconds=seconds)
        self._conversations.drop(message.chat)
        buttons = undo_button(forgotten.id, translator) if seconds else ()
        return Reply(translator.gettext("I've forgotten everything."), buttons=buttons)

    async def _undo(self, message: Message, command: Undo, translator: Translator) -> Reply:
        change = await self._store.change(message.chat, command.change_id)
        settings = ChatSettings.of((await self._store.state(message.chat)).settings)
        if not may_edit(message.sender, change.author_id, settings):
            raise NotAllowed("Only who made that change, or an admin, may take it back.")
        undone = await self._store.undo(message.chat, message.sender, change.id)
        self._conversations.forget(message.chat)
        return Reply(_undone(undone, translator))

    async def _editable(self, message: Message, name: str, refusal: str) -> Concept:
        concept = await self._store.concept(message.chat, name)
        await require_edit(self._store, message, concept, refusal)
        return concept

    # ── settings, moving house, fixed texts ───────────────────────────────────────────────────────

    async def _settings(self, message: Message, command: Settings, _: Translator) -> Reply:
        if command.key is not None:
            check_setting(command.key, command.value)
            require_admin(message, gettext_noop("Only an admin of this chat may change the settings."))
            await self._store.set_setting(message.chat, command.key, command.value or "")
        settings = ChatSettings.of((await self._store.state(message.chat)).settings)
        translator = self._translators.of(settings.language, message.sender.language)  # it may just have been set
        lines, buttons = [], []
        for key, meanings in MEANINGS.items():
            now = str(getattr(settings, key))
            lines.append(f"{key}: {now} ({translator.gettext(meanings[now])})")
            buttons += [Button(f"{key}: {one}", f"/settings {key} {one}") for one in meanings if one != now]
        return Reply("\n".join(lines), buttons=tuple(buttons))

    async def _export(self, message: Message, _: Export, translator: Translator) -> Reply:
        require_admin(message, gettext_noop("Only an admin of this chat may export what I know."))
        concepts = await self._store.concepts(message.chat)
        if not concepts:
            return Reply(translator.gettext("There is nothing to export here yet."))
        kept = [(one, await self._store.references(message.chat, one.id)) for one in concepts]
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

    async def _import(self, message: Message, _: Import, translator: Translator) -> Reply:
        files = [one.data for one in message.files] or [one.data for one in message.photos]
        if not files:
            raise UserError("Send the zip that /export gave you together with /import.")
        report = await self._importing.take_in(message, files[0], translator)
        self._conversations.forget(message.chat)
        return Reply(report)

    async def _privacy(self, _: Message, __: Privacy, translator: Translator) -> Reply:
        options = self._options
        return Reply(privacy_text(translator, options.photo_minutes, options.undo_seconds, options.remote))

    async def _help(self, message: Message, _: Help, translator: Translator) -> Reply:
        return Reply("\n\n".join(filter(None, [help_text(translator), translator.gettext(message.caveat)])))

    async def _start(self, _: Message, __: Start, translator: Translator) -> Reply:
        return Reply(translator.gettext(START))


def _line(concept: Concept, translator: Translator) -> str:
    category = noun(concept.category, translator) if concept.category else ""
    parts = [category, translator.gettext(photos(concept.photos)), in_brief(concept.info)]
    return " · ".join(part for part in parts if part)


def _portrayed(concept: Concept, positive: int, corrections: int, translator: Translator) -> str:
    """All that is known of a concept, line by line."""
    lines = [f"{concept.name} ({noun(concept.category, translator)})" if concept.category else concept.name]
    lines += [concept.info] if concept.info else []
    lines += [
        translator.gettext("Before, {author} said: {text}", author=old.author, text=old.text)
        for old in reversed(concept.infos[:-1])
    ]
    day = translator.format_date(concept.created_at)
    lines.append(translator.gettext("Added by {author} on {day}.", author=concept.creator_name, day=day))
    if corrections:
        corrected = lazy_ngettext("{count} correction", "{count} corrections", corrections)
        lines.append(translator.gettext("{photos}, {corrections}.", photos=photos(positive), corrections=corrected))
    else:
        lines.append(translator.gettext("{photos}.", photos=photos(positive)))
    return "\n".join(lines)


def _credit(reference: Reference, translator: Translator) -> str:
    return translator.gettext("by {author}, {day}", author=reference.author, day=translator.format_date(reference.at))


def _undone(undone: Undone, translator: Translator) -> str:
    if undone.kind is ChangeKind.FORGET_ALL:
        return translator.ngettext("{count} name is back.", "{count} names are back.", undone.count)
    if undone.kind is ChangeKind.REMEMBER and undone.gone:
        return translator.gettext("I've taken that back: I don't know {name} any more.", name=undone.name)
    return translator.gettext(_TAKEN_BACK.get(undone.kind, _CHANGED_BACK), name=undone.name)
