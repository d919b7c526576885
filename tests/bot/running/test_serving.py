"""Serving as `python -m bot run` does, on fake models."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bot import config as configuration
from bot.build.platforms import platforms
from bot.running.health import owner_link, running_health
from bot.running.platforms import Platforms
from bot.running.rapport import rapport
from bot.running.serving import serve, until_stopped
from core.errors import ConfigError, PlatformError
from tests.support.decoders import shared_decoders
from tests.support.fakes import fake_models
from tests.support.hostile.http import Target, connected, half_open, handshake, request


def settings(folder: Path, **web: object) -> configuration.Config:
    url = f"sqlite+aiosqlite:///{folder / 'rapport.db'}"
    return configuration.load(store={"url": url}, web={"port": 0, **web})


class BadToken:
    name = "telegram"

    async def run(self) -> None:
        raise PlatformError("The token isn't valid.", permanent=True)

    async def aclose(self) -> None:
        pass


async def test_a_platform_with_a_bad_token_shows_on_health_while_the_web_chat_goes_on(tmp_path: Path) -> None:
    addresses: asyncio.Queue[str] = asyncio.Queue()
    config = settings(tmp_path)
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
        builds = {**platforms(config, running, addresses.put_nowait), "telegram": BadToken}
        serving = asyncio.create_task(until_stopped(Platforms(builds, running.platform_status)))
        address = (await addresses.get()).partition("/?key=")[0]
        async with httpx.AsyncClient(base_url=address) as client:
            health = (await client.get("/health")).json()
        found = await running_health(settings(tmp_path, port=int(address.rpartition(":")[2])))
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
    assert health["ok"]
    assert health["platforms"]["telegram"] == {
        "condition": "failed",
        "reason": "The token isn't valid.",
        "failures": 1,
    }
    assert health["platforms"]["web"]["condition"] == "serving"
    assert found is not None
    assert found["platforms"] == health["platforms"]


async def test_a_signal_ends_it_in_seconds_whatever_is_open_and_the_link_is_told_again_until_then(
    tmp_path: Path,
) -> None:
    links: asyncio.Queue[str] = asyncio.Queue()
    config = settings(tmp_path)
    async with rapport(config, fake_models()) as running, AsyncExitStack() as stack:
        builds = platforms(config, running, links.put_nowait)
        serving = asyncio.create_task(until_stopped(Platforms(builds, running.platform_status, stop_seconds=1)))
        link = urlsplit(await links.get())
        target = Target("127.0.0.1", link.port or 0)
        async with httpx.AsyncClient(base_url=target.origin) as browser:
            await browser.get("/")
            assert owner_link(config) == link.geturl()
            assert (await browser.get(link.geturl())).status_code == 303
            assert owner_link(config) not in {link.geturl(), ""}
            assert (await browser.get("/api/session")).json()["who"]["owner"]
            cookie = f"rapport_sender={browser.cookies['rapport_sender']}"
        for begun in (b"", b"GET", request(target, "POST", "/login", content_length="1000")):
            await stack.enter_async_context(half_open(target, 10, begun))
        windows = [await stack.enter_async_context(connected(target)) for _ in range(10)]
        for window in windows:
            await window.send(handshake(target, "/api/chats/home/events", cookie=cookie))
            assert (await window.answer()).status == 101
        os.kill(os.getpid(), signal.SIGTERM)
        began = asyncio.get_running_loop().time()
        await serving
        assert asyncio.get_running_loop().time() - began < 20
        assert await windows[0].is_closed()
    with pytest.raises(ConfigError, match="isn't running"):
        owner_link(config)
    with pytest.raises(ConfigError, match="SQLite"):
        owner_link(configuration.load(store={"url": "postgresql+asyncpg://localhost/rapport"}))


async def test_nothing_to_run_is_a_configuration_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Nothing to run"):
        await serve(settings(tmp_path, enabled=False))


async def test_without_a_running_rapport_the_doctor_finds_none(tmp_path: Path) -> None:
    assert await running_health(settings(tmp_path, port=9)) is None
