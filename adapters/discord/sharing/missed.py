"""What was said on servers while nobody was connected for their shard: Discord has it, and tells no one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import aiohttp
import discord
import structlog

from core.errors import traced

_log = structlog.get_logger(__name__)
_MOST = 100  # messages of a channel


async def missed(client: discord.Client, since: datetime) -> AsyncIterator[discord.Message]:
    """The messages on the client's servers since then, channel by channel, each channel's in their order.

    Only channels in which something was said are asked for them. Direct messages aren't among them: Discord doesn't
    say where there are any.
    """
    after = discord.utils.time_snowflake(since)
    for guild in client.guilds:
        channels: list[discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread]
        channels = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
        for channel in channels:
            if (channel.last_message_id or 0) > after:
                try:
                    async for message in channel.history(limit=_MOST, after=discord.Object(after), oldest_first=True):
                        yield message
                except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                    _log.warning("discord.not_caught_up", error=traced(error))
