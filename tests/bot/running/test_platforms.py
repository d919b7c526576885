"""The runner of platforms, with platforms that do what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from tenacity import AsyncRetrying, RetryCallState, wait_exponential

from bot.running.platforms import BACKOFF, Platforms
from core.errors import PlatformError
from core.platforms.status import Condition, PlatformStatus


@dataclass
class FakePlatform:
    """Fails as it is told to, one error each time it is built; else it serves until it is closed."""

    name: str
    failures: list[Exception] = field(default_factory=list)
    built: int = 0
    serving: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    before_closing: Callable[[], Awaitable[object]] | None = None

    def build(self) -> FakePlatform:
        self.built += 1
        return self

    async def run(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.serving.set()
        await self.closed.wait()

    async def aclose(self) -> None:
        if self.serving.is_set() and self.before_closing is not None:
            await self.before_closing()
        if self.serving.is_set():
            self.closed.set()


LONGEST = wait_exponential(BACKOFF.multiplier, BACKOFF.max, BACKOFF.exp_base, BACKOFF.min)  # without its jitter


class HeardStatus(PlatformStatus):
    """Sets `failed` once a platform has failed for good."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = asyncio.Event()

    def note(self, name: str, condition: Condition, reason: str = "") -> None:
        super().note(name, condition, reason)
        if condition is Condition.FAILED:
            self.failed.set()


class Runner:
    """Platforms with a clock and a sleep that cost no time; `waits` are the seconds, as long as they may be."""

    def __init__(self, *platforms: FakePlatform, stop_seconds: float = 20) -> None:
        self.platform_status, self.waits, self.now = HeardStatus(), list[float](), 0.0
        self.platforms = Platforms(
            {one.name: one.build for one in platforms},
            self.platform_status,
            stop_seconds=stop_seconds,
            sleep=self.sleep,
            clock=lambda: self.now,
            wait=LONGEST,
        )

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def conditions(self) -> dict[str, Condition]:
        return {one.name: one.condition for one in self.platform_status.all()}


async def test_a_platform_that_fails_for_good_is_not_tried_again_and_stops_nobody() -> None:
    bad = FakePlatform("telegram", [PlatformError("The token isn't valid.", permanent=True)])
    good = FakePlatform("web")
    runner = Runner(bad, good)
    running = asyncio.create_task(runner.platforms.run())
    await good.serving.wait()
    await runner.platform_status.failed.wait()
    assert bad.built == 1
    assert runner.conditions() == {"telegram": Condition.FAILED, "web": Condition.SERVING}
    assert runner.platform_status.all()[0].reason == "The token isn't valid."
    runner.platforms.stop()
    await running
    assert good.closed.is_set()
    assert runner.conditions()["web"] is Condition.STOPPED


async def test_a_failure_that_may_pass_is_tried_again_after_longer_and_longer_waits() -> None:
    outage = [PlatformError("No network."), OSError("secret-token in a URL"), PlatformError("No network.")]
    flaky = FakePlatform("discord", [*outage, *outage, *outage, *outage])
    runner = Runner(flaky)
    running = asyncio.create_task(runner.platforms.run())
    await flaky.serving.wait()
    assert runner.waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    state = runner.platform_status.all()[0]
    assert (state.condition, state.failures) == (Condition.SERVING, 12)
    runner.platforms.stop()
    await running


def test_bots_that_failed_at_the_same_time_do_not_come_back_at_the_same_time() -> None:
    state = RetryCallState(AsyncRetrying(), None, (), {})
    for state.attempt_number, longest in enumerate((2, 4, 8, 16, 32, 64, 128, 256, 300, 300), 1):
        waits = [BACKOFF(state) for _ in range(300)]
        assert 1 <= min(waits) < 1 + 0.2 * (longest - 1)
        assert 1 + 0.8 * (longest - 1) < max(waits) <= longest


async def test_an_error_from_inside_is_told_by_its_kind_alone() -> None:
    flaky = FakePlatform("discord", [OSError("https://host/bot-secret-token/")])
    runner = Runner(flaky)
    told = list[str]()

    async def keep_trying(_: float) -> None:
        told.extend(one.reason for one in runner.platform_status.all())

    runner.platforms = Platforms({"discord": flaky.build}, runner.platform_status, sleep=keep_trying)
    running = asyncio.create_task(runner.platforms.run())
    await flaky.serving.wait()
    assert told == ["It failed inside (OSError)."]
    runner.platforms.stop()
    await running


async def test_after_a_long_time_of_serving_a_failure_is_a_new_one() -> None:
    flaky = FakePlatform("discord", [OSError(), OSError(), OSError()])
    runner = Runner(flaky)
    platforms = Platforms(
        {"discord": flaky.build},
        runner.platform_status,
        sleep=runner.sleep,
        clock=lambda: 3600.0 * flaky.built,  # an hour passes in each try
        wait=LONGEST,
    )
    running = asyncio.create_task(platforms.run())
    await flaky.serving.wait()
    assert runner.waits == [2, 2, 2]
    platforms.stop()
    await running


async def test_when_every_platform_has_failed_for_good_the_reasons_are_raised() -> None:
    runner = Runner(
        FakePlatform("a", [PlatformError("Token A is bad.", permanent=True)]),
        FakePlatform("b", [PlatformError("Token B is bad.", permanent=True)]),
    )
    with pytest.raises(PlatformError, match=r"Token A is bad\. Token B is bad\."):
        await runner.platforms.run()


async def test_stopping_waits_for_what_is_under_way() -> None:
    answered = asyncio.Event()
    slow = FakePlatform("web", before_closing=answered.wait)
    runner = Runner(slow)
    running = asyncio.create_task(runner.platforms.run())
    await slow.serving.wait()
    runner.platforms.stop()
    await asyncio.sleep(0.01)
    assert not running.done()
    answered.set()
    await running


async def test_a_platform_that_never_ends_is_cut_off_at_the_limit() -> None:
    stuck = FakePlatform("web", before_closing=asyncio.Event().wait)
    runner = Runner(stuck, stop_seconds=-5)  # and the grace of 5: no time at all
    running = asyncio.create_task(runner.platforms.run())
    await stuck.serving.wait()
    runner.platforms.stop()
    await running
    assert not stuck.closed.is_set()


async def test_stopping_ends_a_wait_for_the_next_try() -> None:
    flaky = FakePlatform("discord", [OSError()])
    platform_status, waiting = PlatformStatus(), asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    platforms = Platforms({"discord": flaky.build}, platform_status, sleep=sleep)
    running = asyncio.create_task(platforms.run())
    await waiting.wait()
    platforms.stop()
    await running
    assert flaky.built == 1


async def test_a_platform_that_can_not_even_be_built_stops_nobody() -> None:
    good = FakePlatform("web")

    def broken() -> FakePlatform:
        raise PlatformError("Its proxy has no host.", permanent=True)

    platform_status = HeardStatus()
    platforms = Platforms({"telegram": broken, "web": good.build}, platform_status)
    running = asyncio.create_task(platforms.run())
    await good.serving.wait()
    await platform_status.failed.wait()
    assert [one.condition for one in platform_status.all()] == [Condition.FAILED, Condition.SERVING]
    platforms.stop()
    await running
