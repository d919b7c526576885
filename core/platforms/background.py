"""Work beside other work: an action that is repeated meanwhile, several tasks of which the first to end ends all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog

from core.errors import traced

_log = structlog.get_logger(__name__)
T = TypeVar("T")
SILENCE = 10.0  # seconds: what takes longer mustn't hold up others


@asynccontextmanager
async def repeating(
    action: Callable[[], Awaitable[object]],
    seconds: float,
    *,
    ignoring: type[Exception] | tuple[type[Exception], ...],
    after: float = 0.0,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[None]:
    """Call `action` after `after` seconds and then every `seconds` until the block ends: while a message is answered.

    Errors of the kinds `ignoring` are expected, others are logged. What goes on for longer is a chore (`core.chores`).
    """

    async def repeat() -> None:
        await sleep(after)
        while True:
            try:
                await action()
            except ignoring:
                pass
            except Exception as error:  # noqa: BLE001 - a task that nobody waits for: it would end without a word
                _log.error("repeating.failed", error=traced(error))
            await sleep(seconds)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_one_ends(*work: Coroutine[Any, Any, object]) -> None:
    """Run all of it side by side until one ends, then cancel the others. Raises what the one that ended raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def watched(
    items: AsyncGenerator[T], watch: Coroutine[Any, Any, None], *, silent: Callable[[], None] = lambda: None
) -> AsyncGenerator[T]:
    """The items as they come. What `watch` raises beside them ends them at once, also while one is waited for.

    `silent` is called when none has come for `SILENCE` seconds.

    Close it (`contextlib.aclosing`) when you stop early: both are ended then.
    """
    watching = asyncio.create_task(watch)
    try:
        while True:
            coming = asyncio.create_task(asyncio.wait_for(anext(items, None), None))  # a task takes coroutines alone
            done, _ = await asyncio.wait([watching, coming], timeout=SILENCE, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                silent()
                await asyncio.wait([watching, coming], return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                watching.result()
            item = await coming
            if item is None:
                break
            yield item
    finally:
        coming.cancel()
        watching.cancel()
        await asyncio.gather(watching, coming, return_exceptions=True)
        await items.aclose()
