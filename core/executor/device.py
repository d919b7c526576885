"""A device and its one worker thread, which takes what its lanes have queued the moment it is free.

Two threads meet here. The event loop's thread queues entries, resolves futures and counts; the worker
takes batches and runs models. What both touch (the lanes' queues, the run under way) is guarded by the
device's `lock`, which is never held while a model runs.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

import structlog

from core.errors import SHUTTING_DOWN

T = TypeVar("T")
R = TypeVar("R")

_MOST_STUCK = 4  # a thread that hangs can't be ended, only left behind; with so many the device is dead

_log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Entry(Generic[T, R]):
    """One submitted item and whoever waits for it. `taken` is set once it is part of a run."""

    item: T
    chat: str
    future: asyncio.Future[R]
    deadline: float | None
    taken: bool = False


Batch = Sequence[Entry[Any, Any]]


class Lane(Protocol):
    """What a device asks of its lanes."""

    @property
    def name(self) -> str:
        """What it is called in logs and sentences."""
        ...

    @property
    def run_timeout(self) -> float:
        """Seconds after which a run counts as hung."""
        ...

    def loading(self) -> bool:
        """Whether its model is just being loaded: meanwhile a run doesn't count as hung."""
        ...

    def take(self) -> Batch:
        """The next batch, empty when nothing is queued. Called on the worker, under the lock."""
        ...

    def attempt(self, batch: Batch) -> list[Any] | None:
        """Run the model: for each entry a result or an exception; None asks for the batch's halves."""
        ...

    def settle(self, batch: Batch, outcomes: Sequence[Any], seconds: float) -> None:
        """Hand the outcomes to those who wait. Called on the event loop."""
        ...

    def hang(self, batch: Batch) -> None:
        """Tell those who wait that their run hangs. Called on the event loop."""
        ...

    def refuse(self, batch: Batch, sentence: str) -> None:
        """Tell those who wait why they get nothing. Called on the event loop."""
        ...


@dataclass(slots=True, eq=False)
class _Run:
    """A batch under way: the part being attempted since `began`, and the parts still to come."""

    lane: Lane
    parts: list[Batch]
    part: Batch = ()
    began: float = 0.0

    def waiting(self) -> Batch:
        """All who still wait for this run."""
        return [entry for part in (self.part, *self.parts) for entry in part if not entry.future.done()]

    def next(self) -> Batch:
        """The part to attempt now, without those who went away meanwhile; empty when all is done."""
        self.part = ()
        while self.parts and not self.part:
            self.part = [entry for entry in self.parts.pop() if not entry.future.done()]
        self.began = monotonic()
        return self.part

    def halve(self) -> None:
        """Attempt the part again as two."""
        middle = len(self.part) // 2
        self.parts += (self.part[middle:], self.part[:middle])


class Device:
    """One worker thread that serves its lanes in turn; begun by `start`, ended by `end`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.Condition()  # the worker sleeps on it
        self._lanes: deque[Lane] = deque()
        self._run: _Run | None = None
        self._closing = False
        self._worker: threading.Thread | None = None
        self._stuck: list[threading.Thread] = []

    # ── on the event loop ─────────────────────────────────────────────────────────────────────────

    def add(self, lane: Lane) -> None:
        """Serve `lane` too."""
        with self.lock:
            self._lanes.append(lane)

    def start(self) -> None:
        """Start the worker; outcomes go to the event loop that runs now."""
        self._loop = asyncio.get_running_loop()
        self._gone = self._loop.create_future()
        with self.lock:
            self._start_worker()

    @property
    def dead(self) -> bool:
        """Whether it has hung so often that it is left without a worker, until one comes back."""
        return self._worker is None

    def wake(self) -> None:
        """Say that something is queued; the caller holds the lock."""
        self.lock.notify()

    def running(self, lane: Lane) -> int:
        """How many of the lane's entries are being run."""
        with self.lock:
            return len(self._run.waiting()) if self._run is not None and self._run.lane is lane else 0

    def check(self, lane: Lane) -> float:
        """Seconds after which to look at the lane again; its run is given up if it is overdue."""
        with self.lock:
            run = self._run
            if run is None or run.lane is not lane:
                return lane.run_timeout
            if lane.loading():  # however slow the disk is: the run's time begins when that is over
                run.began = monotonic()
            left = run.began + lane.run_timeout - monotonic()
            if left > 0:
                return left
            self._run = None
            # Leave the stuck worker behind and start another, unless too many are stuck already.
            self._stuck = [
                thread for thread in (*self._stuck, self._worker) if thread is not None and thread.is_alive()
            ]
            self._worker = None
            if len(self._stuck) < _MOST_STUCK:
                self._start_worker()
        _log.error("a run hangs and was given up", lane=lane.name, device=self.name, size=len(run.part))
        lane.hang(run.waiting())
        return lane.run_timeout

    def end(self) -> asyncio.Future[None]:
        """Take no further batch. The future is done when the worker has gone."""
        with self.lock:
            self._closing = True
            self.lock.notify_all()
            if self._worker is None:
                self._gone.set_result(None)
        return self._gone

    def abandon(self) -> None:
        """Give up the run under way, if there is one; its thread is left behind."""
        with self.lock:
            run, self._run = self._run, None
        if run is not None:
            run.lane.refuse(run.waiting(), SHUTTING_DOWN)

    def _start_worker(self) -> None:
        self._worker = threading.Thread(target=self._work, name=f"rapport-{self.name}", daemon=True)
        self._worker.start()

    # ── on the worker ─────────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        """Attempt run after run, part by part, until this thread has to go."""
        while (run := self._next_run()) is not None:
            while True:
                with self.lock:
                    part = run.next()
                    if not part:
                        self._run = None
                        break
                outcomes = run.lane.attempt(part)
                seconds = monotonic() - run.began
                with self.lock:
                    if self._run is not run:  # this worker was given up as stuck, and came back
                        if self._worker is None and not self._closing:
                            self._worker = threading.current_thread()
                        if self._worker is not threading.current_thread():
                            return  # the device has another
                        break
                    if outcomes is None:
                        run.halve()
                self._tell(run.lane.settle, part, outcomes or (), seconds)
        self._tell(self._gone.set_result, None)

    def _next_run(self) -> _Run | None:
        """The next lane's batch as soon as there is one; None when it is time to go."""
        with self.lock:
            while not self._closing:
                for _ in range(len(self._lanes)):
                    lane = self._lanes[0]
                    self._lanes.rotate(-1)
                    if batch := lane.take():
                        self._run = _Run(lane, [batch])
                        return self._run
                self.lock.wait()
        return None

    def _tell(self, callback: Callable[..., object], *args: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(callback, *args)
