from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from core.errors import ModelError, ModelMemoryError
from core.executor.executor import Executor
from core.executor.gateway import least_loaded


class Labelling:
    """A model that says which device it is on, and can be held up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()

    def __call__(self, items: Sequence[int]) -> list[str]:
        self.entered.release()
        self.gate.wait(300)
        return [self.name] * len(items)


async def test_two_devices_share_the_work_and_a_busy_one_is_not_waited_for() -> None:
    models = [Labelling("a"), Labelling("b")]
    async with Executor() as executor:
        lanes = [executor.lane(one.name, one, device=one.name, max_batch=1) for one in models]

        async def label(item: int) -> str:
            return await least_loaded(lanes).submit(item)

        held = [asyncio.create_task(label(item)) for item in range(2)]
        for model in models:
            await asyncio.to_thread(model.entered.acquire, timeout=300)
        models[1].gate.set()
        third = asyncio.create_task(label(2))
        done, _ = await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result() for task in done} == {"b"}
        models[0].gate.set()
        assert {await task for task in held} == {"a", "b"}
        assert await third in {"a", "b"}


async def test_a_device_that_does_not_respond_any_more_is_passed_over() -> None:
    stuck, well = Labelling("stuck"), Labelling("well")
    well.gate.set()
    async with Executor() as executor:
        lane = executor.lane("stuck", stuck, device="stuck", run_timeout=0.02)
        for number in range(4):
            with pytest.raises(ModelError, match="stopped responding"):
                await lane.submit(number)
        assert lane.dead
        lanes = [lane, executor.lane("well", well, device="well")]
        assert await least_loaded(lanes).submit(1) == "well"
        stuck.gate.set()


async def test_a_models_own_word_for_too_little_memory_halves_the_batch() -> None:
    sizes: list[int] = []

    def run(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        if len(items) > 2:
            raise ModelMemoryError("There is not memory enough for this batch.")
        return list(items)

    async with Executor() as executor:
        lane = executor.lane("tight", run)
        assert sorted(await asyncio.gather(*(lane.submit(n) for n in range(8)))) == list(range(8))
        assert lane.stats().limit == 2
        assert max(sizes[sizes.index(2) :]) <= 4
