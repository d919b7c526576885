from __future__ import annotations

import asyncio

import pytest

from core.errors import Busy
from core.platforms.order import ChatOrder, give_way


async def test_a_chats_work_is_done_in_order_while_other_chats_go_on() -> None:
    order, gate, done = ChatOrder(), asyncio.Event(), list[str]()

    async def slow() -> None:
        await gate.wait()
        done.append("slow")

    async def note(word: str) -> None:
        done.append(word)

    order.submit("a", slow)
    behind = order.submit("a", lambda: note("behind"))
    await order.submit("b", lambda: note("elsewhere"))
    assert done == ["elsewhere"]
    gate.set()
    await behind
    assert done == ["elsewhere", "slow", "behind"]
    await asyncio.sleep(0)
    assert len(order) == 0


async def test_work_that_fails_or_is_cancelled_holds_up_nobody() -> None:
    order, done = ChatOrder(), list[str]()

    async def fail() -> None:
        raise OSError("no network")

    async def note() -> None:
        done.append("done")

    failed = order.submit("a", fail)
    stuck = order.submit("a", asyncio.Event().wait)  # type: ignore[arg-type]
    last = order.submit("a", note)
    await asyncio.wait([failed])
    await asyncio.sleep(0)
    stuck.cancel()
    await last
    assert done == ["done"]


async def test_draining_waits_for_what_is_under_way_and_takes_no_more() -> None:
    order, gate, done = ChatOrder(), asyncio.Event(), list[int]()

    async def work(number: int) -> None:
        await gate.wait()
        done.append(number)

    for number in range(3):
        order.submit("a", lambda number=number: work(number))  # type: ignore[misc]
    draining = asyncio.create_task(order.drain(60))
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="shutting down"):
        order.submit("b", lambda: work(9))
    gate.set()
    await draining
    assert done == [0, 1, 2]


async def test_draining_cuts_off_what_takes_too_long() -> None:
    order = ChatOrder()
    stuck = order.submit("a", asyncio.Event().wait)  # type: ignore[arg-type]
    behind = order.submit("a", asyncio.Event().wait)  # type: ignore[arg-type]
    await order.drain(0)
    assert stuck.cancelled()
    assert behind.cancelled()


async def test_urgent_work_waits_only_for_what_may_not_be_overtaken() -> None:
    order, gate, done = ChatOrder(), asyncio.Event(), list[str]()

    async def note(word: str) -> None:
        done.append(word)

    async def slow() -> None:
        await gate.wait()
        done.append("answer")

    order.submit("a", lambda: note("edit"))
    order.submit("a", slow, may_be_overtaken=True)
    await order.submit("a", lambda: note("forget"), urgent=True)
    last = order.submit("a", lambda: note("last"))
    assert done == ["edit", "forget"]
    gate.set()
    await last
    assert done == ["edit", "forget", "answer", "last"]


async def test_a_chat_that_waits_for_too_much_is_asked_to_be_patient_and_others_are_not() -> None:
    order, gate = ChatOrder(most=2), asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    first, second = order.submit("a", wait), order.submit("a", wait)
    with pytest.raises(Busy, match="many messages waiting"):
        order.submit("a", wait)
    order.submit("b", wait)
    assert len(order) == 3
    gate.set()
    await asyncio.wait([first, second])
    await order.submit("a", wait)


async def test_what_is_done_at_once_waits_for_nothing_and_for_no_room() -> None:
    order, gate, done = ChatOrder(most=2), asyncio.Event(), list[str]()

    async def long() -> None:
        await gate.wait()
        done.append("long")

    async def stop() -> None:
        done.append("stop")
        gate.set()

    order.submit("a", long)
    last = order.submit("a", long)
    await order.submit("a", stop, at_once=True)
    await last
    assert done == ["stop", "long", "long"]


async def test_what_gives_way_goes_on_beside_what_is_behind_it() -> None:
    order, gate, done = ChatOrder(most=3), asyncio.Event(), list[str]()

    async def silent() -> None:
        give_way()
        await gate.wait()
        done.append("silent")

    async def slow() -> None:
        await asyncio.sleep(0)
        done.append("slow")

    async def note(word: str) -> None:
        done.append(word)

    first = order.submit("a", silent)
    order.submit("a", slow)
    await order.submit("a", lambda: note("behind"))
    assert done == ["slow", "behind"]
    assert len(order) == 1  # it still counts, and is waited for when the program ends
    gate.set()
    await first
    assert done == ["slow", "behind", "silent"]
    give_way()  # of nothing: nothing happens
