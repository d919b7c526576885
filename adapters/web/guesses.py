"""Against trying tokens out: wrong ones are counted, for each address and for all together."""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter

from aiolimiter import AsyncLimiter
from cachetools import LRUCache

_EACH, _ALL, _MINUTE = 10, 100, 60  # wrong tokens a minute
_WAIT = 1.0  # seconds that each check takes once there were too many
_TURNS = 4  # checks of one address at the same time, then
_MOST_ADDRESSES = 10_000


class TooManyGuesses(Exception):
    """The address has shown too many wrong tokens lately."""


class Guesses:
    """Compares tokens in constant time.

    When an address has shown ten wrong ones within a minute, its next checks take a second, and most are refused; not
    all, since behind a proxy that doesn't tell its visitors apart they have one address. When a hundred came from all
    addresses together, every check takes a second, so that a right token always gets in.
    """

    def __init__(self) -> None:
        self._each: LRUCache[str, AsyncLimiter] = LRUCache(_MOST_ADDRESSES)
        self._all = AsyncLimiter(_ALL, _MINUTE)
        self._waiting: Counter[str] = Counter()

    async def is_right(self, shown: str, secret: str, address: str) -> bool:
        """Whether `shown` is the secret. Raises `TooManyGuesses`."""
        right = hmac.compare_digest(shown.encode(), secret.encode())
        own = self._each.setdefault(address, AsyncLimiter(_EACH, _MINUTE))
        if not own.has_capacity():
            await self._take_turn(address)
            if not right:
                raise TooManyGuesses
            return True
        if not right:
            await own.acquire()
        if not self._all.has_capacity():
            await asyncio.sleep(_WAIT)
        elif not right:
            await self._all.acquire()
        return right

    async def _take_turn(self, address: str) -> None:
        if self._waiting[address] >= _TURNS:
            raise TooManyGuesses
        self._waiting[address] += 1
        try:
            await asyncio.sleep(_WAIT)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]
