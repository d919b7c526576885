"""Messages and presses in the order in which they come, chat by chat, and albums as one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import telegram

from adapters.telegram.attachments import has_attachment
from adapters.telegram.incoming import TelegramReader, chat_of, sender_of
from adapters.telegram.options import PLATFORM, Clock, TelegramChatbot
from adapters.telegram.outgoing import Destination, Press
from adapters.telegram.pointers import Pointers
from adapters.telegram.replies import TelegramReplies
from core.assistant.commands import COMMANDS
from core.errors import RapportError
from core.messages import Chat, Message, Sender
from core.platforms.inbox import Taken
from core.platforms.order import ChatOrder
from core.platforms.sentences import sentence_about

_MOST_IN_AN_ALBUM = 10


class Albums:
    """Collects albums from the arrival of their first message until nothing came for `quiet` seconds.

    Telegram sends each photo or video as a message of its own and never says which one is the last.
    """

    def __init__(self, quiet: float, clock: Clock) -> None:
        self._quiet, self._clock = quiet, clock
        self._open: dict[tuple[int, str], list[tuple[telegram.Message, Taken]]] = {}

    def join(self, message: telegram.Message, taken: Taken) -> bool:
        """Put the message with its album; true when it is the first one of it."""
        parts = self._open.setdefault(_album_of(message), [])
        parts.append((message, taken))
        return len(parts) == 1

    def is_open(self, message: telegram.Message) -> bool:
        """Whether the message is a further one of an album that is being collected."""
        return _album_of(message) in self._open

    async def whole(self, first: telegram.Message) -> tuple[list[telegram.Message], Taken]:
        """All of the album that `first` began, in the order in which they were sent."""
        parts, seen = self._open[_album_of(first)], 0
        try:
            while seen < len(parts) < _MOST_IN_AN_ALBUM:
                seen = len(parts)
                await self._clock.sleep(self._quiet)
        finally:
            del self._open[_album_of(first)]
        messages = sorted((message for message, _ in parts), key=lambda part: part.message_id)
        taken = [one for _, one in parts]
        return messages, taken[0].joined(taken[1:])


class Receiving:
    """Takes messages and pressed buttons. Its handlers only submit work, so that each chat's order is kept."""

    def __init__(
        self,
        reader: TelegramReader,
        replies: TelegramReplies,
        albums: Albums,
        order: ChatOrder,
        assistant: TelegramChatbot,
        pointers: Pointers,
    ) -> None:
        self._reader, self._replies, self._albums, self._pointers = reader, replies, albums, pointers
        self._order, self._assistant = order, assistant

    def on_message(self, message: telegram.Message, taken: Taken) -> None:
        """Somebody wrote or sent something."""
        if not self._reader.concerns(message):
            return
        chat = chat_of(message)
        if not message.media_group_id:
            at_once = COMMANDS.is_at_once(message.text or "")
            self._submit(chat, taken, lambda: self._answer(chat, [message], taken), at_once=at_once)
        elif not self._albums.is_open(message) and taken.must_wait():
            return
        elif self._albums.join(message, taken):
            whole = asyncio.create_task(self._albums.whole(message))

            async def answer_album() -> None:
                messages, all_taken = await whole
                await all_taken.in_turn(lambda: self._answer(chat, messages, all_taken))

            self._order.submit(chat.key, answer_album)

    def on_edit(self, message: telegram.Message, taken: Taken) -> None:
        """A message has become another one: if it asks for a change now, it is obeyed, unless it was before."""
        if not self._reader.may_be_obeyed(message):
            return
        chat = chat_of(message)

        async def obey() -> None:
            as_command = self._reader.is_command(message)
            if not await taken.was_obeyed(str(message.message_id), as_command=as_command):
                await self._answer(chat, [message], taken, edited=True)

        self._submit(chat, taken, obey)

    async def _answer(
        self, chat: Chat, messages: Sequence[telegram.Message], taken: Taken, *, edited: bool = False
    ) -> None:
        await self._pointers.recall(chat)
        message, first = await self._reader.outline(messages, edited=edited), messages[0]
        # In a group every answer is a reply; in private only where that says what it is about.
        reply_to = first.message_id if has_attachment(first) or not chat.private else None
        destination = Destination(int(chat.id), chat.private, _thread(chat), reply_to)
        if self._assistant.admits(message):
            try:
                message = await self._reader.fetched(message, messages)
            except RapportError as error:
                said = sentence_about(error, "telegram.failed")
                await self._replies.refuse(message, destination, said, taken)
                return
            if message.photos or message.quoted:
                await self._pointers.shown(chat, messages if message.photos else self._reader.quoted(messages))
        await self._replies.answer(message, destination, taken)

    def on_press(self, query: telegram.CallbackQuery, taken: Taken) -> None:
        """Somebody pressed a button."""
        if query.message is None or query.data is None:
            return
        chat = chat_of(query.message)
        under = query.message
        destination = Destination(under.chat.id, chat.private, _thread(chat), under.message_id)
        pictured = isinstance(under, telegram.Message) and bool(under.photo or under.document)
        press = Press(query.id, under.message_id, pictured)

        async def answer_press() -> None:
            await self._pointers.recall(chat)
            message = await self._reader.press(query, chat)
            if self._assistant.admits(message):
                try:
                    message = await self._reader.pressed(message, query)
                except RapportError as error:
                    said = sentence_about(error, "telegram.failed")
                    await self._replies.refuse(message, destination, said, taken, press)
                    return
            await self._replies.answer(message, destination, taken, press)

        self._submit(chat, taken, answer_press, at_once=COMMANDS.is_at_once(query.data))

    def on_reaction(self, changed: telegram.MessageReactionUpdated, update_id: int, taken: Taken) -> None:
        """Somebody has put an emoji under a message, or taken it away."""
        chat = Chat(PLATFORM, str(changed.chat.id), private=changed.chat.type == changed.chat.PRIVATE)

        async def answer_reaction() -> None:
            await self._pointers.recall(chat)
            if self._reader.is_answer(changed) and (message := await self._reader.reaction(changed, chat, update_id)):
                destination = Destination(changed.chat.id, chat.private, reply_to=changed.message_id)
                await self._replies.answer(message, destination, taken)

        self._submit(chat, taken, answer_reaction)

    def apologise(self, update: telegram.Update, sentence: str, taken: Taken) -> None:
        """Say in an update's chat why it isn't answered."""
        message, user = update.effective_message, update.effective_user
        assert update.effective_chat is not None  # noqa: S101 - for mypy: what is kept has a chat
        chat = chat_of(message) if message else Chat(PLATFORM, str(update.effective_chat.id))
        reply_to = message.message_id if message and not chat.private else None
        destination = Destination(int(chat.id), chat.private, _thread(chat), reply_to)
        said = Message(chat, sender_of(user, admin=False) if user else Sender(""))
        self._submit(chat, taken, lambda: self._replies.refuse(said, destination, sentence, taken))

    def _submit(self, chat: Chat, taken: Taken, work: Callable[[], Awaitable[None]], *, at_once: bool = False) -> None:
        """Have what was taken in answered by `work` in the chat's order, behind what Telegram was never told."""
        if at_once or not taken.must_wait():
            self._order.submit(chat.key, lambda: taken.in_turn(work, at_once=at_once), at_once=at_once)


def _album_of(message: telegram.Message) -> tuple[int, str]:
    return message.chat.id, message.media_group_id or ""


def _thread(chat: Chat) -> int | None:
    return int(chat.thread) if chat.thread else None
