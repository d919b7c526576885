"""A web chat that is killed or stopped in the middle: its next process answers what it had accepted, each once."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from adapters.web.taking import ATTACHMENTS_GONE
from bot.build.platforms import nobody_listens
from core.platforms.inbox import TOO_LATE
from tests.support.browser import chromium, window
from tests.support.fakes import blocks
from tests.support.hostile.forgetting import Visitor, browser_at
from tests.support.peers.openai import Answer, Peer, openai_peer
from tests.support.processes.bot import bot_process, inbox_has

pytestmark = pytest.mark.timeout(240)
ENDED_BY = pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM])


class Page:
    """A running bot's page, and how to end the bot."""

    def __init__(self, address: str, process: asyncio.subprocess.Process) -> None:
        self.address, self._process = address, process

    async def end(self, by: signal.Signals) -> None:
        self._process.send_signal(by)
        await self._process.wait()


@asynccontextmanager
async def page(folder: Path, peer: Peer, **settings: str) -> AsyncIterator[Page]:
    """The web chat as a process of its own, with the peer for its language model."""
    model = {"generator__kind": "openai", "generator__base_url": peer.url, "generator__model": "llava"}
    (folder / "log.txt").write_text("")
    async with bot_process("run", folder, **{"web__port": "0", **model, **settings}) as process:
        while not (told := re.search(r"Rapport is at (http://[\d.]+:\d+)", (folder / "log.txt").read_text())):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # another process prints it
        yield Page(told[1], process)


def told(window: Visitor) -> list[tuple[str, str]]:
    """What a window shows: the ids of the messages, and what each has been answered, from old to new."""
    latest: dict[str, dict[str, Any]] = {one["id"]: one for one in window.heard if "id" in one}
    replies = {one["to"]: one["text"] for one in latest.values() if one["kind"] == "reply" and one["final"]}
    return [(one["id"], replies.get(one["id"], "")) for one in latest.values() if one["kind"] == "message"]


async def answered(window: Visitor, *ids: str) -> None:
    for id in ids:
        await window.hears(lambda entry: entry.get("to") == id and entry["final"])  # noqa: B023 - awaited at once


@ENDED_BY
async def test_what_was_accepted_is_answered_once_and_in_order_by_the_next_process(
    tmp_path: Path, ended_by: signal.Signals
) -> None:
    async with openai_peer() as peer:
        peer.script = lambda _: Answer(after=asyncio.Event())  # it says nothing for now
        async with page(tmp_path, peer, limits__stop_seconds="0.2") as first:
            async with browser_at(first.address, "home") as ann, browser_at(first.address, "work") as ben:
                home = [await ann.say(text) for text in ("good morning", "/list", "what a nice day")]
                work = [await ben.say("who is that?", blocks("red").data), await ben.say("/help")]
                await inbox_has(tmp_path, 5)
                await ann.hears(lambda entry: entry["kind"] == "reply")
            await first.end(ended_by)
        peer.questions.clear()
        peer.script = lambda _: Answer()
        async with page(tmp_path, peer) as second:
            async with browser_at(second.address, "home") as ann, browser_at(second.address, "work") as ben:
                await answered(ann, *home)
                await answered(ben, *work)
                await inbox_has(tmp_path, 0)
                heard = told(ann), told(ben)
            await second.end(signal.SIGKILL)
        assert [id for id, _ in heard[0]] == home
        assert [text for _, text in heard[0]] == ["That's bo.", heard[0][1][1], "That's bo."]
        assert "don't know anyone" in heard[0][1][1]
        assert len(peer.questions) == 2
        assert [id for id, _ in heard[1]] == work
        assert heard[1][0][1] == ATTACHMENTS_GONE
        async with page(tmp_path, peer) as third, browser_at(third.address, "home") as ann:
            await ann.asks("/help")
            assert told(ann)[:-1] == heard[0]
        assert len(peer.questions) == 2


async def test_what_is_too_old_is_told_once_and_a_window_that_comes_later_shows_it(tmp_path: Path) -> None:
    async with openai_peer() as peer:
        peer.script = lambda _: Answer(after=asyncio.Event())
        async with page(tmp_path, peer) as first:
            async with browser_at(first.address, "home") as ann:
                ids = [await ann.say(text) for text in ("good morning", "/list")]
                await inbox_has(tmp_path, 2)
            await first.end(signal.SIGKILL)
        async with page(tmp_path, peer, chat__late_minutes="0"):
            await inbox_has(tmp_path, 0)  # nobody looks
        async with page(tmp_path, peer) as third, browser_at(third.address, "home") as ben:
            await ben.asks("/help")
            assert told(ben)[:-1] == [(ids[0], TOO_LATE), (ids[1], "")]


async def test_a_window_that_stays_open_sends_what_is_needed_again_by_itself(tmp_path: Path) -> None:
    red, held = tmp_path / "red.png", tmp_path / "held"
    red.write_bytes(blocks("red").data)
    held.touch()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    async with openai_peer() as peer, chromium() as browser, window(browser) as open_page, window(browser) as other:
        async with page(tmp_path, peer, web__port=port) as first:
            await open_page.goto(first.address)
            await other.goto(first.address)
            await open_page.set_input_files("#pick", red)
            await open_page.fill("#text", "who is that?")
            await open_page.click("#send")
            await inbox_has(tmp_path, 1)
            await first.end(signal.SIGKILL)
        held.unlink()
        async with page(tmp_path, peer, web__port=port):
            for one in (open_page, other):
                log = one.locator("#log")
                await expect(log.locator("li.reply:not(.open) .text")).to_contain_text("That's bo.")
                await expect(log.locator("li.reply")).to_have_count(1)
                await expect(log.locator("li.message")).to_have_count(1)
                await expect(log.locator("li.message img")).to_have_count(1)
            await inbox_has(tmp_path, 0)
        async with page(tmp_path, peer, web__port=port) as third, browser_at(third.address, "home") as ann:
            await ann.asks("/help")
            assert [text for _, text in told(ann)][:-1] == ["That's bo."]
    assert len(peer.questions) == 1  # the first process was killed before it asked


async def test_the_next_process_goes_on_at_another_port_unless_somebody_serves_that_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    assert await nobody_listens(port)
    async with openai_peer() as peer:
        peer.script = lambda _: Answer(after=asyncio.Event())
        async with page(tmp_path, peer, web__port=port) as first, browser_at(first.address, "home") as ann:
            asked = await ann.say("good morning")
            await inbox_has(tmp_path, 1)
            assert not await nobody_listens(port)
            await first.end(signal.SIGKILL)
        peer.script = lambda _: Answer()
        async with page(tmp_path, peer) as second, browser_at(second.address, "home") as ann:
            await answered(ann, asked)
            await inbox_has(tmp_path, 0)
