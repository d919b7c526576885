"""What was said while nobody was connected for a shard: Discord has it, and tells no one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import datetime

import aiohttp
import discord
import structlog

from core.errors import traced

_log = structlog.get_logger(__name__)
_MOST = 100  # messages of a channel
_AT_ONCE = 8  # channels that are asked at the same time whether there is anything new
_OfServer = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


async def missed(client: discord.Client, since: datetime, known: Collection[int]) -> AsyncIterator[discord.Message]:
    """The messages to the client since then, channel by channel, each channel's in their order.

    Only channels in which something was said are asked for them. Of servers Discord tells which those are. Where there
    are direct messages it doesn't say: they are looked for in those of the `known` channels that are on no server here.
    """
    after = discord.Object(discord.utils.time_snowflake(since))
    channels: list[_OfServer | discord.DMChannel] = []
    for guild in client.guilds:
        here: tuple[_OfServer, ...] = (
            *guild.text_channels,
            *guild.voice_channels,
            *guild.stage_channels,
            *guild.threads,
        )
        channels += [channel for channel in here if (channel.last_message_id or 0) > after.id]
    elsewhere, at_once = [id for id in known if client.get_channel(id) is None], asyncio.Semaphore(_AT_ONCE)
    found = await asyncio.gather(*(_with_news(client, id, after, at_once) for id in elsewhere))
    for channel in [*channels, *filter(None, found)]:
        try:
            async for message in channel.history(limit=_MOST, after=after, oldest_first=True):
                yield message
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            _log.warning("discord.not_caught_up", error=traced(error))


async def _with_news(
    client: discord.Client, id: int, after: discord.Object, at_once: asyncio.Semaphore
) -> discord.DMChannel | None:
    """The channel, if it is one of direct messages and something was said there."""
    async with at_once:
        try:
            async for _ in client.get_partial_messageable(id).history(limit=1, after=after):
                channel = await client.fetch_channel(id)
                return channel if isinstance(channel, discord.DMChannel) else None
        except (discord.NotFound, discord.Forbidden):  # a server's that the bot has left
            return None
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            _log.warning("discord.not_caught_up", error=traced(error))
    return None
