"""Telegram's messages as ours: who speaks, where, to whom, with which attachments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import telegram
from cachetools import TTLCache
from telegram import Bot, MessageEntity

from adapters.telegram.attachments import TelegramFiles, has_attachment, unreadable_in
from adapters.telegram.groups import Groups
from adapters.telegram.options import PLATFORM
from core.assistant.commands import COMMANDS
from core.i18n.lazy_strings import gettext_noop
from core.messages import AttachmentKind, Chat, Message, Sender, Unreadable
from core.platforms.remote_photos import fetch_photos
from core.store.inbox import EDITED, SAID

PRIVACY_MODE = gettext_noop(
    "Telegram's privacy mode hides most of this group's messages from me: I see only commands, mentions "
    "and replies to me. To let me see the photos, too, make me an admin here, or have my host turn the "
    "privacy mode off (@BotFather, /setprivacy) and add me anew."
)

_REACTIONS = frozenset({"👍", "👎"})


class Origin(NamedTuple):
    """Which message an answer of ours was about, and whether it asks something."""

    message_id: str
    asks: bool


# By the answer's chat and id: people answer to it and mean the photo.
Origins = TTLCache[tuple[int, int], Origin]


class TelegramReader:
    """Reads Telegram's messages and presses; what has to be fetched for that, it fetches."""

    def __init__(self, bot: Bot, groups: Groups, origins: Origins, files: TelegramFiles) -> None:
        self._bot, self._groups, self._origins, self._files = bot, groups, origins, files

    def concerns(self, message: telegram.Message) -> bool:
        """Whether there is anything in it for us: words or attachments of somebody, not for another bot."""
        if not (message.from_user or message.sender_chat) or (message.via_bot and message.via_bot.id == self._bot.id):
            return False
        if not (_words(message) or has_attachment(message)):
            return False
        _, other = _command(message)
        return not other or other.casefold() == self._name

    def is_addressed(self, message: telegram.Message) -> bool:
        """Whether it is meant for the bot: in private all are, in a group not many."""
        if message.chat.type == message.chat.PRIVATE:
            return True
        word, other = _command(message)
        if other or word in COMMANDS:  # another bot may know what we don't
            return True
        answered = _answered(message)
        return (answered is not None and self._is_mine(answered)) or bool(self._mentions(message))

    def is_command(self, message: telegram.Message) -> bool:
        """Whether it is one of the bot's commands, also behind a mention of the bot."""
        return COMMANDS.names(self._said(message))

    def mark(self, message: telegram.Message, edit: int | None) -> str:
        """What it is marked by as taken: once as a command, and once as anything else, and for each `edit` of that."""
        if self.is_command(message):
            return str(message.message_id)
        return (SAID if edit is None else EDITED).format(id=message.message_id, moment=edit)

    def may_be_obeyed(self, edited: telegram.Message) -> bool:
        """Whether a message that was edited may ask for something now: in a group only one that is for the bot."""
        return self.concerns(edited) and (self.is_command(edited) or self.is_addressed(edited))

    async def outline(self, messages: Sequence[telegram.Message], *, edited: bool = False) -> Message:
        """A message, or all those of an album, as one of ours, without anything that must be fetched."""
        first, said = messages[0], _with_words(messages)
        addressed = any(self.is_addressed(one) for one in messages)
        answered = _answered(said)
        reply_to = str(answered.message_id) if answered else None
        if answered and self._is_mine(answered):
            reply_to = self._origin(answered)
        hidden = addressed and first.chat.type != first.chat.PRIVATE and not self._bot.bot.can_read_all_group_messages
        if hidden:  # not where the bot is an admin
            hidden = not await self._groups.is_admin_of(first.chat, self._bot.id)
        return Message(
            chat=chat_of(first),
            sender=author_of(first, admin=addressed and await self._groups.is_admin(first)),
            text=self._said(said),
            id=str(first.message_id),
            reply_to=reply_to,
            addressed=addressed,
            caveat=PRIVACY_MODE if hidden else "",
            edited_after=(first.edit_date - first.date).total_seconds() if edited and first.edit_date else None,
        )

    async def fetched(self, outline: Message, messages: Sequence[telegram.Message]) -> Message:
        """The outline with all that is attached to it and to the message that it answers.

        Raises `UserError` when the file for `/import`, or every photo of its own, can't be fetched; an edited message,
        which may ask for nothing, reports its lost photos instead.
        """
        said = _with_words(messages)
        answered = _answered(said)
        archive = None
        if outline.text.startswith("/import"):
            archive = said.document or (answered.document if answered else None)
        moving = outline.addressed  # of talk among people no videos are fetched
        own = [photo for one in messages for photo in self._files.photos(one, one.message_id, moving=moving)]
        photos, lost = await fetch_photos(own, required=outline.edited_after is None)
        # Pictures of our own are about a photo that we were shown.
        other = None if answered and self._is_mine(answered) else answered or said.external_reply
        wanted = (
            self._files.photos(other, other.message_id or 0, moving=True)
            if other and outline.addressed and not own
            else []
        )
        quoted, quoted_lost = await fetch_photos(wanted, required=False)
        story = (Unreadable(AttachmentKind.OTHER),) if said.reply_to_story else ()
        return replace(
            outline,
            photos=photos,
            files=(await self._files.file(archive),) if archive else (),
            unreadable=(
                *lost,
                *(found for one in messages for found in unreadable_in(one, besides=archive, moving=moving)),
            ),
            quoted=quoted,
            quoted_unreadable=(
                *quoted_lost,
                *(unreadable_in(other, besides=archive, moving=bool(wanted)) if other else ()),
                *story,
            ),
        )

    def quoted(self, messages: Sequence[telegram.Message]) -> list[telegram.Message]:
        """The message that a message, or an album, answers to; empty where it does to none, or to one elsewhere."""
        answered = _answered(_with_words(messages))
        return [answered] if answered else []

    async def press(self, query: telegram.CallbackQuery, chat: Chat) -> Message:
        """A pressed button as a message."""
        under = query.message
        assert under is not None  # noqa: S101 - for mypy: a press without one is not taken up
        admin = await self._groups.is_admin_of(under.chat, query.from_user.id)
        return Message(
            chat=chat,
            sender=sender_of(query.from_user, admin=admin),
            text=query.data or "",
            id=f"press {query.id}",
            reply_to=self._origin(under),
            pressed=True,
        )

    async def pressed(self, press: Message, query: telegram.CallbackQuery) -> Message:
        """The press with the photo it is about, if that was shown before the last start.

        Only Telegram has it then. Raises `UserError` when it can't be fetched.
        """
        under = query.message
        asked = under.reply_to_message if isinstance(under, telegram.Message) else None
        if press.reply_to or asked is None or not press.text.startswith("/confirm"):
            return press
        quoted, _ = await fetch_photos(self._files.photos(asked, asked.message_id), required=True)
        return replace(press, reply_to=str(asked.message_id), quoted=quoted)

    def is_answer(self, changed: telegram.MessageReactionUpdated) -> bool:
        """Whether a reaction is a thumb up or down that somebody has put under a question of ours."""
        origin = self._origins.get((changed.chat.id, changed.message_id))
        # In a forum Telegram doesn't say in which topic.
        asked = origin is not None and origin.asks and not changed.chat.is_forum
        return bool(asked and changed.user is not None and _thumb(changed))

    async def reaction(self, changed: telegram.MessageReactionUpdated, chat: Chat, update_id: int) -> Message:
        """A thumb up or down under a question of ours, as an answer to it."""
        origin = self._origins.get((changed.chat.id, changed.message_id))
        assert changed.user is not None  # noqa: S101 - `is_answer` has seen to that
        return Message(
            chat=chat,
            sender=sender_of(changed.user, admin=await self._groups.is_admin_of(changed.chat, changed.user.id)),
            text=_thumb(changed),
            id=f"reaction {update_id}",
            reply_to=origin.message_id if origin else None,
        )

    def _origin(self, answer: telegram.MaybeInaccessibleMessage) -> str | None:
        """Which message an answer of ours was about, as long as that is known."""
        found = self._origins.get((answer.chat.id, answer.message_id))
        return found.message_id if found else None

    @property
    def _name(self) -> str:
        return (self._bot.username or "").casefold()

    def _is_mine(self, message: telegram.Message) -> bool:
        return message.from_user is not None and message.from_user.id == self._bot.id

    def _said(self, message: telegram.Message) -> str:
        """The words of a message, without those that call the bot."""
        text = _words(message)
        for mention in self._mentions(message):
            text = text.replace(mention, " ", 1)
        return text.strip()

    def _mentions(self, message: telegram.Message) -> list[str]:
        """The words by which the message calls the bot."""
        kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
        said = {**message.parse_entities(kinds), **message.parse_caption_entities(kinds)}
        return [
            words
            for entity, words in said.items()
            if (entity.user and entity.user.id == self._bot.id) or words.casefold() == f"@{self._name}"
        ]


