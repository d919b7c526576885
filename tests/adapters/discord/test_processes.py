"""Several bot processes with one PostgreSQL store share Discord's shards, as if there were one, also when one dies."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from core.store.store import Store
from tests.support.databases.chosen import url
from tests.support.fakes import blocks
from tests.support.peers.discord_wire import BOT, DiscordWire, discord_wire, server_on
from tests.support.processes.bot import bot_process
from tests.support.processes.store import store_of

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("database"), pytest.mark.timeout(240)]

RED, GREEN = (blocks(colour).data for colour in ("red", "green"))
SHARDS = 4
SERVERS = tuple(server_on(shard, SHARDS) for shard in range(SHARDS))
CHANNELS = tuple(str(int(one) + 1) for one in SERVERS)
AT = f"<@{BOT}>"


class Cluster:
    """Bot processes that are started one by one, before Discord."""

    def __init__(self, folder: Path, wire: DiscordWire) -> None:
        self.folder, self.wire = folder, wire
        self.processes: list[asyncio.subprocess.Process] = []
        self.stack = AsyncExitStack()

    async def start(self, **settings: str) -> None:
        """One more process."""
        chosen = {
            "store__url": url(self.folder),
            "discord__token": "nobodys.own.token",
            "discord__shards": str(SHARDS),
            "web__enabled": "false",
            **settings,
        }
        process = await self.stack.enter_async_context(
            bot_process("run", self.folder, DISCORD_AT=self.wire.url, **chosen)
        )
        self.processes.append(process)

    async def kill(self, number: int) -> list[int]:
        """End one that is connected; returns its shards, for which nobody is now."""
        before = self.wire.connected_for
        self.processes[number].kill()
        await self.processes[number].wait()
        await self.wire.until(lambda: len(self.wire.connected_for) < len(before))
        return [one for one in before if one not in self.wire.connected_for]

    async def connected(self, shards: int = SHARDS) -> None:
        """Wait until somebody is connected for each shard."""
        await self.wire.until(lambda: self.wire.connected_for == [*range(shards)])


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with discord_wire() as wire:
        wire.servers = SERVERS
        made = Cluster(tmp_path, wire)
        async with made.stack:
            yield made
    assert wire.violations == []


async def waiting_in(store: Store) -> int:
    """How much is written down and not answered."""
    return sum([len(await store.inbox.waiting(bot)) for bot in await store.inbox.bots("discord")])


async def ask(wire: DiscordWire, channel: str, text: str, photo: bytes = b"") -> str:
    """What the bot says to it."""
    id = await wire.send(channel, f"{AT} {text}", photo)
    await wire.until(lambda: wire.answers(id))
    (said,) = wire.answers(id)
    return said


async def test_processes_share_the_shards_and_each_takes_over_what_a_dead_one_had(cluster: Cluster) -> None:
    wire = cluster.wire
    await cluster.start()
    await cluster.connected()
    for channel in CHANNELS:
        assert (await ask(wire, channel, "/remember bo", RED)).startswith("Nice to meet bo!")
    await cluster.start()
    await wire.until(lambda: len(wire.begun) == SHARDS + 2)  # the newcomer gets its share
    await cluster.connected()
    (cluster.folder / "held").touch()
    waiting = [[await wire.send(one, f"{AT} who is that?", GREEN)] for one in CHANNELS]
    for asked, channel in zip(waiting, CHANNELS, strict=True):
        asked += [await wire.send(channel, f"{AT} /show pet{number}x") for number in range(3)]
    async with store_of(cluster.folder) as store:
        while await waiting_in(store) < 4 * SHARDS:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)
    dead = await cluster.kill(0)
    assert len(dead) == SHARDS / 2
    for shard in dead:  # nobody is connected
        waiting[shard] += [await wire.send(CHANNELS[shard], f"{AT} /show pet{number}x") for number in range(3, 6)]
    (cluster.folder / "held").unlink()
    await wire.until(lambda: all(wire.answers(one) for asked in waiting for one in asked))
    await cluster.connected()
    for asked, channel in zip(waiting, CHANNELS, strict=True):
        assert (await ask(wire, channel, "who is that?", RED)).startswith("That's bo")
        assert [len(wire.answers(one)) for one in asked] == [1] * len(asked)
        shown = [re.findall(r"pet\dx", one) for one in wire.said(channel)]
        assert [one[0] for one in shown if one] == [f"pet{number}x" for number in range(len(asked) - 1)]


async def test_with_one_shard_one_process_serves_and_the_next_takes_its_place(cluster: Cluster) -> None:
    wire = cluster.wire
    shown = {CHANNELS[3]: GREEN, "101": RED}  # one is a direct message
    await cluster.start(discord__shards="0")  # as many as Discord recommends
    await cluster.connected(1)
    await cluster.start(discord__shards="0")
    assert "pet1x" in await ask(wire, CHANNELS[3], "/show pet1x")
    for channel, photo in shown.items():
        assert "don't know" in await ask(wire, channel, "who is that?", photo)
    assert await cluster.kill(0) == [0]
    await cluster.connected(1)
    assert "pet2x" in await ask(wire, CHANNELS[3], "/show pet2x")
    for channel, photo in shown.items():  # of which the other one knew
        assert (await ask(wire, channel, "/remember zoe")).startswith("Nice to meet zoe!")
        assert (await ask(wire, channel, "who is that?", photo)).startswith("That's zoe")
    assert wire.begun == [0, 0]


async def test_what_was_written_while_nobody_was_there_is_answered_once_by_the_next(cluster: Cluster) -> None:
    wire, channel = cluster.wire, CHANNELS[2]
    await cluster.start(limits__stop_seconds="0.2")
    await cluster.connected()
    assert "pet0x" in await ask(wire, channel, "/show pet0x")
    assert "pet0x" in await ask(wire, "101", "/show pet0x")  # a direct message
    (cluster.folder / "held").touch()
    asked = [await wire.send(channel, f"{AT} who is that?", RED), await wire.send(channel, f"{AT} /show pet1x")]
    async with store_of(cluster.folder) as store:
        while await waiting_in(store) < len(asked):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)
    cluster.processes[0].terminate()
    await wire.until(lambda: not wire.connected)  # it hangs up before it stops
    asked.append(await wire.send(channel, f"{AT} /show pet2x"))
    await wire.send(channel, "/show pet3x")  # talk
    asked += [await wire.send("101", "/show pet5x"), await wire.send("101", "who is that?", GREEN)]
    await cluster.processes[0].wait()
    asked.append(await wire.send(channel, f"{AT} /show pet4x"))
    (cluster.folder / "held").unlink()
    await cluster.start()
    await wire.until(lambda: all(wire.answers(one) for one in asked))
    assert [len(wire.answers(one)) for one in asked] == [1] * len(asked)
    shown = [found for one in wire.said(channel) for found in re.findall(r"pet\dx", one)]
    assert shown == ["pet0x", "pet1x", "pet2x", "pet4x"]
    assert [found for one in wire.said("101") for found in re.findall(r"pet\dx", one)] == ["pet0x", "pet5x"]


async def test_what_was_written_before_a_new_session_is_answered(cluster: Cluster) -> None:
    wire = cluster.wire
    await cluster.start(discord__shards="1")
    await cluster.connected(1)
    assert "pet0x" in await ask(wire, "101", "/show pet0x")  # a direct message
    await wire.break_off()
    await wire.until(lambda: not wire.connected)
    asked = [await wire.send("101", "/show pet1x"), await wire.send(CHANNELS[0], f"{AT} /show pet1x")]
    await wire.until(lambda: all(wire.answers(one) for one in asked))
    assert [len(wire.answers(one)) for one in asked] == [1, 1]


async def test_who_dies_before_it_has_looked_leaves_it_to_the_next(cluster: Cluster) -> None:
    wire = cluster.wire
    await cluster.start(discord__shards="1")
    await cluster.connected(1)
    assert "pet0x" in await ask(wire, "101", "/show pet0x")
    await cluster.kill(0)
    asked = await wire.send("101", "/show pet1x")
    wire.silent.set()  # no history, so that nobody gets to know
    await cluster.start(discord__shards="1")
    await cluster.connected(1)
    await asyncio.sleep(3)  # it says twice that it lives; nothing tells when
    await cluster.kill(1)
    wire.silent.clear()
    await cluster.start(discord__shards="1")
    await wire.until(lambda: wire.answers(asked))
    assert len(wire.answers(asked)) == 1
