"""What goes on in the background, supervised: what fails is logged, tried again with growing pauses, and told of.

Work that nobody waits for is a chore: its error would reach nobody, and it would end without a word. All such work is
started here; tasks that somebody waits for may be started elsewhere (`tests/house/tasks.py` names them).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

import structlog

from core.errors import ConfigError, ModelError, StoreError, traced

_log = structlog.get_logger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0  # seconds before a chore that failed is tried again; doubled each time
_FOR_HOSTS = (ConfigError, ModelError, StoreError)  # their sentences are for the host; another's may quote people


class ChoreCondition(StrEnum):
    """What a chore is doing."""

    RUNNING = "running"  # or waiting for its next turn
    RETRYING = "retrying"  # it failed, and is tried again
    DONE = "done"  # there is no more to do


@dataclass(frozen=True, slots=True)
class ChoreState:
    """One chore at one moment: its failures, those since it last went well, and the last one's reason or ""."""

    name: str
    condition: ChoreCondition = ChoreCondition.RUNNING
    reason: str = ""
    failures: int = 0
    in_a_row: int = 0


class Chores:
    """Runs chores from `start` until they are done or stopped. Each keeps on, whatever it fails of.

    `sleep` waits between two runs.
    """

    def __init__(self, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._states: dict[str, ChoreState] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(
        self, name: str, work: Callable[[], Awaitable[object]], *, every: float | None = None, after: float = 0.0
    ) -> None:
        """Await `work()` after `after` seconds: again `every` so many seconds, or until it went well once.

        One that failed is tried again after 1, 2, 4 … 300 seconds, sooner than `every` only where that is longer. A
        chore of the same name takes the other's place.
        """
        if name in self._tasks:
            self._tasks[name].cancel()
        self._states[name] = ChoreState(name)
        self._tasks[name] = asyncio.create_task(self._supervise(name, work, every, after), name=name)

    async def stop(self, *names: str) -> None:
        """End chores; nothing is told of them any more."""
        ended = [self._tasks.pop(name) for name in names if name in self._tasks]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)
        for name in names:
            self._states.pop(name, None)

    async def aclose(self) -> None:
        """End all of them."""
        await self.stop(*self._tasks)

    @asynccontextmanager
    async def beside(
        self, name: str, work: Callable[[], Awaitable[object]], *, every: float, after: float = 0.0
    ) -> AsyncIterator[None]:
        """Have a chore done for as long as the block runs."""
        self.start(name, work, every=every, after=after)
        try:
            yield
        finally:
            await self.stop(name)

    def all(self) -> tuple[ChoreState, ...]:
        """The state of each, in the order in which they were started."""
        return tuple(self._states.values())

    async def _supervise(
        self, name: str, work: Callable[[], Awaitable[object]], every: float | None, after: float
    ) -> None:
        failures = in_a_row = 0
        pause = after
        while True:
            await self._sleep(pause)
            try:
                await work()
            except BaseException as error:
                task = asyncio.current_task()
                if isinstance(error, KeyboardInterrupt | SystemExit) or (task is not None and task.cancelling()):
                    raise
                failures, in_a_row = failures + 1, in_a_row + 1
                pause = min(_LONGEST_PAUSE, max(every or 0.0, _FIRST_PAUSE * 2 ** min(in_a_row - 1, 30)))
                reason = str(error) if isinstance(error, _FOR_HOSTS) else type(error).__name__
                self._states[name] = ChoreState(name, ChoreCondition.RETRYING, reason, failures, in_a_row)
                _log.error("chore.failed", chore=name, error=traced(error), reason=reason, again_in=pause)
                continue
            in_a_row = 0
            condition = ChoreCondition.DONE if every is None else ChoreCondition.RUNNING
            self._states[name] = ChoreState(name, condition, failures=failures)
            if every is None:
                return
            pause = every
