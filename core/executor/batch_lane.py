"""Eager micro-batches: whatever is queued when the device comes free is its next batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Generic, TypeVar

import structlog

from core.counting import counted
from core.errors import FULL, LATE, SHUTTING_DOWN, Busy, ModelError
from core.executor.device import Batch, Device, Entry
from core.executor.stats import LaneStats, Tally
from core.fairness import FairQueue
from core.i18n.lazy_strings import LazyString, lazy_gettext

T = TypeVar("T")
R = TypeVar("R")

_log = structlog.get_logger()


class BatchLane(Generic[T, R]):
    """The way of one model's items to its device. Made by `Executor.lane`, which explains the arguments."""

    def __init__(
        self,
        name: str,
        run: Callable[[Sequence[T]], Sequence[R]],
        device: Device,
        *,
        max_batch: int,
        capacity: int,
        run_timeout: float,
        is_out_of_memory: Callable[[BaseException], bool],
        loading: Callable[[], bool],
    ) -> None:
        self.name, self.run_timeout, self.loading = name, run_timeout, loading
        self._run, self._device, self._is_out_of_memory = run, device, is_out_of_memory
        self._limit = max_batch  # the worker's to change
        self._proven = 0  # the largest part of the present run that fitted into memory; the worker's too
        self._queue: FairQueue[Entry[T, R]] = FairQueue(capacity)  # under the device's lock
        self._tally = Tally()
        self._next_check: asyncio.TimerHandle | None = None
        self._open = False
        self._closed = False

    # ── for those who wait ────────────────────────────────────────────────────────────────────────

    async def submit(self, item: T, *, chat: str = "", deadline: float | None = None) -> R:
        """The model's result for `item`, which waits while other chats have their turn.

        `deadline`, in the event loop's time, is when its run must have begun. Cancelling takes it
        out of the queue at once. Raises `Busy` when the queue is full, the deadline has passed or the
        executor shuts down, `ModelError` when the run hangs, else what the model raised for this item.
        """
        loop = asyncio.get_running_loop()
        entry: Entry[T, R] = Entry(item, chat, loop.create_future(), deadline)
        self._enqueue(entry, loop)
        expiry = loop.call_at(deadline, self._expire, entry) if deadline is not None else None
        try:
            return await entry.future
        finally:
            if expiry is not None:
                expiry.cancel()
            if entry.future.cancelled():
                self._tally.dropped += 1
                with self._device.lock:
                    self._queue.remove(chat, entry)

    def stats(self) -> LaneStats:
        """What this lane has done so far."""
        return self._tally.snapshot(
            self.name, waiting=len(self._queue), running=self._device.running(self), limit=self._limit
        )

    @property
    def load(self) -> int:
        """How many items wait or are being run."""
        return len(self._queue) + self._device.running(self)

    @property
    def dead(self) -> bool:
        """Whether its device has hung too often to be used any more."""
        return self._device.dead

    def _enqueue(self, entry: Entry[T, R], loop: asyncio.AbstractEventLoop) -> None:
        if not self._open:
            raise RuntimeError("submit inside `async with executor`")
        try:
            if self._closed:
                raise Busy(SHUTTING_DOWN)
            if entry.deadline is not None and entry.deadline <= loop.time():
                raise Busy(LATE)
            if self._device.dead:
                raise ModelError(self._dead())
            with self._device.lock:
                evicted = self._queue.put(entry.chat, entry)
                self._device.wake()
        except Busy:
            self._tally.refused += 1
            raise
        if evicted is not None:
            self.refuse([evicted], FULL)
        if self._next_check is None:
            self._next_check = loop.call_later(self.run_timeout, self._check)

    def _expire(self, entry: Entry[T, R]) -> None:
        with self._device.lock:
            if entry.taken or entry.future.done():
                return
            self._queue.remove(entry.chat, entry)
        self.refuse([entry], LATE)

    def _check(self) -> None:
        """Look for a hung run; as long as there is work, look again."""
        wait = self._device.check(self)
        busy = len(self._queue) > 0 or self._device.running(self) > 0
        self._next_check = asyncio.get_running_loop().call_later(wait, self._check) if busy else None

    # ── for the executor ──────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """Accept items from now on."""
        self._open = True

    def close(self) -> None:
        """Refuse new items and those that still wait; a run under way goes on."""
        self._closed = True
        with self._device.lock:
            waiting = self._queue.clear()
        self.refuse(waiting, SHUTTING_DOWN)
        if self._next_check is not None:
            self._next_check.cancel()

    # ── for the device ────────────────────────────────────────────────────────────────────────────

    def take(self) -> Batch:
        """The next batch: chats in turn, without those who went away and those who are too late."""
        batch: list[Entry[T, R]] = []
        now = monotonic()
        while len(batch) < self._limit and (entry := self._queue.take()) is not None:
            late = entry.deadline is not None and entry.deadline <= now
            if not late and not entry.future.done():  # the late are told by their timer
                entry.taken = True
                batch.append(entry)
        self._proven = 0
        return batch

    def attempt(self, batch: Batch) -> list[Any] | None:
        """Run the model once: for each entry its result or an exception, or None to try the halves."""
        try:
            results = list(self._run([entry.item for entry in batch]))
        except BaseException as error:  # noqa: BLE001 - the executor's edge; Rust's panics are no Exceptions
            if self._is_out_of_memory(error):
                self._limit = max(len(batch) // 2, self._proven, 1)
                _log.warning("out of memory", lane=self.name, size=len(batch), limit=self._limit)
            if len(batch) > 1:
                return None
            if isinstance(error, Exception) and not isinstance(error, StopIteration):
                return [error]
            failure = ModelError(f"The {self.name} model failed ({type(error).__name__}).")  # futures don't carry these
            failure.__cause__ = error
            return [failure]
        self._proven = max(self._proven, len(batch))
        self._limit = max(self._limit, self._proven)
        if len(results) != len(batch):
            gave = f"{counted(len(results), 'result')} for {counted(len(batch), 'input')}"
            text = f"The {self.name} model gave {gave}."
            return [ModelError(text) for _ in batch]
        return results

    def settle(self, batch: Batch, outcomes: Sequence[Any], seconds: float) -> None:
        """Hand each outcome to the one who waits for it; an exception is raised there."""
        self._tally.ran(len(batch), seconds)
        for entry, outcome in zip(batch, outcomes, strict=False):  # a failed attempt has no outcomes yet
            if entry.future.done():
                continue
            if isinstance(outcome, Exception):
                self._tally.failed += 1
                entry.future.set_exception(outcome)
            else:
                self._tally.answered += 1
                entry.future.set_result(outcome)

    def hang(self, batch: Batch) -> None:
        """Tell those who wait that their run hangs, and if no worker is left, all who are queued."""
        self._tally.hung += 1
        sentence = lazy_gettext(
            "The {lane} model stopped responding and was given up. Please send that again.", lane=self.name
        )
        self._fail(batch, sentence)
        if self._device.dead:
            with self._device.lock:
                queued = self._queue.clear()
            self._fail(queued, self._dead())

    def refuse(self, batch: Batch, sentence: str) -> None:
        """Tell those who still wait that they come at a bad time."""
        for entry in batch:
            if not entry.future.done():
                self._tally.refused += 1
                entry.future.set_exception(Busy(sentence))

    def _fail(self, batch: Batch, sentence: LazyString) -> None:
        for entry in batch:
            if not entry.future.done():
                self._tally.failed += 1
                entry.future.set_exception(ModelError(sentence))

    def _dead(self) -> LazyString:
        return lazy_gettext("The {lane} model does not respond any more. Rapport has to be restarted.", lane=self.name)
