"""Drafts at a pace that a platform lets messages be edited in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from core.messages import Reply


@dataclass(slots=True)
class _Newest:
    """What the source has said last; what nobody took in time is overwritten."""

    reply: Reply | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)  # the final is here, or nothing comes any more

    async def follow(self, replies: AsyncIterator[Reply]) -> None:
        try:
            async for reply in replies:
                self.reply = reply
                self.changed.set()
                if reply.final:
                    self.over.set()
        finally:
            self.changed.set()
            self.over.set()

    async def take(self) -> Reply | None:
        """The newest reply not taken yet, None at the end."""
        await self.changed.wait()
        reply, self.reply = self.reply, None
        if not self.over.is_set():
            self.changed.clear()
        return reply


async def throttled(replies: AsyncIterator[Reply], *, seconds: float) -> AsyncGenerator[Reply]:
    """At most one draft in `seconds`, always the newest; the final reply at once.

    What the source raises is raised here. Close it (`contextlib.aclosing`) when you stop early: the
    source is then closed, too.
    """
    newest, loop = _Newest(), asyncio.get_running_loop()
    following = asyncio.create_task(_follow(newest, replies))
    try:
        while (reply := await newest.take()) is not None:
            due = loop.time() + seconds
            yield reply
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await newest.over.wait()
        await following
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _follow(newest: _Newest, replies: AsyncIterator[Reply]) -> None:
    if isinstance(replies, AsyncGenerator):
        async with aclosing(replies):
            await newest.follow(replies)
    else:
        await newest.follow(replies)
