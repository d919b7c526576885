"""How long somebody waits for the database: seconds while it is well, hardly at all while it fails.

A `StoreBreaker` for each way of asking (a chat's state, readings, writings), one `StoreCondition` for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import structlog

from core.errors import Fault, RapportError, StoreError
from core.store.errors import DATABASE_ERRORS, is_broken_text, store_error

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_SLICES = 10  # of the patience: an event loop that was held up once has not waited for all of it
_QUIET = 30.0  # seconds without a failure after which one is over: a full disk takes a small row now and then
_SLOW = frozenset({Fault.LOCKED, Fault.SILENT})  # what makes people wait
_SILENT = "The store at {address} doesn't answer. Is its disk, or its server, well?"


class GivenUp(Exception):
    """Nobody waits for this transaction any more, and its chat was told so: it must not be kept."""


class Attempt:
    """One transaction on its way, and whether somebody waits for it."""

    def __init__(self) -> None:
        self.is_given_up = self.is_begun = False

    def begin(self) -> None:
        """It is its turn. Raises `GivenUp` when nobody waits for it any more."""
        self._go_on()
        self.is_begun = True

    def keep(self) -> None:
        """All of it is done, and only has to be kept. Raises `GivenUp` as `begin` does."""
        self._go_on()

    def _go_on(self) -> None:
        if self.is_given_up:
            raise GivenUp


class StoreCondition:
    """Whether the store is well. The log is told when that changes, not with each message."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.fault: StoreError | None = None
        self.ways: list[StoreBreaker] = []
        self._failed_at = 0.0

    @property
    def is_silent(self) -> bool:
        """Whether something that was asked of the database last, in any way, got no answer."""
        return any(one.fault is not None and one.fault.fault is Fault.SILENT for one in self.ways)

    def failed(self, error: StoreError) -> None:
        """Something was asked of the database, and it failed."""
        self._failed_at = asyncio.get_running_loop().time()
        if self.fault is None or self.fault.fault is not error.fault:
            _log.error("store.fails", kind=str(error.fault), reason=str(error))
        self.fault = error

    def went_well(self) -> None:
        """Something was asked of it, in a way in which it may have failed before, and it did that."""
        if self.fault is not None and asyncio.get_running_loop().time() - self._failed_at >= _QUIET:
            _log.info("store.recovered", kind=str(self.fault.fault))
            self.fault = None


class StoreBreaker:
    """Runs what is asked of the database in one way, and gives up what takes too long.

    `patience` and `brief` are the seconds that somebody waits while the database is well, and while it fails. Whoever
    waits because others are being served (they get through) waits on.
    """

    def __init__(self, condition: StoreCondition, *, patience: float, brief: float) -> None:
        self._condition, self._patience, self._brief = condition, patience, brief
        condition.ways.append(self)
        self._under_way: set[asyncio.Task[Any]] = set()
        self._served = 0
        self.fault: StoreError | None = None

    async def run(self, attempt: Callable[[Attempt], Coroutine[Any, Any, T]]) -> T:
        """What the attempt returns. It goes on to its end, also when the caller is cancelled or gives it up.

        Raises what it raises, `StoreError` among that, and when it takes too long.
        """
        call = Attempt()
        task = asyncio.create_task(attempt(call))
        self._under_way.add(task)
        task.add_done_callback(partial(self._ended, call))
        slices, served = 0, self._served
        while not task.done():
            # A lock is in the way of who writes; a disk that keeps silent does so to everybody.
            slow = self._condition.is_silent or (self.fault is not None and self.fault.fault in _SLOW)
            await asyncio.wait([task], timeout=(self._brief if slow else self._patience) / _SLICES)
            slices, served = (slices + 1, served) if served == self._served else (0, self._served)
            if slices >= _SLICES and not task.done():
                call.is_given_up = True
                raise self._silent()
        return task.result()

    async def aclose(self) -> None:
        """Let what was begun finish, for as long as somebody would wait for it."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._patience)

    def went_well(self) -> None:
        """The database has done something that was asked of it in this way."""
        self._served += 1
        self.fault = None
        self._condition.went_well()

    def _silent(self) -> StoreError:
        """What is said to whoever has waited in vain: the fault that is known already, or that it is silent."""
        if self.fault is None or self.fault.fault not in _SLOW:
            self.fault = StoreError(_SILENT.format(address=self._condition.address), Fault.SILENT)
            self._condition.failed(self.fault)
        return self.fault

    def _ended(self, call: Attempt, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, DATABASE_ERRORS) and not is_broken_text(error):
            error = store_error(error, self._condition.address)
        if isinstance(error, StoreError):
            self.fault = error
            self._condition.failed(error)
        elif error is None or isinstance(error, RapportError) or (isinstance(error, GivenUp) and call.is_begun):
            self.went_well()
