"""A message with all that it takes to answer it, read once: settings, revision, language, and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from core.assistant.services import Services
from core.assistant.shown import Shown
from core.commands.settings import ChatSettings
from core.errors import UserError
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext, lazy_ngettext
from core.i18n.translator import Translator
from core.language.wording import undo_button
from core.messages import AttachmentKind, Button, Chat, Message, Reply, Sender, Unreadable
from core.policy.permissions import may_press
from core.store.values import Change, ChangeKind

_CANNOT_LOOK = {
    AttachmentKind.PHOTO: gettext_noop("I can't get at that photo from here. Please send it to me again."),
    AttachmentKind.VIDEO: gettext_noop(
        "I can't get at that video, or it is too large. Send me a photo, and I'll look at it."
    ),
    AttachmentKind.ANIMATION: gettext_noop("I can't get at that animation. Send me a photo, and I'll look at it."),
    AttachmentKind.STICKER: gettext_noop("I can't look at stickers. Send me a photo, and I'll look at it."),
    AttachmentKind.AUDIO: gettext_noop("I can't listen to recordings. Send me a photo, and I'll look at it."),
}


@dataclass(frozen=True, slots=True)
class Request:
    """One message to be answered.

    `settings` and `revision` are the chat's when the message came or, where it `is_recalled`, when the store could last
    be read. `shown` are the photos that it is about, None for none; `unseen` is what came with it, or with the message
    it answers, and can't be looked at.
    """

    message: Message
    settings: ChatSettings
    revision: int
    is_recalled: bool
    translator: Translator
    shown: Shown | None
    unseen: tuple[Unreadable, ...]

    @classmethod
    async def read(cls, services: Services, message: Message) -> Self:
        """Read the chat's state and decide what the message shows.

        Its own photos come first, then those of the message that it answers. Only a message that brings nothing
        at all is about the thread's last photos. Raises `NotAllowed` for who isn't on the host's lists, `UserError`
        for too many photos; nothing is kept of either.
        """
        services.access.require(message)
        if len(message.photos) > (most := services.limits.photos):
            raise UserError(
                lazy_ngettext(
                    "That's a lot! {count} photo at once is the most I take.",
                    "That's a lot! {count} photos at once are the most I take.",
                    most,
                )
            )
        chat, conversations = message.chat, services.conversations
        state = await services.store.state(chat)
        settings = ChatSettings.of(state.settings)
        translator = services.translators.of(settings.language, message.sender.language)
        unseen = (*message.unreadable, *(Unreadable(AttachmentKind.FILE, one.name) for one in message.files))
        shown: Shown | None = None
        known = conversations.last(chat, message.id) if message.edited_after is not None else None
        if known and not message.photos and any(one.reason for one in unseen):  # fetched before, and not now
            shown, unseen = known, tuple(one for one in unseen if not one.reason)
        elif message.photos:
            is_same = known and {*message.photos} <= {one.photo for one in known.photos}
            new = None if is_same else conversations.show(chat, message.id, message.photos, message.sender.name)
            shown = known if is_same else new
        elif not unseen:
            shown = conversations.last(chat, message.reply_to) if message.reply_to else None
            if shown is None and (message.quoted or message.quoted_unreadable):
                unseen = message.quoted_unreadable
                if message.quoted:
                    shown = conversations.show(chat, message.reply_to or message.id, message.quoted)
            elif shown is None:
                # An edited message was about nothing that came after its first words.
                shown = conversations.last(chat, message.reply_to, before=message.edited_after or 0)
        return cls(message, settings, state.revision, state.fault is not None, translator, shown, unseen)

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

    @property
    def points(self) -> bool:
        """Whether it brings photos or answers one, rather than being about the chat's last photos, or none."""
        shown = self.shown
        return bool(self.photos) or (shown is not None and shown.message_id == self.message.reply_to)

    def for_author(self, *buttons: Button) -> tuple[Button, ...]:
        """Buttons that only the sender may press; none for a sender whose press would always be refused."""
        return buttons if may_press(self.sender, self.chat, self.settings) else ()

    def undo_button(
        self, change: Change | int, kind: ChangeKind | None = None, names: Sequence[str] = ()
    ) -> tuple[Button, ...]:
        """The button under a reply about an edit that can be undone, for a sender who may press it.

        Of an edit of no one concept only the id and the `kind` are known, and maybe whom it was about.
        """
        if isinstance(change, int):
            return self.for_author(*undo_button(change, self.translator, kind, self.translator.format_list(names)))
        return self.for_author(*undo_button(change.id, self.translator, change.kind, change.concept.name))

    def remarked(self, reply: Reply) -> Reply:
        """The reply, ended by what can't be looked at, if there is something: photos among others, and what is none."""
        faults = [one.fault for one in self.shown.photos if one.fault] if self.shown else []
        said = map(self.translator.gettext, [*faults, *([self.cannot_look()] if self.unseen else [])])
        return replace(reply, text="\n\n".join([reply.text, *said]))

    def recalled(self, reply: Reply) -> Reply:
        """The reply, ended by a sentence where it rests on what was read before the store failed."""
        if not self.is_recalled or reply.silent:
            return reply
        remark = self.translator.gettext("I can't get at my memory right now: that is what I had in mind.")
        return replace(reply, text=f"{reply.text}\n\n{remark}")

    def cannot_look(self) -> LazyString:
        """The sentence about what can't be looked at; there must be something."""
        kinds = {one.kind for one in self.unseen}
        name = next((one.name for one in self.unseen if one.name), "")
        if kinds == {AttachmentKind.FILE} and name:
            return lazy_gettext("I can't look at {name}. Send me a photo, and I'll look at it.", name=name)
        reason = next((one.reason for one in self.unseen if one.reason), None)
        if kinds == {AttachmentKind.PHOTO} and reason:
            return reason
        kind = kinds.pop() if len(kinds) == 1 else AttachmentKind.OTHER
        return LazyString(_CANNOT_LOOK.get(kind, gettext_noop("I can't look at that, only at photos.")))
