"""The Discord platform: connects, and says why when it can't."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp
import discord

from adapters.discord.answers import FrontDesk
from adapters.discord.client import RapportClient
from adapters.discord.desk import Desk
from adapters.discord.incoming import PLATFORM
from adapters.discord.options import Assistant, DiscordOptions, Memories, Naming
from adapters.discord.syncing import NOT_LET_IN
from core.errors import PlatformError

_TOO_MANY_SERVERS = 4011  # https://discord.com/developers/docs/topics/opcodes-and-status-codes
_NO_INTENT = (
    "discord.message_content is on, but Discord hasn't granted it. Turn on the Message Content Intent at "
    "https://discord.com/developers/applications: your application, Bot. Or turn the setting off."
)
_NEEDS_SHARDS = "The bot is on too many servers for discord.shards: set it to 0, then Discord says how many."


class DiscordChat:
    """Discord as a platform: `core.platforms.Platform`. `connect` makes the client."""

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
        try:
            await self.client.start(self._options.token)
        except discord.LoginFailure as error:
            raise PlatformError(NOT_LET_IN, permanent=True) from error
        except discord.PrivilegedIntentsRequired as error:
            raise PlatformError(_NO_INTENT, permanent=True) from error
        except discord.ConnectionClosed as error:
            if error.code == _TOO_MANY_SERVERS:
                raise PlatformError(_NEEDS_SHARDS, permanent=True) from error
            raise PlatformError(f"Discord closed the connection (code {error.code}).") from error
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise PlatformError(f"Discord can't be reached ({type(error).__name__}).") from error

    async def aclose(self) -> None:
        """Answer what is under way within the limit, then hang up."""
        await self._desk.drain(self._options.stop_seconds)
        if self._began:  # discord.py can't close a sharded client that never was open
            await self.client.close()
