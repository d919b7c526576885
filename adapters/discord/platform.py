"""The Discord platform: connects, and says why when it can't."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import discord

from adapters.discord.client import RapportClient, platform_error
from adapters.discord.events import EventHandler
from adapters.discord.handler import DiscordHandler, Inboxes
from adapters.discord.incoming import PLATFORM
from adapters.discord.options import DiscordChatbot, DiscordOptions, DiscordStore, Naming, Timings
from adapters.discord.sharing.pointers import Pointing
from core.chores import Chores
from core.counting import counted
from core.errors import PlatformError
from core.options import ChatOptions, MessageLimits
from core.platforms.background import until_one_ends

_UNSENT, _UNSENT_SECONDS = "answer what Discord was out of reach for", 15.0


class DiscordChat:
    """Discord as a platform: `core.platforms.status.Platform`. `connect` makes the client.

    With `hands_on` another process takes the conversations over at the end: this one hears of nothing new then.
    """

    def __init__(
        self,
        assistant: DiscordChatbot,
        naming: Naming,
        memories: DiscordStore,
        inboxes: Inboxes,
        options: DiscordOptions,
        limits: MessageLimits,
        chat: ChatOptions,
        *,
        timings: Timings | None = None,
        chores: Chores | None = None,
        connect: Callable[[DiscordOptions, EventHandler], RapportClient] = RapportClient,
        hands_on: bool = False,
        pointing: Pointing | None = None,
    ) -> None:
        self._hands_on, shards = hands_on, ", ".join(map(str, options.shard_ids))
        self._unsent = f"{_UNSENT} (shards {shards})" if shards else _UNSENT
        self._token, self._stop_seconds = options.token.get_secret_value(), limits.stop_seconds
        self._timings, self._chores = timings or Timings(), chores or Chores()
        self._handler = DiscordHandler(
            assistant, naming, memories, options, inboxes, limits, chat, self._timings, pointing
        )
        self.client = connect(options, self._handler)
        self._began = False

    @property
    def name(self) -> str:
        """What its chats' keys begin with."""
        return PLATFORM

    async def run(self) -> None:
        """Serve until `aclose`. Raises `PlatformError` with what the host can do."""
        self._began = True
        try:
            async with self._chores.beside(self._unsent, self._handler.take_up_unsent, every=_UNSENT_SECONDS):
                await until_one_ends(self.client.start(self._token), self._watch())
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise platform_error(error) from error

    async def _watch(self) -> None:
        """Raise `PlatformError` when the connection is away for long: discord.py would silently try on."""
        away = 0.0
        while away < self._timings.away_seconds:
            await asyncio.sleep(self._timings.look_seconds)
            away = 0.0 if self.client.connected else away + self._timings.look_seconds
        raise PlatformError(f"Discord hasn't been reachable for {counted(self._timings.away_seconds, 'second')}.")

    async def aclose(self) -> None:
        """Answer what is under way within the limit, then hang up."""
        if self._hands_on:
            await self.client.hang_up()
        await self._handler.drain(self._stop_seconds)
        if self._began:  # discord.py can't close a sharded client that never was open
            await self.client.close()
