"""What a group is like: who its admins are (asked for, then kept for a minute)."""

from __future__ import annotations

from collections import OrderedDict

import structlog
import telegram
from telegram import Bot
from telegram.error import TelegramError

from adapters.telegram.options import Clock

_log = structlog.get_logger(__name__)
_FRESH = 60.0  # seconds
_MOST = 1000
_PRESENT = {telegram.ChatMember.OWNER, telegram.ChatMember.ADMINISTRATOR, telegram.ChatMember.MEMBER}


class Groups:
    """The admins of the groups that spoke to the bot lately."""

    def __init__(self, bot: Bot, clock: Clock) -> None:
        self._bot, self._clock = bot, clock
        self._admins: OrderedDict[int, tuple[float, frozenset[int]]] = OrderedDict()

    async def is_admin(self, message: telegram.Message) -> bool:
        """Whether who wrote it is an admin of the group, or speaks in the group's own name."""
        if message.sender_chat is not None:
            return message.sender_chat.id == message.chat.id
        return message.from_user is not None and await self.is_admin_of(message.chat, message.from_user.id)

    async def is_admin_of(self, chat: telegram.Chat, user_id: int) -> bool:
        """Whether a person (or a bot) is an admin of the chat; nobody is one of a private chat."""
        if chat.type == telegram.Chat.PRIVATE:
            return False
        at, admins = self._admins.get(chat.id, (float("-inf"), frozenset[int]()))
        if at + _FRESH < self._clock.now():
            admins = await self._ask(chat.id)
            self._admins[chat.id] = (self._clock.now(), admins)
            self._admins.move_to_end(chat.id)
            if len(self._admins) > _MOST:
                self._admins.popitem(last=False)
        return user_id in admins

    async def is_member(self, chat_id: int, user_id: int) -> bool:
        """Whether a person is in the chat right now; a private chat is its person's own."""
        if chat_id > 0:
            return chat_id == user_id
        try:
            member = await self._bot.get_chat_member(chat_id, user_id)
        except TelegramError:
            return False
        return is_present(member)

    def changed(self, chat_id: int) -> None:
        """Somebody's rights in the chat may have changed."""
        self._admins.pop(chat_id, None)

    async def _ask(self, chat_id: int) -> frozenset[int]:
        """Telegram's word on it; nobody while it can't be had: rather refuse than let anyone in."""
        try:
            members = await self._bot.get_chat_administrators(chat_id)
        except TelegramError as error:
            _log.warning("telegram.admins_unknown", error=type(error).__name__)
            return frozenset()
        return frozenset(member.user.id for member in members)


def is_present(member: telegram.ChatMember) -> bool:
    """Whether somebody who has that standing in a chat is in it."""
    return member.status in _PRESENT or getattr(member, "is_member", False)
