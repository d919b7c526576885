"""From one of our messages to its answer in Telegram."""

from __future__ import annotations

from contextlib import AsyncExitStack, aclosing, suppress

import structlog
from telegram.error import Forbidden, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.options import Assistant, Clock
from adapters.telegram.outgoing import Moved, Outgoing, Place, too_large, typing
from adapters.telegram.traces import Traces
from core.errors import StoreError
from core.i18n.lazy_strings import LazyString, gettext_noop
from core.i18n.translator import ENGLISH
from core.messages import Message, Reply
from core.platforms.throttle import throttle

_log = structlog.get_logger(__name__)
_PATIENCE = 1.0  # seconds of work from which on a growing answer is shown
_LONGEST_ALERT = 200

_BROKEN = gettext_noop("Something went wrong on my side. Please try again.")
_TOO_LARGE = gettext_noop("That file has grown too large for Telegram: 50 MB is the most I can send.")
_IN_PRIVATE = gettext_noop("I've sent that to you alone.")
_WRITE_FIRST = gettext_noop("I'd send that to you alone. Write me a private message first, then ask me again.")


class Answers:
    """Lets the assistant answer, and sends what it says. What Telegram refuses is noted in the log."""

    def __init__(
        self,
        bot: ExtBot[bool],
        assistant: Assistant,
        traces: Traces,
        clock: Clock,
        draft_seconds: float,
        moved: Moved,
    ) -> None:
        self._bot, self._assistant, self._traces = bot, assistant, traces
        self._clock, self._draft_seconds, self._moved = clock, draft_seconds, moved

    async def answer(self, message: Message, place: Place, press: str | None = None) -> None:
        """Answer a message; `press` is the id of the pressed button's query."""
        outgoing = Outgoing(self._bot, place, self._moved)
        try:
            reply = await self._reply(message, place, outgoing)
        except Exception as error:  # noqa: BLE001 - the platform's edge: one message's failure is not the next's
            _log.error("telegram.failed", error=type(error).__name__)
            reply = Reply(await self._say(message, _BROKEN), silent=not message.addressed)
        await self._deliver(message, place, outgoing, reply, press)

    async def refuse(self, message: Message, place: Place, reason: LazyString, press: str | None = None) -> None:
        """Say why a message can't be answered, if it was meant for the bot."""
        reply = Reply(await self._say(message, reason), private=True, silent=not message.addressed)
        await self._deliver(message, place, Outgoing(self._bot, place, self._moved), reply, press)

    async def _reply(self, message: Message, place: Place, outgoing: Outgoing) -> Reply:
        """The final reply; on the way there the drafts are shown."""
        final, began = Reply("", silent=True), self._clock.now()
        async with AsyncExitStack() as stack:
            if message.addressed:
                await stack.enter_async_context(typing(self._bot, place, self._clock))
            # In a group each draft is one of the twenty messages that a minute has room for.
            seconds = self._draft_seconds if place.private else 2 * self._draft_seconds
            growing = throttle(self._assistant.answer(message), seconds=seconds)
            async for reply in await stack.enter_async_context(aclosing(growing)):
                if reply.final:
                    final = reply
                elif self._clock.now() - began >= _PATIENCE:
                    await outgoing.draft(reply.text)
        return final

    async def _deliver(
        self, message: Message, place: Place, outgoing: Outgoing, reply: Reply, press: str | None
    ) -> None:
        try:
            if press is not None and await self._answered_press(press, reply):
                return
            if any(too_large(one) for one in reply.attachments):
                reply = Reply(await self._say(message, _TOO_LARGE))
            if reply.private and reply.attachments and not place.private:
                reply = await self._in_private(message, reply)
            await outgoing.finish(reply)
        except TelegramError as error:
            _log.warning("telegram.not_sent", error=type(error).__name__)
        origin = message.id if message.photos else message.reply_to
        for sent in outgoing.sent if origin else ():
            self._traces.note(place.chat_id, sent, origin or "")

    async def _answered_press(self, press: str, reply: Reply) -> bool:
        """Stop the button's clock; a refusal is shown there, to the one who pressed alone."""
        alert = reply.text if reply.private and len(reply.text) <= _LONGEST_ALERT else None
        with suppress(TelegramError):  # it was pressed too long ago
            await self._bot.answer_callback_query(press, alert, show_alert=alert is not None)
            return alert is not None
        return False

    async def _in_private(self, message: Message, reply: Reply) -> Reply:
        """Send the reply to the person alone; returns what the group gets to read."""
        alone = Place(int(message.sender.id), private=True)
        try:
            await Outgoing(self._bot, alone, self._moved).finish(reply)
        except Forbidden:
            return Reply(await self._say(message, _WRITE_FIRST))
        return Reply(await self._say(message, _IN_PRIVATE))

    async def _say(self, message: Message, said: str | LazyString) -> str:
        """A sentence of the adapter's own, in the chat's language while the store can tell which."""
        try:
            translator = await self._assistant.translator(message)
        except StoreError:
            translator = ENGLISH
        return translator.gettext(said)
