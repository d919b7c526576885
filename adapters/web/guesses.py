"""Against trying tokens out: wrong ones are counted, for each address and for all together."""

from __future__ import annotations

import asyncio
import hmac

from aiolimiter import AsyncLimiter
from cachetools import LRUCache

_EACH, _ALL, _MINUTE = 10, 100, 60  # wrong tokens a minute
_WAIT = 1.0  # seconds that each check takes once all together were too many
_MOST_ADDRESSES = 10_000


class TooManyGuesses(Exception):
    """The address has shown too many wrong tokens lately."""


class Guesses:
    """Compares tokens in constant time.

    An address that has shown ten wrong ones within a minute is refused, whatever it shows. When a hundred came from
    all addresses together, every check takes a second; nobody else is refused, so that a right token always gets in.
    """

    def __init__(self) -> None:
        self._each: LRUCache[str, AsyncLimiter] = LRUCache(_MOST_ADDRESSES)
        self._all = AsyncLimiter(_ALL, _MINUTE)

    async def is_right(self, shown: str, secret: str, address: str) -> bool:
        """Whether `shown` is the secret. Raises `TooManyGuesses`."""
        right = hmac.compare_digest(shown.encode(), secret.encode())
        own = self._each.setdefault(address, AsyncLimiter(_EACH, _MINUTE))
        if not own.has_capacity():
            raise TooManyGuesses
        if not right:
            await own.acquire()
        if not self._all.has_capacity():
            await asyncio.sleep(_WAIT)
        elif not right:
            await self._all.acquire()
        return right
