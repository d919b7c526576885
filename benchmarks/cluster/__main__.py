"""Several bot processes on PostgreSQL: `python -m benchmarks.cluster [--messages 5000] [--chats 200] [--workers 1 2]`.

People in private chats write to one bot on the Telegram peer, which is polled by whichever process is elected; each
process is `python -m bot run` over the tests' models of coloured blocks, so that the time is that of everything but
models. While messages are answered, half of the processes are killed (of four, two), and one is added. Another program
edits memories meanwhile and times how soon a second connection, which only listens, has read the edit. The same on one
process with a file of SQLite comes first.

Telegram's limit of 30 messages a second is kept by all processes together, and bounds what they reach. Prints one JSON
line: for each number of workers what was lost, doubled and out of order, and messages a second, also against the first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil

from benchmarks.chaos.inbox import Crowd, Outcome, being_sent, reading, rows_of, untaken
from benchmarks.cluster.visibility import measuring
from core.store.store import Store
from tests.support.databases.chosen import key_settings, keys
from tests.support.databases.postgres import cluster
from tests.support.peers.telegram import TOKEN, TelegramPeer
from tests.support.peers.telegram_http import telegram_server
from tests.support.processes.bot import bot_process

_PATIENCE = 120.0  # seconds without any answer after which nothing more is waited for
_PACE = 0.02  # seconds between two messages: more than can be answered, so that all processes always have work
_SETTINGS = {
    "telegram__token": TOKEN,
    "web__enabled": "false",
    "log__format": "json",
    "quotas__person_photos_minute": "0",
    "quotas__chat_photos_minute": "0",
}


class Workers:
    """The bot's processes."""

    def __init__(self, stack: AsyncExitStack, folder: Path, settings: dict[str, str]) -> None:
        self._stack, self._folder, self._settings = stack, folder, settings
        self.alive: list[asyncio.subprocess.Process] = []
        self.cpu_seconds = 0.0  # of those that have ended

    async def add(self) -> None:
        """One more."""
        self.alive.append(await self._stack.enter_async_context(bot_process("run", self._folder, **self._settings)))

    async def kill(self) -> None:
        """End the oldest one, as a crash would."""
        process = self.alive.pop(0)
        self.cpu_seconds += cpu_seconds(process)
        process.kill()
        await process.wait()

    async def stop(self) -> None:
        """End all, as a host does."""
        for process in self.alive:
            self.cpu_seconds += cpu_seconds(process)
            process.send_signal(signal.SIGTERM)
        for process in self.alive:
            await process.wait()


def cpu_seconds(process: asyncio.subprocess.Process) -> float:
    """What a process has taken of the processor so far, its start included."""
    times = psutil.Process(process.pid).cpu_times()
    return times.user + times.system


async def run(folder: Path, url: str, *, workers: int, messages: int, chats: int) -> dict[str, Any]:
    """Let the messages come in while half of the workers are killed and one is added; what became of them."""
    peer, result = TelegramPeer(open=True), Outcome()
    crowd = Crowd(peer, chats, seed=18)
    async with telegram_server(peer) as address, reading(url, keys(folder)) as store, AsyncExitStack() as stack:
        settings = {**_SETTINGS, **key_settings(folder), "store__url": url, "telegram__api_url": address}
        bots = Workers(stack, folder, settings)
        for _ in range(workers):
            await bots.add()
        while not peer.made("deleteWebhook"):  # noqa: ASYNC110 - another process does that, before it polls
            await asyncio.sleep(0.05)
        began = time.perf_counter()
        async with measuring(url, folder) as milliseconds:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_write(crowd, messages))
                tasks.create_task(_meanwhile(bots, crowd, store, result, messages))
            seconds = time.perf_counter() - began
        await bots.stop()
    crowd.outcome(result)
    return {
        "store": url.partition(":")[0],
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
        "cpu_ms_a_message": round(1000 * bots.cpu_seconds / messages, 1),  # of the bot's processes, starts included
        "edits": len(milliseconds),
        **{
            f"edit_seen_ms_p{one}": round(float(np.percentile(milliseconds, one)), 1)
            for one in (50, 99)
            if milliseconds
        },
    }


async def _write(crowd: Crowd, messages: int) -> None:
    for _ in range(messages):
        crowd.write()
        await asyncio.sleep(_PACE)


async def _meanwhile(bots: Workers, crowd: Crowd, store: Store, result: Outcome, messages: int) -> None:
    """Kill and add while they are answered, evenly over them; ends when nothing more is to be answered."""
    peer, loop, workers = crowd.peer, asyncio.get_running_loop(), len(bots.alive)
    events = [bots.kill] * (workers // 2) + [bots.add] * (workers > 1)
    due = [(messages * number // (len(events) + 1), event) for number, event in enumerate(events, 1)]
    said, until = -1, loop.time() + _PATIENCE
    while (len(crowd.chat_of) < messages or untaken(peer) or await rows_of(store)) and loop.time() < until:
        answered = len(peer.messages) - len(crowd.chat_of)  # the peer holds both
        if answered != said:
            said, until = answered, loop.time() + _PATIENCE
        if due and answered >= due[0][0]:
            _, event = due.pop(0)
            result.under_way |= await being_sent(store) if event == bots.kill else set()
            await event()
            result.under_way |= await being_sent(store)
        await asyncio.sleep(0.2)


async def measure(workers: list[int], messages: int, chats: int) -> list[dict[str, Any]]:
    """One run after the other, each with a store of its own: one process with a file, then those with a database."""
    done = []
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/rapport.db"
        done.append(await run(Path(folder), url, workers=1, messages=messages, chats=chats))
    for count in workers:
        with TemporaryDirectory() as folder, cluster() as server:
            url = server.url(Path(folder))
            done.append(await run(Path(folder), url, workers=count, messages=messages, chats=chats))
    for one in done:
        one["against_the_first"] = round(one["per_second"] / done[0]["per_second"], 2)
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
    raise SystemExit(any(one[wrong] for one in runs for wrong in ("lost", "doubled", "out_of_order", "limits_broken")))


if __name__ == "__main__":
    main()
