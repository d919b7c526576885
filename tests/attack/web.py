"""The web server: sockets, requests, frames, uploads, archives, texts; and how long another chat's photo takes then."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.attack.processes import program
from tests.attack.report import MARK, Campaign
from tests.support.hostile.archives import hostile_archives
from tests.support.hostile.http import WRONG_FRAMES, Target, absurd_requests, ask, connected, half_open, handshake
from tests.support.hostile.lines import sendable_texts
from tests.support.hostile.photos import hostile_photos
from tests.support.photos import photo

Hostile = tuple[str, str, tuple[str, bytes] | None]  # what it is, the words, and a file with its name
_HANG = 120  # seconds for an answer
_SLOWER = 3.0  # times its idle value may the other chat's 99th percentile be
_ELSEWHERE = "127.0.0.9"  # where the plain sockets come from
_HALF_OPEN = 330
_ATTACKERS = 2  # at a time: chats take turns, so with the other chat each has a third of the models
_OPEN = {f"quotas__{key}": "0" for key in ("chat_photos_minute", "person_photos_minute", "chat_names", "person_names")}


@dataclass(slots=True)
class Visitor:
    """A browser in one chat: posts messages, and hears the chat's replies."""

    http: httpx.AsyncClient
    events: ClientConnection
    chat: str
    sent: int = 0
    replies: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def listen(self) -> None:
        """Collect the final replies, until cancelled."""
        async for event in self.events:
            entry = json.loads(event)
            if entry["kind"] == "reply" and entry["final"]:
                self.replies.put_nowait(json.dumps(entry, ensure_ascii=False))

    async def say(self, text: str, file: tuple[str, bytes] | None = None) -> str:
        """Send a message and wait for the answer: the final reply's JSON, or the words of the refusal."""
        self.sent += 1
        answer = await self.http.post(
            f"/api/chats/{self.chat}/messages",
            data={"id": f"m{self.sent}", "text": text},
            files=[("files", (*file, "application/octet-stream"))] if file else [("x", ("", b""))],
        )
        if answer.status_code != 202:
            return answer.text if answer.status_code < 500 else f"{answer.status_code}: went wrong inside"
        return await asyncio.wait_for(self.replies.get(), _HANG)


@asynccontextmanager
async def visitor(target: Target, chat: str) -> AsyncIterator[Visitor]:
    """Somebody who has opened the page."""
    headers = {"Origin": target.origin}
    async with httpx.AsyncClient(base_url=target.origin, headers=headers, timeout=_HANG, trust_env=False) as http:
        await http.get("/")
        cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        address = f"ws://{target.host}:{target.port}/api/chats/{chat}/events"
        async with connect(address, additional_headers=headers | {"Cookie": cookies}, max_size=None) as events:
            one = Visitor(http, events, chat)
            listening = asyncio.create_task(one.listen())
            try:
                yield one
            finally:
                listening.cancel()


async def attack_web(folder: Path, *, messages: int, seeds: Iterable[int], photos: int, timed: bool) -> Campaign:
    """Measure another chat's photos while nothing goes on, then during all of it.

    `timed` is whether the attack has failed where they took too long: on a machine that does other things, too, that
    would be no wonder.
    """
    campaign = Campaign("web: sockets, requests, uploads, archives, texts")
    hostile = await asyncio.to_thread(lambda: [*_hostile(messages, seeds)])  # made before anything is measured
    with socket.create_server(("127.0.0.1", 0)) as free:
        target = Target("127.0.0.1", free.getsockname()[1])
    async with program(campaign, folder, "run", web__port=str(target.port), **_OPEN) as process:
        assert process.stdout is not None
        draining = asyncio.create_task(process.stdout.read())
        await _until_served(target)
        async with visitor(target, "victim") as victim:
            await victim.say("/remember bo", ("bo.png", photo("cat")))
            idle = await _seconds(campaign, victim, photos, lambda: True)
            attacking = asyncio.gather(
                _sockets(campaign, Target(target.host, target.port, _ELSEWHERE)),
                *(_uploads(campaign, target, number, hostile[number::_ATTACKERS]) for number in range(_ATTACKERS)),
            )
            under_way = await _seconds(campaign, victim, photos, attacking.done)
            await attacking
        calm, busy = _percentile(idle, 99), _percentile(under_way, 99)
        held = busy <= _SLOWER * calm or not timed
        campaign.record(held, f"another chat's photo took {busy:.2f} s (p99), {calm:.2f} s when idle")
        campaign.remarks.append(
            f"another chat's photo: p99 {busy / calm:.2f} × idle ({calm:.2f} → {busy:.2f} s, {len(under_way)} photos), "
            f"p50 {_percentile(idle, 50):.2f} → {_percentile(under_way, 50):.2f} s"
        )
        draining.cancel()
    return campaign


