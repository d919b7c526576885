"""Telegram's messages as ours: who speaks, where, to whom, with which photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import telegram
from telegram import Bot, MessageEntity
from telegram.error import BadRequest, TelegramError

from adapters.telegram.groups import Groups
from adapters.telegram.options import LARGEST_DOWNLOAD, PLATFORM
from adapters.telegram.traces import Traces
from core.commands import registry
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop, lazy_gettext
from core.messages import Attachment, Chat, Message, Photo, Sender

PRIVACY_MODE = gettext_noop(
    "Telegram's privacy mode hides most of this group's messages from me: I see only commands, mentions "
    "and replies to me. To let me see the photos, too, make me an admin here, or have my host turn the "
    "privacy mode off (@BotFather, /setprivacy) and add me anew."
)

_LOST = gettext_noop("I couldn't fetch that from Telegram. Please send it again.")


class Incoming:
    """Reads Telegram's messages; what has to be fetched for that, it fetches.

    `largest` is the most bytes of a file that is fetched.
    """

    def __init__(self, bot: Bot, groups: Groups, traces: Traces, largest: int) -> None:
        self._bot, self._groups, self._traces = bot, groups, traces
        self._largest = min(largest, LARGEST_DOWNLOAD)

    def concerns(self, message: telegram.Message) -> bool:
        """Whether there is anything in it for us: words or pictures of a person, not for another bot."""
        if message.from_user is None or (message.via_bot and message.via_bot.id == self._bot.id):
            return False
        if not (_words(message) or message.photo or _is_picture(message.document)):
            return False
        _, other = _command(message)
        return not other or other.casefold() == self._name

    def addressed(self, messages: Sequence[telegram.Message]) -> bool:
        """Whether they are meant for the bot: in private all are, in a group not many."""
        return any(self._is_addressed(one) for one in messages)

    async def outline(self, messages: Sequence[telegram.Message]) -> Message:
        """A message, or all those of an album, as one of ours, without anything that must be fetched."""
        first, said, addressed = messages[0], _said(messages), self.addressed(messages)
        admin = addressed and await self._groups.is_admin(first)
        return Message(
            chat=chat_of(first),
            sender=_sender(first, admin),
            text=self._text(said),
            id=str(first.message_id),
            reply_to=self._reply_to(said),
            addressed=addressed,
            caveat=PRIVACY_MODE if addressed and await self._is_blindfolded(first) else "",
        )

    async def fetched(self, outline: Message, messages: Sequence[telegram.Message]) -> Message:
        """The outline with the photos and files that belong to it.

        Raises `UserError` when one can't be fetched.
        """
        said = _said(messages)
        files = await self._files(said) if outline.text.startswith("/import") else ()
        photos = [photo for one in messages for photo in await self._photos(one)]
        answered = _answered(said)
        quoted = []
        if answered and outline.addressed and not photos and not self._is_mine(answered):
            quoted = await self._photos(answered)
        return replace(outline, photos=tuple(photos), files=files, quoted=tuple(quoted))

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
            reply_to=self._traces.origin(under.chat.id, under.message_id),
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
        return replace(press, reply_to=str(asked.message_id), quoted=tuple(await self._photos(asked)))

    @property
    def _name(self) -> str:
        return (self._bot.username or "").casefold()

    def _is_mine(self, message: telegram.Message) -> bool:
        return message.from_user is not None and message.from_user.id == self._bot.id

    def _is_addressed(self, message: telegram.Message) -> bool:
        if message.chat.type == message.chat.PRIVATE:
            return True
        word, other = _command(message)
        if other or word in registry.WORDS:  # another bot may know what we don't
            return True
        answered = _answered(message)
        return (answered is not None and self._is_mine(answered)) or any(self._mentions(message))

    def _mentions(self, message: telegram.Message) -> list[str]:
        """The words by which the message calls the bot."""
        kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
        said = {**message.parse_entities(kinds), **message.parse_caption_entities(kinds)}
        return [
            words
            for entity, words in said.items()
            if (entity.user and entity.user.id == self._bot.id) or words.casefold() == f"@{self._name}"
        ]

    def _text(self, message: telegram.Message) -> str:
        """What was said, without calling the bot by its name."""
        text = _words(message)
        for mention in self._mentions(message):
            text = text.replace(mention, " ", 1)
        return text.strip()

    def _reply_to(self, message: telegram.Message) -> str | None:
        """The message it answers to; an answer to ours is one to what ours was about."""
        answered = _answered(message)
        if answered is None:
            return None
        if self._is_mine(answered):
            return self._traces.origin(message.chat.id, answered.message_id)
        return str(answered.message_id)

    async def _is_blindfolded(self, message: telegram.Message) -> bool:
        """Whether privacy mode keeps this group's messages from the bot."""
        if message.chat.type == message.chat.PRIVATE or self._bot.bot.can_read_all_group_messages:
            return False
        return not await self._groups.is_admin_of(message.chat, self._bot.id)

    async def _photos(self, message: telegram.Message) -> list[Photo]:
        if message.photo:
            best = message.photo[-1]
            return [Photo(await self._fetch(best), f"photo-{message.message_id}.jpg")]
        document = message.document
        if document is not None and _is_picture(document):
            return [Photo(await self._fetch(document), document.file_name or "photo")]
        return []

    async def _files(self, message: telegram.Message) -> tuple[Attachment, ...]:
        answered = _answered(message)
        document = message.document or (answered.document if answered else None)
        if document is None:
            return ()
        kind = document.mime_type or "application/octet-stream"
        return (Attachment(document.file_name or "file", kind, await self._fetch(document)),)

    async def _fetch(self, item: telegram.PhotoSize | telegram.Document) -> bytes:
        if (item.file_size or 0) > self._largest:
            raise self._too_large()
        try:
            file = await item.get_file()
            return bytes(await file.download_as_bytearray())
        except BadRequest as error:
            raise (self._too_large() if "too big" in error.message else UserError(_LOST)) from error
        except TelegramError as error:
            raise UserError(_LOST) from error

    def _too_large(self) -> UserError:
        most = round(self._largest / 1e6)
        return UserError(lazy_gettext("That file is too large: {most} MB is the most I can fetch here.", most=most))


