"""What was said while nobody was connected for a shard: Discord has it, and tells no one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime

import aiohttp
import discord
import structlog

from core.errors import traced

_log = structlog.get_logger(__name__)
_MOST = 100  # messages of a channel
_MOST_ELSEWHERE = 200  # channels that may be of direct messages
_AT_ONCE = 8  # channels that are asked at the same time whether there is anything new
_OfServer = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


async def missed(
    client: discord.Client, since: datetime, known: Callable[[], Awaitable[Sequence[int]]]
) -> AsyncIterator[discord.Message]:
    """The messages to the client since then, channel by channel, each channel's in their order.

    Only channels in which something was said are asked for them. Of servers, which come first, Discord tells which
    those are. Where there are direct messages it doesn't say: they are looked for in those of the `known` channels, the
    latest first, that are on no server here.
    """
    after = discord.Object(discord.utils.time_snowflake(since))
    channels: list[_OfServer] = []
    for guild in client.guilds:
        here: tuple[_OfServer, ...] = (
            *guild.text_channels,
            *guild.voice_channels,
            *guild.stage_channels,
            *guild.threads,
        )
        channels += [channel for channel in here if (channel.last_message_id or 0) > after.id]
    for channel in channels:
        async for message in _history(channel, after):
            yield message
    elsewhere = [id for id in await known() if client.get_channel(id) is None][:_MOST_ELSEWHERE]
    for first in range(0, len(elsewhere), _AT_ONCE):
        found = await asyncio.gather(*(_with_news(client, id, after) for id in elsewhere[first : first + _AT_ONCE]))
        for direct in filter(None, found):
            async for message in _history(direct, after):
                yield message


async def _history(channel: _OfServer | discord.DMChannel, after: discord.Object) -> AsyncIterator[discord.Message]:
    try:
        async for message in channel.history(limit=_MOST, after=after, oldest_first=True):
            yield message
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        _log.warning("discord.not_caught_up", error=traced(error))


async def _with_news(client: discord.Client, id: int, after: discord.Object) -> discord.DMChannel | None:
    """The channel, if it is one of direct messages and something was said there."""
    try:
        async for _ in client.get_partial_messageable(id).history(limit=1, after=after):
            channel = await client.fetch_channel(id)
            return channel if isinstance(channel, discord.DMChannel) else None
    except (discord.NotFound, discord.Forbidden):  # a server's that the bot has left
        return None
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        _log.warning("discord.not_caught_up", error=traced(error))
    return None
