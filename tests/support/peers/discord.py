"""An in-memory Discord (simcord) with the real adapter on it, before the real core."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import discord
import simcord

from adapters.discord.options import DiscordChatbot, DiscordOptions, Timings
from adapters.discord.platform import DiscordChat
from adapters.discord.syncing import register
from bot import config as configuration
from bot.build.rapport import Rapport
from bot.running.rapport import rapport
from core.i18n.translator import Translator
from core.messages import Chat, Message, Reply, Sender
from core.options import ChatOptions, MessageLimits
from core.platforms.inbox import Inbox
from core.ports import Generator
from core.store.inbox import UNDER_WAY, StoredInbox
from core.store.values import Arrival, Process, Received, Recorded
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models

T = TypeVar("T")
ROW, BUTTON, TEXT, THUMBNAIL, GALLERY, CONTAINER = 1, 2, 10, 11, 12, 17  # kinds of components
RED, GREEN, BLUE = (blocks(colour).data for colour in ("red", "green", "blue"))
# Short waits, so that a test doesn't wait.
QUICK = Timings(draft_seconds=0, patience=0, retry_seconds=0)


class OnTheRealClock:
    """The running core for an adapter that lives in simcord's virtual time.

    simcord owns all work that the bot begins and slows its clock down; the core's worker threads and
    deadlines go by the real one. So each call is made from outside.
    """

    def __init__(self, running: Rapport) -> None:
        self._running = running

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        replies: asyncio.Queue[Reply | BaseException | None] = asyncio.Queue()

        async def pump() -> None:
            try:
                async for reply in self._running.assistant.answer(message):
                    replies.put_nowait(reply)
                replies.put_nowait(None)
            except Exception as error:  # noqa: BLE001 - raised again where the replies are read
                replies.put_nowait(error)

        pumping = _outside(pump())
        try:
            while (reply := await replies.get()) is not None:
                if isinstance(reply, BaseException):
                    raise reply
                yield reply
        finally:
            pumping.cancel()

    def admits(self, message: Message) -> bool:
        return self._running.assistant.admits(message)

    async def translator(self, message: Message) -> Translator:
        return await _outside(self._running.assistant.translator(message))

    async def names(self, chat: Chat, sender: Sender, typed: str, most: int) -> tuple[str, ...]:
        return await _outside(self._running.suggesting.names(chat, sender, typed, most))

    def inbox(self, account: str) -> Inbox:
        return Inbox(InboxOnTheRealClock(self._running.store.inbox), f"discord:{account}", late_minutes=10)

    async def left(self, chat: Chat, until: datetime | None) -> None:
        await _outside(self._running.store.left(chat, until))


class InboxOnTheRealClock:
    """The store's inbox for the same adapter."""

    def __init__(self, inbox: StoredInbox) -> None:
        self._inbox = inbox

    async def record(self, bot: str, arrivals: Sequence[Arrival], process: str = "") -> list[Recorded | None]:
        return await _outside(self._inbox.record(bot, arrivals, process))

    async def mark(self, arrival: Arrival) -> bool:
        return await _outside(self._inbox.mark(arrival))

    async def was_obeyed(self, chat: str, message: str, *, as_command: bool) -> bool:
        return await _outside(self._inbox.was_obeyed(chat, message, as_command=as_command))

    async def begin_sending(self, rows: Sequence[int], process: str = "") -> bool:
        return await _outside(self._inbox.begin_sending(rows, process))

    async def not_sent(self, rows: Sequence[int], process: str = "") -> None:
        await _outside(self._inbox.not_sent(rows, process))

    async def try_again(self, rows: Sequence[int], process: str = "") -> None:
        await _outside(self._inbox.try_again(rows, process))

    async def cut_off(self, rows: Sequence[int], process: str = "") -> None:
        await _outside(self._inbox.cut_off(rows, process))

    async def done(self, rows: Sequence[int], process: str = "") -> None:
        await _outside(self._inbox.done(rows, process))

    async def bots(self, platform: str) -> list[str]:
        return await _outside(self._inbox.bots(platform))

    async def hand_over(self, bot: str, to: str) -> None:
        await _outside(self._inbox.hand_over(bot, to))

    async def pending(self, bot: str, process: str = "") -> list[Received]:
        return await _outside(self._inbox.pending(bot, process))

    async def waiting(self, bot: str, process: str = "") -> dict[int, str]:
        return await _outside(self._inbox.waiting(bot, process))

    async def read(self, rows: Collection[int]) -> list[Received]:
        return await _outside(self._inbox.read(rows))

    def listening(self, bot: str) -> AbstractContextManager[asyncio.Event]:
        return self._inbox.listening(bot)

    async def live(self, bot: str, process: Process) -> int:
        return await _outside(self._inbox.live(bot, process))

    async def end(self, bot: str, process: str) -> None:
        await _outside(self._inbox.end(bot, process))

    async def take_chats(self, bot: str, process: str, most: int) -> dict[str, str]:
        return await _outside(self._inbox.take_chats(bot, process, most))

    async def owner(self, bot: str, chat: str) -> Process | None:
        return await _outside(self._inbox.owner(bot, chat))

    async def owners(self, bot: str, chats: Collection[str], process: str) -> dict[str, str]:
        return await _outside(self._inbox.owners(bot, chats, process))

    async def claim(self, bot: str, chat: str, process: str) -> str | None:
        return await _outside(self._inbox.claim(bot, chat, process))

    async def keep_chats(self, bot: str, chats: Collection[str]) -> None:
        await _outside(self._inbox.keep_chats(bot, chats))

    async def let_go_of_chats(self, bot: str, process: str, idle: timedelta) -> None:
        await _outside(self._inbox.let_go_of_chats(bot, process, idle))


