"""The web chat in a real browser, for its tests: serve it, open windows, talk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, Request, expect

from adapters.web.options import Bounds, WebOptions
from adapters.web.responder import WebChatbot
from adapters.web.server import WebChat
from core.messages import Message
from tests.support import browser
from tests.support.fakes_web import picture


@dataclass
class Served:
    """A running web chat and the windows that look at it."""

    chromium: Browser
    assistant: Any  # as a rule a `FakeAssistant`, which says what it was asked
    chat: WebChat
    address: str
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def window(self, path: str = "/", *, owner: bool = True, **settings: Any) -> AsyncIterator[Page]:
        """A browser of its own at the page; what it complains about is collected."""
        settings = {"viewport": {"width": 1300, "height": 800}} | settings
        async with browser.window(self.chromium, **settings) as page:
            page.on("console", self._hear)
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            page.on("request", self._watch)
            if owner:
                await page.goto(self.chat.link)
            await page.goto(self.address + path)
            await expect(page.locator("main:not([inert])")).to_be_attached()
            yield page

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.complaints.append(line.text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.address, "blob:", "data:")):
            self.complaints.append(f"a request left for {request.url}")


ANY_PORT = WebOptions(port=0)


@asynccontextmanager
async def serving(
    chromium: Browser, assistant: WebChatbot, options: WebOptions = ANY_PORT, bounds: Bounds | None = None
) -> AsyncIterator[Served]:
    chat = WebChat(assistant, options=options, bounds=bounds)
    address = chat.open()
    running = asyncio.create_task(chat.run())
    yield Served(chromium, assistant, chat, address)
    await chat.aclose()
    await running


def jpeg(name: str = "bo.jpg") -> Any:
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture()}


def said(served: Served) -> list[Message]:
    """What people said; what the gallery asks for itself has no id."""
    return [message for message in served.assistant.messages if message.id]


async def say(page: Page, text: str, *photos: Any) -> None:
    """Type and send, with photos picked from the disk."""
    if photos:
        await page.locator("#pick").set_input_files(list(photos))
    await page.locator("#text").fill(text)
    await page.keyboard.press("Enter")


def last_reply(page: Page) -> Any:
    return page.locator("#log .reply:not(.open)").last


async def introduce(page: Page, name: str = "bo", rest: str = "") -> None:
    await say(page, f"/remember {name}{rest}", jpeg())
    await expect(last_reply(page)).to_contain_text(f"I'll remember {name}.")