def chat_of(message: telegram.MaybeInaccessibleMessage) -> Chat:
    """The chat, and the topic, that a message stands in."""
    topic = message.message_thread_id if isinstance(message, telegram.Message) else None
    if isinstance(message, telegram.Message) and not message.is_topic_message:
        topic = None  # Telegram gives every chain of answers in a group a thread id
    return Chat(PLATFORM, str(message.chat.id), str(topic or ""), private=message.chat.type == telegram.Chat.PRIVATE)


def _sender(message: telegram.Message, admin: bool) -> Sender:
    assert message.from_user is not None  # noqa: S101 - `concerns` has seen to that
    return sender_of(message.from_user, admin=admin)


def sender_of(user: telegram.User, *, admin: bool) -> Sender:
    """A person as the core knows them."""
    return Sender(str(user.id), user.full_name, admin, user.language_code or "")


def _is_picture(document: telegram.Document | None) -> bool:
    """Whether a file is a photo that was sent as it is."""
    return document is not None and (document.mime_type or "").startswith("image/")


def _said(messages: Sequence[telegram.Message]) -> telegram.Message:
    """The one of an album that has the words."""
    return next((one for one in messages if _words(one)), messages[0])


def _words(message: telegram.Message) -> str:
    return message.text or message.caption or ""


def _command(message: telegram.Message) -> tuple[str, str]:
    """The command that a message begins with, and the bot it names; empty where there is none."""
    for entity in (*message.entities, *message.caption_entities):
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            word, _, other = _words(message)[1 : entity.length].partition("@")
            return word.casefold(), other
    return "", ""


def _answered(message: telegram.Message) -> telegram.Message | None:
    """The message it answers to. In a topic every message seems to answer to the one that opened it."""
    answered = message.reply_to_message
    if answered is None or answered.forum_topic_created:
        return None
    return answered
