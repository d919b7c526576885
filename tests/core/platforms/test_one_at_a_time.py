"""A platform that one of several processes serves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core.errors import PlatformError
from core.platforms.one_at_a_time import OneAtATime


class Served:
    """A platform that serves until it is told to end."""

    name = "test"

    def __init__(self) -> None:
        self.serves, self._end = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        self.serves.set()
        await self._end.wait()

    async def aclose(self) -> None:
        self._end.set()


class Turns:
    """Lets one after the other be the only one."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def alone(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        assert name == "serve test"
        async with self._lock:
            await work()


async def test_the_second_serves_when_the_first_ends_and_who_stands_by_can_end_at_any_time() -> None:
    turns, served = Turns(), [Served() for _ in range(3)]
    platforms = [OneAtATime(one, turns.alone, "test") for one in served]
    assert {one.name for one in platforms} == {"test"}
    running = []
    for platform in platforms:
        running.append(asyncio.create_task(platform.run()))
        await asyncio.sleep(0)
    await served[0].serves.wait()
    await platforms[1].aclose()
    await running[1]
    assert not served[1].serves.is_set()
    assert not served[2].serves.is_set()
    await platforms[0].aclose()
    await running[0]
    await served[2].serves.wait()
    await platforms[2].aclose()
    await running[2]


async def test_what_the_platform_fails_of_is_raised() -> None:
    class Failing(Served):
        async def run(self) -> None:
            raise PlatformError("It can't be reached.")

    with pytest.raises(PlatformError):
        await OneAtATime(Failing(), Turns().alone, "test").run()
