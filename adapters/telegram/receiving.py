"""Messages and presses in the order in which they come, chat by chat, and albums as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import telegram
from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, MessageHandler, MessageReactionHandler, filters

from adapters.telegram.attachments import has_attachment
from adapters.telegram.incoming import TelegramReader, chat_of
from adapters.telegram.options import Clock, TelegramChatbot, TelegramStore
from adapters.telegram.outgoing import Destination, Press
from adapters.telegram.replies import TelegramReplies
from core.assistant.commands import COMMANDS
from core.errors import UserError
from core.messages import Chat
from core.platforms.order import ChatOrder

_MOST_IN_AN_ALBUM = 10


class Albums:
    """Collects albums from the arrival of their first message until nothing came for `quiet` seconds.

    Telegram sends each photo or video as a message of its own and never says which one is the last.
    """

    def __init__(self, quiet: float, clock: Clock) -> None:
        self._quiet, self._clock = quiet, clock
        self._open: dict[tuple[int, str], list[telegram.Message]] = {}

    def join(self, message: telegram.Message) -> bool:
        """Put the message with its album; true when it is the first one of it."""
        parts = self._open.setdefault(_album_of(message), [])
        parts.append(message)
        return len(parts) == 1

    async def whole(self, first: telegram.Message) -> list[telegram.Message]:
        """All of the album that `first` began, in the order in which they were sent."""
        parts, seen = self._open[_album_of(first)], 0
        try:
            while seen < len(parts) < _MOST_IN_AN_ALBUM:
                seen = len(parts)
                await self._clock.sleep(self._quiet)
        finally:
            del self._open[_album_of(first)]
        return sorted(parts, key=lambda part: part.message_id)


class Receiving:
    """Takes messages and pressed buttons. Its handlers only submit work, so that each chat's order is kept."""

    def __init__(
        self,
        reader: TelegramReader,
        replies: TelegramReplies,
        albums: Albums,
        order: ChatOrder,
        assistant: TelegramChatbot,
        memories: TelegramStore,
    ) -> None:
        self._reader, self._replies, self._albums = reader, replies, albums
        self._order, self._assistant, self._memories = order, assistant, memories

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Let the application hand its updates over. Edited messages were answered before."""
        application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, self._on_message))
        application.add_handler(CallbackQueryHandler(self._on_press))
        application.add_handler(MessageReactionHandler(self._on_reaction))

    async def _on_message(self, update: Update, _: object) -> None:
        message = update.message
        if message is None or not self._reader.concerns(message):
            return
        chat = chat_of(message)
        if not message.media_group_id:
            at_once = COMMANDS.is_at_once(message.text or "")
            self._order.submit(chat.key, lambda: self._answer(chat, [message]), at_once=at_once)
        elif self._albums.join(message):
            whole = asyncio.create_task(self._albums.whole(message))

            async def answer_album() -> None:
                await self._answer(chat, await whole)

            self._order.submit(chat.key, answer_album)

    async def _answer(self, chat: Chat, messages: Sequence[telegram.Message]) -> None:
        fresh = [one for one in messages if await self._memories.first_time(chat, str(one.message_id))]
        if not fresh:
            return
        message, first = await self._reader.outline(fresh), fresh[0]
        # In a group every answer is a reply; in private only where that says what it is about.
        reply_to = first.message_id if has_attachment(first) or not chat.private else None
        destination = Destination(int(chat.id), chat.private, _thread(chat), reply_to)
        if self._assistant.admits(message):
            try:
                message = await self._reader.fetched(message, fresh)
            except UserError as error:
                await self._replies.refuse(message, destination, error.message)
                return
        await self._replies.answer(message, destination)

    async def _on_press(self, update: Update, _: object) -> None:
        query = update.callback_query
        if query is None or query.message is None or query.data is None:
            return
        chat = chat_of(query.message)
        under = query.message
        destination = Destination(under.chat.id, chat.private, _thread(chat), under.message_id)
        pictured = isinstance(under, telegram.Message) and bool(under.photo or under.document)
        press = Press(query.id, under.message_id, pictured)

        async def answer_press() -> None:
            if not await self._memories.first_time(chat, f"press {query.id}"):
                return
            message = await self._reader.press(query, chat)
            if self._assistant.admits(message):
                try:
                    message = await self._reader.pressed(message, query)
                except UserError as error:
                    await self._replies.refuse(message, destination, error.message, press)
                    return
            await self._replies.answer(message, destination, press)

        self._order.submit(chat.key, answer_press, at_once=COMMANDS.is_at_once(query.data))

    async def _on_reaction(self, update: Update, _: object) -> None:
        changed = update.message_reaction
        message = await self._reader.reaction(changed, update.update_id) if changed else None
        if changed is None or message is None:
            return
        destination = Destination(changed.chat.id, message.chat.private, reply_to=changed.message_id)

        async def answer_reaction() -> None:
            if await self._memories.first_time(message.chat, message.id):
                await self._replies.answer(message, destination)

        self._order.submit(message.chat.key, answer_reaction)


def _album_of(message: telegram.Message) -> tuple[int, str]:
    return message.chat.id, message.media_group_id or ""


def _thread(chat: Chat) -> int | None:
    return int(chat.thread) if chat.thread else None
