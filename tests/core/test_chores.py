"""Background work that fails is logged by its kind, tried again with growing pauses, and told of."""

from __future__ import annotations

import asyncio

import pytest

from core.chores import ChoreCondition, Chores
from core.errors import StoreError, UserError


class Panic(BaseException):
    """What libraries written in Rust raise."""


class Pauses:
    """A sleep that takes no time; what it was asked for, and it ends when there were enough."""

    def __init__(self, most: int) -> None:
        self.asked: list[float] = []
        self.enough = asyncio.Event()
        self._most = most

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        if len(self.asked) >= self._most:
            self.enough.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)


class Failing:
    """Work that fails so often before it goes well."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.runs = 0

    async def __call__(self) -> None:
        self.runs += 1
        if self.failures:
            raise self.failures.pop(0)


async def test_what_fails_is_tried_again_with_growing_pauses_until_it_goes_well() -> None:
    pauses, work = Pauses(99), Failing(*[OSError("bo's photo")] * 12)
    chores = Chores(sleep=pauses)
    chores.start("load", work)
    await asyncio.wait([one for one in asyncio.all_tasks() if one.get_name() == "load"])
    assert chores.all()[0].condition is ChoreCondition.DONE
    assert work.runs == 13
    assert pauses.asked == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert (chores.all()[0].failures, chores.all()[0].in_a_row, chores.all()[0].reason) == (12, 0, "")
    await chores.aclose()


async def test_what_is_done_again_and_again_goes_on_and_its_pauses_are_short_again_after_a_success() -> None:
    pauses, work = Pauses(8), Failing(OSError(), OSError(), OSError())
    chores = Chores(sleep=pauses)
    chores.start("erase", work, every=2, after=5)
    await pauses.enough.wait()
    assert pauses.asked == [5, 2, 2, 4, 2, 2, 2, 2]
    assert chores.all()[0].condition is ChoreCondition.RUNNING
    await chores.aclose()
    assert chores.all() == ()


async def test_what_is_done_once_a_day_is_tried_again_sooner_when_it_failed() -> None:
    pauses = Pauses(3)
    chores = Chores(sleep=pauses)
    chores.start("check", Failing(OSError()), every=86_400)
    await pauses.enough.wait()
    assert pauses.asked == [0, 300, 86_400]
    await chores.aclose()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoreError("rapport.db is damaged."), "rapport.db is damaged."),
        (UserError("bo is unknown"), "UserError"),
        (ValueError("bo"), "ValueError"),
        (asyncio.CancelledError(), "CancelledError"),  # of something that it waited for: nobody stopped the chore
        (Panic("bo"), "Panic"),
    ],
)
async def test_a_failure_is_told_by_its_kind_or_by_the_hosts_sentence(
    error: BaseException, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    pauses = Pauses(2)
    chores = Chores(sleep=pauses)
    chores.start("tidy", Failing(error))
    await pauses.enough.wait()
    [state] = chores.all()
    assert (state.condition, state.reason, state.failures) == (ChoreCondition.RETRYING, reason, 1)
    assert "chore.failed" in caplog.text
    assert f"{type(error).__name__} in tests/core/test_chores.py" in caplog.text
    assert "bo" not in caplog.text.replace("about", "")
    await chores.aclose()


async def test_one_that_is_stopped_ends_and_others_go_on() -> None:
    chores = Chores()
    never = asyncio.Event()
    chores.start("a", never.wait)
    async with chores.beside("b", never.wait, every=1):
        assert [one.name for one in chores.all()] == ["a", "b"]
    assert [one.name for one in chores.all()] == ["a"]
    await chores.aclose()
    assert len(asyncio.all_tasks()) == 1
