"""The Discord platform: connects, and says why when it can't."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import discord

from adapters.discord.answers import FrontDesk
from adapters.discord.client import RapportClient
from adapters.discord.desk import Desk
from adapters.discord.incoming import PLATFORM
from adapters.discord.options import Assistant, DiscordOptions, Memories, Naming
from adapters.discord.reasons import reason_for
from core.errors import PlatformError


class DiscordChat:
    """Discord as a platform: `core.platforms.status.Platform`. `connect` makes the client."""

    def __init__(
        self,
        assistant: Assistant,
        naming: Naming,
        memories: Memories,
        options: DiscordOptions,
        connect: Callable[[DiscordOptions, Desk], RapportClient] = RapportClient,
    ) -> None:
        self._options = options
        self._desk = FrontDesk(assistant, naming, memories, options)
        self.client = connect(options, self._desk)
        self._began = False

    @property
    def name(self) -> str:
        """What its chats' keys begin with."""
        return PLATFORM

    async def run(self) -> None:
        """Serve until `aclose`. Raises `PlatformError` with what the host can do."""
        self._began = True
        serving = asyncio.create_task(self._serve())
        watching = asyncio.create_task(self._watch())
        try:
            done, _ = await asyncio.wait([serving, watching], return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            serving.cancel()
            watching.cancel()
            await asyncio.gather(serving, watching, return_exceptions=True)

    async def _serve(self) -> None:
        try:
            await self.client.start(self._options.token)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise reason_for(error) from error

    async def _watch(self) -> None:
        """Raise `PlatformError` when the connection is away for long: discord.py would silently try on."""
        away = 0.0
        while away < self._options.away_seconds:
            await asyncio.sleep(self._options.look_seconds)
            away = 0.0 if self.client.connected else away + self._options.look_seconds
        raise PlatformError(f"Discord hasn't been reachable for {self._options.away_seconds:.0f} seconds.")

    async def aclose(self) -> None:
        """Answer what is under way within the limit, then hang up."""
        await self._desk.drain(self._options.stop_seconds)
        if self._began:  # discord.py can't close a sharded client that never was open
            await self.client.close()
