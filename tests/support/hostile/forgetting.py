"""Forgetting while a language model answers, by every way and at any point, and what is heard of it afterwards.

The bot is real, with a model server and a web page beside it over real sockets. The model repeats whatever it is
told: what comes out of it afterwards is what the bot has told it.
"""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from string import ascii_lowercase
from types import MappingProxyType
from typing import Any

import httpx
from websockets.asyncio.client import connect

from adapters.web.transcript import FORGOTTEN
from bot.build.models import generator_of
from bot.build.platforms import web_chat
from bot.build.rapport import Rapport, keys_of
from bot.config import Config
from bot.running.rapport import rapport
from core.messages import Chat, Sender
from core.names import fold
from core.store.store import Store
from tests.support.clock import skip
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models
from tests.support.peers.openai import Answer, Peer, openai_peer

_SERIAL = count(1)


class Gate(asyncio.Event):
    """A point in an answer at which the model waits."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> bool:  # type: ignore[override] # typeshed's is Literal[True]
        self.reached.set()
        return await super().wait()


@dataclass
class Parrot:
    """A model's script: it says every word that it was told, once, and waits at `gate` before word `point`."""

    gate: Gate | None = None
    point: int = 0

    def __call__(self, question: dict[str, Any]) -> Answer:
        told = [text for message in question["messages"][1:] for text in _texts(message["content"])]
        steps: list[str | asyncio.Event | Exception] = [f"{word} " for word in dict.fromkeys(" ".join(told).split())]
        if self.gate:
            steps.insert(self.point % (len(steps) + 1), self.gate)
            self.gate = None
        return Answer(steps)


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    else:
        yield from (part["text"] for part in content if part["type"] == "text")


@dataclass
class Visitor:
    """A browser at the page: what it has heard of a chat, in the order in which that came."""

    http: httpx.AsyncClient
    chat: str
    heard: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self, after: int = 0, epoch: str = "") -> None:
        """Put down what the page gets, until it is cancelled."""
        base = str(self.http.base_url).replace("http", "ws", 1).rstrip("/")
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        headers = {"Cookie": cookies, "Origin": str(self.http.base_url).rstrip("/")}
        address = f"{base}/api/chats/{self.chat}/events?after={after}&epoch={epoch}"
        async with connect(address, additional_headers=headers, max_size=None, proxy=None) as socket:
            async for entry in socket:
                self.heard.append(json.loads(entry))
                async with self._news:
                    self._news.notify_all()

    async def say(self, text: str, *photos: bytes, **fields: str) -> str:
        """Send a message; returns its id."""
        name = f"m{next(_SERIAL)}"
        names = [("pets.zip", "application/zip") if one[:2] == b"PK" else ("photo.png", "image/png") for one in photos]
        files = [("files", (name, one, kind)) for one, (name, kind) in zip(photos, names, strict=True)]
        files = files or [("x", ("", b"", ""))]
        sent = await self.http.post(
            f"/api/chats/{self.chat}/messages", data={"id": name, "text": text, **fields}, files=files
        )
        assert sent.status_code == 202, sent.text
        return name

    async def hears(self, wanted: Callable[[dict[str, Any]], bool], begin: int = 0) -> dict[str, Any]:
        """The first entry heard from `begin` on that is wanted."""
        async with self._news:
            while True:
                for entry in self.heard[begin:]:
                    if wanted(entry):
                        return entry
                begin = len(self.heard)
                await self._news.wait()

    async def asks(self, text: str, *photos: bytes, **fields: str) -> dict[str, Any]:
        """Send a message; returns the final reply."""
        name = await self.say(text, *photos, **fields)
        return await self.hears(lambda entry: entry.get("to") == name and entry["final"])


@dataclass
class Bot:
    """A running bot with its model server and its page, and the cookies of the browser that has opened its link."""

    running: Rapport
    peer: Peer
    address: str
    store: str
    owner: httpx.Cookies = field(default_factory=httpx.Cookies)

    @asynccontextmanager
    async def visitor(
        self, chat: str, *, owner: bool = False, after: int = 0, epoch: str = ""
    ) -> AsyncIterator[Visitor]:
        """The owner, or somebody new, at a chat's page."""
        base = f"{httpx.URL(self.address).join('/')}"
        known = self.owner if owner and self.owner else None
        async with browser_at(self.address if owner else base, chat, known, after=after, epoch=epoch) as visitor:
            if owner:
                self.owner = visitor.http.cookies  # the link is good once
            yield visitor


