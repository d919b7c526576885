"""The connection to Discord: which events are asked for, who handles them, and what its failures mean."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord
import structlog
from discord import app_commands

from adapters.discord.buttons import PageButton, SayButton
from adapters.discord.commands import declare_commands
from adapters.discord.events import EventHandler
from adapters.discord.menus import declare_menus
from adapters.discord.options import DiscordOptions, SharedShard
from adapters.discord.sharing.missed import missed
from core.errors import PlatformError

_log = structlog.get_logger(__name__)
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
_TOO_MANY_SERVERS = 4011
_UNNOTICED = timedelta(minutes=2)  # that a connection may be dead before anybody notices: two missed heartbeats
_MISSED_SECONDS = 30.0  # for which what is said now waits for what was said before
_REFUSED = (
    "Discord doesn't know the bot's token (discord.token). Make a new one at "
    "https://discord.com/developers/applications: your application, Bot, Reset Token."
)
_NO_INTENT = (
    "discord.message_content is on, but Discord hasn't granted it. Turn on the Message Content Intent at "
    "https://discord.com/developers/applications: your application, Bot. Or turn the setting off."
)
_NEEDS_SHARDS = "The bot is on too many servers for discord.shards: set it to 0, then Discord says how many."


class RapportClient(discord.AutoShardedClient):
    """discord.py's client with our commands; it mentions nobody, ever, and caches as little as it can.

    Without a `handler` it can only tell Discord which commands there are. `shard` is the one that it is for, where
    processes share them. `began` is when it was last started: photos shown before then are in nobody's memory.
    """

    def __init__(
        self,
        options: DiscordOptions,
        handler: EventHandler | None = None,
        *,
        shard: SharedShard | None = None,
    ) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = options.message_content
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            shard_count=options.shards or None,
            shard_ids=list(options.shard_ids) or None,  # type: ignore[arg-type]  # None: all of them
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self._handler, self._shard = handler, shard
        self._caught_up, self._missed = asyncio.Event(), set[int]()
        self._may_resume = False  # a connection broke when all before was caught up with
        self._away_since = shard.away_since if shard else None  # None: nothing was missed
        if shard is None:
            self._caught_up.set()
        self.began = discord.utils.utcnow()
        self._is_up: dict[int, bool] = {}  # by shard
        self.tree = app_commands.CommandTree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )
        declare_commands(self.tree)
        declare_menus(self.tree)

    @property
    def handler(self) -> EventHandler:
        """Who takes all that people do."""
        if self._handler is None:
            raise RuntimeError("nobody handles the events of this client")
        return self._handler

    @property
    def connected(self) -> bool:
        """Whether there is a connection, and none that there was has broken."""
        return bool(self._is_up) and all(self._is_up.values())

    async def setup_hook(self) -> None:
        """Take up the buttons of every answer ever given, and what an earlier process left over."""
        self.began = discord.utils.utcnow()
        self.add_dynamic_items(SayButton, PageButton)
        if self._handler is not None and self.user is not None:
            await self._handler.on_start(self, self.user)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until Discord lets the bot connect once more."""
        if self._shard is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self._shard.turn()

    async def is_ours(self) -> bool:
        """Whether what is heard here is this process's to answer: one that was only slow may have lost its shard."""
        return self._shard is None or await self._shard.is_ours()

    async def hang_up(self) -> None:
        """Hear of nothing any more; messages can be sent still."""
        for shard in self.shards.values():
            await shard.disconnect()

    @property
    def is_caught_up(self) -> bool:
        """Whether what was said while nobody was connected has been taken in, as far as it could be."""
        return self._caught_up.is_set()

    async def on_ready(self) -> None:
        """All servers are known: what was said while nobody was connected comes first.

        That is so at the beginning, and after a connection that Discord couldn't take up again.
        """
        since, self._away_since, self._may_resume = self._away_since, None, False
        if self._shard is None or since is None or self.user is None:
            return
        self._caught_up.clear()
        self._missed.clear()
        try:
            async with asyncio.timeout(_MISSED_SECONDS):
                async for message in missed(self, since, self._shard.known):
                    self._missed.add(message.id)
                    await self.handler.on_missed(message, self.user)
        except TimeoutError:
            _log.warning("discord.not_caught_up", error="there was too much of it, or the store kept silent")
        finally:
            self._caught_up.set()

    async def on_message(self, message: discord.Message) -> None:
        """A new message."""
        await self._caught_up.wait()
        if self.user is not None and message.id not in self._missed and await self.is_ours():
            await self.handler.on_message(message, self.user)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message has changed, one that we have never seen perhaps."""
        await self._caught_up.wait()
        if self.user is not None and await self.is_ours():
            await self.handler.on_edit(payload.message, self.user)

    async def on_shard_connect(self, shard_id: int) -> None:
        """There is a connection."""
        self._is_up[shard_id] = True

    async def on_shard_resumed(self, shard_id: int) -> None:
        """A connection is back, and nothing was missed."""
        if self._may_resume:
            self._away_since, self._may_resume = None, False
            self._caught_up.set()
        self._is_up[shard_id] = True

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A connection broke; discord.py tries to have it back. What comes by a new one waits for what is missed."""
        self._is_up[shard_id] = False
        if self._shard is not None and self._caught_up.is_set():
            self._may_resume = True
            self._caught_up.clear()
        if self._shard is not None and self._away_since is None:
            self._away_since = discord.utils.utcnow() - _UNNOTICED
        _log.info("discord.disconnected", shard=shard_id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Added to a server."""
        await self.handler.on_guild_joined(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Removed from a server."""
        await self.handler.on_guild_left(guild)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted."""
        await self.handler.on_channel_deleted(channel)


def platform_error(error: Exception) -> PlatformError:
    """What a failure to log in or to connect means, and whether trying again may help."""
    match error:
        case discord.LoginFailure():
            return PlatformError(_REFUSED, permanent=True)
        case discord.PrivilegedIntentsRequired():
            return intent_not_granted()
        case discord.ConnectionClosed() if error.code == _TOO_MANY_SERVERS:
            return PlatformError(_NEEDS_SHARDS, permanent=True)
        case discord.ConnectionClosed():
            return PlatformError(f"Discord closed the connection (code {error.code}).")
        case discord.HTTPException():
            return PlatformError(f"Discord answers with an error (status {error.status}).")
    return PlatformError(f"Discord can't be reached ({type(error).__name__}).")


def intent_not_granted() -> PlatformError:
    """The setting asks for more than the portal has granted."""
    return PlatformError(_NO_INTENT, permanent=True)
