from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

from bot.build.models import Models
from bot.build.rapport import Rapport
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Embedding, Region
from core.executor.gateway import worker_of
from core.images.decoding import Image
from core.messages import Chat, Message, Sender
from core.ports import Categories, Detector, Survey, View
from tests.support.fakes import BlockDetector, ColourEncoder, SlowTalker, blocks, fake_models

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


async def say(running: Rapport, text: str, *colours: str, chat: Chat = HOME, each: bool = False) -> str:
    """Say something with a photo of all the colours, or with `each` a photo of each of them."""
    photos = tuple(map(blocks, colours)) if each else (blocks(*colours),) if colours else ()
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


class Held(BlockDetector):
    """Notes how many photos it gets at once; holds the first until it may go on."""

    def __init__(self) -> None:
        self.runs: list[int] = []
        self.go_on = Event()

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        self.runs.append(len(images))
        assert self.go_on.wait(60)
        return super().detect(images)


class Studious(ColourEncoder):
    """Notes for each run whether the views in it are references."""

    def __init__(self) -> None:
        self.runs: list[list[bool]] = []

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        self.runs.append([view.reference for view in views])
        return super().encode(views)


async def test_an_album_is_studied_as_a_batch_and_nobody_elses_photo_waits_for_all_of_it(tmp_path: Path) -> None:
    finds, eyes = Held(), Studious()
    models = replace(fake_models(), detectors={"cpu": lambda: finds}, encoders={"cpu": lambda: eyes})
    async with bot(tmp_path, models) as running:
        album = asyncio.create_task(say(running, "/remember bo", "red", "green", "blue", "yellow", each=True))
        await _taken(running, finds, 4)
        other = asyncio.create_task(say(running, "", "red", chat=OFFICE))
        await _taken(running, finds, 5)
        finds.go_on.set()
        assert "I have 4 photos now" in await album
        assert "I don't know" in await other
    assert len(finds.runs) == 2
    assert sum(finds.runs) == 5
    assert sorted(eyes.runs) == [[False], [True], [True], [True], [True]]
    assert eyes.runs.index([False]) < 4


async def _taken(running: Rapport, detector: Held, count: int) -> None:
    """Until so many photos have come to the detector: it looks at the first, or at several that came together."""
    for _ in range(6000):
        waiting = next(one.waiting for one in running.executor.stats() if one.name == "detect")
        if sum(detector.runs) + waiting == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{count} photos never came to the detector")


def _giving(detector: Detector) -> Callable[[], Detector]:
    return lambda: detector


class Surveying(ColourEncoder):
    """Sees a photo before it is told where to look, and notes with what it is told that."""

    def __init__(self) -> None:
        self.saw, self.told = Event(), list[tuple[bool, Survey]]()

    def survey(self, views: Sequence[View]) -> list[Survey]:
        assert all(view.boxes[-1] == view.image.box for view in views)
        self.saw.set()
        return [("seen", view.reference) for view in views]

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        self.told += [(view.reference, view.survey) for view in views]
        return super().encode(views)


async def test_an_encoder_sees_the_photo_while_the_detector_looks_for_regions(tmp_path: Path) -> None:
    finds, eyes = Held(), Surveying()
    models = replace(fake_models(), detectors={"cpu": lambda: finds}, encoders={"cpu": lambda: eyes}, surveys=True)
    async with bot(tmp_path, models) as running:
        shown = asyncio.create_task(say(running, "", "red"))
        assert await asyncio.to_thread(eyes.saw.wait, 60)
        assert not eyes.told
        finds.go_on.set()
        assert "I don't know" in await shown
        await say(running, "/remember bo", "red")
    assert eyes.told == [(False, ("seen", False)), (True, ("seen", True))]


def test_detector_and_encoder_overlap_and_on_the_cpu_all_others_take_turns() -> None:
    assert worker_of("cpu", "detect") == worker_of("cpu", "salient") != worker_of("cpu", "encode")
    assert worker_of("cuda:0", "detect") != worker_of("cuda:0", "salient") != worker_of("cuda:0", "encode")
