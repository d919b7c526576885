"""One way to talk to Rapport for each adapter, so that one story can be told over all of them."""

from __future__ import annotations

import asyncio
import io
import json
import queue
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import discord
import pytest
from playwright.async_api import Page
from rich.console import Console
from simcord import ChannelHandle, InteractionResult, MemberActor, ResponseMessage

from adapters.console.terminal import TerminalChat
from adapters.pipe.pipe import Pipe
from adapters.telegram.options import TelegramOptions
from bot.build.platforms import web_chat
from bot.build.rapport import Rapport
from bot.config import Config
from tests.support.browser import chromium, window
from tests.support.peers.discord import Peer, discord_peer, response, said
from tests.support.peers.telegram import TOKEN, TelegramPeer
from tests.support.peers.telegram_people import People, QuickTime, serving, words


class Driver(Protocol):
    """A person at one of the platforms."""

    async def say(self, text: str, photo: Path | None = None) -> str:
        """Send a message; returns the words of the reply."""
        ...

    async def press(self, label: str) -> str:
        """Press a button of the last reply; returns the words of the reply to that."""
        ...


class Lines(io.TextIOWrapper):
    """A text stream whose reader waits for the writer, as a terminal or a pipe does."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO())
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def write(self, line: str, /) -> int:
        self._lines.put(line)
        return len(line)

    def readline(self, _limit: int = -1, /) -> str:  # type: ignore[override]
        return self._lines.get(timeout=300)


class PipeDriver:
    """Writes a line, reads a line."""

    def __init__(self, source: Lines, sink: Lines) -> None:
        self._source, self._sink, self._buttons = source, sink, dict[str, str]()

    async def say(self, text: str, photo: Path | None = None) -> str:
        return await self._send({"text": text, "photos": [str(photo)] if photo else []})

    async def press(self, label: str) -> str:
        return await self._send({"button": self._buttons[label]})

    async def _send(self, line: dict[str, object]) -> str:
        self._source.write(json.dumps({"id": "x", "chat": "story", "sender": "ann", **line}) + "\n")
        row = json.loads(await asyncio.to_thread(self._sink.readline))
        self._buttons = {button["label"]: button["value"] for button in row.get("buttons", [])}
        return str(row.get("text", row.get("error")))


class ConsoleDriver:
    """Types a line, reads the screen up to the next prompt."""

    def __init__(self, keyboard: Lines, screen: io.StringIO, prompts: asyncio.Queue[None]) -> None:
        self._keyboard, self._screen, self._prompts = keyboard, screen, prompts

    async def say(self, text: str, photo: Path | None = None) -> str:
        before = len(self._screen.getvalue())
        self._keyboard.write(f'{text} @"{photo}"' if photo else text)
        await self._prompts.get()
        return self._screen.getvalue()[before:]

    async def press(self, label: str) -> str:
        last = [line for line in self._screen.getvalue().splitlines() if line.endswith(f"] {label}")][-1]
        return await self.say(last.split("]")[0].strip(" ["))


class PageDriver:
    """Types into the real page and reads the last reply that is whole."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def say(self, text: str, photo: Path | None = None) -> str:
        if photo:
            await self._page.set_input_files("#pick", photo)
        await self._page.fill("#text", text)
        return await self._answered(self._page.click("#send"))

    async def press(self, label: str) -> str:
        button = self._page.locator("#log li.reply").last.get_by_role("button", name=label, exact=True)
        return await self._answered(button.click())

    async def _answered(self, action: object) -> str:
        # By their ids: a reply that spoke of who is forgotten goes from the page.
        whole = self._page.locator("#log li.reply:not(.open)")
        before = await whole.evaluate_all("replies => replies.map((one) => one.id)")
        await action  # type: ignore[misc]
        # Not by `wait_for_function`: what it evaluates again in a later frame, the page's policy forbids.
        known = "".join(f':not([id="{one}"])' for one in before)
        await self._page.locator(f"#log li.reply:not(.open){known}").first.wait_for(state="attached")
        return await whole.last.inner_text()


class TelegramDriver:
    """Writes to the bot in private, as Telegram posts it, and reads what it sends."""

    def __init__(self, people: People) -> None:
        self._people, self._last = people, dict[str, Any]()

    async def say(self, text: str, photo: Path | None = None) -> str:
        photos = [await asyncio.to_thread(photo.read_bytes)] if photo else []
        await self._people.say(text, *photos)
        return await self._answered()

    async def press(self, label: str) -> str:
        before, people = words(self._last), self._people
        await people.press(self._last, label)
        # It may be the pressed message that says something else now.
        await people.peer.wait_for(lambda: words(self._last) != before or bool(people.unread()))
        return await self._answered() if people.unread() else words(self._last)

    async def _answered(self) -> str:
        (self._last,) = await self._people.answers()
        await self._people.answers(count=len(self._people.unread()))  # the rest of an album
        return words(self._last)


