"""Telegram from end to end: raw updates posted to the webhook, a strict Bot API behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.telegram.options import Clock
from bot import config as configuration
from bot.wiring import Rapport, rapport, telegram_of
from core.ports import Generator
from tests.fakes import blocks, fake_models
from tests.telegram_peer import TOKEN, People, TelegramPeer, words

RED, GREEN = blocks("red").data, blocks("green").data
SPEED = 50.0  # the bot's seconds in one of ours


def quick_clock() -> Clock:
    """A clock that runs fast, for the bot and its peer alike."""
    loop = asyncio.get_running_loop()

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)

    return Clock(lambda: loop.time() * SPEED, sleep)


@asynccontextmanager
async def telegram(
    folder: Path, peer: TelegramPeer | None = None, generator: Generator | None = None, **sections: Any
) -> AsyncIterator[People]:
    """The bot on a webhook, over fake models; no rule of Telegram's was broken when it ends."""
    clock = quick_clock()
    peer = peer or TelegramPeer()
    peer.clock = clock.now
    chosen = {"token": TOKEN, "webhook_url": "https://bot.example.org/", "webhook_port": 0}
    config = configuration.load(
        store={"url": f"sqlite+aiosqlite:///{folder / 'telegram.db'}"},
        telegram={**chosen, **sections.pop("telegram", {})},
        **sections,
    )
    async with (
        rapport(config, fake_models(generator)) as running,
        serving(running, config, peer, clock) as one,
    ):
        yield one
    assert peer.violations == []


@asynccontextmanager
async def serving(
    running: Rapport, config: configuration.Config, peer: TelegramPeer, clock: Clock
) -> AsyncIterator[People]:
    bot = telegram_of(config, running, lambda: peer, clock)
    run = asyncio.create_task(bot.run())
    await peer.wait_for(lambda: bool(peer.webhook))
    path = peer.webhook["url"].removeprefix("https://bot.example.org")
    async with httpx.AsyncClient(base_url=bot.webhook.address, trust_env=False) as http:
        yield People(peer, http, path, peer.webhook["secret_token"])
    await bot.aclose()
    await run


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with telegram(tmp_path) as people:
        yield people


async def test_a_caption_command_remembers_and_the_next_photo_is_recognised(people: People) -> None:
    learnt = await people.ask("/remember bo", RED)
    assert words(learnt) == "Nice to meet bo!"
    assert learnt["photo"]
    seen = await people.ask("", RED)
    assert "That's bo" in words(seen)
