"""Answers that come in pieces: a few streams at a time, chats in turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from time import monotonic
from typing import Generic, TypeVar

from core.errors import FULL, LATE, SHUTTING_DOWN, Busy, GeneratorError
from core.executor.stats import LaneStats, Tally
from core.fairness import FairQueue
from core.i18n.lazy_strings import lazy_gettext

T = TypeVar("T")


class StreamLane(Generic[T]):
    """A generator's slots and the queue before them. Made by `Executor.stream_lane`.

    All of it runs on the event loop; a generator that blocks brings its own thread.
    """

    def __init__(
        self,
        name: str,
        generate: Callable[[T], AsyncIterator[str]],
        *,
        concurrency: int,
        capacity: int,
        silence: float,
    ) -> None:
        self.name = name
        self._generate, self._concurrency, self._silence = generate, concurrency, silence
        self._queue: FairQueue[asyncio.Future[None]] = FairQueue(capacity)
        self._running = 0
        self._waits: set[asyncio.Timeout] = set()  # one for each stream that waits for its next piece
        self._tally = Tally()
        self._opened = self._closed = self._abandoned = False

    async def stream(self, item: T, *, chat: str = "", deadline: float | None = None) -> AsyncGenerator[str, None]:
        """The pieces of the answer to `item`, once it is the chat's turn.

        `deadline`, in the event loop's time, is when it must have begun. Cancelling the caller, or
        closing this (use `contextlib.aclosing` where the loop may end early), closes the underlying
        generator and frees the slot. Raises `Busy` when the queue is full, the deadline has passed or
        the executor shuts down, `GeneratorError` after too long a silence, else what the generator raises.
        """
        await self._wait_for_slot(chat, deadline)
        began = monotonic()
        try:
            pieces = self._generate(item)
            try:
                while (piece := await self._next(pieces)) is not None:
                    yield piece
            finally:
                if isinstance(pieces, AsyncGenerator):
                    await pieces.aclose()
        except Exception:
            self._tally.failed += 1
            raise
        except BaseException:  # cancelled or closed
            self._tally.dropped += 1
            raise
        else:
            self._tally.answered += 1
        finally:
            self._tally.ran(1, monotonic() - began)
            self._release_slot()

    def stats(self) -> LaneStats:
        """What this lane has done so far; its runs are streams, of size 1."""
        return self._tally.snapshot(self.name, waiting=len(self._queue), running=self._running, limit=self._concurrency)

    # ── slots ─────────────────────────────────────────────────────────────────────────────────────

    async def _wait_for_slot(self, chat: str, deadline: float | None) -> None:
        """Take a free slot, or wait until a stream that ends hands its own over. Raises `Busy`."""
        if not self._opened:
            raise RuntimeError("stream inside `async with executor`")
        loop = asyncio.get_running_loop()
        late = deadline is not None and deadline <= loop.time()
        if late or self._closed:
            self._tally.refused += 1
            raise Busy(SHUTTING_DOWN if self._closed else LATE)
        if self._running < self._concurrency:
            self._running += 1
            return
        waiter: asyncio.Future[None] = loop.create_future()
        try:
            evicted = self._queue.put(chat, waiter)
        except Busy:
            self._tally.refused += 1
            raise
        if evicted is not None:
            self._refuse(evicted, FULL)
        expiry = loop.call_at(deadline, self._expire, chat, waiter) if deadline is not None else None
        try:
            await waiter
        except asyncio.CancelledError:
            self._tally.dropped += 1
            self._queue.remove(chat, waiter)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._release_slot()  # it was handed over in the very moment of the cancellation
            raise
        finally:
            if expiry is not None:
                expiry.cancel()

    def _expire(self, chat: str, waiter: asyncio.Future[None]) -> None:
        if self._queue.remove(chat, waiter):
            self._refuse(waiter, LATE)

    def _refuse(self, waiter: asyncio.Future[None], sentence: str) -> None:
        if not waiter.done():
            self._tally.refused += 1
            waiter.set_exception(Busy(sentence))

    def _release_slot(self) -> None:
        """Hand the slot to whoever's turn it is."""
        while (waiter := self._queue.take()) is not None:
            if not waiter.done():
                waiter.set_result(None)
                return
        self._running -= 1
        if self._closed and self._running == 0:
            self._ended.set_result(None)

    # ── a stream's pieces ─────────────────────────────────────────────────────────────────────────

    async def _next(self, pieces: AsyncIterator[str]) -> str | None:
        """The next piece; None at the end."""
        if self._abandoned:
            raise Busy(SHUTTING_DOWN)
        wait = asyncio.timeout(self._silence)
        try:
            async with wait:
                self._waits.add(wait)
                return await anext(pieces, None)
        except TimeoutError:
            if not wait.expired():
                raise
            if self._abandoned:
                raise Busy(SHUTTING_DOWN) from None
            self._tally.hung += 1
            sentence = lazy_gettext("The {lane} model fell silent. Please ask again.", lane=self.name)
            raise GeneratorError(sentence) from None
        finally:
            self._waits.discard(wait)

    # ── for the executor ──────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """Accept items from now on."""
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opened = True

    def close(self) -> None:
        """Refuse new items and those that wait; streams under way go on."""
        self._closed = True
        for waiter in self._queue.clear():
            self._refuse(waiter, SHUTTING_DOWN)

    def end(self) -> asyncio.Future[None]:
        """After `close`: a future that is done when the last stream has ended."""
        if self._running == 0:
            self._ended.set_result(None)
        return self._ended

    def abandon(self) -> None:
        """End the streams that still run."""
        self._abandoned = True
        for wait in self._waits:
            wait.reschedule(asyncio.get_running_loop().time())
