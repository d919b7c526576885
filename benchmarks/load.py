"""Both messengers at once, under faults and a restart: `python -m benchmarks.load [--messages 2000]`.

200 chats, half of them on the strict Telegram peer, half in simcord's Discord, over the models of the
tests, which see coloured blocks: what is measured is the house, not the models. A part of Telegram's and
Discord's answers is refused with 429 and 500 or lost on the way; in the middle the whole bot is closed and
opened again on the same store. Every message asks for a name of its own, so that an answer tells which
question it is to: each must be answered exactly once, and each chat's in its order.

Telegram's clock runs 50 times as fast, so that its rate limits, which are kept, don't decide the figures;
Discord's messages are sent one after the other, as simcord settles after each. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import json
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import structlog

from bot.running.rapport import rapport
from tests.support.fakes import blocks, fake_models
from tests.support.peers.discord import Peer, discord_peer, response
from tests.support.peers.telegram import BOT, Refused, TelegramPeer, not_connected
from tests.support.peers.telegram_people import People, QuickTime, serving, settings, words

CHATS = 100  # on each platform
PHOTOS = 0.2  # of the messages have one to remember
FAULTS = 0.1  # of the messages meet one
PHOTO = blocks("red").data
_NUMBER = re.compile(r"\bx(\d+)\b")
_OPEN = {"chat_photos_minute": 0, "person_photos_minute": 0, "chat_names": 0, "person_names": 0}


@dataclass(slots=True)
class Book:
    """What was asked and answered in each chat, in order; when each was asked, and the seconds it took."""

    asked: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    began: dict[int, float] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lag: float = 0.0

    def ask(self, chat: str, number: int) -> None:
        """Note a question."""
        self.asked[chat].append(number)
        self.began[number] = time.perf_counter()

    def note(self, chat: str, said: str) -> None:
        """Note an answer."""
        number = int(_NUMBER.findall(said)[0])
        self.answered[chat].append(number)
        self.seconds[chat.partition(" ")[0]].append(time.perf_counter() - self.began[number])

    @property
    def wrong(self) -> int:
        """Chats where something was not answered, answered twice, or answered out of order."""
        return sum(self.answered[chat] != numbers for chat, numbers in self.asked.items())


async def on_telegram(people: People, book: Book, numbers: range, dice: Random, *, last: bool) -> None:
    """Write to a hundred chats as fast as the webhook takes it; the `last` time wait for every answer."""
    reading = asyncio.create_task(_read(people.peer, book))
    for number in numbers:
        chat = _chat(dice)
        book.ask(f"telegram {chat}", number)
        if dice.random() < FAULTS:
            people.peer.fail(dice.choice(["sendMessage", "sendPhoto", "getFile"]), _fault(dice), chat)
        remember = dice.random() < PHOTOS
        text = f"/{'remember' if remember else 'show'}@rapport_bot x{number}"
        await people.say(text, *([PHOTO] if remember else []), chat_id=chat, sender=9)
    if last:
        async with people.peer.changed:
            await people.peer.changed.wait_for(lambda: _read_now(people.peer, book))
    reading.cancel()


def _chat(dice: Random) -> int:
    """Four in five are people, the rest groups."""
    people = CHATS * 4 // 5
    return 100 + dice.randrange(people) if dice.random() < 0.8 else -100 - dice.randrange(CHATS - people)


async def _read(peer: TelegramPeer, book: Book) -> None:
    while True:
        async with peer.changed:
            await peer.changed.wait()
            _read_now(peer, book)


def _read_now(peer: TelegramPeer, book: Book) -> bool:
    """Note the new answers; whether there are as many as questions."""
    for (chat, _), message in peer.messages.items():
        if message["from"] is BOT and not message.get("read"):
            message["read"] = True
            book.note(f"telegram {chat}", words(message))
    return _count(book.answered, "telegram") >= _count(book.asked, "telegram")


def _count(numbers: dict[str, list[int]], platform: str) -> int:
    return sum(len(some) for chat, some in numbers.items() if chat.startswith(platform))


def _fault(dice: Random) -> Exception:
    later, broken = Refused(429, "Too Many Requests", retry_after=5), Refused(500, "Internal Server Error")
    return dice.choice([later, broken, not_connected()])


async def on_discord(peer: Peer, book: Book, numbers: range, dice: Random) -> None:
    """Give commands in a hundred channels of ten servers, one after the other."""
    places = _places(peer)
    for number in numbers:
        place = dice.randrange(CHATS)
        person, channel = places[place]
        book.ask(f"discord {place}", number)
        if dice.random() < FAULTS:
            path = "/webhooks/*/messages/@original"
            peer.env.inject_error("PATCH", path, status=dice.choice([429, 500]), times=1)
        if dice.random() < PHOTOS:
            said = await person.slash(channel, "remember", name=f"x{number}", photo=("a.png", PHOTO))
        else:
            said = await person.slash(channel, "show", name=f"x{number}")
        book.note(f"discord {place}", response(said).content)


def _places(peer: Peer) -> list[tuple[Any, Any]]:
    ann, places = peer.env.create_user("ann"), []
    for _ in range(CHATS // 10):
        guild = peer.env.create_guild()
        person = guild.add_member(ann)
        places += [(person, guild.create_text_channel(f"pets-{number}")) for number in range(10)]
    return places


async def half(folder: Path, peer: TelegramPeer, book: Book, numbers: range, dice: Random, *, last: bool) -> None:
    """Start the whole bot, send it a half of the messages, and close it: but for the last, in mid-answer."""
    clock = QuickTime()
    peer.clock = clock.now
    config = settings(folder, quotas=_OPEN)
    ours = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
    async with AsyncExitStack() as open_until_here:
        running = await open_until_here.enter_async_context(rapport(config, fake_models()))
        people = await open_until_here.enter_async_context(serving(running, config, peer, clock))
        people.message_id = people.update_id = numbers.start
        discord = await open_until_here.enter_async_context(discord_peer(running))
        await asyncio.gather(
            on_telegram(people, book, ours[0], dice, last=last), on_discord(discord, book, ours[1], dice)
        )


async def _watch(book: Book) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.01)
        book.lag = max(book.lag, time.perf_counter() - began - 0.01)


@contextmanager
def _watched(book: Book) -> Iterator[None]:
    # In a context of its own: simcord slows the clock of all that its own begins.
    watch = contextvars.Context().run(asyncio.create_task, _watch(book))
    yield
    watch.cancel()


def _megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


async def measure(messages: int) -> dict[str, object]:
    """Both halves; every figure."""
    book, peer, dice = Book(), TelegramPeer(), Random(1)  # noqa: S311 - the same load each time
    memory, middle, began = [], messages // 2, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, _watched(book):
        for numbers in (range(middle), range(middle, messages)):
            await half(Path(folder), peer, book, numbers, dice, last=numbers.stop == messages)
            memory.append(_megabytes())
    seconds = time.perf_counter() - began
    _read_now(peer, book)  # what came too late or too often
    figures = {
        f"{platform}_{name}_s": round(float(np.percentile(taken, share)), 3)
        for platform, taken in book.seconds.items()
        for name, share in (("p50", 50), ("p99", 99))
    }
    return {
        "messages": messages,
        "chats": len(book.asked),
        "chats_not_answered_once_and_in_order": book.wrong,
        "telegram_rules_broken": len(peer.violations),
        "answers_per_second": round(messages / seconds, 1),
        **figures,
        "largest_lag_s": round(book.lag, 3),
        "memory_mb_first_half_then_second": [round(one) for one in memory],
        "memory_ratio": round(memory[1] / memory[0], 2),
    }


def main() -> None:
    """Measure and print one line."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--messages", type=int, default=2000)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    print(json.dumps({"benchmark": "load"} | asyncio.run(measure(arguments.parse_args().messages))))


if __name__ == "__main__":
    main()
