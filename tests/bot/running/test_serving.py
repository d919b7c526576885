"""Serving as `python -m bot run` does, on fake models."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from bot import config as configuration
from bot.build.platforms import platforms
from bot.running.health import running_health
from bot.running.platforms import Platforms
from bot.running.rapport import rapport
from bot.running.serving import serve, until_stopped
from core.errors import ConfigError, PlatformError
from tests.support.decoders import shared_decoders
from tests.support.fakes import fake_models


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
        address = await addresses.get()
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


async def test_nothing_to_run_is_a_configuration_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Nothing to run"):
        await serve(settings(tmp_path, enabled=False))


async def test_without_a_running_rapport_the_doctor_finds_none(tmp_path: Path) -> None:
    assert await running_health(settings(tmp_path, port=9)) is None