@asynccontextmanager
async def browser_at(
    address: str, chat: str, cookies: httpx.Cookies | None = None, *, after: int = 0, epoch: str = ""
) -> AsyncIterator[Visitor]:
    """A browser that opens the address, or has done so before and got `cookies`, and then listens to a chat."""
    url = httpx.URL(address)
    base = f"{url.scheme}://{url.netloc.decode()}"
    async with httpx.AsyncClient(base_url=base, headers={"Origin": base}, trust_env=False, timeout=60) as http:
        if cookies is not None:
            http.cookies = cookies
        else:
            await http.get(address, follow_redirects=True)
        visitor = Visitor(http, chat)
        listening = asyncio.create_task(visitor.listen(after, epoch))
        try:
            await visitor.hears(lambda entry: entry["kind"] == "hello")
            yield visitor
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def parroting_bot(folder: Path, chat: dict[str, object] | None = None, **options: Any) -> AsyncIterator[Bot]:
    """A bot whose model repeats what it is told."""
    async with openai_peer() as peer:
        config = Config(
            store={"url": f"sqlite+aiosqlite:///{folder / 'forgetting.db'}"},
            generator={"kind": "openai", "base_url": peer.url, "model": "llava", **options},
            web={"port": 0},
            chat=chat or {},
        )
        peer.script = Parrot()
        models = fake_models(generator_of(config))
        async with rapport(config, models, decoders=shared_decoders()) as running:
            address = asyncio.get_running_loop().create_future()
            web = web_chat(config, running, address.set_result)
            serving = asyncio.create_task(web.run())
            yield Bot(running, peer, await address, config.store.url)
            await web.aclose()
            await serving


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: how the question came about, at which word of its answer is forgotten, and by which way.

    `name` and `info` are what is to be forgotten.
    """

    way: str
    opening: str
    point: int
    number: int

    @property
    def name(self) -> str:
        """A name that stands nowhere else."""
        return f"Zor{_letters(self.number)}"

    @property
    def info(self) -> str:
        """A text with a word that stands nowhere else."""
        return f"hides the key under the qui{_letters(self.number)} stone"

    @property
    def lost(self) -> tuple[str, ...]:
        """The words that must not come back."""
        marker = fold(self.info.split()[-2])
        return {"rename": (fold(self.name),), "undescribe": (marker,)}.get(self.way, (fold(self.name), marker))


def _letters(number: int) -> str:
    return "".join(ascii_lowercase[number // 26**place % 26] for place in (2, 1, 0))


async def _open_store(bot: Bot, attempt: Attempt, work: Callable[[Store, Chat], Awaitable[object]]) -> str:
    """As another process on the same database does it; here it is heard of within a second."""
    keys = keys_of(Config(), bot.store)
    store = await Store.open(bot.store, encoder=fake_models().encoder_identity, keys=keys)
    try:
        await work(store, Chat("web", _chat(attempt)))
    finally:
        await store.aclose()
    skip(1.1)
    return ""


def _chat(attempt: Attempt) -> str:
    return f"chat{attempt.number}"


async def _by_command(ann: Visitor, text: str) -> str:
    name = await ann.say(text)
    reply = await ann.hears(lambda entry: entry.get("to") == name and entry["final"])
    assert not reply["failed"], reply["text"]
    return name


async def _edited(bot: Bot, attempt: Attempt, edit: Callable[..., Awaitable[object]]) -> str:
    """As a command of another thread of the chat does it: on the page these wait for the answer under way."""
    chat = Chat("web", _chat(attempt))
    concept = await bot.running.store.concept(chat, attempt.name)
    await edit(chat, concept.id, by=Sender(concept.creator_id))
    return ""


async def _elsewhere(bot: Bot, attempt: Attempt) -> str:
    async def forget(store: Store, chat: Chat) -> None:
        concept = await store.concept(chat, attempt.name)
        await store.forget(chat, concept.id, Sender(concept.creator_id), undo_seconds=0)

    return await _open_store(bot, attempt, forget)


async def _left(bot: Bot, attempt: Attempt) -> str:
    async def leave(store: Store, chat: Chat) -> None:
        await store.left(chat, datetime.now(UTC))
        await store.erase_expired(datetime.now(UTC))

    return await _open_store(bot, attempt, leave)


Way = Callable[[Bot, Visitor, Attempt], Awaitable[str]]
"""Forgets, and returns the id of the message that did, empty for none."""
WAYS: MappingProxyType[str, Way] = MappingProxyType(
    {
        "forget": lambda _, ann, one: _by_command(ann, f"/forget {one.name.upper()}"),
        "forgetall": lambda _, ann, _one: _by_command(ann, "/forgetall yes"),
        "undo": lambda _, ann, _one: _by_command(ann, "/undo"),
        "unimport": lambda _, ann, _one: _by_command(ann, "/undo"),
        "rename": lambda bot, _, one: _edited(bot, one, partial(bot.running.store.rename, new_name="Rex")),
        "undescribe": lambda bot, _, one: _edited(bot, one, partial(bot.running.store.undescribe, undo_seconds=0)),
        "elsewhere": lambda bot, _, one: _elsewhere(bot, one),
        "left": lambda bot, _, one: _left(bot, one),
    }
)
OPENINGS = ("photo", "name", "history")


def attempts(number: int) -> list[Attempt]:
    """So many attempts, every way and opening among them, at points all over the answer."""
    kinds = [(way, opening) for way in WAYS for opening in OPENINGS]
    return [Attempt(*kinds[one % len(kinds)], point=one * 7 % 60, number=one) for one in range(number)]


async def leaks(bot: Bot, attempt: Attempt) -> list[str]:
    """What is heard of it after it was forgotten: where, and the text. Nothing, when it holds."""
    found: list[str] = []

    def look(where: str, value: object) -> None:
        if where == "file" and attempt.way == "rename":  # it shows who is known, by another name
            return
        text = json.dumps(value, ensure_ascii=False)
        if any(word in fold(text) for word in attempt.lost):
            found.append(f"{attempt} {where}: {text}")

    async with bot.visitor(_chat(attempt), owner=True) as ann:
        gate, question = await _begin(bot, ann, attempt)
        heard, told = len(ann.heard), len(bot.peer.questions)
        forgetting = await WAYS[attempt.way](bot, ann, attempt)
        answered = len(ann.heard)
        gate.set()
        final = await ann.hears(lambda entry: entry.get("to") == question and entry["final"], heard)
        if final["text"] in {"", FORGOTTEN}:
            found.append(f"{attempt} got no answer")
        for text in ("what did I ask you?", "and what did you say?"):
            await ann.asks(text)
        # What another process does has no answer here: after it no answer may end with what it has taken away.
        since = ann.heard[answered:] if forgetting else ann.heard[ann.heard.index(final) :]
        for entry in since:
            if entry.get("id") not in {forgetting, f"re-{forgetting}"}:
                look("chat", entry)
        for one in bot.peer.questions[told:]:
            look("server", one["messages"])
        if attempt.way != "undescribe":  # the name stays known, and so do its pictures
            # The question's own photo is nobody's before it is answered; it is let go of by itself.
            shown = [entry for entry in ann.heard[:heard] if entry.get("id") != question]
            await _look_back(bot, ann.chat, shown, look)
    return found


async def _begin(bot: Bot, ann: Visitor, attempt: Attempt) -> tuple[Gate, str]:
    """Remember, ask, and let the answer come as far as its point; returns what it waits at, and the question's id."""
    red, gate = blocks("red").data, Gate()
    if attempt.way == "unimport":
        assert "taken in 1 name" in (await ann.asks("/import", _archive(attempt, red)))["text"]
    else:
        assert "Nice to meet" in (await ann.asks(f"/remember {attempt.name} | dog | {attempt.info}", red))["text"]
    if attempt.opening == "history":
        await ann.asks(f"tell me about {attempt.name}")
    bot.peer.script = Parrot(gate, attempt.point)
    if attempt.opening == "photo":
        question = await ann.say("who is this?", red)
    else:
        question = await ann.say("what did I ask?" if attempt.opening == "history" else f"tell me about {attempt.name}")
    await gate.reached.wait()
    return gate, question


