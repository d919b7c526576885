"""Both messengers at once, under faults and a restart: `python -m benchmarks.load [--messages 2000]`.

200 chats, half of them on the strict Telegram peer, half in simcord's Discord, over the tests' models of coloured
blocks, so that the time is that of everything but models. Some of Telegram's and Discord's responses are errors
429 and 500 or lost connections; in the middle the whole bot is closed and opened again on the same store. Every
message asks for another name, so that its answer can be told from others: each must be answered exactly once, and
in each chat in order.

Telegram's clock runs 50 times as fast, so that its rate limits, which are kept, don't decide the figures;
Discord's messages are sent one after the other, as simcord settles after each. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import structlog

from benchmarks.event_loop import LoopProbe, idle_loop, probing
from bot.running.rapport import rapport
from tests.support.fakes import blocks, fake_models
from tests.support.peers.discord import Peer, discord_peer, response
from tests.support.peers.telegram import BOT, Refused, TelegramPeer, not_connected
from tests.support.peers.telegram_people import People, QuickTime, serving, settings, words

CHATS = 100  # on each platform
PHOTOS = 0.2  # of the messages have one to remember
FAULTS = 0.1  # of the messages meet one
STARTING = 3  # seconds until all that the bot loads beside its work is there; the lag is of what comes after
PHOTO = blocks("red").data
_NUMBER = re.compile(r"\bx(\d+)\b")
_OPEN = {"chat_photos_minute": 0, "person_photos_minute": 0, "chat_names": 0, "person_names": 0}


@dataclass(slots=True)
class AnswerLog:
    """What was asked and answered in each chat, in order; when each was asked, and the seconds it took."""

    asked: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    began: dict[int, float] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add_question(self, chat: str, number: int) -> None:
        """Record that a question is asked now."""
        self.asked[chat].append(number)
        self.began[number] = time.perf_counter()

    def add_answer(self, chat: str, text: str) -> None:
        """Record the answer to a question, which is told by the name in it.

        That somebody was interrupted when the bot was closed is said without a name, about the chat's next question.
        """
        told = _NUMBER.findall(text)
        number = int(told[0]) if told else self.asked[chat][len(self.answered[chat])]
        self.answered[chat].append(number)
        self.seconds[chat.partition(" ")[0]].append(time.perf_counter() - self.began[number])

    @property
    def wrong(self) -> int:
        """Chats where something was not answered, answered twice, or answered out of order."""
        return sum(self.answered[chat] != numbers for chat, numbers in self.asked.items())


async def on_telegram(people: People, log: AnswerLog, numbers: range, rng: Random, *, last: bool) -> None:
    """Write to a hundred chats as fast as the webhook accepts it; at the `last` time wait for every answer."""
    reading = asyncio.create_task(_read(people.peer, log))
    for number in numbers:
        chat = _chat(rng)
        log.add_question(f"telegram {chat}", number)
        if rng.random() < FAULTS:
            people.peer.fail(rng.choice(["sendMessage", "sendPhoto", "getFile"]), _fault(rng), chat)
        remember = rng.random() < PHOTOS
        text = f"/{'remember' if remember else 'show'}@rapport_bot x{number}"
        await people.say(text, *([PHOTO] if remember else []), chat_id=chat, sender=9)
    if last:
        async with people.peer.changed:
            await people.peer.changed.wait_for(lambda: _read_now(people.peer, log))
    reading.cancel()


def _chat(rng: Random) -> int:
    """Four in five are people, the rest groups."""
    people = CHATS * 4 // 5
    return 100 + rng.randrange(people) if rng.random() < 0.8 else -100 - rng.randrange(CHATS - people)


async def _read(peer: TelegramPeer, log: AnswerLog) -> None:
    while True:
        async with peer.changed:
            await peer.changed.wait()
            _read_now(peer, log)


def _read_now(peer: TelegramPeer, log: AnswerLog) -> bool:
    """Record the new answers; returns whether there are as many as questions."""
    for (chat, _), message in peer.messages.items():
        if message["from"] is BOT and not message.get("read"):
            message["read"] = True
            log.add_answer(f"telegram {chat}", words(message))
    return _count(log.answered, "telegram") >= _count(log.asked, "telegram")


def _count(numbers: dict[str, list[int]], platform: str) -> int:
    return sum(len(some) for chat, some in numbers.items() if chat.startswith(platform))


def _fault(rng: Random) -> Exception:
    later, broken = Refused(429, "Too Many Requests", retry_after=5), Refused(500, "Internal Server Error")
    return rng.choice([later, broken, not_connected()])


async def on_discord(peer: Peer, log: AnswerLog, numbers: range, rng: Random) -> None:
    """Give commands in a hundred channels of ten servers, one after the other."""
    channels = _channels(peer)
    for number in numbers:
        index = rng.randrange(CHATS)
        person, channel = channels[index]
        log.add_question(f"discord {index}", number)
        if rng.random() < FAULTS:
            path = "/webhooks/*/messages/@original"
            peer.env.inject_error("PATCH", path, status=rng.choice([429, 500]), times=1)
        if rng.random() < PHOTOS:
            sent = await person.slash(channel, "remember", name=f"x{number}", photo=("a.png", PHOTO))
        else:
            sent = await person.slash(channel, "show", name=f"x{number}")
        log.add_answer(f"discord {index}", response(sent).content)


def _channels(peer: Peer) -> list[tuple[Any, Any]]:
    ann, channels = peer.env.create_user("ann"), []
    for _ in range(CHATS // 10):
        guild = peer.env.create_guild()
        person = guild.add_member(ann)
        channels += [(person, guild.create_text_channel(f"pets-{number}")) for number in range(10)]
    return channels


async def half(
    folder: Path, peer: TelegramPeer, log: AnswerLog, probe: LoopProbe, numbers: range, rng: Random, *, last: bool
) -> None:
    """Start the whole bot, send it a half of the messages, and close it: but for the last, in mid-answer."""
    clock = QuickTime()
    peer.clock = clock.now
    config = settings(folder, quotas=_OPEN)
    middle = len(numbers) // 2
    async with AsyncExitStack() as open_until_here:
        running = await open_until_here.enter_async_context(rapport(config, fake_models()))
        people = await open_until_here.enter_async_context(serving(running, config, peer, clock))
        people.message_id = people.update_id = numbers.start
        discord = await open_until_here.enter_async_context(discord_peer(running))
        await asyncio.sleep(STARTING)
        open_until_here.enter_context(probe.steady())
        await asyncio.gather(
            on_telegram(people, log, numbers[:middle], rng, last=last),
            on_discord(discord, log, numbers[middle:], rng),
        )


def _megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


async def measure(messages: int, blockers: float = 0) -> dict[str, Any]:
    """All figures, after both halves; what kept the loop longer than `blockers` milliseconds is told, unless 0."""
    log, peer, rng = AnswerLog(), TelegramPeer(), Random(1)  # noqa: S311 - the same load each time
    memory, middle, began = [], messages // 2, time.perf_counter() + 2 * STARTING
    with tempfile.TemporaryDirectory() as folder:
        async with idle_loop() as idle, probing(blockers) as probe:
            for numbers in (range(middle), range(middle, messages)):
                await half(Path(folder), peer, log, probe, numbers, rng, last=numbers.stop == messages)
                memory.append(_megabytes())
            seconds = time.perf_counter() - began
    _read_now(peer, log)  # answers that came late or twice
    figures = {
        f"{platform}_{name}_s": round(float(np.percentile(taken, share)), 3)
        for platform, taken in log.seconds.items()
        for name, share in (("p50", 50), ("p99", 99))
    }
    return {
        "messages": messages,
        "chats": len(log.asked),
        "chats_not_answered_once_and_in_order": log.wrong,
        "telegram_rules_broken": len(peer.violations),
        "answers_per_second": round(messages / seconds, 1),
        **figures,
        "lag_ms": probe.lag() | {"idle": idle},
        "memory_mb_first_half_then_second": [round(one) for one in memory],
        "memory_ratio": round(memory[1] / memory[0], 2),
    }


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument(
        "--blockers", type=float, default=0, help="tell what kept the event loop longer than so many milliseconds"
    )
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))

    figures = asyncio.run(measure(arguments.messages, arguments.blockers))
    print(json.dumps({"benchmark": "load"} | figures))


if __name__ == "__main__":
    main()
