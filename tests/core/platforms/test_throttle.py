from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from core.messages import Reply
from core.platforms.throttle import throttle


def draft(text: str) -> Reply:
    return Reply(text, final=False)


async def test_of_drafts_that_come_faster_than_they_may_only_the_newest_is_shown() -> None:
    written = asyncio.Event()

    async def source() -> AsyncIterator[Reply]:
        yield draft("a")
        await asyncio.sleep(0)
        yield draft("a b")
        yield draft("a b c")
        written.set()
        await asyncio.Event().wait()

    async with aclosing(throttle(source(), seconds=0.01)) as replies:
        assert (await anext(replies)).text == "a"
        await written.wait()
        assert (await anext(replies)).text == "a b c"


async def test_the_final_reply_waits_for_nothing() -> None:
    async def source() -> AsyncIterator[Reply]:
        yield draft("a")
        await asyncio.sleep(0)
        yield draft("a b")
        yield Reply("a b c")

    texts = [reply.text async for reply in throttle(source(), seconds=3600)]
    assert texts == ["a", "a b c"]


async def test_a_failure_of_the_source_is_raised() -> None:
    async def source() -> AsyncIterator[Reply]:
        yield draft("a")
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        [_ async for _ in throttle(source(), seconds=0)]


async def test_closing_early_closes_the_source() -> None:
    closed = asyncio.Event()

    async def source() -> AsyncIterator[Reply]:
        try:
            yield draft("a")
            await asyncio.Event().wait()
        finally:
            closed.set()

    async with aclosing(throttle(source(), seconds=3600)) as replies:
        await anext(replies)
    assert closed.is_set()


async def test_a_source_without_replies_gives_none() -> None:
    async def source() -> AsyncIterator[Reply]:
        return
        yield

    assert [one async for one in throttle(source(), seconds=1)] == []
