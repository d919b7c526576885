"""The front desk: takes what people do on Discord, has it answered in turn, and sees the answers out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import discord
import structlog

from adapters.discord.desk import Asked, Interaction
from adapters.discord.incoming import HIDDEN, Incoming
from adapters.discord.options import Assistant, DiscordOptions, Memories, Naming
from adapters.discord.outgoing import ChannelOutlet, InteractionOutlet, Outlet
from adapters.discord.wording import draft_of, parts_of
from core.errors import Busy, RapportError, UserError
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext
from core.i18n.translator import ENGLISH, Translator
from core.messages import Chat, Message, Reply
from core.platforms.order import ChatOrder
from core.platforms.throttle import throttle

_log = structlog.get_logger(__name__)
_MOST_SUGGESTED = 25
_BROKEN = gettext_noop("Something went wrong on my side. Please try again.")
_TOO_LARGE = gettext_noop("That file has grown too large for Discord: {most} MB is the most I can send here.")
_IN_PRIVATE = gettext_noop("I've sent that to you alone.")
_CLOSED = gettext_noop(
    "I'd send that to you alone, but you take no direct messages from here. Pick the command from Discord's "
    "own list: only you will see the answer."
)

Fill = Callable[[], Awaitable[Message | None]]


class FrontDesk:
    """`adapters.discord.desk.Desk` before the assistant: each conversation in order, side by side."""

    def __init__(self, assistant: Assistant, naming: Naming, memories: Memories, options: DiscordOptions) -> None:
        self._assistant, self._naming, self._memories = assistant, naming, memories
        self._options = options
        self._incoming = Incoming(
            options.memory, options.largest_file, options.photo_minutes, sees_all=options.message_content
        )
        self._turns = ChatOrder()

    async def drain(self, seconds: float) -> None:
        """Take no more, and let what is under way be answered within the limit."""
        await self._turns.drain(seconds)

    # ── what people do ────────────────────────────────────────────────────────────────────────────

    async def heard(self, message: discord.Message, me: discord.abc.User) -> None:
        """Answer a message in its turn."""
        if not self._incoming.concerns(message):
            return
        head = self._incoming.opening(message, me)
        fill = partial(self._read, head, message, me)
        outlet = ChannelOutlet(message, self._options.retry_seconds)
        try:
            self._turns.submit(_line_of(head.chat), partial(self._answer, head, fill, outlet))
        except Busy as error:
            await self._refuse(head, error.message, outlet)

    async def asked(self, interaction: Interaction, asked: Asked) -> None:
        """Answer what was asked for in a menu."""
        head = self._incoming.head(interaction)
        await self._respond(interaction, head, partial(self._incoming.filled, head, asked))

    async def pressed(self, interaction: Interaction, value: str) -> None:
        """Answer what a button says."""
        head = self._incoming.head(interaction)
        await self._respond(interaction, head, partial(self._incoming.pressed, head, interaction, value))

    async def turned(self, interaction: Interaction, command: str, page: int) -> None:
        """Show another page in the place of the one whose button was pressed."""
        head = replace(self._incoming.head(interaction), text=command)

        async def fill() -> Message:
            return head

        await self._respond(interaction, head, fill, page=page)

    async def refused(self, interaction: Interaction, sentence: str) -> None:
        """Say a sentence to that person alone."""
        outlet = InteractionOutlet(interaction, self._options.retry_seconds)
        await self._refuse(self._incoming.head(interaction), sentence, outlet)

    async def suggest(self, interaction: Interaction, typed: str) -> tuple[str, ...]:
        """Names of the chat; none when they can't be had: there is no place to say why."""
        head = self._incoming.head(interaction)
        try:
            return await self._naming.names(head.chat, head.sender, typed, _MOST_SUGGESTED)
        except RapportError as error:
            _log.info("discord.no_suggestions", error=type(error).__name__)
            return ()

    async def translator(self, interaction: Interaction) -> Translator:
        """The language to speak to that person in."""
        return await self._translator(self._incoming.head(interaction))

    async def removed(self, guild: discord.Guild) -> None:
        """Keep a server's memory for a while, then erase it."""
        until = datetime.now(UTC) + timedelta(days=self._options.left_days)
        for chat in self._chats_of(guild):
            await self._memories.left(chat, until)

    async def deleted(self, channel: discord.abc.GuildChannel) -> None:
        """Keep a deleted channel's own memory for a while, then erase it."""
        if self._options.memory == "channel":
            until = datetime.now(UTC) + timedelta(days=self._options.left_days)
            await self._memories.left(self._incoming.chat(channel, channel.guild.id), until)

    async def added(self, guild: discord.Guild) -> None:
        """Keep a server's memory, if there still is one from before."""
        for chat in self._chats_of(guild):
            await self._memories.left(chat, None)

    # ── answering ─────────────────────────────────────────────────────────────────────────────────

    async def _respond(self, interaction: Interaction, head: Message, fill: Fill, page: int = -1) -> None:
        """Answer an interaction in its turn; `page` is given where it is one of a gallery's."""
        outlet = InteractionOutlet(interaction, self._options.retry_seconds, over=page >= 0)
        holding = asyncio.create_task(outlet.hold(self._options.patience))
        try:
            answer = partial(self._answer, head, fill, outlet, max(0, page))
            await asyncio.wait([self._turns.submit(_line_of(head.chat), answer)])
        except Busy as error:
            await self._refuse(head, error.message, outlet)
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)

    async def _answer(self, head: Message, fill: Fill, outlet: Outlet, page: int = 0) -> None:
        """Fetch the rest of a message, have it answered, say what went wrong."""
        try:
            message = await fill()
            if message is not None:
                await self._tell(message, outlet, page)
        except UserError as error:
            await self._refuse(head, error.message, outlet)
        except discord.HTTPException as error:
            _log.warning("discord.not_sent", status=error.status, code=error.code)
            await outlet.drop()
        except Exception as error:  # noqa: BLE001 - the platform's edge: one message's failure is not the next's
            _log.error("discord.failed", error=type(error).__name__)
            await self._refuse(head, _BROKEN, outlet)

    async def _read(self, head: Message, message: discord.Message, me: discord.abc.User) -> Message | None:
        """The whole of a message that is new; None for one that was answered before."""
        if (head.addressed or message.attachments) and not await self._memories.first_time(head.chat, head.id):
            return None
        if self._incoming.is_blind(head, message, me):
            raise UserError(HIDDEN)
        return await self._incoming.read(head, message, me)

    async def _tell(self, message: Message, outlet: Outlet, page: int) -> None:
        replies = throttle(self._assistant.answer(message), seconds=self._options.draft_seconds)
        async with outlet.at_work() if message.addressed else nullcontext(), aclosing(replies):
            async for reply in replies:
                if reply.final:
                    await self._finish(message, reply, outlet, page)
                elif text := draft_of(reply):
                    await outlet.draft(text)

    async def _finish(self, message: Message, reply: Reply, outlet: Outlet, page: int) -> None:
        if reply.silent:
            await outlet.drop()
            return
        if any(len(one.data) > outlet.limit for one in reply.attachments):
            raise UserError(lazy_gettext(_TOO_LARGE, most=outlet.limit >> 20))
        parts = parts_of(reply, page=page, command=message.text)
        if not (reply.private and reply.attachments) or outlet.hides:
            await outlet.finish(parts, private=reply.private and outlet.hides)
            return
        try:
            await outlet.finish(parts, private=True)
            said = _IN_PRIVATE
        except discord.Forbidden:
            said = _CLOSED
        await self._refuse(message, said, outlet)

    async def _refuse(self, head: Message, said: str | LazyString, outlet: Outlet) -> None:
        """Say a sentence, to that person alone where that can be; nothing to who hasn't spoken to the bot."""
        if not head.addressed:
            return
        parts = parts_of(Reply((await self._translator(head)).gettext(said)))
        try:
            await outlet.finish(parts, private=outlet.hides)
        except discord.HTTPException as error:
            _log.warning("discord.not_sent", status=error.status, code=error.code)

    async def _translator(self, head: Message) -> Translator:
        try:
            return await self._assistant.translator(head)
        except RapportError:
            return ENGLISH  # the store has failed, and that must be said in some language

    def _chats_of(self, guild: discord.Guild) -> set[Chat]:
        return {replace(self._incoming.chat(one, guild.id), thread="") for one in guild.channels}


def _line_of(chat: Chat) -> str:
    """Whose messages are answered one after the other: a thread's, or a channel's."""
    return f"{chat.key}/{chat.thread}"
