from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from prometheus_client import CollectorRegistry

from bot.config import Config
from bot.running.rapport import rapport
from core.assistant.metrics import Metrics
from core.assistant.shown import Shown, ShownPhoto, identify
from core.images.decoding import Limits, decode
from core.messages import Chat, Message, Sender
from core.recognition.retriever import Retriever
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models

HOME, ANN = Chat("test", "home"), Sender("u1", "Ann")


async def test_others_have_their_turn_after_each_photo_of_an_album(tmp_path: Path) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'shown.db'}"})
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
        async for _ in running.assistant.answer(Message(HOME, ANN, "/remember bo", (blocks("red"),))):
            pass
        album = tuple(ShownPhoto(blocks(*colours)) for colours in (["red"], ["blue"], ["red", "blue"]))
        for one in album:
            one.features = await running.recognizer.look(HOME, decode(one.photo.data, limits=Limits()))
        services: Any = SimpleNamespace(recognizer=running.recognizer, metrics=Metrics(CollectorRegistry()))
        index, shown = await Retriever(running.store).index(HOME), Shown("k", "m", album, 0)
        working = asyncio.create_task(others())
        seen = await identify(services, index, shown)
        between = turns
        assert await identify(services, index, shown) == seen  # known by now: no photo is compared again
        assert turns == between
        working.cancel()
    assert between >= len(album)
    assert [["bo" for one in sightings if one.match] for sightings in seen] == [["bo"], [], ["bo"]]
