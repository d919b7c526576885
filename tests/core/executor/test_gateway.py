from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.build.models import Models
from bot.build.rapport import Rapport
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Region
from core.executor.gateway import worker_of
from core.images.decoding import Image
from core.messages import Chat, Message, Sender
from core.ports import Categories, Detector
from tests.support.fakes import BlockDetector, SlowTalker, blocks, fake_models

ANN = Sender("u1", "Ann")
HOME, OFFICE = Chat("test", "home"), Chat("test", "office")


class Listening(BlockDetector):
    """Finds blocks, and notes the words that it was told with each photo."""

    def __init__(self) -> None:
        self.told: list[Categories] = []

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        self.told += categories
        return super().detect(images)


@asynccontextmanager
async def bot(folder: Path, models: Models, **settings: object) -> AsyncIterator[Rapport]:
    config = Config(store={"url": f"sqlite+aiosqlite:///{folder / 'lanes.db'}"}, models=settings)
    async with rapport(config, models) as running:
        yield running


async def say(running: Rapport, text: str, *colours: str, chat: Chat = HOME) -> str:
    photos = (blocks(*colours),) if colours else ()
    return [one async for one in running.assistant.answer(Message(chat, ANN, text, photos))][-1].text


async def test_an_open_vocabulary_is_told_the_chats_own_categories_as_they_are_now(tmp_path: Path) -> None:
    ears = Listening()
    async with bot(tmp_path, replace(fake_models(), detectors={"cpu": lambda: ears}, open_vocabulary=True)) as running:
        await say(running, "/remember bo | axolotl", "red")
        await say(running, "/remember mo | newt", "blue")
        await say(running, "", "red", chat=HOME)
        await say(running, "", "red", chat=OFFICE)
        await say(running, "/forget bo")
        await say(running, "", "red")
    assert ears.told == [(), ("axolotl",), ("axolotl", "newt"), (), ("newt",)]


async def test_a_detector_of_fixed_kinds_costs_no_look_at_the_chats_words(tmp_path: Path) -> None:
    ears = Listening()
    async with bot(tmp_path, replace(fake_models(), detectors={"cpu": lambda: ears})) as running:
        await say(running, "/remember bo | axolotl", "red")
        await say(running, "", "red")
    assert ears.told == [(), ()]


async def test_an_answer_being_written_keeps_nobodys_photo_from_being_looked_at(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["well", "then"])
    async with bot(tmp_path, fake_models(talker)) as running:
        first = asyncio.create_task(say(running, "who is this?", "red"))
        await talker.said.wait()
        talker.said.clear()
        second = asyncio.create_task(say(running, "and this?", "blue", chat=OFFICE))
        await talker.said.wait()  # the second photo has come through detection and encoding
        assert len(talker.prompts) == 2
        assert not first.done()
        talker.go_on.set()
        await asyncio.gather(first, second)


async def test_a_model_on_two_devices_has_a_lane_on_each(tmp_path: Path) -> None:
    each = {"cuda:0": Listening(), "cuda:1": Listening()}
    builds = {device: _giving(one) for device, one in each.items()}
    async with bot(tmp_path, replace(fake_models(), detectors=builds)) as running:
        await say(running, "", "red")
        lanes = {lane.name: lane.answered for lane in running.executor.stats()}
        assert lanes["detect on cuda:0"] + lanes["detect on cuda:1"] == 1
    assert len(each["cuda:0"].told) + len(each["cuda:1"].told) == 1


def _giving(detector: Detector) -> Callable[[], Detector]:
    return lambda: detector


def test_models_take_turns_on_the_cpu_and_overlap_on_a_gpu() -> None:
    assert worker_of("cpu", "detect") == worker_of("cpu", "encode")
    assert worker_of("cuda:0", "detect") != worker_of("cuda:0", "encode")
