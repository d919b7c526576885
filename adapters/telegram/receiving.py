"""Updates in the order they come: each chat's turn, whole albums, groups that move or are left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import telegram
from telegram import ChatMember, Update
from telegram.ext import Application, CallbackQueryHandler, ChatMemberHandler, MessageHandler, filters

from adapters.telegram.albums import Albums
from adapters.telegram.answers import Answers
from adapters.telegram.groups import Groups
from adapters.telegram.incoming import Incoming, chat_of
from adapters.telegram.options import PLATFORM, Assistant, Memories
from adapters.telegram.outgoing import Place
from core.errors import UserError
from core.messages import Chat
from core.turns import Turns

_PRESENT = {ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER}


class Receiving:
    """Takes Telegram's updates. Its handlers only hand out turns, so that order is kept."""

    def __init__(
        self,
        incoming: Incoming,
        answers: Answers,
        albums: Albums,
        groups: Groups,
        turns: Turns,
        assistant: Assistant,
        memories: Memories,
        left_days: float,
    ) -> None:
        self._incoming, self._answers, self._albums, self._groups = incoming, answers, albums, groups
        self._turns, self._assistant, self._memories = turns, assistant, memories
        self._left_days = timedelta(days=left_days)

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Let the application hand its updates over. Edited messages were answered before."""
        application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, self._on_message))
        application.add_handler(CallbackQueryHandler(self._on_press))
        application.add_handler(ChatMemberHandler(self._on_membership))

    async def moved(self, old_id: int, new_id: int) -> None:
        """A group goes on under another id, and its memory with it."""
        old, new = Chat(PLATFORM, str(old_id)), Chat(PLATFORM, str(new_id))
        await self._memories.move(old, new)
        await self._memories.left(new, None)

    # ── what comes ────────────────────────────────────────────────────────────────────────────────

    async def _on_message(self, update: Update, _: object) -> None:
        message = update.message
        assert message is not None  # noqa: S101 - the filter has seen to that
        if message.migrate_to_chat_id:
            self._move(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id:
            self._move(message.migrate_from_chat_id, message.chat.id)
        elif self._incoming.concerns(message):
            self._take(message)

    async def _on_press(self, update: Update, _: object) -> None:
        query = update.callback_query
        if query is not None and query.message is not None and query.data is not None:
            self._turns.begin(chat_of(query.message).key, lambda: self._pressed(query))

    async def _on_membership(self, update: Update, _: object) -> None:
        change = update.my_chat_member
        if change is None:
            return
        chat, member = Chat(PLATFORM, str(change.chat.id)), change.new_chat_member
        here = member.status in _PRESENT or getattr(member, "is_member", False)
        until = None if here else datetime.now(UTC) + self._left_days
        self._groups.changed(change.chat.id)
        self._turns.begin(chat.key, lambda: self._memories.left(chat, until))

    def _take(self, message: telegram.Message) -> None:
        chat = chat_of(message)
        if not message.media_group_id:
            self._turns.begin(chat.key, lambda: self._answer(chat, [message]))
        elif self._albums.join(message):
            whole = asyncio.create_task(self._albums.whole(message))
            self._turns.begin(chat.key, lambda: self._answer_album(chat, whole))

    def _move(self, old_id: int, new_id: int) -> None:
        """Behind what is under way in the old group, and before anything in the new one."""
        moving = self._turns.begin(f"{PLATFORM}:{old_id}", lambda: self.moved(old_id, new_id))

        async def wait() -> None:
            await asyncio.wait([moving])

        self._turns.begin(f"{PLATFORM}:{new_id}", wait)

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
                await self._answers.refuse(message, place, error.said)
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
                await self._answers.refuse(message, place, error.said, query.id)
                return
        await self._answers.answer(message, place, query.id)


def _place(chat: Chat, first: telegram.Message) -> Place:
    """In a group every answer is a reply; in private only where that says which photo it is about."""
    shows = bool(first.photo or first.document)
    reply_to = first.message_id if shows or not chat.private else None
    return Place(int(chat.id), chat.private, _thread(chat), reply_to)


def _thread(chat: Chat) -> int | None:
    return int(chat.thread) if chat.thread else None
