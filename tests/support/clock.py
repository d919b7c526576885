"""An event loop whose clock a test can put forward, so that long waits cost no time and short ones aren't needed."""

from __future__ import annotations

import asyncio


class SkippingLoop(asyncio.SelectorEventLoop):
    """The loop of every test. Its time runs with the real one, and ahead by what was skipped."""

    _ahead = 0.0

    def time(self) -> float:
        """Seconds by this loop's clock, which timers and timeouts go by."""
        return super().time() + self._ahead

    def skip(self, seconds: float) -> None:
        """Let that time have passed: what waits for less wakes up next."""
        self._ahead += seconds


def skip(seconds: float) -> None:
    """Put the running loop's clock forward by that many seconds."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    loop.skip(seconds)
