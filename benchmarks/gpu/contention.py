"""How long photos take to recognise while answers are written: `python -m benchmarks.gpu.contention`.

Full-size models of random weights share one device on CUDA, small ones the CPU. One chat sends a photo every
`PAUSE` seconds and waits for the recognizer's look at it (detector and encoder, through the executor's lanes),
first with nobody else there, then while 1, 8 and 32 other chats have answers written without a break. The goal
is a 95th percentile under load of at most twice the idle one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import numpy as np
import torch

from benchmarks import generation, vision
from benchmarks.gpu import hardware
from benchmarks.gpu.figures import as_line, keep
from bot.build.loading import OnFirstUse
from bot.evaluation.harness.recognition import EmptyMemory
from bot.logs import set_up
from core.executor.executor import Executor
from core.executor.gateway import ModelGateway
from core.executor.stream_lane import StreamLane
from core.images.decoding import Image
from core.messages import Chat
from core.models.options import GeneratorOptions
from core.models.vlm.generator import TransformersGenerator
from core.models.vlm.loading import Loaded
from core.ports import Prompt
from core.recognition.calibration import Calibration
from core.recognition.recognizer import Recognizer
from core.recognition.retriever import Retriever

CUDA = torch.cuda.is_available()
SIZE = generation.LARGE if CUDA else generation.SMALL
PHOTOS = 100  # at most, in so many seconds
SECONDS = 20
PAUSE = 0.1  # seconds between an answer and the next photo
WRITING = (1, 8, 32) if CUDA else (1, 8)
"""How many chats have answers written."""


@contextmanager
def untimed(_: str) -> Iterator[None]:
    """The gateway's stages, which nobody counts here."""
    yield


async def look_times(recognizer: Recognizer, photos: list[Image]) -> dict[str, float]:
    """Milliseconds for a photo: the median and the 95th percentile; the first two only warm up."""
    times = list[float]()
    end = time.perf_counter() + SECONDS
    while len(times) < PHOTOS + 2 and (time.perf_counter() < end or len(times) < 5):
        began = time.perf_counter()
        await recognizer.look(Chat("bench", "photos"), photos[len(times) % len(photos)])
        times.append(1e3 * (time.perf_counter() - began))
        await asyncio.sleep(PAUSE)
    p50, p95 = np.percentile(times[2:], [50, 95]).tolist()
    return {"photos": len(times) - 2, "p50_ms": p50, "p95_ms": p95}


class Pieces:
    """How many pieces of answers have come, and whether so many have."""

    def __init__(self, enough: int) -> None:
        self.count, self._enough = 0, enough
        self.begun = asyncio.Event()

    def add(self) -> None:
        """One more has come."""
        self.count += 1
        if self.count >= self._enough:
            self.begun.set()


@asynccontextmanager
async def writing(lane: StreamLane[Prompt], chats: int) -> AsyncIterator[Pieces]:
    """So many chats that have answers written meanwhile, from when each has had a piece or so."""
    pieces = Pieces(chats)

    async def chat(number: int) -> None:
        while True:
            async for _ in lane.stream(generation.question(number), chat=str(number)):
                pieces.add()

    async with asyncio.TaskGroup() as group:  # one that fails ends all, with its error
        tasks = [group.create_task(chat(number)) for number in range(chats)]
        await pieces.begun.wait()
        yield pieces
        for task in tasks:
            task.cancel()


async def measure(loaded: Loaded, figures: dict[str, Any]) -> None:
    """Add the times, idle and under load, to the figures."""
    device, _, encoder, detector = vision.recognisers()
    where = str(device.device)
    most = max(WRITING)
    options = GeneratorOptions(
        model="bench", prompt="rap-v1", max_tokens=SIZE.tokens, temperature=0, timeout=600, concurrency=most
    )
    generator = TransformersGenerator(options, loader=lambda: loaded)
    await generator.load()
    photos = vision.photos(4)
    async with Executor() as executor:
        gateway = ModelGateway(
            executor,
            [OnFirstUse(lambda: detector, name="detect", device=where)],
            [OnFirstUse(lambda: encoder, name="encode", device=where)],
            max_batch=8,
            capacity=64,
            patience=120,
            stage=untimed,
        )
        recognizer = Recognizer(
            gateway.detect, gateway.encode, Retriever(EmptyMemory()), Calibration(0, 1, 0, 0.9, 0.5)
        )
        lane = executor.stream_lane("generate", generator.generate, concurrency=most)
        figures["idle"] = idle = await look_times(recognizer, photos)
        keep(figures)
        for chats in WRITING:
            async with writing(lane, chats) as pieces:
                began, before = time.perf_counter(), pieces.count
                times = await look_times(recognizer, photos)
                rate = (pieces.count - before) / (time.perf_counter() - began)
            figures["writing"][str(chats)] = {
                **times,
                "p95_to_idle": times["p95_ms"] / idle["p95_ms"],
                "pieces_per_s": rate,
            }
            keep(figures)
    await generator.aclose()


def main() -> None:
    """Measure and print one line of JSON."""
    set_up("text", "error")
    figures: dict[str, Any] = {
        "benchmark": "contention",
        **hardware.described(),
        "models": [f"{vision.WORLD}-worldv2", vision.CLIP, SIZE.name],
        "goal_p95_to_idle": 2.0,
        "writing": {},
    }
    asyncio.run(measure(generation.random_llava(SIZE, "cuda" if CUDA else "cpu"), figures))
    print(as_line(figures))


if __name__ == "__main__":
    main()
