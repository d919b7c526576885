"""What goes on beside the answers while Rapport runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from bot.config import Config
from bot.running.rapport import rapport
from core.errors import ModelError
from core.messages import Chat, Message, Sender
from tests.support.databases.chosen import url
from tests.support.fakes import BlockDetector, blocks, fake_models
from tests.support.stores import ANN, HOME, opened, overwrite_a_leaf, reference


async def test_idle_models_go_and_the_next_photo_brings_them_back(tmp_path: Path) -> None:
    built: list[BlockDetector] = []

    def build() -> BlockDetector:
        built.append(BlockDetector())
        return built[-1]

    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'idle.db'}"}, models={"keep_alive": 0.0005})
    message = Message(Chat("test", "home"), Sender("u1", "Ann"), "", (blocks("red"),))
    async with rapport(config, replace(fake_models(), detectors={"cpu": build})) as running:
        while len(built) < 2:
            async for _ in running.assistant.answer(message):
                pass
            await asyncio.sleep(0.05)
        states = (await running.health())["models"]
        assert isinstance(states, dict)
        assert set(states) == {"detect", "encode"}


async def test_a_store_that_is_damaged_is_seen_on_the_health_page_with_what_to_do(tmp_path: Path) -> None:
    config = Config(store={"url": url(tmp_path)})
    async with opened(tmp_path, plain=True) as store:
        for number in range(20):
            await store.remember(HOME, f"bo {number}", by=ANN, references=[reference(b"x" * 50_000)])
    overwrite_a_leaf(tmp_path / "store.db")
    async with rapport(config, fake_models()) as running:
        running.chores.start("check the store", running.store.check)  # at once

        async def told() -> dict[str, str]:
            await asyncio.sleep(0.05)
            health = await running.health()
            assert isinstance(health["chores"], dict)
            return dict(health["chores"]["check the store"])

        while (check := await told())["condition"] != "retrying":
            pass
        assert "is damaged. `python -m bot store check`" in check["reason"]


async def test_a_model_that_cannot_be_loaded_is_seen_on_the_health_page_and_tried_again(tmp_path: Path) -> None:
    there = False

    def build() -> BlockDetector:
        if not there:
            raise ModelError("its file is damaged")
        return BlockDetector()

    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'chores.db'}"})
    async with rapport(config, replace(fake_models(), detectors={"cpu": build})) as running:

        async def chores() -> dict[str, dict[str, object]]:
            await asyncio.sleep(0.05)
            health = await running.health()
            assert isinstance(health["chores"], dict)
            return health["chores"]

        while (told := (await chores())["load models"])["condition"] != "retrying":
            pass
        assert told["reason"] == "its file is damaged"
        assert {"erase", "embed anew"} <= set(await chores())
        there = True
        while (await chores())["load models"]["condition"] != "done":
            pass
