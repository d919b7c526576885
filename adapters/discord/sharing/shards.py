"""Discord by several processes with one store: each is connected for those shards that are its share.

Each shard is served by a `DiscordChat`, with an inbox of its own: taking one or giving one up disturbs no other.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
import discord
import structlog

from adapters.discord.client import RapportClient, platform_error
from adapters.discord.events import EventHandler
from adapters.discord.incoming import PLATFORM
from adapters.discord.options import DiscordOptions, ShardStore
from adapters.discord.platform import DiscordChat
from core.errors import StoreError
from core.platforms.background import until_one_ends
from core.store.sharing.leases import LIVES
from core.store.sharing.shards import Shards

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 1.0  # between two times of saying that this process lives; others take its shards after five
# https://discord.com/developers/docs/events/gateway#rate-limiting: so many seconds between two connections
_CONNECT_SECONDS = 5.0
_SOON_SECONDS = 0.2
_MOST_KNOWN = 10_000  # channels of all kinds, the last ones in which something was answered
_SLACK = timedelta(seconds=10)  # of clocks that differ; what was written down is known


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the `shards`, which a process serves with `options` for it alone; `at_once` as many may connect.

    Nobody was connected for it from `away_since` on. `until` says until when (by the loop's clock) no other process can
    have it; None when another one has.
    """

    shards: Shards
    id: int
    process: str
    options: DiscordOptions
    store: ShardStore
    at_once: int
    away_since: datetime
    until: Callable[[], float | None]

    @property
    def inbox(self) -> str:
        """Whose inbox is its own."""
        return self.shards.inbox_of(self.id)

    async def is_gone(self, other: str) -> bool:
        """Whether another inbox is of shards of this account that there are no more, since their number is another."""
        account, _, which = other.partition(":")
        return f"{PLATFORM}:{account}" == self.shards.bot and not which.endswith(f"/{self.shards.count}")

    async def turn(self) -> None:
        """Wait until Discord lets the bot connect once more, whichever process has connected before."""
        with suppress(StoreError):
            key = f"connect {self.shards.bot} {self.id % self.at_once}"
            await asyncio.sleep(await self.store.turn(key, _CONNECT_SECONDS))

    async def known(self) -> list[int]:
        """Channels in which something was answered lately; of the first shard, which has all direct messages.

        Waits while the store doesn't answer. https://discord.com/developers/docs/events/gateway#sharding
        """
        while self.id == 0:
            with suppress(StoreError):
                chats = await self.store.chats(PLATFORM, _MOST_KNOWN)
                return [int(chat.id) for chat in chats if chat.id.isdecimal()]
            await asyncio.sleep(_SOON_SECONDS)
        return []

    async def is_ours(self) -> bool:
        """Whether this process has it still; wait while that can't be told, since the store doesn't answer."""
        while (until := self.until()) is not None:
            if asyncio.get_running_loop().time() < until:
                return True
            await asyncio.sleep(_SOON_SECONDS)
        return False

    def connect(self, options: DiscordOptions, handler: EventHandler) -> RapportClient:
        """A client for it."""
        return RapportClient(options, handler, shard=self)


class ServedShard:
    """A shard while this process serves it; `ended` is called at its end."""

    def __init__(self, chat: DiscordChat, group: asyncio.TaskGroup, ended: Callable[[], None]) -> None:
        self._chat, self._group, self._ended = chat, group, ended
        self.is_closing = self.is_over = False
        self._task = group.create_task(self.run())

    @property
    def connected(self) -> bool:
        """Whether it hears of what comes in, and knows of what came in before."""
        return self._chat.client.connected and self._chat.client.is_caught_up and not self.is_closing

    async def run(self) -> None:
        """Serve it until it is closed. Raises `PlatformError`."""
        try:
            await self._chat.run()
        finally:
            await self._chat.aclose()
            self.is_over = True
            self._ended()

    def end(self) -> None:
        """Begin to close it."""
        if not self.is_closing:
            self.is_closing = True
            self._group.create_task(self.close())

    async def close(self) -> None:
        """Hang up and answer what is under way."""
        await self._chat.aclose()
        self._task.cancel()  # it may still wait for its turn to connect


