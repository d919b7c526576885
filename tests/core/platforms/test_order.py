from __future__ import annotations

import asyncio

import pytest

from core.errors import Busy
from core.platforms.order import ChatOrder


async def test_a_chats_work_is_done_in_order_while_other_chats_go_on() -> None:
    turns, gate, done = ChatOrder(), asyncio.Event(), list[str]()

    async def slow() -> None:
        await gate.wait()
        done.append("slow")

    async def note(word: str) -> None:
        done.append(word)

    turns.begin("a", slow)
    behind = turns.begin("a", lambda: note("behind"))
    await turns.begin("b", lambda: note("elsewhere"))
    assert done == ["elsewhere"]
    gate.set()
    await behind
    assert done == ["elsewhere", "slow", "behind"]
    await asyncio.sleep(0)
    assert len(turns) == 0


async def test_work_that_fails_or_is_cancelled_holds_up_nobody() -> None:
    turns, done = ChatOrder(), list[str]()

    async def fail() -> None:
        raise OSError("no network")

    async def note() -> None:
        done.append("done")

    failed = turns.begin("a", fail)
    stuck = turns.begin("a", asyncio.Event().wait)  # type: ignore[arg-type]
    last = turns.begin("a", note)
    await asyncio.wait([failed])
    await asyncio.sleep(0)
    stuck.cancel()
    await last
    assert done == ["done"]


async def test_draining_waits_for_what_is_under_way_and_takes_no_more() -> None:
    turns, gate, done = ChatOrder(), asyncio.Event(), list[int]()

    async def work(number: int) -> None:
        await gate.wait()
        done.append(number)

    for number in range(3):
        turns.begin("a", lambda number=number: work(number))  # type: ignore[misc]
    draining = asyncio.create_task(turns.drain(60))
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="shutting down"):
        turns.begin("b", lambda: work(9))
    gate.set()
    await draining
    assert done == [0, 1, 2]


async def test_draining_cuts_off_what_takes_too_long() -> None:
    turns = ChatOrder()
    stuck = turns.begin("a", asyncio.Event().wait)  # type: ignore[arg-type]
    behind = turns.begin("a", asyncio.Event().wait)  # type: ignore[arg-type]
    await turns.drain(0)
    assert stuck.cancelled()
    assert behind.cancelled()
