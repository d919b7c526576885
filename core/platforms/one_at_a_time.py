"""A platform that one of the processes with a store serves: the others stand by, and serve it when that one ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.platforms.background import until_one_ends
from core.platforms.status import Platform

_log = structlog.get_logger(__name__)

Alone = Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Runs work as the only process that runs what is called so: `core.store.store.Store.alone`."""


class OneAtATime:
    """A platform that is served as soon as no other process serves it; `what` is what of it, as they call it."""

    def __init__(self, platform: Platform, alone: Alone, what: str) -> None:
        self._platform, self._alone, self._what = platform, alone, what
        self._begun, self._stop = False, asyncio.Event()

    @property
    def name(self) -> str:
        """The platform's."""
        return self._platform.name

    async def run(self) -> None:
        """Wait for being the one that serves it, and serve. Raises what that does, and `StoreError`."""
        _log.info("platform.one_at_a_time", platform=self.name)

        async def alone() -> None:
            await self._alone(f"serve {self._what}", self._serve)

        await until_one_ends(self._stop.wait(), alone())

    async def _serve(self) -> None:
        self._begun = True
        await self._platform.run()

    async def aclose(self) -> None:
        """End it, or the waiting for it."""
        await self._platform.aclose()
        if not self._begun:
            self._stop.set()