def _outside(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    context = contextvars.Context()
    context.run(UNDER_WAY.set, UNDER_WAY.get())
    task: asyncio.Task[T] = context.run(asyncio.create_task, work)
    return task


@dataclass(slots=True)
class Peer:
    """Discord as a test sees it: `env` is simcord's world, `bot` the adapter in it."""

    env: simcord.Env
    running: Rapport
    make: Callable[[], DiscordChat]
    bot: DiscordChat

    @property
    def mention(self) -> str:
        """How people call the bot."""
        assert self.bot.client.user
        return self.bot.client.user.mention

    async def restart(self) -> None:
        """Another process of the bot: nothing of the adapter's memory is left."""
        self.bot = self.make()
        await self.env.restart_bot(self.bot.client)

    def room(self, name: str = "pets", **options: Any) -> tuple[simcord.MemberActor, simcord.ChannelHandle]:
        """Ann, in a channel of a server of its own."""
        guild = self.env.create_guild(**options)
        return guild.add_member(self.env.create_user("ann")), guild.create_text_channel(name)

    def requests(self, end: str) -> list[Any]:
        """The bodies of the requests whose path ends like that."""
        return [entry.json for entry in self.env.http_requests if entry.path.endswith(end)]

    def sent(self) -> list[dict[str, Any]]:
        """The body of every message that the bot has sent or edited, refused ones too."""
        bodies = [
            entry.json.get("data", entry.json)
            for entry in self.env.http_requests
            if entry.method in {"POST", "PATCH"} and isinstance(entry.json, dict)
        ]
        return [body for body in bodies if isinstance(body, dict) and body.keys() & {"content", "components"}]

    async def wait_for_texts(self, *texts: str) -> None:
        """Wait until these are the texts of all that the bot has sent or edited."""
        while [body["content"] for body in self.sent()] != [*texts]:
            await _outside(asyncio.sleep(0.01))


def parts(message: discord.Message | simcord.ResponseMessage) -> list[dict[str, Any]]:
    """All components of a message, those inside others too, in the order in which they stand."""
    components = (one if isinstance(one, dict) else one.to_dict() for one in message.components)
    return [*inside({"components": components})]


def inside(outer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All components of a message's body or of a component."""
    for one in (*(outer.get("components") or ()), *filter(None, [outer.get("accessory")])):
        yield one
        yield from inside(one)


def said(message: discord.Message | simcord.ResponseMessage) -> str:
    """What a message says: its text, or all texts that are laid out in it."""
    return message.content or "\n".join(one["content"] for one in parts(message) if one["type"] == TEXT)


def last(channel: simcord.ChannelHandle) -> discord.Message:
    """The newest message of a channel."""
    message = channel.last_message
    assert message is not None
    return message


def response(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """What the bot said to a command, a menu or a button, at once or later."""
    said = result.response or result.followups[-1]
    assert said is not None
    return said


@asynccontextmanager
async def discord_peer(
    running: Rapport,
    *,
    intents: discord.Intents | None = None,
    assistant: DiscordChatbot | None = None,
    limits: MessageLimits | None = None,
    chat: ChatOptions | None = None,
    patience: float = QUICK.patience,
    **options: Any,
) -> AsyncIterator[Peer]:
    """The bot on Discord, its commands registered; `intents` are those that the portal grants."""
    core = OnTheRealClock(running)

    def make() -> DiscordChat:
        return DiscordChat(
            assistant or core,
            core,
            core,
            core.inbox,
            DiscordOptions(**options),
            limits or MessageLimits(),
            chat or ChatOptions(),
            timings=replace(QUICK, patience=patience),
        )

    bot = make()
    # Not `simcord.run`: it has to be left in the context that it was entered in, and fixtures aren't.
    env = simcord.Env(bot.client, approved_intents=intents, settle_timeout=300)
    await env.start()
    try:
        await register(bot.client, running.translators)
        yield Peer(env, running, make, bot)
    finally:
        await env.shutdown()
    env.raise_errors()


@asynccontextmanager
async def core_on(
    folder: Path, settings: dict[str, dict[str, Any]] | None = None, generator: Generator | None = None
) -> AsyncIterator[Rapport]:
    """The core with fake models, on the store of a folder."""
    given: dict[str, Any] = {
        "store": {"url": f"sqlite+aiosqlite:///{folder / 'discord.db'}"},
        **(settings or {}),
    }
    async with rapport(configuration.load(**given), fake_models(generator), decoders=shared_decoders()) as running:
        yield running


@asynccontextmanager
async def discord_over(
    folder: Path,
    settings: dict[str, dict[str, Any]] | None = None,
    generator: Generator | None = None,
    **options: Any,
) -> AsyncIterator[Peer]:
    """The bot with fake models; `options` are the adapter's."""
    async with core_on(folder, settings, generator) as running, discord_peer(running, **options) as peer:
        yield peer
