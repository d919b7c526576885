"""The story of a store that fails and comes back, told over every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.build.rapport import Rapport
from bot.config import Config
from bot.running.rapport import rapport
from tests.support.drivers import EVERYWHERE, OpenDriver
from tests.support.fakes import blocks, fake_models
from tests.support.hostile import store_faults as faults


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[tuple[Rapport, Config]]:
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'failing.db'}"}, web={"port": 0})
    async with rapport(config, fake_models()) as parts:
        yield parts, config


@pytest.fixture
def red(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    path.write_bytes(blocks("red").data)
    return path


@pytest.fixture
def blue(tmp_path: Path) -> Path:
    path = tmp_path / "blue.png"
    path.write_bytes(blocks("blue").data)
    return path


@EVERYWHERE
async def test_whoever_is_known_is_recognised_every_message_is_answered_and_it_recovers(
    running: tuple[Rapport, Config], open_driver: OpenDriver, red: Path, blue: Path, tmp_path: Path
) -> None:
    file = tmp_path / "failing.db"
    async with open_driver(*running, tmp_path / "out") as person:
        assert "Nice to meet bo!" in await person.say("/remember bo", red)
        for fault, sentence in (
            (
                faults.full(),
                "My disk is full, so nothing has changed. I still recognise everyone I know, and I can still",
            ),
            (faults.read_only(), "I can only read in my memory right now"),
            (faults.locked(file), "Another program is keeping my memory to itself"),
            (faults.gone(file), "I can't get at my memory right now"),
            (faults.hanging(), "My memory isn't answering right now"),
        ):
            assert "That's bo." in await person.say("", red)
            with fault:
                assert sentence in await person.say("/remember mia", blue)
                assert "That's bo." in await person.say("", red)
                assert "Yes, that's bo" in await person.say("is that bo?")
                assert sentence in await person.say("/remember bo", blue)
            assert "Nice to meet mia!" in await person.say("/remember mia", blue)
            assert "forgotten" in await person.say("/forget mia")
