"""From one of our messages to its reply in Telegram."""

from __future__ import annotations

from contextlib import aclosing, nullcontext, suppress

import structlog
from telegram.error import Forbidden, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.incoming import Origin, Origins
from adapters.telegram.limits import Pace
from adapters.telegram.options import Clock, TelegramChatbot
from adapters.telegram.outgoing import Destination, Moved, OutgoingReply, Press, too_large, typing
from adapters.telegram.pointers import Pointers
from adapters.telegram.requests import never_arrived
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext
from core.messages import Message, Reply
from core.platforms.inbox import AlreadySent, Taken
from core.platforms.sentences import SENT_IN_PRIVATE, sentence_about, translator_for
from core.platforms.throttle import throttle

_log = structlog.get_logger(__name__)
_DRAFTS_AFTER = 1.0  # seconds of work from which on a growing answer is shown in a group
_LONGEST_ALERT = 200

_TOO_LARGE = gettext_noop("That file has grown too large for Telegram: 50 MB is the most I can send.")
_NOBODY_ALONE = gettext_noop("I'd send that to you alone, but here you write as {name}. Ask me again as yourself.")
_WRITE_FIRST = gettext_noop("I'd send that to you alone. Write me a private message first, then ask me again.")


class TelegramReplies:
    """Lets the assistant answer, and sends what it says. What Telegram refuses is noted in the log."""

    def __init__(
        self,
        bot: ExtBot[Pace],
        assistant: TelegramChatbot,
        origins: Origins,
        pointers: Pointers,
        clock: Clock,
        draft_seconds: float,
        moved: Moved,
    ) -> None:
        self._bot, self._assistant, self._origins, self._pointers = bot, assistant, origins, pointers
        self._clock, self._draft_seconds, self._moved = clock, draft_seconds, moved

    async def answer(
        self, message: Message, destination: Destination, taken: Taken, press: Press | None = None
    ) -> None:
        """Answer a message, or a pressed button, that was taken in."""
        outgoing = OutgoingReply(self._bot, destination, self._moved, taken.begin_sending)
        final, seconds, after = Reply("", silent=True), self._draft_seconds, 0.0
        if not destination.private:  # each draft is one of the twenty messages that a minute has room for
            seconds, after = 2 * seconds, _DRAFTS_AFTER
        replies = throttle(self._assistant.answer(message), seconds=seconds, after=after)
        at_work = typing(self._bot, destination, self._clock) if message.addressed else nullcontext()
        try:
            async with at_work, aclosing(replies):
                async for reply in replies:
                    if reply.final:
                        final = reply
                    else:
                        await outgoing.draft(reply)
        except Exception as error:  # noqa: BLE001 - the platform's edge: one message's failure is not the next's
            said = sentence_about(error, "telegram.failed")
            final = Reply(await self._translate(message, said), silent=not message.addressed)
        await self._deliver(message, outgoing, final, taken, press)

    async def refuse(
        self,
        message: Message,
        destination: Destination,
        reason: str | LazyString,
        taken: Taken,
        press: Press | None = None,
    ) -> None:
        """Say why a message can't be answered, if it was meant for the bot."""
        reply = Reply(await self._translate(message, reason), private=True, silent=not message.addressed)
        outgoing = OutgoingReply(self._bot, destination, self._moved, taken.begin_sending)
        await self._deliver(message, outgoing, reply, taken, press)

    async def _deliver(
        self, message: Message, outgoing: OutgoingReply, reply: Reply, taken: Taken, press: Press | None
    ) -> None:
        destination = outgoing.destination
        try:
            if press is not None:
                # A refusal is shown as an alert, to the one who pressed alone; it is no use when that is long ago.
                alert = reply.text if reply.private and len(reply.text) <= _LONGEST_ALERT else None
                if alert is not None:
                    await taken.begin_sending()
                with suppress(TelegramError):
                    await self._bot.answer_callback_query(press.query_id, alert, show_alert=alert is not None)
                    if alert is not None:
                        return
            if any(too_large(one) for one in reply.attachments):
                reply = Reply(await self._translate(message, _TOO_LARGE))
            if reply.private and reply.attachments and message.sender.is_chat:
                reply = Reply(await self._translate(message, lazy_gettext(_NOBODY_ALONE, name=message.sender.name)))
            elif reply.private and reply.attachments and not destination.private:
                alone = Destination(int(message.sender.id), private=True)
                try:
                    await OutgoingReply(self._bot, alone, self._moved, taken.begin_sending).finish(reply)
                    reply = Reply(await self._translate(message, SENT_IN_PRIVATE))
                except Forbidden:
                    reply = Reply(await self._translate(message, _WRITE_FIRST))
            await outgoing.finish(reply, press, None if message.sender.is_chat else int(message.sender.id))
        except AlreadySent:
            return
        except TelegramError as error:
            _log.warning("telegram.not_sent", error=type(error).__name__)
            if never_arrived(error) and not outgoing.sent:
                await taken.not_sent()
        origin = message.id if message.photos else message.reply_to
        if origin:
            for sent in outgoing.sent:
                self._origins[destination.chat_id, sent] = Origin(origin, reply.question is not None)
            await self._pointers.answered(message.chat, origin, outgoing.sent, asks=reply.question is not None)
        await self._pointers.asked(message.chat, message.sender.id)

    async def _translate(self, message: Message, sentence: str | LazyString) -> str:
        return (await translator_for(self._assistant, message)).gettext(sentence)
