"""Several bot processes on PostgreSQL: `python -m benchmarks.cluster [--messages 5000] [--chats 200] [--workers 1 2]`.

People in private chats write to one bot on the Telegram peer, which is polled by whichever process is elected; each
process is `python -m bot run` over the tests' models of coloured blocks, so that the time is that of everything but
models. Half of the processes are killed while messages come in (of four, two), and one is added. Meanwhile another
program edits memories and times how soon a second one, which only listens, has read the edit.

Telegram's limit of 30 messages a second is kept by all processes together, and bounds what they reach. Prints one JSON
line: for each number of workers what was lost, doubled and out of order, and messages a second, also against the first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.chaos.inbox import Crowd, Outcome, being_sent, reading, rows_of, untaken
from core.messages import Chat, Sender
from core.store.store import Store
from tests.support.databases.chosen import key_settings, keys
from tests.support.databases.postgres import cluster
from tests.support.peers.telegram import TOKEN, TelegramPeer
from tests.support.peers.telegram_http import telegram_server
from tests.support.processes.bot import bot_process

_PATIENCE = 120.0  # seconds without any answer after which nothing more is waited for
_SETTINGS = {
    "telegram__token": TOKEN,
    "web__enabled": "false",
    "log__format": "json",
    "quotas__person_photos_minute": "0",
    "quotas__chat_photos_minute": "0",
}


class Visibility:
    """How soon an edit by one program is read by another, which hears of it."""

    def __init__(self, editing: Store, listening: Store) -> None:
        self._editing, self._listening = editing, listening
        self.seconds: list[float] = []

    async def measure(self) -> None:
        """Edit and listen until it is cancelled."""
        chat, by = Chat("test", "home", private=True), Sender("a", "Ann")
        read = asyncio.Queue[tuple[int, float]]()

        async def look() -> None:
            await read.put((await self._listening.revision(chat), time.perf_counter()))

        hearing = asyncio.create_task(self._listening.listen())
        watching = asyncio.create_task(self._listening.watch(chat, look, 60))
        try:
            concept = (await self._editing.remember(chat, "bo", by=by)).concept
            while True:
                await asyncio.sleep(0.25)
                await self._editing.describe(chat, concept.id, f"note {len(self.seconds)}", by)
                done, revision = time.perf_counter(), await self._editing.revision(chat)
                seen, at = 0, done
                while seen < revision:
                    seen, at = await read.get()
                self.seconds.append(max(0.0, at - done))
        finally:
            for task in (hearing, watching):
                task.cancel()
            await asyncio.gather(hearing, watching, return_exceptions=True)


class Workers:
    """The bot's processes."""

    def __init__(self, stack: AsyncExitStack, folder: Path, settings: dict[str, str]) -> None:
        self._stack, self._folder, self._settings = stack, folder, settings
        self.alive: list[asyncio.subprocess.Process] = []

    async def add(self) -> None:
        """One more."""
        self.alive.append(await self._stack.enter_async_context(bot_process("run", self._folder, **self._settings)))

    async def kill(self) -> None:
        """End the oldest one, as a crash would."""
        process = self.alive.pop(0)
        process.kill()
        await process.wait()


@asynccontextmanager
async def _editing(url: str, folder: Path) -> AsyncIterator[Visibility]:
    async with reading(url, keys(folder)) as editing, reading(url, keys(folder)) as listening:
        visibility = Visibility(editing, listening)
        measuring = asyncio.create_task(visibility.measure())
        try:
            yield visibility
        finally:
            measuring.cancel()
            await asyncio.gather(measuring, return_exceptions=True)


async def run(folder: Path, url: str, *, workers: int, messages: int, chats: int) -> dict[str, Any]:
    """Let the messages come in while half of the workers are killed and one is added; what became of them."""
    peer, result = TelegramPeer(open=True), Outcome()
    crowd = Crowd(peer, chats, seed=18)
    async with telegram_server(peer) as address, reading(url, keys(folder)) as store, AsyncExitStack() as stack:
        settings = {**_SETTINGS, **key_settings(folder), "store__url": url, "telegram__api_url": address}
        bots = Workers(stack, folder, settings)
        for _ in range(workers):
            await bots.add()
        while not peer.made("getUpdates"):  # noqa: ASYNC110 - another process does that
            await asyncio.sleep(0.05)
        visibility = await stack.enter_async_context(_editing(url, folder))
        began, events = time.perf_counter(), [bots.kill] * (workers // 2) + [bots.add] * (workers > 1)
        for number in range(messages):
            crowd.write()
            if events and number >= messages * (1 + workers - len(events)) // (workers + 2):
                event = events.pop(0)
                result.under_way |= await being_sent(store) if event == bots.kill else set()
                await event()
                result.under_way |= await being_sent(store)
            await asyncio.sleep(0.002)
        await _quiet(peer, store)
        seconds = time.perf_counter() - began
        for process in bots.alive:
            process.send_signal(signal.SIGTERM)
        for process in bots.alive:
            await process.wait()
    crowd.outcome(result)
    return {
        "workers": workers,
        "killed": workers // 2,
        "lost": result.lost,
        "doubled": result.doubled,
        "out_of_order": result.disordered,
        "limits_broken": dict(Counter(peer.violations)),
        "being_sent_at_a_kill": len(result.unanswered & result.under_way),
        "interrupted": result.interrupted,
        "seconds": round(seconds, 1),
        "per_second": round(messages / seconds, 2),
        "edits": len(visibility.seconds),
        "edit_seen_ms_p50": round(1000 * statistics.median(visibility.seconds), 1),
        "edit_seen_ms_p99": round(1000 * sorted(visibility.seconds)[int(0.99 * (len(visibility.seconds) - 1))], 1),
    }


async def _quiet(peer: TelegramPeer, store: Store) -> None:
    """Wait until everything is taken in and answered, or nothing more is said."""
    loop = asyncio.get_running_loop()
    said, until = -1, loop.time() + _PATIENCE
    while (untaken(peer) or await rows_of(store)) and loop.time() < until:
        if len(peer.messages) != said:
            said, until = len(peer.messages), loop.time() + _PATIENCE
        await asyncio.sleep(0.2)


async def measure(workers: list[int], messages: int, chats: int) -> list[dict[str, Any]]:
    """One run after the other, each with a database of its own."""
    done = []
    for count in workers:
        with TemporaryDirectory() as folder, cluster() as server:
            url = server.url(Path(folder))
            done.append(await run(Path(folder), url, workers=count, messages=messages, chats=chats))
            done[-1]["against_the_first"] = round(done[-1]["per_second"] / done[0]["per_second"], 2)
    return done


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    given = parser.parse_args()
    runs = asyncio.run(measure(given.workers, given.messages, given.chats))
    print(json.dumps({"messages": given.messages, "chats": given.chats, "runs": runs}))


if __name__ == "__main__":
    main()
