"""Updates on their way in: what is for the bot is written down, then everything goes to whoever it concerns.

Nothing is awaited for long here: what takes its time is submitted to the chat's order.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

import structlog
from cachetools import LRUCache
from telegram import Bot, Message, Update
from telegram.error import NetworkError

from adapters.telegram.attachments import has_attachment
from adapters.telegram.groups import Membership
from adapters.telegram.incoming import TelegramReader
from adapters.telegram.inline import Inline
from adapters.telegram.options import PLATFORM, TelegramStore
from adapters.telegram.pointers import Pointers
from adapters.telegram.receiving import Receiving
from core.commands.settings import ChatSettings, Replies
from core.errors import StoreError, traced
from core.messages import Chat
from core.platforms.inbox import INTERRUPTED, TOO_LATE, Fate, Inbox, LeftOver, Taken
from core.store.values import Arrival

_log = structlog.get_logger(__name__)
_MOST_ALBUMS = 1000  # whose parts may still come


class Taking:
    """Takes updates in, each once, and once more what an earlier process left over or Telegram never got."""

    def __init__(
        self,
        bot: Bot,
        inbox: Inbox,
        reader: TelegramReader,
        receiving: Receiving,
        membership: Membership,
        inline: Inline | None,
        memories: TelegramStore,
        pointers: Pointers,
        taken_over: Callable[[int], None],
        *,
        works: bool,
    ) -> None:
        """`works` says that this process answers chats; else it only writes down what comes in.

        `taken_over` is told of chats that another process has answered up to now.
        """
        self._pointers, self._taken_over, self._works = pointers, taken_over, works
        self._turn = asyncio.Lock()  # what is taken in, and what is taken up, gets into its chats' order one by one
        self._bot, self._inbox, self._reader = bot, inbox, reader
        self._receiving, self._membership, self._inline = receiving, membership, inline
        self._memories = memories
        self._albums_for_us = LRUCache[str | None, bool](_MOST_ALBUMS)

    async def take(self, updates: Sequence[Update]) -> None:
        """Take updates in, in their order. When this returns, Telegram may forget them."""
        for message in filter(None, (one.message for one in updates)):
            if message.media_group_id and self._reader.is_addressed(message):
                self._albums_for_us[message.media_group_id] = True
        async with self._turn:
            arrivals = [await self._arrival(one) for one in updates]
            taken_in = await self._inbox.take_in([one for one in arrivals if one is not None and one.update])
            if any(one is not None and one.behind for one in taken_in):
                await self._take_up_due()
            written = iter(taken_in)
            for update, arrival in zip(updates, arrivals, strict=True):
                taken = next(written) if arrival and arrival.update else self._inbox.unrecorded(arrival)
                if taken is not None and taken.ours and (self._works or update.inline_query):
                    self._dispatch(update, taken)

    async def take_up(self) -> None:
        """Take up all that waits in this process's chats, and in chats that nobody has.

        Call it before anything new is taken in, and when another process may have written something down.
        """
        more = True
        while more:
            async with self._turn:
                more = await self._take_up_due()

    async def _take_up_due(self) -> bool:
        """Put what is due into its chats' order; returns whether chats were taken for it."""
        chats, left = await self._inbox.due()
        self._pointers.taken(chats)
        for chat, before in chats.items():
            if before:
                self._taken_over(int(Chat.of(chat).id))
        self._take_up(left)
        return bool(chats)

    async def take_up_unsent(self) -> None:
        """Take up what never reached Telegram, if Telegram answers again. Raises `TelegramError` when it refuses."""
        if self._inbox.any_unsent and await self._answers():
            async with self._turn:
                self._take_up(await self._inbox.unsent())

    async def _answers(self) -> bool:
        try:
            await self._bot.get_me()
        except NetworkError:
            return False
        return True

    def _take_up(self, leftovers: Sequence[LeftOver]) -> None:
        left = [(one, Update.de_json(dict(one.update), self._bot)) for one in leftovers]
        together = defaultdict[tuple[str, str, object] | None, list[LeftOver]](list)
        for one, update in left:
            together[self._sentence(one, update)].append(one)
        for one, update in left:
            said = self._sentence(one, update)
            if said is None:
                self._dispatch(update, one.taken)
            elif one is together[said][0]:
                taken = one.taken.joined([other.taken for other in together[said][1:]])
                self._receiving.apologise(update, said[0], taken)

    def _sentence(self, one: LeftOver, update: Update) -> tuple[str, str, object] | None:
        """What is said instead of an answer, in which chat, and to what there: once for all that have the same."""
        message, changed = update.message, update.message_reaction
        if update.my_chat_member or _moves(message):
            return None
        if one.fate is Fate.INTERRUPTED:
            return INTERRUPTED, one.chat, (message and message.media_group_id) or update.update_id
        if one.fate is Fate.TOO_LATE or (changed and not self._reader.is_answer(changed)):
            return TOO_LATE, one.chat, None  # which question a thumb answered isn't known after a restart
        return None

    async def _arrival(self, update: Update) -> Arrival | None:
        """What tells the update from all others of its chat; with all of it where that is to be written down."""
        mark = ""
        if message := update.message or update.edited_message:
            mark = self._reader.mark(message, update.update_id if update.edited_message else None)
        elif (pressed := update.callback_query) and pressed.message:
            mark = f"press {pressed.id}"
        elif update.my_chat_member or update.message_reaction:
            mark = f"update {update.update_id}"
        if not mark or update.effective_chat is None:
            return None
        chat = Chat(PLATFORM, str(update.effective_chat.id))
        return Arrival(chat.key, mark, update.to_dict() if await self._is_kept(update, chat) else {})

    async def _is_kept(self, update: Update, chat: Chat) -> bool:
        """Whether it is written down: of group talk only what is for the bot."""
        if message := update.message:
            if _moves(message) or not self._reader.concerns(message):
                return _moves(message)
            in_album = message.media_group_id in self._albums_for_us
            # What a group was shown may be asked about, and whoever answers it then has to know.
            shown = self._memories.is_shared and has_attachment(message)
            return in_album or shown or self._reader.is_addressed(message) or await self._answers_all(chat)
        if edited := update.edited_message:
            return self._reader.may_be_obeyed(edited)
        if changed := update.message_reaction:
            return self._memories.is_shared or self._reader.is_answer(changed)
        return bool(update.callback_query or update.my_chat_member)

    async def _answers_all(self, chat: Chat) -> bool:
        """Whether the chat wants everything to be answered, as `/settings replies` says."""
        try:
            settings = (await self._memories.state(chat)).settings
        except StoreError:
            return False
        return ChatSettings.of(settings).replies is Replies.ALL

    def _dispatch(self, update: Update, taken: Taken) -> None:
        """Hand an update to whoever it concerns."""
        try:
            if message := update.message:
                if _moves(message):
                    self._membership.on_migration(message, taken)
                else:
                    self._receiving.on_message(message, taken)
            elif update.edited_message:
                self._receiving.on_edit(update.edited_message, taken)
            elif update.callback_query:
                self._receiving.on_press(update.callback_query, taken)
            elif update.message_reaction:
                self._receiving.on_reaction(update.message_reaction, update.update_id, taken)
            elif update.my_chat_member:
                self._membership.on_membership(update.my_chat_member, taken)
            elif update.inline_query and self._inline:
                self._inline.on_query(update.inline_query)
        except Exception as error:  # noqa: BLE001 - the platform's edge: one update's failure is not the next's
            _log.error("telegram.update_failed", error=traced(error))


def _moves(message: Message | None) -> bool:
    """Whether it says that a group goes on under another id."""
    return message is not None and bool(message.migrate_to_chat_id or message.migrate_from_chat_id)