async def _until_served(target: Target) -> None:
    async with asyncio.timeout(_HANG), httpx.AsyncClient(base_url=target.origin, trust_env=False) as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get("/health")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def _seconds(campaign: Campaign, victim: Visitor, least: int, over: Callable[[], bool]) -> list[float]:
    """How long each photo took, one after the other: at least so many, and until it is `over`."""
    taken: list[float] = []
    while len(taken) < least or not over():
        began = time.perf_counter()
        reply = await victim.say("", ("bo.png", photo("cat")))
        taken.append(time.perf_counter() - began)
        campaign.record("That's bo" in reply, f"the other chat was told {reply[:200]!r}")
    return taken


def _percentile(values: list[float], share: int) -> float:
    """The nearest-rank percentile."""
    return sorted(values)[max(0, math.ceil(len(values) * share / 100) - 1)]


async def _uploads(campaign: Campaign, target: Target, number: int, hostile: Iterable[Hostile]) -> None:
    """One attacker, who waits for each answer."""
    async with visitor(target, f"attacker{number}") as attacker:
        for what, text, file in hostile:
            try:
                campaign.saw(await attacker.say(text, file), what)
            except (TimeoutError, httpx.HTTPError, WebSocketException) as error:
                campaign.record(False, f"{what}: {type(error).__name__}")


def _hostile(messages: int, seeds: Iterable[int]) -> Iterator[Hostile]:
    """Photos, archives, and words."""
    for seed in seeds:
        for kind, data in hostile_photos(seed):
            yield kind, "", (f"{MARK}.jpg", data)
    for kind, data in hostile_archives():
        yield f"archive: {kind}", "/import", ("a.zip", data)
    for text in sendable_texts(seed=6, count=messages):
        yield "text", text, None


async def _sockets(campaign: Campaign, target: Target) -> None:
    """Requests that are none, frames that nobody asked for, bodies without an end, and requests never finished."""
    async with half_open(target, _HALF_OPEN):
        for kind, raw in absurd_requests(target).items():
            answer = await ask(target, raw)
            campaign.record(answer.status < 500, f"{kind}: {answer!r}")
            campaign.saw(answer.body.decode(errors="replace"), kind)
        began = time.perf_counter()
        answer = await ask(target, b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        held = answer.status == 200 and time.perf_counter() - began < 10
        campaign.record(held, f"/health beside half-open requests: {answer!r}", count=_HALF_OPEN)
    for kind, frames in WRONG_FRAMES.items():
        async with connected(target) as stream:
            await stream.send(handshake(target, "/api/chats/sockets/events"))
            await stream.answer()
            await stream.send(frames)
            campaign.record(await stream.is_closed(), f"{kind}: the socket stayed open")
    async with connected(target) as stream:
        await stream.send(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 600000000\r\n\r\n")
        sent = 0
        while sent < 600_000_000 and not stream.reader.at_eof() and await stream.send(bytes(1 << 16)):
            sent += 1 << 16
        campaign.record(sent < 100_000_000, f"/login took {sent:,} bytes")
