"""Time that passes evenly, whatever the system's clock is set to meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def seconds_since_boot() -> float:
    """Seconds that only ever grow; where the system tells it, those in which it was suspended count."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class SteadyClock:
    """Moments for deadlines: the system's time at the start, and from there on the seconds that have passed."""

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = seconds_since_boot,
    ) -> None:
        self._elapsed, self._start, self._begin = elapsed, wall(), elapsed()

    def __call__(self) -> datetime:
        """This moment."""
        return self._start + timedelta(seconds=self._elapsed() - self._begin)
