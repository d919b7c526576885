"""Several bot processes that serve the page with one PostgreSQL store: as if there were one, also after a kill."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from adapters.web.taking import ATTACHMENTS_GONE
from tests.support.databases.chosen import execute, url
from tests.support.fakes import blocks
from tests.support.hostile.forgetting import Visitor, browser_at
from tests.support.processes.bot import bot_process

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("database"), pytest.mark.timeout(240)]

RED = blocks("red").data


class Page:
    """A process that serves the page: at which address, and the link that makes the owner."""

    def __init__(self, link: str, process: asyncio.subprocess.Process) -> None:
        self.link, self.process = link, process
        self.address = link.partition("/?")[0]

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


class Pages:
    """Processes that are started one by one."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self._folder, self._stack, self._count = folder, stack, 0

    async def start(self, **settings: str) -> Page:
        """One more process; returns when it serves the page."""
        folder = self._folder / f"process{self._count}"
        folder.mkdir()
        self._count += 1
        chosen = {"store__url": url(self._folder), "web__port": "0", "HELD": str(self._folder / "held"), **settings}
        process = await self._stack.enter_async_context(bot_process("run", folder, **chosen))
        log = folder / "log.txt"
        while not (told := re.search(r"Rapport is at (http://\S+)", log.read_text())):
            assert process.returncode is None, log.read_text()
            await asyncio.sleep(0.05)  # another process prints it
        return Page(told[1], process)


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    async with AsyncExitStack() as stack:
        yield Pages(tmp_path, stack)


@asynccontextmanager
async def at(page: Page, chat: str = "home", like: Visitor | None = None) -> AsyncIterator[Visitor]:
    """A browser at a process's page: a new one, or that of `like`, which everybody's cookies are known to."""
    async with browser_at(page.address, chat, like.http.cookies if like else None) as visitor:
        yield visitor


def said(visitor: Visitor) -> list[tuple[str, str]]:
    """What a window shows: the texts of messages and final answers, from old to new."""
    latest = {one["id"]: one for one in visitor.heard if "id" in one}
    return [(one["kind"], one["text"]) for one in latest.values() if one["kind"] == "message" or one["final"]]


