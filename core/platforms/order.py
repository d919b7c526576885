"""A chat's messages are answered one after the other, chats side by side.

What waits for somebody else's answer, such as a silent server's, lets those behind it pass: `give_way`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

import structlog

from core.errors import SHUTTING_DOWN, Busy, traced
from core.i18n.lazy_strings import gettext_noop

_log = structlog.get_logger(__name__)
_FULL = gettext_noop("There are still many messages waiting here. Give me a moment, then send it again.")


_PASSABLE: ContextVar[asyncio.Event | None] = ContextVar("that others may pass what is being answered", default=None)


def give_way() -> None:
    """Let the messages behind the one that is being answered here be answered meanwhile; it goes on beside them."""
    if passable := _PASSABLE.get():
        passable.set()


@dataclass(frozen=True, slots=True)
class _Submitted:
    """One message's task; urgent work doesn't wait for one that `may_be_overtaken`, and nobody for a `passable` one."""

    task: asyncio.Task[None]
    passable: asyncio.Event
    may_be_overtaken: bool


class ChatOrder:
    """Keeps each chat's order. Adapters submit the work on each message in the order in which messages come.

    `most` is how many messages of one chat may wait or be under way; 0 sets no limit.
    """

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._jobs: dict[str, list[_Submitted]] = {}  # of chats with work under way, oldest first
        self._closed = False

    def __len__(self) -> int:
        """How many messages wait or are being answered."""
        return sum(map(len, self._jobs.values()))

    def submit(
        self,
        chat_key: str,
        work: Callable[[], Awaitable[None]],
        *,
        urgent: bool = False,
        at_once: bool = False,
        may_be_overtaken: bool = False,
        limited: bool = True,
    ) -> asyncio.Task[None]:
        """Call `work` once everything submitted before for the chat is over; what fails there stops nothing.

        `urgent` work waits only for what may not be overtaken, work `at_once` for nothing. `work` is not called
        before the caller gives the event loop up. Raises `Busy` when too many messages of the chat wait, if it is
        `limited`, and after `drain` was called.
        """
        if self._closed:
            raise Busy(SHUTTING_DOWN)
        jobs = self._jobs.get(chat_key, [])
        if limited and self._most and len(jobs) >= self._most and not at_once:
            raise Busy(_FULL)
        before = [job.passable for job in jobs if not (at_once or (urgent and job.may_be_overtaken))]
        passable = asyncio.Event()
        job = _Submitted(asyncio.create_task(_run_after(before, work, passable)), passable, may_be_overtaken)
        self._jobs[chat_key] = [*jobs, job]
        job.task.add_done_callback(lambda _: self._finish(chat_key, job))
        return job.task

    async def drain(self, seconds: float) -> None:
        """Take no more, wait for what is under way, and cancel what is not over after `seconds`."""
        self._closed = True
        tasks = [job.task for jobs in self._jobs.values() for job in jobs]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            _log.warning("order.cut_off", messages=len(late))
            await asyncio.wait(late)

    def _finish(self, chat_key: str, job: _Submitted) -> None:
        job.passable.set()
        self._jobs[chat_key].remove(job)
        if not self._jobs[chat_key]:
            del self._jobs[chat_key]
        if not job.task.cancelled() and (error := job.task.exception()) is not None:
            _log.error("order.work_failed", platform=chat_key.partition(":")[0], error=traced(error))


async def _run_after(
    before: Sequence[asyncio.Event], work: Callable[[], Awaitable[None]], passable: asyncio.Event
) -> None:
    for one in before:
        await one.wait()
    _PASSABLE.set(passable)
    await work()
