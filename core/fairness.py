"""Chats in turn: a bounded queue, and a limit on how much goes on at once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from core.errors import FULL, Busy

T = TypeVar("T", bound=Hashable)


class FairQueue(Generic[T]):
    """Holds at most `capacity` items: first come first served within a chat, chats in turn.

    Every operation takes constant time, but for a `put` into a full queue, which looks at each waiting
    chat once. It is not safe to share between threads without a lock.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a queue holds at least one item")
        self._capacity = capacity
        self._size = 0
        # Whose turn is next stands first; OrderedDicts, as a plain dict is slow to give up its first key.
        self._chats: OrderedDict[str, OrderedDict[T, None]] = OrderedDict()

    def __len__(self) -> int:
        return self._size

    def put(self, chat: str, item: T) -> T | None:
        """Queue `item` behind its chat's others; no item may be queued twice.

        A full queue makes room for a chat that holds little by giving up the newest item of the chat
        that holds most; that item is returned, and its owner has to be told. Raises `Busy` when the
        asking chat holds the most itself.
        """
        evicted = None
        if self._size >= self._capacity:
            longest = max(self._chats, key=lambda key: len(self._chats[key]))
            if len(self._chats[longest]) <= len(self._chats.get(chat, ())) + 1:
                raise Busy(FULL)
            evicted = next(reversed(self._chats[longest]))
            self.remove(longest, evicted)
        self._chats.setdefault(chat, OrderedDict())[item] = None
        self._size += 1
        return evicted

    def take(self) -> T | None:
        """The next item, of the chat whose turn it is; None from an empty queue."""
        if not self._chats:
            return None
        chat, items = self._chats.popitem(last=False)
        item, _ = items.popitem(last=False)
        if items:
            self._chats[chat] = items
        self._size -= 1
        return item

    def remove(self, chat: str, item: T) -> bool:
        """Drop an item that nobody waits for any more; false when it isn't queued (any more)."""
        items = self._chats.get(chat)
        if items is None or item not in items:
            return False
        del items[item]
        if not items:
            del self._chats[chat]
        self._size -= 1
        return True

    def clear(self) -> list[T]:
        """Empty the queue and return what was in it."""
        items = [item for queued in self._chats.values() for item in queued]
        self._chats.clear()
        self._size = 0
        return items


class FairSlots:
    """Lets at most `count` tasks work at once; those that wait are let in chat by chat, a chat's own in their order.

    At most `capacity` wait, shared out as in a `FairQueue`. For one event loop at a time.
    """

    def __init__(self, count: int, capacity: int = 4096) -> None:
        if count < 1:
            raise ValueError("at least one task works at a time")
        self._free = count
        self._waiting: FairQueue[asyncio.Future[None]] = FairQueue(capacity)

    async def acquire(self, chat: str) -> None:
        """Wait for the chat's turn; whoever got it calls `release`. Raises `Busy` when too many wait."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        evicted = self._waiting.put(chat, turn)
        if evicted is not None:
            evicted.set_exception(Busy(FULL))
        try:
            await turn
        except asyncio.CancelledError:
            if not self._waiting.remove(chat, turn) and not turn.cancelled() and turn.exception() is None:
                self.release()  # the turn came together with the cancellation
            raise

    def release(self) -> None:
        """Let the next one in."""
        following = self._waiting.take()
        while following is not None and following.done():  # cancelled, and not yet taken out
            following = self._waiting.take()
        if following is None:
            self._free += 1
        else:
            following.set_result(None)

    @asynccontextmanager
    async def of(self, chat: str) -> AsyncIterator[None]:
        """A slot for as long as the block runs."""
        await self.acquire(chat)
        try:
            yield
        finally:
            self.release()
