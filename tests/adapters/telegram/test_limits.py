"""Telegram's flood limits, on a clock that costs no time."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Iterator
from itertools import chain, count, cycle, pairwise, repeat
from typing import Any

import pytest
from telegram.error import BadRequest, RetryAfter

from adapters.telegram.limits import ChatLimiter, DraftSkipped, Window
from adapters.telegram.options import Clock


class Time:
    """Time that passes only while everybody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._number = count()

    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._number), woken))
        await woken.wait()

    async def run(self, *work: Coroutine[Any, Any, Any]) -> list[Any]:
        """Let the work run to its end, and time with it."""
        tasks = [asyncio.create_task(one) for one in work]
        while not all(task.done() for task in tasks):
            for _ in range(50):  # until nobody can go on
                await asyncio.sleep(0)
            if self._sleepers and not all(task.done() for task in tasks):
                self.now, _, woken = heapq.heappop(self._sleepers)
                woken.set()
        return [task.result() for task in tasks]


class Bot:
    """Calls through a limiter; `log` is what reached Telegram, and when."""

    def __init__(self) -> None:
        self.time = Time()
        self.limiter = ChatLimiter(self.time.clock())
        self.log: list[tuple[float, int, str]] = []
        self.refusals: dict[int, list[Exception]] = {}
        self.transit: Iterator[float] = repeat(0.0)  # seconds until each call reaches Telegram, and its answer us

    async def call(self, chat_id: int, endpoint: str = "sendMessage", draft: bool | None = None, **data: Any) -> Any:
        async def callback() -> bool:
            if errors := self.refusals.get(chat_id):
                raise errors.pop(0)
            if transit := next(self.transit):
                await self.time.sleep(transit)
            self.log.append((self.time.now, chat_id, endpoint))
            if transit:
                await self.time.sleep(transit)
            return True

        sent: Callable[..., Coroutine[Any, Any, Any]] = callback
        return await self.limiter.process_request(sent, (), {}, endpoint, {"chat_id": chat_id, **data}, draft)

    def times(self, chat_id: int) -> list[float]:
        return [at for at, chat, _ in self.log if chat == chat_id]


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(start <= at < start + seconds for at in times) for start in times)


async def test_a_chat_gets_one_message_a_second_in_order() -> None:
    bot = Bot()
    await bot.time.run(*(bot.call(7, f"send{number}") for number in range(4)))
    assert [endpoint for *_, endpoint in bot.log] == [f"send{number}" for number in range(4)]
    assert all(after - before >= 1 for before, after in pairwise(bot.times(7)))


async def test_a_group_gets_twenty_messages_a_minute_edits_among_them() -> None:
    bot = Bot()
    endpoints = ["sendMessage", "editMessageText"] * 30
    await bot.time.run(*(bot.call(-5, endpoint) for endpoint in endpoints))
    assert most_within(bot.times(-5), 60) == 20
    private = Bot()
    await private.time.run(*(private.call(7) for _ in range(60)))
    assert most_within(private.times(7), 60) > 50


async def test_an_album_counts_as_many_as_it_has() -> None:
    bot = Bot()
    await bot.time.run(*(bot.call(-5, "sendMediaGroup", media=[0] * 9) for _ in range(3)))
    assert bot.times(-5)[1] < 10
    assert bot.times(-5)[2] >= 60


async def test_thirty_messages_a_second_go_out_in_all() -> None:
    bot = Bot()
    await bot.time.run(*(bot.call(chat) for chat in range(1, 100)))
    assert most_within([at for at, *_ in bot.log], 1) == 30


async def test_typing_and_answers_to_buttons_wait_for_nothing() -> None:
    bot = Bot()
    calls = [bot.call(-5, "sendChatAction") for _ in range(100)]
    await bot.time.run(*calls, *(bot.call(-5, "getChatAdministrators") for _ in range(100)))
    assert bot.time.now == 0
    assert len(bot.log) == 200


