"""Messages and presses in the order they come: each chat's turn, whole albums."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import telegram
from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, MessageHandler, filters

from adapters.telegram.albums import Albums
from adapters.telegram.answers import Answers
from adapters.telegram.incoming import Incoming, chat_of
from adapters.telegram.options import Assistant, Memories
from adapters.telegram.outgoing import Place
from core.errors import UserError
from core.messages import Chat
from core.platforms.order import ChatOrder


class Receiving:
    """Takes messages and pressed buttons. Its handlers only hand out turns, so that order is kept."""

    def __init__(
        self,
        incoming: Incoming,
        answers: Answers,
        albums: Albums,
        turns: ChatOrder,
        assistant: Assistant,
        memories: Memories,
    ) -> None:
        self._incoming, self._answers, self._albums = incoming, answers, albums
        self._turns, self._assistant, self._memories = turns, assistant, memories

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Let the application hand its updates over. Edited messages were answered before."""
        application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, self._on_message))
        application.add_handler(CallbackQueryHandler(self._on_press))

    # ── what comes ────────────────────────────────────────────────────────────────────────────────

    async def _on_message(self, update: Update, _: object) -> None:
        if update.message is not None and self._incoming.concerns(update.message):
            self._take(update.message)

    async def _on_press(self, update: Update, _: object) -> None:
        query = update.callback_query
        if query is not None and query.message is not None and query.data is not None:
            self._turns.submit(chat_of(query.message).key, lambda: self._pressed(query))

    def _take(self, message: telegram.Message) -> None:
        chat = chat_of(message)
        if not message.media_group_id:
            self._turns.submit(chat.key, lambda: self._answer(chat, [message]))
        elif self._albums.join(message):
            whole = asyncio.create_task(self._albums.whole(message))
            self._turns.submit(chat.key, lambda: self._answer_album(chat, whole))

    # ── one turn each ─────────────────────────────────────────────────────────────────────────────

    async def _answer_album(self, chat: Chat, whole: asyncio.Task[list[telegram.Message]]) -> None:
        await self._answer(chat, await whole)

    async def _answer(self, chat: Chat, messages: Sequence[telegram.Message]) -> None:
        fresh = [one for one in messages if await self._memories.first_time(chat, str(one.message_id))]
        if not fresh:
            return
        message = await self._incoming.outline(fresh)
        place = _place(chat, fresh[0])
        if self._assistant.admits(message):
            try:
                message = await self._incoming.fetched(message, fresh)
            except UserError as error:
                await self._answers.refuse(message, place, error.message)
                return
        await self._answers.answer(message, place)

    async def _pressed(self, query: telegram.CallbackQuery) -> None:
        assert query.message is not None  # noqa: S101 - for mypy: `_on_press` has looked
        chat = chat_of(query.message)
        if not await self._memories.first_time(chat, f"press {query.id}"):
            return
        message = await self._incoming.press(query, chat)
        place = Place(query.message.chat.id, chat.private, _thread(chat), query.message.message_id)
        if self._assistant.admits(message):
            try:
                message = await self._incoming.pressed(message, query)
            except UserError as error:
                await self._answers.refuse(message, place, error.message, query.id)
                return
        await self._answers.answer(message, place, query.id)


def _place(chat: Chat, first: telegram.Message) -> Place:
    """In a group every answer is a reply; in private only where that says which photo it is about."""
    shows = bool(first.photo or first.document)
    reply_to = first.message_id if shows or not chat.private else None
    return Place(int(chat.id), chat.private, _thread(chat), reply_to)


def _thread(chat: Chat) -> int | None:
    return int(chat.thread) if chat.thread else None
