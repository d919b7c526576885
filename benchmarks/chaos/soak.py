"""The bot for long under a steady load: nothing lost, doubled or out of order, and its memory flat.

Messages to private chats on the Telegram peer, in real time: a name is taught with a photo, described, recognised,
shown and forgotten, so that what is kept stays the same, and photos that were shown are let go of within the time
that memory has to settle. Prints where it stands every ten seconds to stderr, and its
table and JSON line at the end, also when it is stopped by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psutil
import structlog
from rich.console import Console

from benchmarks.chaos.figures import Figure, as_json, table
from benchmarks.event_loop import LoopProbe, idle_loop, probing
from bot.running.rapport import rapport
from tests.support.fakes import blocks, fake_models
from tests.support.peers.telegram import BOT, TelegramPeer
from tests.support.peers.telegram_people import People, QuickTime, serving, settings, words

CHATS = 100
WARM_UP = 600  # seconds after which memory has to stay; a third of the time where that is less
SPREAD = 0.05
WINDOW = 30  # seconds over which memory is averaged
KEPT = 60  # seconds after which the peer lets go of a message
PATIENCE = 60  # seconds for the last answers
PHOTO = blocks("red").data
STORY = (
    ("/remember x{}", True),
    ("/describe x{} | likes fish", False),
    ("", True),
    ("/show x{}", False),
    ("/forget x{}", False),
)
"""What is said about each name, and whether a photo comes with it."""
_NUMBER = re.compile(r"\bx(\d+)\b")
_OPEN = {"chat_photos_minute": 0, "person_photos_minute": 0, "chat_names": 0, "person_names": 0}


class ForgettingPeer(TelegramPeer):
    """Keeps what was said for a minute, so that the memory that grows is the bot's."""

    def let_go(self) -> None:
        """Drop what is older."""
        self.calls.clear()
        for name in [name for name in self.files if name.startswith("bots-")]:
            del self.files[name]
        oldest = time.time() - KEPT
        for key in [key for key, message in self.messages.items() if message["date"] < oldest]:
            del self.messages[key]
        recent = self.clock() - KEPT
        for chat, sent in self._sent.items():
            self._sent[chat] = [at for at in sent if at >= recent]


@dataclass(slots=True)
class Ledger:
    """What each chat waits for, in order, and what came of the rest."""

    waiting: dict[int, deque[tuple[int, float]]] = field(default_factory=lambda: defaultdict(deque))
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def ask(self, chat: int, number: int) -> None:
        """A message about x`number` is sent."""
        self.waiting[chat].append((number, time.monotonic()))
        self.answers["sent"] += 1

    def answer(self, chat: int, text: str) -> None:
        """The bot answered: what was asked for first there, something later, or nothing that is waited for."""
        said = _NUMBER.search(text)
        numbers = [number for number, _ in self.waiting[chat]]
        number = int(said[1]) if said else None
        if number is None or number not in numbers:
            self.answers["strange" if number is None else "doubled"] += 1
            return
        place = numbers.index(number)
        self.answers["answered"] += 1
        self.answers["disordered"] += place > 0
        self.seconds.append(time.monotonic() - self.waiting[chat][place][1])
        del self.waiting[chat][place]

    @property
    def open(self) -> int:
        """How many wait for an answer."""
        return sum(map(len, self.waiting.values()))


