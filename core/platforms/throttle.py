"""Drafts at a pace that a platform lets messages be edited in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, nullcontext, suppress
from dataclasses import dataclass, field

from core.messages import Reply


@dataclass(slots=True)
class _Newest:
    """What the source has said last; a reply that nobody took in time is overwritten."""

    reply: Reply | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)  # the final is here, or nothing comes any more

    async def follow(self, replies: AsyncIterator[Reply]) -> None:
        """Put down every reply of the source, which is closed at the end."""
        async with aclosing(replies) if isinstance(replies, AsyncGenerator) else nullcontext():
            try:
                async for reply in replies:
                    self.reply = reply
                    self.changed.set()
                    if reply.final:
                        self.over.set()
            finally:
                self.changed.set()
                self.over.set()


async def throttle(replies: AsyncIterator[Reply], *, seconds: float, after: float = 0.0) -> AsyncGenerator[Reply]:
    """At most one draft in `seconds`, always the newest, none within the first `after`; the final reply at once.

    What the source raises is raised here. Close it (`contextlib.aclosing`) when you stop early: the
    source is then closed, too.
    """
    newest, loop = _Newest(), asyncio.get_running_loop()
    following, due = asyncio.create_task(newest.follow(replies)), loop.time() + after
    try:
        while True:
            await newest.changed.wait()
            if loop.time() < due:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(due):
                        await newest.over.wait()
            reply, newest.reply = newest.reply, None
            if not newest.over.is_set():
                newest.changed.clear()
            if reply is None:
                break
            due = loop.time() + seconds
            yield reply
        await following
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
