import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from core.platforms.background import watched


class Alarm(Exception):
    pass


async def silent(closed: asyncio.Event) -> AsyncGenerator[str]:
    try:
        yield "one"
        await asyncio.Event().wait()
    finally:
        closed.set()


async def never() -> None:
    await asyncio.Event().wait()


async def test_all_items_come_while_nothing_is_raised_beside_them() -> None:
    async def few() -> AsyncGenerator[int]:
        for number in range(3):
            yield number

    assert [item async for item in watched(few(), never())] == [0, 1, 2]


async def test_what_is_raised_beside_them_ends_them_while_one_is_waited_for() -> None:
    alarm, closed = asyncio.Event(), asyncio.Event()

    async def watch() -> None:
        await alarm.wait()
        raise Alarm

    items = watched(silent(closed), watch())
    assert await anext(items) == "one"
    alarm.set()
    with pytest.raises(Alarm):
        await anext(items)
    assert closed.is_set()


async def test_who_stops_early_ends_both_and_what_the_items_raise_is_raised() -> None:
    closed = asyncio.Event()
    async with aclosing(watched(silent(closed), never())) as items:
        assert await anext(items) == "one"
    assert closed.is_set()

    async def broken() -> AsyncGenerator[str]:
        yield "one"
        raise Alarm

    with pytest.raises(Alarm):
        assert [item async for item in watched(broken(), never())] == []