class DiscordShards:
    """Discord as a platform (`core.platforms.status.Platform`) that processes share; `make` makes what serves one.

    What was written up to `late` ago, while nobody was connected for a shard, is answered.
    """

    name = PLATFORM

    def __init__(
        self, make: Callable[[Shard], DiscordChat], store: ShardStore, options: DiscordOptions, late: timedelta
    ) -> None:
        self._make, self._store, self._options, self._late = make, store, options, late
        self._process = secrets.token_hex(8)
        self._served: dict[int, ServedShard] = {}
        self._until: dict[int, float] = {}  # for the shards that this process has
        self._stop, self._changed, self._over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._over.set()  # until `run` begins

    async def run(self) -> None:
        """Serve this process's share until `aclose`. Raises `PlatformError` with what the host can do."""
        self._over.clear()
        try:
            shards, at_once = await shards_of(self._options)
            async with asyncio.TaskGroup() as group:
                while self._served or not self._stop.is_set():
                    await self._look(shards, at_once, group)
                    await until_one_ends(self._changed.wait(), asyncio.sleep(_LOOK_SECONDS))
                    self._changed.clear()
        except BaseExceptionGroup as failed:  # one shard's failure is all others'
            raise failed.exceptions[0] from None
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise platform_error(error) from error
        finally:
            self._until = {}
            with suppress(StoreError):  # then others take them in a few seconds
                await self._store.end(self._process)
            self._over.set()

    async def aclose(self) -> None:
        """Hang up, answer what is under way within the limit, and leave the shards to others."""
        self._stop.set()
        self._changed.set()
        await self._over.wait()

    def until(self, id: int) -> float | None:
        """Until when, by the loop's clock, no other process can have a shard; None when another one has."""
        return self._until.get(id)

    async def _look(self, shards: Shards, at_once: int, group: asyncio.TaskGroup) -> None:
        """Say that this process lives, begin to serve shards that are its share, and end those that aren't."""
        over = [id for id, one in self._served.items() if one.is_over]
        connected = [id for id, one in self._served.items() if one.connected]
        began = asyncio.get_running_loop().time()
        try:
            held = await self._store.hold(shards, self._process, connected, over)
        except StoreError:  # the store has told its own log; nobody can tell now who has what
            if self._stop.is_set():  # but whoever hangs up needs no one's leave
                self._served = {id: one for id, one in self._served.items() if not one.is_over}
                for one in self._served.values():
                    one.end()
            return
        for id in over:
            del self._served[id]
            _log.info("discord.shard_given_up", shard=id)
        self._until = dict.fromkeys(held.heard, began + LIVES.total_seconds())
        share = [*held.heard][: 0 if self._stop.is_set() else held.most]
        for id in share:
            if id not in self._served:
                options = self._options.model_copy(update={"shards": shards.count, "shard_ids": (id,)})
                away_since = max(held.heard[id] - _SLACK, datetime.now(UTC) - self._late)
                until = partial(self.until, id)
                shard = Shard(shards, id, self._process, options, self._store, at_once, away_since, until)
                self._served[id] = ServedShard(self._make(shard), group, self._changed.set)
                _log.info("discord.shard_taken", shard=id, of=shards.count)
        for id, one in self._served.items():
            if id not in share:
                one.end()


async def shards_of(options: DiscordOptions) -> tuple[Shards, int]:
    """The shards that this process may have, and for how many at once Discord lets the bot connect.

    Raises what discord.py does.
    """
    async with RapportClient(options) as client:
        await client.login(options.token.get_secret_value())
        assert client.user is not None  # noqa: S101 - for mypy: it has logged in
        recommended, _, limits = await client.http.get_bot_gateway()
        count = options.shards or recommended
        ids = sorted(options.shard_ids) or range(count)
        return Shards(f"{PLATFORM}:{client.user.id}", count, ids), limits["max_concurrency"]
