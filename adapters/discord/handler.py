"""Takes what people do on Discord, has it answered in each chat's order, and sends the replies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import aiohttp
import discord
import structlog

from adapters.discord.attachments import DiscordFiles
from adapters.discord.buttons import buttons_view
from adapters.discord.events import Interaction, MenuInput
from adapters.discord.incoming import HIDDEN, PLATFORM, DiscordReader
from adapters.discord.options import DiscordChatbot, DiscordOptions, DiscordStore, Naming, Timings
from adapters.discord.outgoing import ChannelReply, InteractionReply, OnceReply, ReplyTarget, never_arrived
from adapters.discord.sharing.pointers import DiscordPointers, Pointing
from adapters.discord.taking import DiscordTaking, chat_of_left, is_answerable, reason
from adapters.discord.wording import OutgoingMessage, draft_of, messages_of, without_pictures_over
from core.assistant.commands import COMMANDS
from core.errors import SHUTTING_DOWN, Busy, RapportError, UserError, traced
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext
from core.i18n.translator import Translator
from core.messages import Chat, Message, Reply, Sender
from core.options import ChatOptions, MessageLimits
from core.platforms.inbox import AlreadySent, Inbox, LeftOver, Taken
from core.platforms.order import ChatOrder
from core.platforms.sentences import SENT_IN_PRIVATE, sentence_about, translator_for
from core.platforms.throttle import throttle

_log = structlog.get_logger(__name__)
_MOST_SUGGESTED = 25
_EDITED_IN = timedelta(days=1)  # until then it is known whether it was a command before
_TOO_HEAVY = 413  # what Discord answers to files that it won't take
_TOO_LARGE = gettext_noop("That file has grown too large for Discord: {most} MB is the most I can send here.")
_CLOSED = gettext_noop(
    "I'd send that to you alone, but you take no direct messages from here. Pick the command from Discord's "
    "own list: only you will see the answer."
)

Fill = Callable[[], Awaitable[Message]]
Inboxes = Callable[[str], Inbox]
"""The inbox of a bot by its id."""


class DiscordHandler:
    """`adapters.discord.events.EventHandler` before the assistant: each conversation in order, side by side."""

    def __init__(
        self,
        assistant: DiscordChatbot,
        naming: Naming,
        memories: DiscordStore,
        options: DiscordOptions,
        inboxes: Inboxes,
        limits: MessageLimits,
        chat: ChatOptions,
        timings: Timings,
        pointing: Pointing | None = None,
    ) -> None:
        self._pointing, self._pointers = pointing, cast("DiscordPointers | None", None)
        self._assistant, self._naming, self._memories, self._inboxes = assistant, naming, memories, inboxes
        self._memory, self._kept, self._timings = options.memory, timedelta(days=chat.left_days), timings
        self._files = DiscordFiles(limits.photo_bytes)
        self._reader = DiscordReader(options.memory, self._files, chat.photo_minutes, sees_all=options.message_content)
        self._order = ChatOrder()
        self._me: discord.abc.User | None = None  # once it has logged in

    async def on_start(self, client: discord.Client, me: discord.abc.User) -> None:
        """Take up what an earlier process left over, each in its conversation's order, before anything new comes."""
        self._taking, self._me = DiscordTaking(client, self._inboxes(str(me.id))), me
        if self._pointing is not None:
            self._pointers = DiscordPointers(self._pointing, f"{PLATFORM}:{me.id}", client, self._files)
        self._take_up(await self._taking.left_over())

    async def take_up_unsent(self) -> None:
        """Take up what Discord was out of reach for, before what its conversation has said since. For a chore."""
        if self._me is not None:
            self._take_up(await self._taking.unsent())

    def _take_up(self, leftovers: Sequence[LeftOver]) -> None:
        for left in leftovers:
            answer = self._answer_left_over if is_answerable(left) else self._say_why_not
            self._order.submit(_conversation(chat_of_left(left)), partial(answer, left))

    async def drain(self, seconds: float) -> None:
        """Take no more, and let what is under way be answered within the limit."""
        await self._order.drain(seconds)

    # ── what people do ────────────────────────────────────────────────────────────────────────────

    async def on_message(self, message: discord.Message, me: discord.abc.User) -> None:
        """Answer a message after those that came before it, if it wasn't answered before."""
        if self._reader.concerns(message):
            await self._submit(self._reader.outline(message, me), message, me)

    async def on_missed(self, message: discord.Message, me: discord.abc.User) -> None:
        """Answer what was written for the bot while nobody was connected. Of talk nobody knows what became of it."""
        if self._reader.concerns(message) and (outline := self._reader.outline(message, me)).addressed:
            await self._submit(outline, message, me)

    async def on_edit(self, message: discord.Message, me: discord.abc.User) -> None:
        """Obey a message that asks for a change now, unless it was obeyed before: all else was answered before."""
        if message.edited_at is None or not self._reader.concerns(message):  # without a time Discord edited, not they
            return
        after = message.edited_at - message.created_at
        outline = replace(self._reader.outline(message, me), edited_after=after.total_seconds())
        if outline.addressed and after < _EDITED_IN:
            await self._submit(outline, message, me)

    async def _submit(self, outline: Message, message: discord.Message, me: discord.abc.User) -> None:
        target = ChannelReply(message, self._timings.retry_seconds)
        taking = self._taking.message(outline, kept=outline.addressed and self._assistant.admits(outline))
        try:
            answer = partial(self._answer, outline, self._rest_of(outline, message, me), target, taking)
            self._order.submit(_conversation(outline.chat), answer, at_once=COMMANDS.is_at_once(outline.text))
        except Busy as error:
            await self._refuse(outline, error, target, taking)

    def _rest_of(self, outline: Message, message: discord.Message, me: discord.abc.User) -> Fill:
        async def fill() -> Message:
            if not self._assistant.admits(outline):
                return outline
            if self._reader.is_blind(outline, message, me):
                raise UserError(HIDDEN)
            return await self._reader.fetched(outline, message, me)

        return fill

    async def on_menu(self, interaction: Interaction, given: MenuInput) -> None:
        """Answer what was asked for in a menu."""
        outline = replace(self._reader.outline_of_interaction(interaction), text=given.text)
        fill = partial(self._reader.filled, outline, given)
        await self._respond(interaction, outline, fill if self._assistant.admits(outline) else _as_is(outline))

    async def on_press(self, interaction: Interaction, value: str) -> None:
        """Answer what a button says."""
        outline = replace(self._reader.outline_of_interaction(interaction), text=value)
        fill = partial(self._reader.pressed, outline, interaction, value)
        await self._respond(interaction, outline, fill if self._assistant.admits(outline) else _as_is(outline))

    async def on_page(self, interaction: Interaction, command: str, page: int) -> None:
        """Show another page instead of the one whose button was pressed."""
        outline = replace(self._reader.outline_of_interaction(interaction), text=command)
        await self._respond(interaction, outline, _as_is(outline), page=page)

    async def refuse(self, interaction: Interaction, sentence: str) -> None:
        """Say a sentence to that person alone, if they may talk here."""
        outline = self._reader.outline_of_interaction(interaction)
        if self._assistant.admits(outline):
            await self._say(outline, sentence, InteractionReply(interaction, self._timings.retry_seconds))
        else:
            await self._respond(interaction, outline, _as_is(outline))

    async def suggest(self, interaction: Interaction, typed: str) -> tuple[str, ...]:
        """Names of the chat; none when they can't be had: a list of names has no room to say why."""
        outline = self._reader.outline_of_interaction(interaction)
        try:
            return await self._naming.names(outline.chat, outline.sender, typed, _MOST_SUGGESTED)
        except RapportError as error:
            _log.info("discord.no_suggestions", error=type(error).__name__)
            return ()

    async def translator(self, interaction: Interaction) -> Translator:
        """The language to speak to that person in."""
        return await translator_for(self._assistant, self._reader.outline_of_interaction(interaction))

    async def on_guild_left(self, guild: discord.Guild) -> None:
        """Keep a server's memory for a while, then erase it."""
        until = datetime.now(UTC) + self._kept
        for chat in self._chats_of(guild):
            await self._memories.left(chat, until)

    async def on_guild_joined(self, guild: discord.Guild) -> None:
        """Keep a server's memory, if there still is one from before."""
        for chat in self._chats_of(guild):
            await self._memories.left(chat, None)

    async def on_channel_deleted(self, channel: discord.abc.GuildChannel) -> None:
        """Keep a deleted channel's own memory for a while, then erase it."""
        if self._memory == "channel":
            until = datetime.now(UTC) + self._kept
            await self._memories.left(self._reader.chat(channel, channel.guild.id), until)

    # ── answering ─────────────────────────────────────────────────────────────────────────────────

    async def _respond(self, interaction: Interaction, outline: Message, fill: Fill, page: int = -1) -> None:
        """Answer an interaction in its chat's order; `page` is given where it is one of a gallery's."""
        target = InteractionReply(interaction, self._timings.retry_seconds, over=page >= 0)
        holding = asyncio.create_task(target.hold(self._timings.patience))
        taking = self._taking.interaction(outline, kept=self._assistant.admits(outline))
        try:
            answer = partial(self._answer, outline, fill, target, taking, page)
            at_once = COMMANDS.is_at_once(outline.text)
            await asyncio.wait([self._order.submit(_conversation(outline.chat), answer, at_once=at_once)])
        except Busy as error:
            await self._refuse(outline, error, target, taking)
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)

    async def _answer_left_over(self, left: LeftOver) -> None:
        """Answer what was left over as if it had come just now."""
        if left.taken.must_wait() or (message := await self._taking.fetched(left)) is None:
            return
        assert self._me is not None  # noqa: S101 - for mypy: it is left over from before
        me = self._me
        outline = replace(self._reader.outline(message, me), edited_after=left.update.get("edited_after"))
        target = ChannelReply(message, self._timings.retry_seconds)
        await self._answer_taken(outline, self._rest_of(outline, message, me), target, left.taken)

    async def _say_why_not(self, left: LeftOver) -> None:
        """Say why what was left over isn't answered."""
        asked = Message(chat_of_left(left), Sender("", language=left.update["language"]))
        async with left.taken:
            sentence = (await translator_for(self._assistant, asked)).gettext(reason(left))
            try:
                channel = await self._taking.channel(left)
                await left.taken.begin_sending()
                await channel.send(sentence)
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                _log.warning("discord.not_sent", error=traced(error))
                if never_arrived(error):
                    await left.taken.not_sent()

    async def _refuse(
        self, outline: Message, error: Busy, target: ReplyTarget, taking: asyncio.Task[Taken | None]
    ) -> None:
        if taken := await taking:
            async with taken:
                once = OnceReply(target, taken)
                await self._unless_out_of_reach(once, self._say(outline, error.message, once))

    async def _answer(
        self, outline: Message, fill: Fill, target: ReplyTarget, taking: asyncio.Task[Taken | None], page: int = -1
    ) -> None:
        """Answer what was taken in, unless that was before, or is to wait for what Discord was out of reach for."""
        taken, waits = await taking, target.lasts and not COMMANDS.is_at_once(outline.text)
        if taken and not (waits and taken.must_wait()):
            await self._answer_taken(outline, fill, target, taken, page)

    async def _answer_taken(self, outline: Message, fill: Fill, to: ReplyTarget, taken: Taken, page: int = -1) -> None:
        is_edit, as_command = outline.edited_after is not None, COMMANDS.names(outline.text)
        async with taken:
            if is_edit and await taken.was_obeyed(outline.id, as_command=as_command):
                return
            target = OnceReply(to, taken)
            try:
                await self._unless_out_of_reach(target, self._reply(outline, fill, target, page))
            except AlreadySent:
                _log.info("discord.sent_already")
            except asyncio.CancelledError:  # we are to stop
                if not await target.put_off():
                    raise
                await self._say(outline, SHUTTING_DOWN, target)

    async def _unless_out_of_reach(self, target: OnceReply, sending: Awaitable[None]) -> None:
        """Send something; what surely never arrived stays in the inbox."""
        try:
            await sending
        except aiohttp.ClientError as error:
            _log.warning("discord.not_sent", error=traced(error))
            if never_arrived(error):
                await target.keep()

    async def _reply(self, outline: Message, fill: Fill, target: ReplyTarget, page: int) -> None:
        """Fetch the rest of a message, have it answered, say what went wrong."""
        try:
            if self._pointers is not None and self._assistant.admits(outline):
                await self._pointers.recall(outline.chat)
            message = await fill()
            if self._pointers is not None and (target.lasts or message.id != outline.id):  # it is in a message
                await self._pointers.shown(message)
            replies = throttle(self._assistant.answer(message), seconds=self._timings.draft_seconds)
            async with target.at_work() if message.addressed else nullcontext(), aclosing(replies):
                async for reply in replies:
                    if reply.final:
                        await self._finish(message, reply, target, page)
                    elif text := draft_of(reply):
                        await target.draft(OutgoingMessage(text, view=buttons_view(reply.buttons)))
        except (AlreadySent, aiohttp.ClientError):
            raise
        except discord.HTTPException as error:
            _log.warning("discord.not_sent", status=error.status, code=error.code)
            await target.drop()
        except Exception as error:  # noqa: BLE001 - the platform's edge: one message's failure is not the next's
            await self._say(outline, sentence_about(error, "discord.failed"), target)

    async def _finish(self, message: Message, reply: Reply, target: ReplyTarget, page: int) -> None:
        """Send the final reply; what is private and has files goes to the person alone."""
        if reply.silent:
            await target.drop()
            return
        if any(len(one.data) > target.limit for one in reply.attachments):
            raise UserError(lazy_gettext(_TOO_LARGE, most=target.limit >> 20))
        laid_out = page >= 0 or message.text.startswith("/review")
        shape: dict[str, Any] = {"page": max(0, page), "command": message.text, "laid_out": laid_out}
        messages = messages_of(without_pictures_over(reply, target.limit), **shape)
        if target.hides or not (reply.private and reply.attachments):
            how = {"private": reply.private and target.hides, "replaces": reply.replaces}
            try:
                await target.finish(messages, **how)
            except discord.HTTPException as error:
                if error.status != _TOO_HEAVY:
                    raise
                await target.finish(messages_of(without_pictures_over(reply, 0), **shape), **how)
            return
        try:
            await target.finish(messages, private=True)
            said = SENT_IN_PRIVATE
        except discord.Forbidden:
            said = _CLOSED
        await self._say(message, said, target)

    async def _say(self, message: Message, sentence: str | LazyString, target: ReplyTarget) -> None:
        """Say a sentence, to that person alone where that can be; nothing to who hasn't spoken to the bot."""
        if not message.addressed:
            return
        translator = await translator_for(self._assistant, message)
        try:
            await target.finish(messages_of(Reply(translator.gettext(sentence))), private=target.hides)
        except discord.HTTPException as error:
            _log.warning("discord.not_sent", status=error.status, code=error.code)

    def _chats_of(self, guild: discord.Guild) -> set[Chat]:
        return {replace(self._reader.chat(one, guild.id), thread="") for one in guild.channels}


def _as_is(message: Message) -> Fill:
    """Nothing has to be fetched for the message."""

    async def fill() -> Message:
        return message

    return fill


def _conversation(chat: Chat) -> str:
    """Whose messages are answered one after the other: a thread's, or a channel's."""
    return f"{chat.key}/{chat.thread}"
