"""Platforms side by side: what one of them does wrong never stops the others."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from core.errors import ConfigError, PlatformError, RapportError
from core.platforms.status import Condition, Platform, PlatformStatus

_log = structlog.get_logger(__name__)
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 300.0
_STEADY = 120.0  # seconds of serving after which a failure is a new one
_GRACE = 5.0  # seconds beyond the limit that a platform gets to let go of its connections

Build = Callable[[], Platform]
Sleep = Callable[[float], Awaitable[object]]


class Platforms:
    """Runs every platform, tries again what failed, and ends them within a limit.

    `builds` makes each platform anew for every try, under its name. `stop_seconds` is how long what is
    under way may take when it is time to stop. `draw` picks the wait between 0 and the longest one.
    """

    def __init__(
        self,
        builds: Mapping[str, Build],
        platform_status: PlatformStatus,
        *,
        stop_seconds: float = 20,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._builds, self._platform_status, self._stop_seconds = builds, platform_status, stop_seconds
        self._sleep, self._clock, self._draw = sleep, clock, draw
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until `stop`. Raises `PlatformError` when every platform has failed for good."""
        for name in self._builds:
            self._platform_status.note(name, Condition.STARTING)
        async with asyncio.TaskGroup() as group:
            for name, build in self._builds.items():
                group.create_task(self._keep(name, build))
        if not self._stopping.is_set():
            reasons = " ".join(state.reason for state in self._platform_status.all() if state.reason)
            raise PlatformError(reasons or "Every platform has stopped.", permanent=True)

    def stop(self) -> None:
        """Let every platform answer what is under way, within the limit; `run` then returns."""
        self._stopping.set()

    async def _keep(self, name: str, build: Build) -> None:
        """One platform: serve, and after a failure that may pass serve again."""
        tries = 0
        while not self._stopping.is_set():
            began = self._clock()
            error = await self._serve(name, build)
            if error is None or self._stopping.is_set():
                self._platform_status.note(name, Condition.STOPPED)
                return
            if _is_permanent(error):
                self._platform_status.note(name, Condition.FAILED, str(error))
                if len(self._builds) > 1:  # else `run` raises it
                    _log.error("platform.failed", platform=name, reason=str(error))
                return
            tries = 1 if self._clock() - began > _STEADY else tries + 1
            await self._wait(name, tries, error)

    async def _wait(self, name: str, tries: int, error: BaseException) -> None:
        """Exponential backoff with full jitter, so that many bots don't come back all at once."""
        longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries, 16))
        seconds = self._draw(_FIRST_WAIT, longest)
        self._platform_status.note(name, Condition.WAITING, _reason(error))
        _log.warning("platform.retries", platform=name, reason=_reason(error), seconds=round(seconds, 1))
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._stopping.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()

    async def _serve(self, name: str, build: Build) -> BaseException | None:
        """Build and run a platform until it ends or we are to stop; returns what it failed of."""
        try:
            platform = build()
        except Exception as error:  # noqa: BLE001 - the platforms' edge: its failure is not the others'
            return error
        self._platform_status.note(name, Condition.SERVING)
        running = asyncio.create_task(platform.run(), name=name)
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            await self._end(name, platform, running)
        return None if running.cancelled() else running.exception()

    async def _end(self, name: str, platform: Platform, running: asyncio.Task[None]) -> None:
        """Let it answer what is under way and let go of everything; cut it off when it takes too long."""
        closing = asyncio.create_task(platform.aclose())
        await asyncio.wait([closing], timeout=self._stop_seconds + _GRACE)
        await asyncio.wait([running], timeout=0 if not closing.done() else _GRACE)
        late = not (closing.done() and running.done())
        closing.cancel()
        running.cancel()
        outcomes = await asyncio.gather(closing, running, return_exceptions=True)
        if late or isinstance(outcomes[0], Exception):
            _log.warning("platform.closed_badly", platform=name, late=late, error=type(outcomes[0]).__name__)


def _is_permanent(error: BaseException) -> bool:
    return isinstance(error, ConfigError) or (isinstance(error, PlatformError) and error.permanent)


def _reason(error: BaseException) -> str:
    """Why, for the host. The text of an error that isn't ours may hold a token or a message."""
    if isinstance(error, RapportError):
        return str(error)
    return f"It failed inside ({type(error).__name__})."
