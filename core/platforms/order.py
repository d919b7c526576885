"""A chat's messages are answered one after the other, chats side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.errors import Busy
from core.executor.fair_queue import SHUTTING_DOWN

_log = structlog.get_logger(__name__)


class ChatOrder:
    """Keeps each chat's order. Platforms hand in the work on a message in the order messages come."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Task[None]] = {}
        self._open: set[asyncio.Task[None]] = set()
        self._closed = False

    def __len__(self) -> int:
        """How many messages wait or are being answered."""
        return len(self._open)

    def begin(self, chat_key: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Do `work` once everything begun for the chat before is over; what fails there stops nothing.

        Raises `Busy` after `drain` was called.
        """
        if self._closed:
            raise Busy(SHUTTING_DOWN)
        task = asyncio.create_task(_after(self._last.get(chat_key), work))
        self._last[chat_key] = task
        self._open.add(task)
        task.add_done_callback(lambda done: self._over(chat_key, done))
        return task

    async def drain(self, seconds: float) -> None:
        """Take no more, wait for what is under way, and cancel what is not over after `seconds`."""
        self._closed = True
        if not self._open:
            return
        _, late = await asyncio.wait(self._open, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            _log.warning("turns.cut_off", messages=len(late))
            await asyncio.wait(late)

    def _over(self, chat_key: str, done: asyncio.Task[None]) -> None:
        self._open.discard(done)
        # So that the table holds only chats with work under way.
        if self._last.get(chat_key) is done:
            del self._last[chat_key]
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.error("turn.failed", platform=chat_key.partition(":")[0], error=type(error).__name__)


async def _after(before: asyncio.Task[None] | None, work: Callable[[], Awaitable[None]]) -> None:
    if before is not None:
        await asyncio.wait([before])
    await work()