class DiscordDriver:
    """Fills in slash commands, asks everything else by calling the bot, in a server's channel."""

    _FIELDS = MappingProxyType(
        {
            "remember": ("name", "category", "info"),
            "forget": ("name",),
            "show": ("name",),
            "merge": ("name", "other"),
            "undo": (),
            "review": (),
        }
    )

    def __init__(self, peer: Peer, person: MemberActor, channel: ChannelHandle) -> None:
        self._peer, self._person, self._channel = peer, person, channel
        self._last: discord.Message | ResponseMessage | None = None

    async def say(self, text: str, photo: Path | None = None) -> str:
        files = [(photo.name, photo.read_bytes())] if photo else []
        command = re.fullmatch(r"/(\w+) ?(.*)", text)
        if command and command[1] in self._FIELDS:
            given = zip(self._FIELDS[command[1]], command[2].split(" | "), strict=False)
            options = {**dict(given), **({"photo": files[0]} if files else {})}
            return self._heard(await self._person.slash(self._channel, command[1], **options))
        await self._person.send(self._channel, f"{self._peer.mention} {text}", attachments=files)
        self._last = self._channel.last_message
        assert self._last is not None
        return said(self._last)

    async def press(self, label: str) -> str:
        assert self._last is not None
        result = await self._person.click(self._last, label=label)
        if result.response or result.followups:
            return self._heard(result)
        self._last = self._channel.last_message  # it is the pressed message that says something else now
        return said(self._last) if self._last else ""

    def _heard(self, result: InteractionResult) -> str:
        self._last = response(result)
        return said(self._last)


@asynccontextmanager
async def pipe_driver(running: Rapport, config: Config, folder: Path) -> AsyncIterator[Driver]:
    source, sink = Lines(), Lines()
    pipe = Pipe(running.assistant, source=source, sink=sink, pictures=folder)
    serving = asyncio.create_task(pipe.run())
    yield PipeDriver(source, sink)
    source.write("")
    await serving


@asynccontextmanager
async def console_driver(running: Rapport, config: Config, folder: Path) -> AsyncIterator[Driver]:
    keyboard, screen, prompts = Lines(), io.StringIO(), asyncio.Queue[None]()
    loop = asyncio.get_running_loop()

    def ask() -> str:
        loop.call_soon_threadsafe(prompts.put_nowait, None)
        if (line := keyboard.readline()) == "":
            raise EOFError
        return line

    chat = TerminalChat(running.assistant, console=Console(file=screen, width=300), ask=ask, pictures=folder)
    talking = asyncio.create_task(chat.run())
    await prompts.get()
    yield ConsoleDriver(keyboard, screen, prompts)
    keyboard.write("")
    await talking


@asynccontextmanager
async def page_driver(running: Rapport, config: Config, folder: Path) -> AsyncIterator[Driver]:
    web = web_chat(config, running)
    web.open()
    serving = asyncio.create_task(web.run())
    try:
        async with chromium() as browser, window(browser) as page:
            await page.goto(web.link)
            yield PageDriver(page)
    finally:
        await web.aclose()
        await serving


@asynccontextmanager
async def telegram_driver(running: Rapport, config: Config, folder: Path) -> AsyncIterator[Driver]:
    clock = QuickTime()
    peer = TelegramPeer(clock=clock.now)
    webhook = {"token": TOKEN, "webhook_url": "https://bot.example.org", "webhook_port": 0}
    chosen = config.model_copy(update={"telegram": TelegramOptions.model_validate(webhook)})
    async with serving(running, chosen, peer, clock) as people:
        yield TelegramDriver(people)
    assert peer.violations == []


@asynccontextmanager
async def discord_driver(running: Rapport, config: Config, folder: Path) -> AsyncIterator[Driver]:
    async with discord_peer(running) as peer:
        guild = peer.env.create_guild()
        person = guild.add_member(peer.env.create_user("ann"))
        yield DiscordDriver(peer, person, guild.create_text_channel("pets"))


OpenDriver = Callable[[Rapport, Config, Path], AbstractAsyncContextManager[Driver]]
EVERYWHERE = pytest.mark.parametrize(
    "open_driver", [pipe_driver, console_driver, page_driver, telegram_driver, discord_driver]
)
"""Runs a test over every platform."""
