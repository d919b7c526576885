"""A bounded queue that serves its chats in turn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
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