def _archive(attempt: Attempt, photo: bytes) -> bytes:
    """A zip in RAP's layout that tells of the one who is going to be forgotten."""
    out = io.BytesIO()
    told = {"name": attempt.name, "image": "it.png", "info": attempt.info, "category": "dog"}
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("database.json", json.dumps({"concept_dict": {f"<{attempt.name}>": told}}))
        packed.writestr("it.png", photo)
    return out.getvalue()


async def _look_back(bot: Bot, chat: str, shown: list[dict[str, Any]], look: Callable[[str, object], None]) -> None:
    """What somebody new gets, who asks for all or goes on from an old number, and what the old addresses give."""
    epoch, last = shown[0]["epoch"], shown[-1]["number"]
    for after in (0, last):
        async with bot.visitor(chat, after=after, epoch=epoch) as ben:
            await ben.asks("so?")
            for entry in ben.heard:
                look(f"new visitor from {after}", entry)
            for address in filter(None, {*map(_address, _parts(shown))}):
                if (await ben.http.get(address)).status_code != 404:
                    look("file", [address, shown])


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _parts(one)
    elif isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _parts(one)


def _address(value: dict[str, Any]) -> str | None:
    address = value.get("url") or value.get("image")
    return address if isinstance(address, str) and address.startswith("/api/") else None
