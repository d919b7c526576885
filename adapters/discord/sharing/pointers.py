"""What a chat's photos were, kept where several processes share the shards: for the one that takes a shard over.

A photo is kept by its message for as long as it can be spoken of, and fetched again from Discord by whoever answers the
chat then. What a message of ours is about Discord tells itself: it is a reply.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import discord
import structlog
from cachetools import LRUCache

from adapters.discord.attachments import DiscordFiles, photos_in
from core.errors import StoreError, traced
from core.messages import Chat, Message
from core.platforms.remote_photos import fetch_photos
from core.platforms.status import Conversing
from core.store.sharing.pointers import Pointer, StoredPointers, recalled

_log = structlog.get_logger(__name__)
_MOST_CHATS = 10_000  # that are known to have been recalled


@dataclass(frozen=True, slots=True)
class Pointing:
    """Where processes keep which photos their chats speak of, for how long, and what this one's are talking of."""

    store: StoredPointers
    conversing: Conversing
    lifetime: timedelta


class DiscordPointers:
    """The pointers of a `bot`'s chats that a `client` hears of, which were another process's before."""

    def __init__(self, pointing: Pointing, bot: str, client: discord.Client, files: DiscordFiles) -> None:
        self._store, self._conversing, self._lifetime = pointing.store, pointing.conversing, pointing.lifetime
        self._bot, self._client, self._files = bot, client, files
        self._recalled: LRUCache[str, asyncio.Event] = LRUCache(_MOST_CHATS)  # by the chat's key; set when it is over

    async def recall(self, chat: Chat) -> None:
        """Fetch the last photos that another process was shown, before the first answer in a chat."""
        if (over := self._recalled.get(chat.key)) is not None:
            await over.wait()
            return
        self._recalled[chat.key] = over = asyncio.Event()
        try:
            self._conversing.drop(chat)  # from an earlier time, when this process had the shard
            kept = await self._store.of(self._bot, chat.key)
            for one in recalled(kept):
                await self.fetch(chat, one)
        except StoreError:
            return  # the store has told its own log
        finally:
            over.set()

    async def fetch(self, chat: Chat, one: Pointer) -> None:
        """Make a message's photos those that the chat is talking of, if Discord still has them."""
        try:
            number = int(one.files[0]["channel"])
            channel = self._client.get_channel(number) or await self._client.fetch_channel(number)
            if isinstance(channel, discord.abc.Messageable):
                message = await channel.fetch_message(int(one.message))
                photos, _ = await fetch_photos(self._files.photos(photos_in(message)), required=False)
                if photos:
                    there = Chat(chat.platform, chat.id, one.thread, private=chat.private, guild=chat.guild)
                    self._conversing.show(there, one.message, photos)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            _log.warning("discord.not_recalled", error=traced(error))

    async def shown(self, message: Message) -> None:
        """The photos of a message, or those that it is about, can be spoken of from now on."""
        about = message.id if message.photos else message.reply_to if message.quoted else None
        channel = message.chat.thread or message.chat.id
        if about and channel.isdecimal() and self._lifetime:
            pointer = Pointer(about, about, message.chat.thread, files=[{"channel": channel}])
            try:
                await self._store.keep(self._bot, message.chat.key, [pointer], self._lifetime)
            except StoreError:
                return  # the store has told its own log
