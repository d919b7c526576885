"""What becomes of a group: it goes on under another id, it throws the bot out, it asks it back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from telegram import Update
from telegram.ext import Application, ChatMemberHandler, MessageHandler, filters

from adapters.telegram.groups import Groups, is_present
from adapters.telegram.options import PLATFORM, Memories
from core.messages import Chat
from core.platforms.order import ChatOrder


class Membership:
    """Tells the store what becomes of its chats. A chat that was left is erased after `left_days`.

    Who blocks the bot in private has left, too.
    """

    def __init__(self, groups: Groups, turns: ChatOrder, memories: Memories, left_days: float) -> None:
        self._groups, self._turns, self._memories = groups, turns, memories
        self._kept = timedelta(days=left_days)

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Let the application hand over what Telegram says about the bot's chats."""
        application.add_handler(ChatMemberHandler(self._on_membership))
        application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, self._on_migration))

    async def moved(self, old_id: int, new_id: int) -> None:
        """A group goes on under another id, and its memory with it."""
        new = _chat(new_id)
        await self._memories.move(_chat(old_id), new)
        await self._memories.left(new, None)  # the old one may have been left before

    async def _on_membership(self, update: Update, _: object) -> None:
        change = update.my_chat_member
        if change is not None:
            chat = _chat(change.chat.id)
            until = None if is_present(change.new_chat_member) else datetime.now(UTC) + self._kept
            self._groups.changed(change.chat.id)
            self._turns.submit(chat.key, lambda: self._memories.left(chat, until))

    async def _on_migration(self, update: Update, _: object) -> None:
        """Both the old and the new group are told; whichever comes first moves the memory."""
        message = update.message
        if message is not None:
            old_id = message.migrate_from_chat_id or message.chat.id
            new_id = message.migrate_to_chat_id or message.chat.id
            self._move(old_id, new_id)

    def _move(self, old_id: int, new_id: int) -> None:
        """Behind what is under way in the old group, and before anything in the new one."""
        moving = self._turns.submit(_chat(old_id).key, lambda: self.moved(old_id, new_id))

        async def wait() -> None:
            await asyncio.wait([moving])

        self._turns.submit(_chat(new_id).key, wait)


def _chat(chat_id: int) -> Chat:
    return Chat(PLATFORM, str(chat_id))
