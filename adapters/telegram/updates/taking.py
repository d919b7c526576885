"""Updates on their way in: what is for the bot is written down, then everything goes to whoever it concerns.

Nothing is awaited for long here: what takes its time is submitted to the chat's order.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from telegram import Bot, Message, Update

from adapters.telegram.groups import Membership
from adapters.telegram.incoming import TelegramReader
from adapters.telegram.inline import Inline
from adapters.telegram.options import PLATFORM
from adapters.telegram.receiving import Receiving
from core.errors import traced
from core.messages import Chat
from core.platforms.inbox import INTERRUPTED, TOO_LATE, Fate, Inbox, LeftOver, Taken
from core.store.values import Arrival

_log = structlog.get_logger(__name__)


class Taking:
    """Takes updates in, each once, and at the start those that an earlier process left over."""

    def __init__(
        self,
        bot: Bot,
        inbox: Inbox,
        reader: TelegramReader,
        receiving: Receiving,
        membership: Membership,
        inline: Inline | None,
    ) -> None:
        self._bot, self._inbox, self._reader = bot, inbox, reader
        self._receiving, self._membership, self._inline = receiving, membership, inline

    async def take(self, updates: Sequence[Update]) -> None:
        """Take updates in, in their order. When this returns, Telegram may forget them."""
        arrivals = [self._arrival(one) for one in updates]
        written = iter(await self._inbox.take_in([one for one in arrivals if one is not None and one.update]))
        for update, arrival in zip(updates, arrivals, strict=True):
            taken = next(written) if arrival and arrival.update else self._inbox.unrecorded(arrival)
            if taken is not None:
                self._dispatch(update, taken)

    async def take_up(self) -> None:
        """Take up what an earlier process left over. Call it before anything new is taken in."""
        left = [(one, Update.de_json(dict(one.update), self._bot)) for one in await self._inbox.left_over()]
        late = dict[str, list[LeftOver]]()
        for one, _ in left:
            if one.fate is Fate.TOO_LATE:
                late.setdefault(one.chat, []).append(one)
        for one, update in left:
            changed = update.message_reaction
            if one.fate is Fate.INTERRUPTED:
                self._receiving.apologise(update, INTERRUPTED, one.taken)
            elif changed and not self._reader.is_answer(changed):  # which question it answered is known no more
                self._receiving.apologise(update, TOO_LATE, one.taken)
            elif one.fate is Fate.AGAIN or update.my_chat_member or _moves(update.message):
                self._dispatch(update, one.taken)
            elif one is late[one.chat][0]:
                self._receiving.apologise(update, TOO_LATE, one.taken.joined([two.taken for two in late[one.chat][1:]]))

    def _arrival(self, update: Update) -> Arrival | None:
        """What tells the update from all others of its chat; with all of it where that is to be written down."""
        mark = ""
        if message := update.message or update.edited_message:
            mark = self._reader.mark(message)
        elif (pressed := update.callback_query) and pressed.message:
            mark = f"press {pressed.id}"
        elif update.my_chat_member or update.message_reaction:
            mark = f"update {update.update_id}"
        if not mark or update.effective_chat is None:
            return None
        chat = Chat(PLATFORM, str(update.effective_chat.id))
        return Arrival(chat.key, mark, update.to_dict() if self._is_kept(update) else {})

    def _is_kept(self, update: Update) -> bool:
        """Whether it is written down: of group talk only what is for the bot."""
        if message := update.message:
            return _moves(message) or (self._reader.concerns(message) and self._reader.is_addressed(message))
        if edited := update.edited_message:
            return self._reader.concerns(edited) and self._reader.is_command(edited)
        if changed := update.message_reaction:
            return self._reader.is_answer(changed)
        return bool(update.callback_query or update.my_chat_member)

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