def cookies_of(browser: httpx.AsyncClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def window_of(page: Page, browser: httpx.AsyncClient) -> connect:
    """A window of the browser's that doesn't come again when it is let go."""
    headers = {"Cookie": cookies_of(browser), "Origin": page.address}
    address = f"{page.address.replace('http', 'ws', 1)}/api/chats/home/events"
    return connect(address, additional_headers=headers, max_size=None, proxy=None)


async def taken_over(visitor: Visitor) -> None:
    """Wait until the chat is answered again, by whichever process."""
    while (await visitor.http.get(f"/api/chats/{visitor.chat}/settings")).status_code == 503:  # noqa: ASYNC110
        await asyncio.sleep(0.1)  # another process says so


async def shows(visitor: Visitor, wanted: Callable[[list[tuple[str, str]]], bool]) -> None:
    await visitor.hears(lambda _: wanted(said(visitor)))


async def test_what_is_posted_at_one_process_is_answered_by_the_chats_own_and_shown_at_both(pages: Pages) -> None:
    first, second = await pages.start(), await pages.start()
    async with at(first) as ann, at(second) as ben:
        learned = await ann.asks("/remember bo", RED)
        assert learned["text"].startswith("Nice to meet bo!")
        seen = await ben.asks("who is that?", RED)
        assert seen["text"].startswith("That's bo")
        picture = await ben.http.get(seen["image"])
        assert picture.headers["content-type"] == "image/jpeg"
        assert picture.content == (await ann.http.get(seen["image"])).content
        [wrong] = [one["value"] for one in seen["buttons"] if one["label"] == "Not bo"]
        corrected = await ben.asks(wrong, pressed="true", reply_to=seen["id"])
        assert "won't take that for bo again" in corrected["text"]
        forgotten = await ben.http.get("/api/chats/home/concepts")
        assert [one["title"] for one in forgotten.json()["cards"]] == ["bo"]
        await shows(ann, lambda told: len(told) == 6)
        assert said(ann) == said(ben)
        assert [kind for kind, _ in said(ann)] == ["message", "reply"] * 3


async def test_after_a_kill_another_process_answers_what_waits_once_and_in_order(pages: Pages, tmp_path: Path) -> None:
    first, second = await pages.start(), await pages.start()
    async with at(second) as ben, at(first) as ann:
        await ben.asks("/remember bo", RED)
        (tmp_path / "held").touch()
        await ann.say("who is that?", RED)
        await ann.say("/show pet1x")
        await ann.say("/show pet2x")
        await second.kill()
        (tmp_path / "held").unlink()
        await taken_over(ann)
        async with at(first, like=ann) as again:
            assert "pet3x" in (await again.asks("/show pet3x"))["text"]
            told = said(again)
            assert [text for kind, text in told if kind == "message"][1:] == ["who is that?", *_shows(1, 2, 3)]
            replies = [text for kind, text in told if kind == "reply"]
            assert replies[0].startswith("Nice to meet bo!")
            assert replies[1] == ATTACHMENTS_GONE
            assert [re.findall(r"pet\dx", text)[:1] for text in replies[2:]] == [["pet1x"], ["pet2x"], ["pet3x"]]
            assert (await again.asks("who is that?", RED))["text"].startswith("That's bo")


def _shows(*numbers: int) -> list[str]:
    return [f"/show pet{number}x" for number in numbers]


async def test_who_has_signed_in_at_one_process_has_so_at_all_until_they_sign_out_at_any(pages: Pages) -> None:
    token = "a-token-that-nobody-guesses"  # noqa: S105 - of this test alone
    first, second = await pages.start(web__token=token), await pages.start(web__token=token)
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True, headers={"Origin": second.address}) as browser:
        assert (await browser.get(second.address)).status_code == 401
        await browser.get(first.link)
        who = (await browser.get(f"{second.address}/api/session")).json()["who"]
        assert (who["owner"], who["signedIn"]) == (True, True)
        await browser.get(second.address)
        chosen = await browser.get(f"{first.address}/api/chats/home/settings")  # the chat is the first one's now
        assert chosen.json()["mayChange"]
        passed_on = await browser.get(f"{second.address}/api/chats/home/settings")
        assert passed_on.json()["mayChange"]
        cookies = cookies_of(browser)
        async with window_of(second, browser) as window:
            await window.recv()
            await browser.get(f"{second.address}/logout")
            await window.wait_closed()
        browser.cookies.clear()
        signed_out = await browser.get(f"{first.address}/api/chats/home/settings", headers={"Cookie": cookies})
        assert signed_out.status_code == 401


async def test_windows_of_a_process_that_was_only_slow_come_again_to_who_took_its_chats(pages: Pages) -> None:
    first, second = await pages.start(), await pages.start()
    async with at(second) as ben, at(first) as ann:
        await ben.asks("/remember bo", RED)
        async with window_of(second, ben.http) as own, window_of(first, ann.http) as passed_on:
            second.process.send_signal(signal.SIGSTOP)
            await taken_over(ann)
            await passed_on.wait_closed()
            async with at(first, like=ann) as again:
                assert (await again.asks("who is that?", RED))["text"].startswith("That's bo")
            second.process.send_signal(signal.SIGCONT)
            await own.wait_closed()
        async with at(second, like=ben) as back:
            asked = ["/remember bo", "who is that?"]
            await shows(back, lambda told: [text for kind, text in told if kind == "message"] == asked)
            assert "pet1x" in (await back.asks("/show pet1x"))["text"]


async def test_a_process_that_was_only_slow_goes_on_where_nobody_took_its_chats(pages: Pages, tmp_path: Path) -> None:
    page = await pages.start()
    async with at(page) as ann:
        await ann.asks("/remember bo", RED)
        (tmp_path / "held").touch()
        await ann.say("who is that?", RED)
        dead = "UPDATE processes SET until = now() - interval '1 second'"
        slow = "BEGIN; SELECT FROM processes FOR UPDATE; SELECT pg_sleep(3); COMMIT"  # it can't say that it lives
        await asyncio.to_thread(execute, tmp_path, f"{dead}; COMMIT; {slow}")
        await taken_over(ann)
        (tmp_path / "held").unlink()
        await shows(ann, lambda told: told[-1][1].startswith("That's bo"))  # the window was never let go
        assert [kind for kind, _ in said(ann)] == ["message", "reply"] * 2
