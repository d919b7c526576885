"""The executor against the bare model loop: `python -m benchmarks.executor` prints one JSON line.

`ratio` is throughput with 64 chats that each wait for their answer before they ask again, over a plain
`for` loop that runs the same model on ready-made batches of the same size. Both are measured in turns in
the same process, so that a busy machine slows both. `ratio` has the model on a CPU core (a matrix product
that releases the GIL), `ratio_elsewhere` on a device that leaves the CPU alone (a sleep). The idle figures
are one caller's submit → result with a model that does nothing. `singles_done_after` is how many of 220
answers have been given when the last of 20 chats with one item each, queued behind an album of 200, has
its own.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one device is one core here; it has to precede numpy

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from core.executor.batch_lane import BatchLane
from core.executor.executor import Executor

CHATS, ROUNDS, BATCH, REPEATS = 64, 10, 8, 5
Model = Callable[[Sequence[int]], list[int]]


def on_the_cpu(milliseconds: float = 10.0) -> Model:
    """A model whose batch of `BATCH` takes about that long in matrix products, less for a smaller one."""
    weights: NDArray[np.float32] = np.random.default_rng(0).standard_normal((512, 512), np.float32)
    began = time.perf_counter()
    for _ in range(BATCH):
        weights @ weights
    each = (time.perf_counter() - began) / BATCH
    products = max(1, round(milliseconds / 1000 / each / BATCH))

    def run(items: Sequence[int]) -> list[int]:
        for _ in range(products * len(items)):
            weights @ weights
        return list(items)

    return run


def elsewhere(items: Sequence[int]) -> list[int]:
    """A model on a device of its own: 10 ms a batch, whatever its size."""
    time.sleep(0.010)
    return list(items)


def as_it_is(items: Sequence[int]) -> list[int]:
    """A model that does nothing."""
    return list(items)


def bare(model: Model) -> float:
    """Seconds for all items in ready-made batches."""
    began = time.perf_counter()
    for start in range(0, CHATS * ROUNDS, BATCH):
        model(range(start, start + BATCH))
    return time.perf_counter() - began


async def served(lane: BatchLane[int, int]) -> float:
    """Seconds for as many items from `CHATS` chats, each asking again when it is answered."""

    async def chat(number: int) -> None:
        for round_ in range(ROUNDS):
            item = number * ROUNDS + round_
            assert await lane.submit(item, chat=str(number)) == item

    began = time.perf_counter()
    await asyncio.gather(*(chat(number) for number in range(CHATS)))
    return time.perf_counter() - began


async def throughput(executor: Executor, name: str, model: Model) -> dict[str, float]:
    """The ratio of served to bare throughput, the median of turns; the first turn only warms up."""
    lane = executor.lane(name, model, device=name, max_batch=BATCH)
    turns = [(await asyncio.to_thread(bare, model), await served(lane)) for _ in range(REPEATS + 1)][1:]
    ratios = [bare_seconds / seconds for bare_seconds, seconds in turns]
    batch_ms = median(bare_seconds for bare_seconds, _ in turns) / (CHATS * ROUNDS / BATCH) * 1000
    return {"ratio": median(ratios), "worst": min(ratios), "bare_batch_ms": batch_ms}


async def idle(executor: Executor, calls: int = 3000) -> dict[str, float]:
    """Milliseconds from submit to result when nothing else goes on."""
    lane = executor.lane("nothing", as_it_is, device="nothing")
    times = []
    for number in range(calls):
        began = time.perf_counter()
        await lane.submit(number, chat="only")
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return {"idle_p50_ms": times[calls // 2], "idle_p99_ms": times[calls * 99 // 100]}


async def poisoned_fails_alone(executor: Executor) -> bool:
    """Whether of 64 items together only the poisoned one fails, and with its own error."""

    def run(items: Sequence[int]) -> list[int]:
        time.sleep(0.001)
        if 13 in items:
            raise ValueError("13")
        return list(items)

    lane = executor.lane("poison", run, device="poison")
    outcomes = await asyncio.gather(*(lane.submit(n) for n in range(CHATS)), return_exceptions=True)
    others = [outcome for n, outcome in enumerate(outcomes) if n != 13]
    return isinstance(outcomes[13], ValueError) and others == [n for n in range(CHATS) if n != 13]


async def fairness(executor: Executor, album: int = 200, singles: int = 20) -> dict[str, int]:
    """How many answers are given when the last single chat, queued behind the album, has its own."""
    lane = executor.lane("fair", elsewhere, device="fair", max_batch=BATCH)
    order: list[str] = []

    async def ask(chat: str) -> None:
        await lane.submit(0, chat=chat)
        order.append(chat)

    chats = ["album"] * album + [f"single {number}" for number in range(singles)]
    await asyncio.gather(*(ask(chat) for chat in chats))
    last = max(count for count, chat in enumerate(order, 1) if chat != "album")
    return {"singles_done_after": last, "singles_done_after_if_first_come_first_served": album + singles}


async def measure() -> dict[str, object]:
    async with Executor() as executor:
        cpu = await throughput(executor, "cpu", on_the_cpu())
        device = await throughput(executor, "elsewhere", elsewhere)
        return {
            "benchmark": "executor",
            "compared_with": "a for loop over ready-made batches of the same size, in turns, same process",
            "chats": CHATS,
            "batch": BATCH,
            **cpu,
            "ratio_elsewhere": device["ratio"],
            "worst_elsewhere": device["worst"],
            **await idle(executor),
            "poisoned_fails_alone": await poisoned_fails_alone(executor),
            **await fairness(executor),
        }


def main() -> None:
    figures = asyncio.run(measure())
    print(json.dumps({key: round(v, 4) if isinstance(v, float) else v for key, v in figures.items()}))


if __name__ == "__main__":
    main()
