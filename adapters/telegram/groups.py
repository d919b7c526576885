"""What a group is like and what becomes of it: its admins, a new id, the bot thrown out or asked back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
import telegram
from cachetools import TTLCache
from telegram import Bot
from telegram.error import TelegramError

from adapters.telegram.options import PLATFORM, Clock, TelegramStore
from core.messages import Chat
from core.platforms.inbox import Taken
from core.platforms.order import ChatOrder

_log = structlog.get_logger(__name__)
_ADMINS_SECONDS = 60.0  # how long Telegram's word on a group's admins holds
_MOST_GROUPS = 1000
_PRESENT = {telegram.ChatMember.OWNER, telegram.ChatMember.ADMINISTRATOR, telegram.ChatMember.MEMBER}


class Groups:
    """The admins of the groups that spoke to the bot lately."""

    def __init__(self, bot: Bot, clock: Clock) -> None:
        self._bot = bot
        self._admins: TTLCache[int, frozenset[int]] = TTLCache(_MOST_GROUPS, _ADMINS_SECONDS, timer=clock.now)

    async def is_admin(self, message: telegram.Message) -> bool:
        """Whether who wrote it is an admin of the group, or speaks in the group's own name."""
        if message.sender_chat is not None:
            return message.sender_chat.id == message.chat.id
        return message.from_user is not None and await self.is_admin_of(message.chat, message.from_user.id)

    async def is_admin_of(self, chat: telegram.Chat, user_id: int) -> bool:
        """Whether a person (or a bot) is an admin of the chat; nobody is one of a private chat.

        While Telegram can't be asked nobody is: rather refuse than let anyone in.
        """
        if chat.type == telegram.Chat.PRIVATE:
            return False
        admins = self._admins.get(chat.id)
        if admins is None:
            try:
                members = await self._bot.get_chat_administrators(chat.id)
            except TelegramError as error:
                _log.warning("telegram.admins_unknown", error=type(error).__name__)
                members = ()
            self._admins[chat.id] = admins = frozenset(member.user.id for member in members)
        return user_id in admins

    async def is_member(self, chat_id: int, user_id: int) -> bool:
        """Whether a person is in the chat right now; a private chat is its person's own."""
        if chat_id > 0:
            return chat_id == user_id
        try:
            member = await self._bot.get_chat_member(chat_id, user_id)
        except TelegramError:
            return False
        return _is_present(member)

    def changed(self, chat_id: int) -> None:
        """Somebody's rights in the chat may have changed."""
        self._admins.pop(chat_id, None)


class Membership:
    """Tells the store what becomes of its chats. A chat that was left is erased after `left_days`.

    Who blocks the bot in private has left, too.
    """

    def __init__(self, groups: Groups, order: ChatOrder, memories: TelegramStore, left_days: float) -> None:
        self._groups, self._order, self._memories = groups, order, memories
        self._kept = timedelta(days=left_days)

    async def moved(self, old_id: int, new_id: int) -> None:
        """Move the memory of a group that goes on under another id."""
        new = _chat(new_id)
        await self._memories.move(_chat(old_id), new)
        await self._memories.left(new, None)  # the old one may have been left before

    def on_membership(self, change: telegram.ChatMemberUpdated, taken: Taken) -> None:
        """The bot's own standing in a chat has changed."""
        chat = _chat(change.chat.id)
        until = None if _is_present(change.new_chat_member) else datetime.now(UTC) + self._kept
        self._groups.changed(change.chat.id)

        async def leave() -> None:
            async with taken:
                await self._memories.left(chat, until)

        self._order.submit(chat.key, leave)

    def on_migration(self, message: telegram.Message, taken: Taken) -> None:
        """Move the memory behind what is under way in the old group, and before anything in the new one.

        Both groups are told; whichever message comes first moves it.
        """
        old_id, new_id = message.migrate_from_chat_id or message.chat.id, message.migrate_to_chat_id or message.chat.id

        async def move() -> None:
            async with taken:
                await self.moved(old_id, new_id)

        moving = self._order.submit(_chat(old_id).key, move)

        async def wait() -> None:
            await asyncio.wait([moving])

        self._order.submit(_chat(new_id).key, wait)


def _is_present(member: telegram.ChatMember) -> bool:
    """Whether somebody with that status in a chat is in it."""
    return member.status in _PRESENT or getattr(member, "is_member", False)


def _chat(chat_id: int) -> Chat:
    return Chat(PLATFORM, str(chat_id))
