"""Killing the bot at random moments: what Telegram has handed over is answered once, or was just being sent.

The bot is `python -m bot run` in a process of its own, polling a Telegram peer over HTTP. Between two kills its store
is read: an answer was under way when its row says so.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chaos.figures import Figure
from bot.build.rapport import keys_of
from bot.config import Config
from core.store.keys.folder import KeyFolder
from core.store.store import Store
from core.store.values import Received
from tests.support.databases.postgres import cluster
from tests.support.fakes import blocks
from tests.support.peers.telegram import BOT, TOKEN, TelegramPeer
from tests.support.peers.telegram_http import telegram_server
from tests.support.peers.telegram_people import People, words

HOUSE = Path(__file__).parents[2]
_PATIENCE = 120.0  # seconds without any answer after which nothing more is waited for
_PHOTO_EACH = 10  # one in so many messages is a photo for /remember


@dataclass
class Outcome:
    """What became of the messages, by their numbers."""

    sent: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    interrupted: int = 0  # chats' sentences about what changed the memory and was cut off before its answer
    under_way: set[int] = field(default_factory=set)  # whose answer was being sent at a kill
    disordered: int = 0
    log: list[dict[str, object]] = field(default_factory=list)

    @property
    def doubled(self) -> int:
        """Messages that were answered more than once."""
        return sum(count > 1 for count in self.answers.values())

    @property
    def unanswered(self) -> set[int]:
        """Messages without an answer of their own."""
        return set(range(self.sent)) - self.answers.keys()

    @property
    def lost(self) -> int:
        """Messages that nobody heard of again, and that weren't being sent."""
        return max(0, len(self.unanswered - self.under_way) - self.interrupted)

    @property
    def counted(self) -> int:
        """How many the bot itself counted as perhaps sent."""
        return sum(int(str(line.get("maybe_sent", 0))) for line in self.log)


class Crowd:
    """People in many private chats, who write through the peer."""

    def __init__(self, peer: TelegramPeer, chats: int, seed: int) -> None:
        self.peer, self._chats, self._random = peer, chats, random.Random(seed)  # noqa: S311 - repeatable
        self._people = People(peer, None, "", "", None)  # type: ignore[arg-type] # no webhook is posted to
        self._photo = blocks("red").data
        self.chat_of: dict[int, int] = {}

    def write(self) -> None:
        """One more message, in some chat; the answer to it names its number."""
        number = len(self.chat_of)
        chat_id = self._random.randint(1, self._chats)
        photo = self._photo if number % _PHOTO_EACH == 3 else None
        text = f"/remember pet{number}x" if photo else f"/show pet{number}x"
        message = self._people.message(text, photo, chat_id, chat_id, {})
        self.chat_of[number] = chat_id
        self.peer.updates.append({"update_id": number + 1, "message": message})

    def outcome(self, result: Outcome) -> Outcome:
        """Fill in what the peer has seen."""
        said = defaultdict(list)
        for (chat_id, _), message in sorted(self.peer.messages.items()):
            if message["from"] is BOT:
                said[chat_id].append(words(message))
        result.sent, result.answers, result.interrupted, result.disordered = len(self.chat_of), Counter(), 0, 0
        for texts in said.values():
            named = (re.search(r"pet(\d+)x", text) for text in texts)  # others may stand behind it: "did you mean"
            numbers = [int(found[1]) for found in named if found]
            result.answers.update(numbers)
            result.disordered += numbers != sorted(numbers)
            result.interrupted += sum("was interrupted" in text for text in texts)
        return result


