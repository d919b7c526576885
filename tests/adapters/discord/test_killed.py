"""A bot on Discord that is killed or stopped in the middle: its next process answers what it had heard, each once."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.support.fakes import blocks
from tests.support.peers.discord_wire import DiscordWire, discord_wire
from tests.support.processes.bot import bot_process, inbox, inbox_has

pytestmark = pytest.mark.timeout(240)
PHOTO = blocks("red").data
CHANNELS = ("101", "102", "103")


def bot(folder: Path, wire: DiscordWire, **settings: str) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    settings |= {"discord__token": "nobodys.own.token", "web__enabled": "false"}
    settings |= {"keys__encrypt": "false"}  # the tests read what is written down beside the bot
    return bot_process("run", folder, DISCORD_AT=wire.url, **settings)


async def conversations(wire: DiscordWire) -> list[str]:
    """In each channel a photo, and what waits for its answer; the ids."""
    ids = []
    for channel in CHANNELS:
        ids.append(await wire.send(channel, "who is that?", PHOTO))
        ids += [await wire.send(channel, text) for text in ("/list", "/help", "/privacy")]
    return ids


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM])
async def test_what_was_heard_is_answered_once_by_the_next_process(tmp_path: Path, ended_by: signal.Signals) -> None:
    held = tmp_path / "held"
    held.touch()
    async with discord_wire() as wire:
        async with bot(tmp_path, wire, limits__stop_seconds="0.2") as process:
            await wire.until(lambda: wire.connected)
            ids = await conversations(wire)
            await inbox_has(tmp_path, len(ids))
            process.send_signal(ended_by)
            await process.wait()
        assert [wire.answers(one) for one in ids] == [[]] * len(ids)
        held.unlink()
        async with bot(tmp_path, wire):
            await wire.until(lambda: all(wire.answers(one) for one in ids))
            await inbox_has(tmp_path, 0)
        assert [len(wire.answers(one)) for one in ids] == [1] * len(ids)
        for channel in CHANNELS:
            first, listed, helped, _ = wire.said(channel)
            assert "don't know" in first
            assert "I don't know anyone" in listed
            assert "You can just say" in helped


async def test_killed_at_any_moment_what_is_written_down_is_answered_once_and_nothing_twice(tmp_path: Path) -> None:
    chance = random.Random(16)  # noqa: S311 - moments, no secrets
    ids, kept = list[str](), set[str]()
    async with discord_wire() as wire:
        for _ in range(2):  # a third death would give up what was taken up at each
            async with bot(tmp_path, wire) as process:
                await wire.until(lambda: wire.connected)
                ids += [await wire.send(f"{100 + chance.randrange(6)}", "/list") for _ in range(12)]
                await wire.until(lambda: wire.answers(ids[-1 - chance.randrange(12)]))  # noqa: B023 - awaited at once
                process.kill()
                await process.wait()
            kept = (kept | set(inbox(tmp_path))) - set(inbox(tmp_path, sending=True))  # that may have got through
        async with bot(tmp_path, wire):
            await wire.until(lambda: wire.connected)
            last = [await wire.send(f"{100 + number}", "/list") for number in range(6)]
            await wire.until(lambda: all(wire.answers(one) for one in last))  # after all that was left over there
        assert kept
        assert {len(wire.answers(json.loads(one)["message"])) for one in kept} == {1}
        assert max(len(wire.answers(one)) for one in ids) == 1


async def test_an_interaction_that_is_cut_off_is_told_in_its_channel(tmp_path: Path) -> None:
    (tmp_path / "held").touch()
    async with discord_wire() as wire:
        async with bot(tmp_path, wire) as process:
            await wire.until(lambda: wire.connected)
            asked = await wire.send("101", "who is that?", PHOTO)
            await wire.use("101", "list")
            await wire.until(lambda: wire.responses)  # "thinking"
            process.kill()
        (tmp_path / "held").unlink()
        async with bot(tmp_path, wire):
            await wire.until(lambda: len(wire.said("101")) == 2)
            await inbox_has(tmp_path, 0)
        assert len(wire.answers(asked)) == 1
        assert wire.said("101")[1].startswith("I was restarted before I could answer what somebody picked")
