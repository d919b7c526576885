"""A shard that processes share: what is heard by one that may have lost it, and whose inboxes there are no more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from adapters.discord.client import RapportClient
from adapters.discord.options import DiscordOptions
from adapters.discord.sharing.shards import DiscordShards, Shard
from core.errors import StoreError
from core.store.sharing.shards import Shards, Share

FOUR = Shards("discord:77", 4, range(4))


def shard(until: list[float | None]) -> Shard:
    store: Any = None  # it is not asked
    options = DiscordOptions(shards=4, shard_ids=(1,))
    return Shard(FOUR, 1, "process", options, store, 1, datetime.now(UTC), lambda: until[-1])


@pytest.mark.parametrize("ours", [True, False])
async def test_what_is_heard_waits_until_it_is_known_who_has_the_shard(ours: bool) -> None:
    now = asyncio.get_running_loop().time()
    until: list[float | None] = [now - 1]
    asking = asyncio.create_task(shard(until).is_ours())
    done, _ = await asyncio.wait([asking], timeout=0.5)
    assert not done
    until.append(now + 3600 if ours else None)
    assert await asking is ours


class Here:
    """A shard that this process has; what was missed stands in no channel."""

    away_since = datetime.now(UTC)

    async def turn(self) -> None:
        """At once."""

    async def known(self) -> list[int]:
        return []

    async def is_ours(self) -> bool:
        return True


class Order:
    """Who takes the events: notes which came."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    async def on_message(self, message: Any, me: object) -> None:
        self.heard.append(message.id)

    async def on_edit(self, message: Any, me: object) -> None:
        self.heard.append(-message.id)


async def test_what_a_new_connection_brings_waits_for_what_was_missed_and_a_resumed_ones_does_not() -> None:
    handler: Any = Order()
    here: Any = Here()
    client = RapportClient(DiscordOptions(shards=1, shard_ids=(0,)), handler, shard=here)
    state: Any = client._connection
    state.user = SimpleNamespace(id=77)
    said: Any = SimpleNamespace(id=2)
    edited: Any = SimpleNamespace(message=SimpleNamespace(id=1))
    await client.on_shard_connect(0)
    await client.on_ready()
    await client.on_message(said)
    assert handler.heard == [2]
    for back in (client.on_ready, lambda: client.on_shard_resumed(0)):
        handler.heard.clear()
        await client.on_shard_disconnect(0)
        events = [asyncio.create_task(client.on_raw_message_edit(edited)), asyncio.create_task(client.on_message(said))]
        done, _ = await asyncio.wait(events, timeout=0.2)
        assert not done
        await back()
        await asyncio.gather(*events)
        assert sorted(handler.heard) == [-1, 2]


class Connected:
    """A connection for a shard, until it is closed."""

    def __init__(self) -> None:
        self.client, self.closed = SimpleNamespace(connected=True, is_caught_up=True), asyncio.Event()

    async def run(self) -> None:
        await self.closed.wait()

    async def aclose(self) -> None:
        self.closed.set()


class Holding:
    """A store that gives the one shard to whoever asks, until it fails."""

    fails = False

    async def hold(self, shards: Shards, process: str, connected: list[int], ended: list[int]) -> Share:
        if self.fails:
            raise StoreError("The disk is gone.")
        return Share({} if ended else {0: datetime.now(UTC)}, 1)


async def test_a_process_that_is_to_stop_hangs_up_also_while_the_store_fails() -> None:
    chat, store = Connected(), Holding()
    make, held = cast("Any", lambda _: chat), cast("Any", store)
    platform = DiscordShards(make, held, DiscordOptions(shards=1), timedelta(minutes=5))
    async with asyncio.TaskGroup() as group:
        await platform._look(Shards("discord:77", 1, range(1)), 1, group)
        await asyncio.sleep(0)
        assert not chat.closed.is_set()
        store.fails = True
        await platform.aclose()
        await platform._look(Shards("discord:77", 1, range(1)), 1, group)
        await chat.closed.wait()


async def test_inboxes_of_the_account_that_are_of_no_shard_any_more_are_taken_over() -> None:
    one = shard([None])
    assert one.inbox == "discord:77:1/4"
    gone = {name: await one.is_gone(name) for name in ("77", "77:0/1", "77:0:2", "77:3/4", "78", "78:0/1")}
    assert [name for name, is_so in gone.items() if is_so] == ["77", "77:0/1", "77:0:2"]