async def killed(
    folder: Path,
    url: str,
    *,
    messages: int,
    chats: int,
    kills: int,
    by: signal.Signals = signal.SIGKILL,
    seed: int = 16,
) -> Outcome:
    """Let the messages come in while the bot is killed so many times `by` a signal, then let it finish.

    Its log is in the folder, its store at the URL.
    """
    peer, result = TelegramPeer(open=True), Outcome()
    crowd, moments = Crowd(peer, chats, seed), random.Random(seed)  # noqa: S311 - repeatable
    async with telegram_server(peer) as address, reading(url) as store:
        for kill in range(kills):
            async with _bot(folder, url, address, result) as bot:
                await _polls(peer, bot)
                for _ in range(messages * (kill + 1) // kills - len(crowd.chat_of)):
                    crowd.write()
                    await asyncio.sleep(moments.uniform(0, 0.05))
                await asyncio.sleep(moments.uniform(0, 1.5))
                bot.send_signal(by)
                await bot.wait()
                result.under_way |= await being_sent(store)
        async with _bot(folder, url, address, result) as bot:
            await _quiet(peer, store, bot)
            bot.send_signal(signal.SIGTERM)
            await bot.wait()
    assert peer.violations == [], peer.violations
    return crowd.outcome(result)


@asynccontextmanager
async def _bot(folder: Path, url: str, address: str, result: Outcome) -> AsyncIterator[Process]:
    settings = {
        "STORE__URL": url,
        "TELEGRAM__TOKEN": TOKEN,
        "TELEGRAM__API_URL": address,
        "WEB__ENABLED": "false",
        "LOG__FORMAT": "json",
        "LIMITS__STOP_SECONDS": "2",
        "QUOTAS__PERSON_PHOTOS_MINUTE": "0",
        "QUOTAS__CHAT_PHOTOS_MINUTE": "0",
    }
    environment = {**os.environ, **{f"RAPPORT_{key}": value for key, value in settings.items()}}
    with (folder / "log").open("ab") as log:
        start = asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=HOUSE, env=environment, stdout=log, stderr=log
        )
        bot = await start
    try:
        yield bot
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.wait()
        lines = (folder / "log").read_text().splitlines()
        result.log = [json.loads(line) for line in lines if line.startswith("{")]


async def _polls(peer: TelegramPeer, bot: Process) -> None:
    """Wait until the bot asks for updates."""
    before = len(peer.made("getUpdates"))
    while len(peer.made("getUpdates")) == before:
        if bot.returncode is not None:
            raise AssertionError("the bot has ended by itself")
        await asyncio.sleep(0.02)


async def _quiet(peer: TelegramPeer, store: Store, bot: Process) -> None:
    """Wait until the bot has taken in and answered everything, or says nothing more."""
    await _polls(peer, bot)
    loop = asyncio.get_running_loop()
    said, until = -1, loop.time() + _PATIENCE
    while (await rows_of(store) or len(peer.made("getUpdates")) < 2 or untaken(peer)) and loop.time() < until:
        if len(peer.messages) != said:
            said, until = len(peer.messages), loop.time() + _PATIENCE
        await asyncio.sleep(0.2)


def untaken(peer: TelegramPeer) -> bool:
    """Whether there are updates past the last offset that was asked for."""
    offset = peer.made("getUpdates")[-1].get("offset", 0)
    return any(one["update_id"] >= offset for one in peer.updates)


@asynccontextmanager
async def reading(url: str, keys: KeyFolder | None = None) -> AsyncIterator[Store]:
    """The bot's store, beside the bot; its `keys` are this user's unless they are given."""
    store = await Store.open(url, encoder="", keys=keys or keys_of(Config(), url))
    try:
        yield store
    finally:
        await store.aclose()


async def rows_of(store: Store) -> list[Received]:
    """What the inbox holds."""
    return await store.inbox.pending(f"telegram:{TOKEN.partition(':')[0]}")


async def being_sent(store: Store) -> set[int]:
    """The numbers of the messages whose answers are being sent."""
    return {row.update["update_id"] - 1 for row in await rows_of(store) if row.sending}


async def measure(*, short: bool) -> list[Figure]:
    """500 messages over 50 chats, and 20 kills; a fifth in short; then on PostgreSQL, whose programs it needs."""
    with TemporaryDirectory() as folder:
        figures = await _figures(Path(folder), f"sqlite+aiosqlite:///{folder}/bot.db", "", short=short)
    with TemporaryDirectory() as folder, cluster() as server:
        return figures + await _figures(Path(folder), server.url(Path(folder)), "PostgreSQL: ", short=True)


async def _figures(folder: Path, url: str, where: str, *, short: bool) -> list[Figure]:
    messages, chats, kills = (100, 10, 4) if short else (500, 50, 20)
    result = await killed(folder, url, messages=messages, chats=chats, kills=kills)
    maybe = len(result.unanswered & result.under_way)
    return [
        Figure(f"{where}of {messages} messages, {kills} × kill -9: lost", result.lost, most=0),
        Figure(f"{where}answered more than once", result.doubled, most=0),
        Figure(f"{where}chats out of order", result.disordered, most=0),
        Figure(f"{where}not answered, as their answer was being sent", maybe, most=result.counted),
        Figure(f"{where}told that they were interrupted", result.interrupted),
    ]
