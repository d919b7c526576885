"""A message with all that it takes to answer it, read once: settings, revision, language, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from core.assistant.services import Services
from core.assistant.shown import Shown
from core.commands.settings import ChatSettings
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext
from core.i18n.translator import Translator
from core.messages import AttachmentKind, Chat, Message, Sender, Unreadable

_CANNOT_LOOK = {
    AttachmentKind.PHOTO: gettext_noop("I can't get at that photo from here. Please send it to me again."),
    AttachmentKind.VIDEO: gettext_noop("I can't watch videos. Send me a photo, and I'll look at it."),
    AttachmentKind.ANIMATION: gettext_noop("I can't watch animations. Send me a photo, and I'll look at it."),
    AttachmentKind.STICKER: gettext_noop("I can't look at stickers. Send me a photo, and I'll look at it."),
    AttachmentKind.AUDIO: gettext_noop("I can't listen to recordings. Send me a photo, and I'll look at it."),
}


@dataclass(frozen=True, slots=True)
class Request:
    """One message to be answered.

    `settings` and `revision` are the chat's when the message came. `shown` are the photos that it is about, None for
    none; `unseen` is what came with it, or with the message it answers, and can't be looked at.
    """

    message: Message
    settings: ChatSettings
    revision: int
    translator: Translator
    shown: Shown | None
    unseen: tuple[Unreadable, ...]

    @classmethod
    async def read(cls, services: Services, message: Message) -> Self:
        """Read the chat's state and decide what the message shows."""
        state = await services.store.state(message.chat)
        settings = ChatSettings.of(state.settings)
        translator = services.translators.of(settings.language, message.sender.language)
        files = tuple(Unreadable(AttachmentKind.FILE, one.name) for one in message.files)
        shown, unseen = _what_it_shows(services, message, (*message.unreadable, *files))
        return cls(message, settings, state.revision, translator, shown, unseen)

    @property
    def chat(self) -> Chat:
        """Where it was said."""
        return self.message.chat

    @property
    def sender(self) -> Sender:
        """Who said it."""
        return self.message.sender

    @property
    def photos(self) -> int:
        """How many photos came for it: its own, or those of the message it answers."""
        return len(self.message.photos or self.message.quoted)

    def cannot_look(self) -> LazyString:
        """The sentence about what can't be looked at; there must be something."""
        kinds = {one.kind for one in self.unseen}
        name = next((one.name for one in self.unseen if one.name), "")
        if kinds == {AttachmentKind.FILE} and name:
            return lazy_gettext("I can't look at {name}. Send me a photo, and I'll look at it.", name=name)
        kind = kinds.pop() if len(kinds) == 1 else AttachmentKind.OTHER
        return LazyString(_CANNOT_LOOK.get(kind, gettext_noop("I can't look at that, only at photos.")))


def _what_it_shows(
    services: Services, message: Message, unreadable: tuple[Unreadable, ...]
) -> tuple[Shown | None, tuple[Unreadable, ...]]:
    """The photos that a message is about, and what it brought beside them that can't be looked at.

    Its own photos come first, then those of the message that it answers. Only a message that brings nothing at all
    is about the thread's last photos.
    """
    conversations, chat = services.conversations, message.chat
    if message.photos:
        return conversations.show(chat, message.id, message.photos), unreadable
    if unreadable:
        return None, unreadable
    if message.reply_to is not None and (kept := conversations.last(chat, message.reply_to)):
        return kept, ()
    if message.quoted:
        return conversations.show(chat, message.reply_to or message.id, message.quoted), message.quoted_unreadable
    if message.quoted_unreadable:
        return None, message.quoted_unreadable
    return conversations.last(chat, message.reply_to), ()
