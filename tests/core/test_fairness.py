from __future__ import annotations

import asyncio
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Busy
from core.fairness import FairQueue, FairSlots


def drained(queue: FairQueue[str]) -> list[str]:
    items = []
    while (item := queue.take()) is not None:
        items.append(item)
    return items


def test_chats_are_served_in_turn_and_each_in_its_own_order() -> None:
    queue: FairQueue[str] = FairQueue(10)
    for item in ("a1", "a2", "a3", "b1", "c1", "b2"):
        queue.put(item[0], item)
    assert drained(queue) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_removed_item_is_not_served_and_takes_no_place() -> None:
    queue: FairQueue[str] = FairQueue(2)
    queue.put("a", "a1")
    queue.put("a", "a2")
    assert queue.remove("a", "a1")
    assert not queue.remove("a", "a1")
    assert queue.put("a", "a3") is None
    assert drained(queue) == ["a2", "a3"]


def test_a_full_queue_refuses_the_chat_that_fills_it() -> None:
    queue: FairQueue[str] = FairQueue(2)
    queue.put("a", "a1")
    queue.put("a", "a2")
    with pytest.raises(Busy, match="again in a minute"):
        queue.put("a", "a3")
    assert drained(queue) == ["a1", "a2"]


def test_a_full_queue_makes_room_for_a_chat_that_holds_little() -> None:
    queue: FairQueue[str] = FairQueue(3)
    for item in ("a1", "a2", "a3"):
        queue.put("a", item)
    assert queue.put("b", "b1") == "a3"
    with pytest.raises(Busy):
        queue.put("b", "b2")  # two each would only turn the tables
    assert drained(queue) == ["a1", "b1", "a2"]


def test_a_cleared_queue_is_empty_and_returns_what_was_in_it() -> None:
    queue: FairQueue[str] = FairQueue(3)
    queue.put("a", "a1")
    queue.put("b", "b1")
    assert queue.clear() == ["a1", "b1"]
    assert len(queue) == 0
    assert queue.take() is None


def test_a_queue_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        FairQueue(0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["put", "take", "remove"]))), st.integers(1, 6))
def test_every_item_leaves_exactly_once_whatever_happens(steps: list[tuple[str, str]], capacity: int) -> None:
    queue: FairQueue[tuple[str, int]] = FairQueue(capacity)
    numbers = count()
    inside: list[tuple[str, int]] = []
    for chat, step in steps:
        mine = [item for item in inside if item[0] == chat]
        if step == "put":
            item = (chat, next(numbers))
            try:
                evicted = queue.put(chat, item)
            except Busy:
                assert len(inside) == capacity
                continue
            inside.append(item)
            if evicted is not None:
                assert evicted == [other for other in inside if other[0] == evicted[0]][-1]
                inside.remove(evicted)
        elif step == "take" and (taken := queue.take()) is not None:
            assert taken == next(other for other in inside if other[0] == taken[0])
            inside.remove(taken)
        elif step == "remove" and mine:
            assert queue.remove(chat, mine[-1])
            inside.remove(mine[-1])
        assert len(queue) == len(inside) <= capacity


async def test_slots_are_given_to_chats_in_turn() -> None:
    slots, let_in = FairSlots(1), list[str]()

    async def work(chat: str) -> None:
        async with slots.of(chat):
            let_in.append(chat)
            await asyncio.sleep(0)

    await asyncio.gather(*map(work, "aaaabc"))
    assert let_in == [*"aabcaa"]


async def test_whoever_stops_waiting_takes_no_slot() -> None:
    slots = FairSlots(1)
    await slots.acquire("a")
    waiting = [asyncio.ensure_future(slots.acquire(chat)) for chat in "bcd"]
    await asyncio.sleep(0)
    waiting[0].cancel()  # while it waits
    slots.release()
    waiting[1].cancel()  # when its turn has just come
    await asyncio.wait_for(waiting[2], 60)
    slots.release()
    await slots.acquire("e")


async def test_where_too_many_wait_for_slots_who_has_most_is_refused() -> None:
    slots = FairSlots(1, capacity=2)
    await slots.acquire("a")
    greedy = [asyncio.ensure_future(slots.acquire("a")) for _ in range(2)]
    await asyncio.sleep(0)
    other = asyncio.ensure_future(slots.acquire("b"))
    with pytest.raises(Busy):
        await greedy[1]
    slots.release()
    slots.release()
    await asyncio.gather(greedy[0], other)