async def test_drafts_leave_room_for_answers() -> None:
    bot = Bot()

    async def draft(chat_id: int) -> bool:
        try:
            return bool(await bot.call(chat_id, draft=True))
        except DraftSkipped:
            return False

    async def grow(chat_id: int) -> int:
        shown = 0
        for _ in range(30):
            shown += await draft(chat_id)
            await bot.time.sleep(1.5)
        return shown

    assert await bot.time.run(grow(7), grow(-5)) == [30, 10]
    before = bot.time.now
    await bot.time.run(bot.call(-5))
    assert bot.time.now - before < 1
    assert await bot.time.run(bot.call(7), bot.call(7), draft(7)) == [True, True, False]


async def test_a_chat_that_must_wait_holds_up_no_other_one() -> None:
    bot = Bot()
    bot.refusals[-5] = [RetryAfter(300)]
    await bot.time.run(bot.call(-5), bot.call(-5, "sendPhoto"), *(bot.call(chat) for chat in range(1, 9)))
    assert [chat for _, chat, _ in bot.log][-2:] == [-5, -5]
    assert bot.times(-5)[0] >= 300
    assert max(at for at, chat, _ in bot.log if chat != -5) < 1


async def test_when_telegram_keeps_asking_for_patience_the_call_is_given_up() -> None:
    bot = Bot()
    bot.refusals[7] = [RetryAfter(1) for _ in range(5)]
    with pytest.raises(RetryAfter):
        await bot.time.run(bot.call(7))
    await bot.time.run(bot.call(7))


async def test_other_errors_are_the_callers() -> None:
    bot = Bot()
    bot.refusals[7] = [BadRequest("no")]
    with pytest.raises(BadRequest):
        await bot.time.run(bot.call(7))


async def test_chats_that_fell_silent_are_let_go_of() -> None:
    bot = Bot()
    await bot.time.run(*(bot.call(chat) for chat in range(1, 500)))
    await bot.time.run(bot.time.sleep(120))
    await bot.time.run(*(bot.call(chat) for chat in range(1000, 1500)))
    assert bot.limiter.chats < 550


async def test_calls_that_take_their_time_never_arrive_too_many_at_once() -> None:
    bot = Bot()
    bot.transit = cycle([0.9] * 30 + [0.01] * 30)
    await bot.time.run(*(bot.call(chat) for chat in range(1, 300)))
    assert most_within([at for at, _, _ in bot.log], 1) <= 30
    assert bot.time.now < 30  # and none waits for ever


async def test_nobody_waits_for_a_large_file() -> None:
    bot = Bot()
    bot.transit = chain([8.0] * 30, repeat(0.01))
    await bot.time.run(*(bot.call(chat) for chat in range(1, 32)))
    assert next(at for at, chat, _ in bot.log if chat == 31) < 2.5


def test_a_window_never_lets_more_through_in_any_span() -> None:
    window, now, out = Window(3, 10), 0.0, list[float]()
    for step in range(60):
        now += (step * 7 % 5) / 2
        now += window.wait(now)
        window.note(now)
        out.append(now)
    assert most_within(out, 10) == 3
    assert Window(3, 10).wait(0, count=7) == 0


def test_a_process_more_or_less_changes_the_share_without_more_in_all() -> None:
    old, new = Window(30, 1), Window(30, 1)
    old.share(1, 0.0)
    for number in range(20):
        old.note(0.0 + number / 1000)
    new.share(2, 0.5)  # the old one hasn't heard of it
    assert new.wait(0.5, 15) == pytest.approx(2.0)
    old.share(2, 1.0)
    assert old.wait(1.0, 1) == pytest.approx(0.055)  # six of the twenty have to be over
    assert new.wait(2.5, 15) == 0
    old.share(1, 3.0)  # the other one has ended, and sent just before
    assert old.wait(3.0, 15) == 0
    old.note(3.0, 15)
    assert old.wait(3.0, 1) == pytest.approx(1.05)
    old.share(1, 5.1)
    assert old.wait(5.1, 30) == 0