@dataclass(slots=True)
class Soak:
    """The state of one run, which sends messages at a `rate` for so many `seconds`, and did so for `wrote`."""

    rate: float
    seconds: float
    ledger: Ledger = field(default_factory=Ledger)
    memory: list[tuple[float, float]] = field(default_factory=list)  # seconds since the start, MB
    began: float = field(default_factory=time.monotonic)
    wrote: float = 0
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    async def write(self, people: People) -> None:
        """Send messages at the rate until the time is over or it is stopped."""
        self.began = time.monotonic()
        rng, names = Random(1), count()  # noqa: S311 - the same load each time
        stories: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
        photo = people.upload(PHOTO)
        for number in count():
            wait = number / self.rate - self.elapsed
            self.wrote = self.elapsed
            if self.stopped.is_set() or self.wrote >= self.seconds:
                return
            await asyncio.sleep(max(0, wait))
            chat = 100 + rng.randrange(CHATS)
            if not stories[chat]:
                name = next(names)
                stories[chat] = [(name, text.format(name), with_photo) for text, with_photo in reversed(STORY)]
            about, text, with_photo = stories[chat].pop()
            self.ledger.ask(chat, about)
            await people.post(message=_message(people, text, chat, photo if with_photo else None))

    async def read(self, peer: ForgettingPeer) -> None:
        """Take up the answers as they come, until cancelled."""
        while True:
            await asyncio.sleep(0.05)
            for (chat, _), message in list(peer.messages.items()):
                if message["from"] is BOT and not message.get("read"):
                    message["read"] = True
                    self.ledger.answer(chat, words(message))

    async def watch(self, peer: ForgettingPeer) -> None:
        """Measure memory each second and tell where it stands every ten, until cancelled."""
        process = psutil.Process()
        for second in count(1):
            await asyncio.sleep(1)
            rss = process.memory_info().rss + sum(one.memory_info().rss for one in process.children())
            self.memory.append((self.elapsed, rss / 1e6))
            peer.let_go()
            if second % 10 == 0:
                answers = ", ".join(f"{name} {number}" for name, number in sorted(self.ledger.answers.items()))
                told = f"{self.elapsed:6.0f} s: {answers}, waiting {self.ledger.open}, {rss / 1e6:.0f} MB"
                print(told, file=sys.stderr, flush=True)

    def figures(self, peer: TelegramPeer, probe: LoopProbe, idle: dict[str, float]) -> list[Figure]:
        """What came of it, with goals."""
        answers, lag = self.ledger.answers, probe.lag()["wall"]
        warm = min(WARM_UP, self.elapsed / 3)
        base, furthest = flatness(self.memory, warm)
        least, most = (1 - SPREAD) * base, (1 + SPREAD) * base
        seconds = sorted(self.ledger.seconds) or [0.0]
        return [
            Figure("messages sent", answers["sent"]),
            Figure("… a second", answers["sent"] / max(1e-9, self.wrote), least=0.95 * self.rate),
            Figure("lost", self.ledger.open, most=0),
            *(Figure(name, answers[name], most=0) for name in ("doubled", "disordered", "strange")),
            Figure("rules of Telegram broken", len(peer.violations), most=0),
            Figure("from sending to the answer, p50", statistics.median(seconds), "s"),
            Figure("… p99", seconds[int(len(seconds) * 0.99)], "s"),
            Figure("memory where it is furthest", furthest, "MB", most, least, base, f"after {warm:.0f} s"),
            Figure("the event loop's lag, p99.9", lag["p999"], "ms", None, None, idle["p999"], "an idle loop"),
            Figure("… largest", lag["most"], "ms", None, None, idle["most"], "an idle loop"),
        ]


def flatness(memory: list[tuple[float, float]], warm: float) -> tuple[float, float]:
    """The MB in the window after `warm` seconds, and in the one that is furthest from it."""
    windows: dict[int, list[float]] = defaultdict(list)
    for second, megabytes in memory:
        if second >= warm:
            windows[int((second - warm) // WINDOW)].append(megabytes)
    means = [statistics.fmean(one) for _, one in sorted(windows.items())]
    if not means:
        return float("nan"), float("nan")
    return means[0], max(means, key=lambda one: abs(one - means[0]))


def _message(people: People, text: str, chat: int, photo: dict[str, Any] | None) -> dict[str, Any]:
    message = people.message(text, None, chat, chat, {})
    if photo is not None:
        message["photo"] = [photo]
        if text:
            message["caption"], message["caption_entities"] = message.pop("text"), message.pop("entities")
    return message


async def run(minutes: float, rate: float) -> list[Figure]:
    """The soak, to its end or until a signal comes."""
    clock = QuickTime(speed=1)
    peer, soak = ForgettingPeer(clock.now), Soak(rate, minutes * 60)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, soak.stopped.set)
    with tempfile.TemporaryDirectory() as folder:
        config = settings(Path(folder), quotas=_OPEN, chat={"photo_minutes": WARM_UP / 60 / 2})
        async with (
            idle_loop() as idle,
            probing() as probe,
            rapport(config, fake_models()) as running,
            serving(running, config, peer, clock) as people,
            asyncio.TaskGroup() as beside,
        ):
            people.http.timeout = httpx.Timeout(PATIENCE)  # a busy machine is no failure of the bot's
            tasks = [beside.create_task(soak.read(peer)), beside.create_task(soak.watch(peer))]
            with probe.steady():
                await soak.write(people)
            for _ in range(PATIENCE):
                if soak.ledger.open:
                    await asyncio.sleep(1)
            await asyncio.sleep(2)  # what comes twice
            for task in tasks:
                task.cancel()
    return soak.figures(peer, probe, idle)


def main(minutes: float, rate: float) -> int:
    """Run it and print its table and one line of JSON; 1 where a goal was missed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    figures = asyncio.run(run(minutes, rate))
    Console(stderr=not sys.stdout.isatty()).print(table({"soak": figures}, {}))
    print(json.dumps({"benchmark": "soak", "minutes": minutes, "rate": rate, "figures": as_json(figures)}))
    return int(any(one.kept is False for one in figures))
