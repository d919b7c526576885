"""Platforms side by side: what one of them does wrong never stops the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from core.errors import ConfigError, PlatformError, RapportError
from core.platforms.background import until_one_ends
from core.platforms.status import Condition, Platform, PlatformStatus

_log = structlog.get_logger(__name__)
_STEADY = 120.0  # seconds of serving after which a failure is a new one
_GRACE = 5.0  # seconds beyond the limit that a platform gets to let go of its connections

BACKOFF = wait_random_exponential(multiplier=2, max=300, min=1)
"""Seconds before the next try: full jitter, so that many bots don't come back all at once."""

Build = Callable[[], Platform]
Sleep = Callable[[float], Coroutine[Any, Any, object]]


class Platforms:
    """Runs every platform, tries again what failed, and ends them within a limit.

    `builds` makes each platform anew for every try, under its name. `stop_seconds` is how long what is
    under way may take when it is time to stop. `wait` says how long to wait before the next try.
    """

    # stamina can't be told to stop while it waits: this is tenacity, which it is made of.

    def __init__(
        self,
        builds: Mapping[str, Build],
        platform_status: PlatformStatus,
        *,
        stop_seconds: float = 20,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[RetryCallState], float] = BACKOFF,
    ) -> None:
        self._builds, self._platform_status, self._stop_seconds = builds, platform_status, stop_seconds
        self._sleep, self._clock, self._wait = sleep, clock, wait
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until `stop`. Raises `PlatformError` when every platform has failed for good."""
        for name in self._builds:
            self._platform_status.note(name, Condition.STARTING)
        async with asyncio.TaskGroup() as group:
            for name, build in self._builds.items():
                group.create_task(self._serve_again(name, build))
        if not self._stopping.is_set():
            reasons = " ".join(state.reason for state in self._platform_status.all() if state.reason)
            raise PlatformError(reasons or "Every platform has stopped.", permanent=True)

    def stop(self) -> None:
        """Let every platform answer what is under way, within the limit; `run` then returns."""
        self._stopping.set()

    async def _serve_again(self, name: str, build: Build) -> None:
        """Serve on one platform, and after a failure that may pass serve again."""
        began = 0.0

        def count(state: RetryCallState) -> None:
            if self._clock() - began > _STEADY:
                state.attempt_number = 1

        def tell(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            # The text of an error that isn't ours may hold a token or a message.
            reason = str(error) if isinstance(error, RapportError) else f"It failed inside ({type(error).__name__})."
            self._platform_status.note(name, Condition.WAITING, reason)
            _log.warning("platform.retries", platform=name, reason=reason, seconds=round(state.upcoming_sleep, 1))

        tries = AsyncRetrying(
            retry=retry_if_exception(self._may_pass),
            wait=self._wait,
            sleep=lambda seconds: until_one_ends(self._stopping.wait(), self._sleep(seconds)),
            after=count,
            before_sleep=tell,
            reraise=True,
        )
        try:
            async for attempt in tries:
                with attempt:
                    if not self._stopping.is_set():
                        began = self._clock()
                        await self._serve(name, build)
        except Exception as error:  # noqa: BLE001 - the platforms' edge: its failure is not the others'
            if not self._stopping.is_set():
                self._platform_status.note(name, Condition.FAILED, str(error))
                if len(self._builds) > 1:  # else `run` raises it
                    _log.error("platform.failed", platform=name, reason=str(error))
                return
        self._platform_status.note(name, Condition.STOPPED)

    def _may_pass(self, error: BaseException) -> bool:
        """Whether trying again may help, and is wanted."""
        permanent = isinstance(error, ConfigError) or (isinstance(error, PlatformError) and error.permanent)
        return isinstance(error, Exception) and not permanent and not self._stopping.is_set()

    async def _serve(self, name: str, build: Build) -> None:
        """Build and run a platform until it ends or we are to stop. Raises what it failed of.

        At the end it may answer what is under way and let go of everything; it is cut off when that takes
        too long.
        """
        platform = build()
        self._platform_status.note(name, Condition.SERVING)
        running = asyncio.create_task(platform.run(), name=name)
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            closing = asyncio.create_task(platform.aclose())
            await asyncio.wait([closing], timeout=self._stop_seconds + _GRACE)
            await asyncio.wait([running], timeout=0 if not closing.done() else _GRACE)
            late = not (closing.done() and running.done())
            closing.cancel()
            running.cancel()
            outcomes = await asyncio.gather(closing, running, return_exceptions=True)
            if late or isinstance(outcomes[0], Exception):
                _log.warning("platform.closed_badly", platform=name, late=late, error=type(outcomes[0]).__name__)
        if not running.cancelled():
            running.result()
