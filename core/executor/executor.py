"""The executor: bounded fair queues → eager micro-batches → one worker thread per device.

    lane.submit(item) ─→ FairQueue (chats in turn) ─→ Device's worker ─→ run(batch) ─→ each caller its result
    lane.stream(item) ─→ FairQueue (chats in turn) ─→ a free slot     ─→ pieces as they come

Nothing waits for a batch to fill: a free device takes what is queued. While it runs, the next batch
gathers, so batches grow with the load by themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from core.errors import ModelMemoryError
from core.executor.batch_lane import BatchLane
from core.executor.device import Device
from core.executor.stats import LaneStats
from core.executor.stream_lane import StreamLane

T = TypeVar("T")
R = TypeVar("R")


def is_memory_error(error: BaseException) -> bool:
    """Python's own word for out of memory, or the models' word for a device's."""
    return isinstance(error, MemoryError | ModelMemoryError)


class Executor:
    """All model work of one process: makes lanes, starts their devices, and ends them in order.

    Constructing it starts nothing: `async with executor` does, and ends it with `grace` seconds for
    what is under way.
    """

    def __init__(self, *, grace: float = 10.0) -> None:
        self._grace = grace
        self._devices: dict[str, Device] = {}
        self._lanes: list[BatchLane[Any, Any] | StreamLane[Any]] = []
        self._started = self._closed = False

    def lane(
        self,
        name: str,
        run: Callable[[Sequence[T]], Sequence[R]],
        *,
        device: str = "cpu",
        max_batch: int = 8,
        capacity: int = 256,
        run_timeout: float = 60.0,
        is_out_of_memory: Callable[[BaseException], bool] = is_memory_error,
        loading: Callable[[], bool] = lambda: False,
    ) -> BatchLane[T, R]:
        """A queue before `run`, which takes at most `max_batch` items on the device's worker thread.

        Lanes that name the same device share its worker and take turns; another name is another thread.
        `run` returns one result per item, in order; an exception among them is raised to its item's
        caller alone. When `run` raises, the batch is halved until what is bad in it fails by itself.
        When that was for want of memory, later batches stay as small as what fitted. A `run` of more
        than `run_timeout` seconds is given up and the worker replaced; the time while the model is `loading` isn't
        counted. `capacity` bounds what waits.
        """
        self._check(max_batch)
        shared = self._devices.get(device)
        if shared is None:
            shared = self._devices[device] = Device(device)
            if self._started:
                shared.start()
        lane = BatchLane(
            name,
            run,
            shared,
            max_batch=max_batch,
            capacity=capacity,
            run_timeout=run_timeout,
            is_out_of_memory=is_out_of_memory,
            loading=loading,
        )
        shared.add(lane)
        self._add_lane(lane)
        return lane

    def stream_lane(
        self,
        name: str,
        generate: Callable[[T], AsyncIterator[str]],
        *,
        concurrency: int = 4,
        capacity: int = 64,
        silence: float = 120.0,
    ) -> StreamLane[T]:
        """A queue before `generate`, of which `concurrency` streams run at the same time.

        A stream that brings no piece for `silence` seconds is given up.
        """
        self._check(concurrency)
        lane = StreamLane(name, generate, concurrency=concurrency, capacity=capacity, silence=silence)
        self._add_lane(lane)
        return lane

    def stats(self) -> tuple[LaneStats, ...]:
        """What each lane has done so far, in the order they were made."""
        return tuple(lane.stats() for lane in self._lanes)

    def start(self) -> None:
        """Start the workers; results go to the event loop that runs now."""
        if self._started:
            raise RuntimeError("an executor starts once")
        self._started = True
        for device in self._devices.values():
            device.start()
        for lane in self._lanes:
            lane.open()

    async def aclose(self, grace: float | None = None) -> None:
        """Refuse new and queued work, finish within `grace` seconds what is under way, fail the rest."""
        if not self._started or self._closed:
            return
        self._closed = True
        streams = [lane for lane in self._lanes if isinstance(lane, StreamLane)]
        parts: list[Device | StreamLane[Any]] = [*self._devices.values(), *streams]
        for lane in self._lanes:
            lane.close()
        if parts:
            await asyncio.wait([part.end() for part in parts], timeout=self._grace if grace is None else grace)
        for part in parts:
            part.abandon()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _check(self, limit: int) -> None:
        if self._closed:
            raise RuntimeError("the executor is closed")
        if limit < 1:
            raise ValueError("a lane runs at least one item at a time")

    def _add_lane(self, lane: BatchLane[Any, Any] | StreamLane[Any]) -> None:
        self._lanes.append(lane)
        if self._started:
            lane.open()