def chat_of(message: telegram.MaybeInaccessibleMessage) -> Chat:
    """The chat, and the topic, of a message."""
    topic = message.message_thread_id if isinstance(message, telegram.Message) else None
    if isinstance(message, telegram.Message) and not message.is_topic_message:
        topic = None  # Telegram gives every chain of answers in a group a thread id
    return Chat(PLATFORM, str(message.chat.id), str(topic or ""), private=message.chat.type == telegram.Chat.PRIVATE)


def author_of(message: telegram.Message, *, admin: bool) -> Sender:
    """Who wrote a message: a person, or the channel or the group in whose name it was written.

    As `from` of the latter Telegram has an account that all such messages share.
    """
    if (name := message.sender_chat) is not None:
        return Sender(str(name.id), name.effective_name or "", admin, is_chat=True)
    assert message.from_user is not None  # noqa: S101 - `concerns` has seen to that
    return sender_of(message.from_user, admin=admin)


def sender_of(user: telegram.User, *, admin: bool) -> Sender:
    """A person as the core knows them."""
    return Sender(str(user.id), user.full_name, admin, user.language_code or "")


def _thumb(changed: telegram.MessageReactionUpdated) -> str:
    """The thumb that wasn't there before; empty where there is none."""
    before = {one.emoji for one in changed.old_reaction if isinstance(one, telegram.ReactionTypeEmoji)}
    now = [one.emoji for one in changed.new_reaction if isinstance(one, telegram.ReactionTypeEmoji)]
    return next((one for one in now if one in _REACTIONS - before), "")


def _with_words(messages: Sequence[telegram.Message]) -> telegram.Message:
    """The message of an album that has the words; the first where none has."""
    return next((one for one in messages if _words(one)), messages[0])


def _words(message: telegram.Message) -> str:
    return message.text or message.caption or ""


def _command(message: telegram.Message) -> tuple[str, str]:
    """The command that a message begins with, and the bot it names; empty where there is none."""
    for entity in (*message.entities, *message.caption_entities):
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            word, _, other = _words(message)[1 : entity.length].partition("@")
            return word.casefold(), other
    first = _words(message).partition(" ")[0]
    if first.startswith("／"):  # of a full-width slash Telegram makes no entity
        word, _, other = first[1:].partition("@")
        return word.casefold(), other
    return "", ""


def _answered(message: telegram.Message) -> telegram.Message | None:
    """The message it answers to. In a topic every message seems to answer to the one that opened it."""
    answered = message.reply_to_message
    if answered is None or answered.forum_topic_created:
        return None
    return answered
