"""The connection to Discord: which events are asked for, and whom they are handed to."""

from __future__ import annotations

import discord
import structlog
from discord import app_commands

from adapters.discord.buttons import Leaf, Press
from adapters.discord.commands import declare_commands
from adapters.discord.desk import Desk
from adapters.discord.menus import declare_menus
from adapters.discord.options import DiscordOptions

_log = structlog.get_logger(__name__)


class RapportClient(discord.AutoShardedClient):
    """discord.py's client with our commands; it mentions nobody, ever, and caches as little as it can.

    Without a `desk` it can only tell Discord which commands there are. `began` is when it was last started:
    photos shown before then are in nobody's memory.
    """

    def __init__(self, options: DiscordOptions, desk: Desk | None = None) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = options.message_content
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            shard_count=options.shards or None,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self._desk = desk
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
    def desk(self) -> Desk:
        """Where all that people do arrives."""
        if self._desk is None:
            raise RuntimeError("nobody is at the desk of this client")
        return self._desk

    @property
    def connected(self) -> bool:
        """Whether there is a connection, and none that there was has broken."""
        return bool(self._is_up) and all(self._is_up.values())

    async def setup_hook(self) -> None:
        """Take up the buttons of every answer ever given."""
        self.began = discord.utils.utcnow()
        self.add_dynamic_items(Press, Leaf)

    async def on_message(self, message: discord.Message) -> None:
        """A new message. That one was edited is no event of ours: nothing is remembered twice."""
        if self.user is not None:
            await self.desk.heard(message, self.user)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A connection stands."""
        self._is_up[shard_id] = True

    async def on_shard_resumed(self, shard_id: int) -> None:
        """A connection stands again, and nothing was missed."""
        self._is_up[shard_id] = True

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A connection broke; discord.py tries to have it back."""
        self._is_up[shard_id] = False
        _log.info("discord.disconnected", shard=shard_id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Added to a server."""
        await self.desk.added(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Removed from a server."""
        await self.desk.removed(guild)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted."""
        await self.desk.deleted(channel)
