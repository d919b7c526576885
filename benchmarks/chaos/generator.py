"""How soon it is said who is in a photo while the language model's server fails, beside one that answers.

The servers are peers in this process, which speak the real protocol over real sockets; what sees is the tests' model
of coloured blocks, so that the time is that of everything but models. Recognition is the first reply that says the
name, be it a draft.
"""

from __future__ import annotations

import asyncio
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from benchmarks.chaos.figures import Figure
from bot.build.rapport import Rapport
from bot.config import Config
from bot.running.rapport import rapport
from core.messages import Chat, Message, Photo, Sender
from core.models.openai.generator import OpenAIGenerator
from tests.support.fakes import blocks, fake_models
from tests.support.peers.openai import Answer, Raw, openai_peer

CHATS, FEW = 50, 4
ROUNDS = 2
SILENCE, WHOLE = 1.0, 2.0  # seconds: `generator.timeout` and `max_seconds`, that a fault takes no minute
SLOWER = 1.5  # times the healthy server's
PHOTO = blocks("red").data
FAULTS: dict[str, Callable[[], Answer]] = {
    "every answer has 30 MB": lambda: Answer(["x" * 30_000_000]),
    "no answer has an end": lambda: Answer(repeat("and so on ")),
    "comments and no answer": lambda: Answer(repeat(Raw(": wait\n\n"))),
    "malformed chunks": lambda: Answer([{"choices": [{"delta": 3}]}]),
    "errors inside an answer": lambda: Answer([{"error": {"message": "out of memory"}}]),
    "thoughts alone": lambda: Answer(["<think>", *("Is it bo? " for _ in range(100))]),
    "HTTP 500": lambda: Answer(status=500),
}


@dataclass(frozen=True, slots=True)
class Seconds:
    """From a photo to the first reply that says who is there, and to the final one; whether that says so, too."""

    recognised: float
    answered: float
    is_kept: bool


async def measure(*, short: bool) -> list[Figure]:
    """Recognition on a silent and a dead server beside a healthy one, and what each fault leaves of an answer."""
    chats, rounds = (10, 1) if short else (CHATS, ROUNDS)
    healthy, silent, dead, open_ = list[Seconds](), list[Seconds](), list[Seconds](), list[Seconds]()
    async with openai_peer() as peer, bot(peer.url) as running:
        await photos(running, FEW)  # so that what is imported and compiled once is not in the baseline
    for _ in range(rounds):  # one after the other, that the machine's ups and downs are everybody's
        async with openai_peer() as peer, bot(peer.url) as running:
            healthy += await photos(running, chats)
        over = asyncio.Event()
        async with openai_peer() as peer, bot(peer.url) as running:
            peer.script = lambda _, over=over: Answer(after=over)  # type: ignore[misc]
            silent += await photos(running, chats)
            open_ += await photos(running, chats)
            over.set()
        async with bot(f"http://127.0.0.1:{unused_port()}/v1") as running:
            dead += await photos(running, chats)
    base = p50(healthy)
    most = SLOWER * base
    against = f"a healthy server, {chats} chats at once"
    figures = [
        Figure(f"recognition p50, {what}", p50(some), "ms", most, None, base, against)
        for what, some in (("silent server", silent), ("dead server", dead), ("silent, known to be down", open_))
    ]
    answered = statistics.median(one.answered for one in open_) * 1000
    figures.append(Figure("whole answer p50, silent, known to be down", answered, "ms", None, None, base, against))
    for what, fault in FAULTS.items():
        async with openai_peer() as peer, bot(peer.url) as running:
            peer.script = lambda _, fault=fault: fault()  # type: ignore[misc]
            some = await photos(running, FEW)
        longest = max(one.answered for one in some)
        figures.append(Figure(f"longest answer, {what}", longest, "s", WHOLE + 2))
        figures.append(Figure(f"recognition lost, {what}", sum(not one.is_kept for one in some), most=0))
    return figures


@asynccontextmanager
async def bot(url: str) -> AsyncIterator[Rapport]:
    """The whole bot with a language model at that address."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(
            store={"url": f"sqlite+aiosqlite:///{Path(folder) / 'chaos.db'}"},
            generator={"kind": "openai", "base_url": url, "model": "llava", "timeout": SILENCE, "max_seconds": WHOLE},
            quotas={"chat_photos_minute": 0, "person_photos_minute": 0},
        )
        async with AsyncExitStack() as stack:
            models = fake_models(OpenAIGenerator(config.generator, retries=1))
            yield await stack.enter_async_context(rapport(config, models))


async def photos(running: Rapport, chats: int) -> list[Seconds]:
    """In each chat bo is taught, then all chats send a photo at once."""
    numbers = range(chats)
    for number in numbers:
        await ask(running, number, "/remember bo")
    return await asyncio.gather(*(ask(running, number, "") for number in numbers))


async def ask(running: Rapport, chat: int, text: str) -> Seconds:
    """Send the photo with these words."""
    began, recognised, kept = time.perf_counter(), float("inf"), False
    message = Message(Chat("chaos", str(chat)), Sender("ann"), text, (Photo(PHOTO),))
    async for reply in running.assistant.answer(message):
        if "bo" in reply.text:
            recognised = min(recognised, time.perf_counter() - began)
        kept = "bo" in reply.text or any(one.match for one in reply.sightings)
    return Seconds(recognised, time.perf_counter() - began, kept)


def p50(some: list[Seconds]) -> float:
    """Milliseconds until it was said who is there."""
    return statistics.median(one.recognised for one in some) * 1000


def unused_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port: int = gone.getsockname()[1]
        return port
