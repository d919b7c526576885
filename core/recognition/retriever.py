"""The chats' indexes in memory: loaded on first use, brought up with each edit, let go when idle or too much.

Retriever.index(chat) → ChatIndex, as fresh as the store's revision
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.concepts import Verdict
from core.messages import Chat
from core.recognition.index import ChatIndex
from core.recognition.learning import Correction
from core.store.values import Memory, MemoryChanges


class MemoryReader(Protocol):
    """What the retriever reads of the store."""

    async def revision(self, chat: Chat) -> int:
        """The chat's revision: every edit raises it."""
        ...

    async def memory(self, chat: Chat) -> Memory:
        """All that recognition needs of the chat, read in one piece."""
        ...

    async def memory_changes(self, chat: Chat, since: int) -> MemoryChanges | None:
        """What of `memory` is another than at an earlier revision; None: read all of it."""
        ...


Learn = Callable[[str, Sequence[Verdict]], Correction | None]
"""What a chat, given by its key, and its answers make of the grades; None: nothing."""


def _nothing(_: str, __: Sequence[Verdict]) -> None:
    return None


@dataclass(slots=True)
class _LoadedIndex:
    index: ChatIndex | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    used_at: float = 0.0
    size: int = 0  # bytes that are counted for it


class Retriever:
    """Keeps the indexes of the chats in use: loaded on first use, evicted when idle or over the budget.

    `idle_seconds` and `budget` (bytes of all indexes) bound what stays; `clock` returns seconds. No cache of a
    library: an index grows in place with each edit, and those of cachetools weigh an item only when it is put in.
    """

    def __init__(
        self,
        store: MemoryReader,
        learn: Learn = _nothing,
        *,
        idle_seconds: float = 1800,
        budget: int = 1 << 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._learn, self._idle, self._budget, self._clock = store, learn, idle_seconds, budget, clock
        self._entries: OrderedDict[str, _LoadedIndex] = OrderedDict()
        self._bytes = 0  # of all of them

    async def index(self, chat: Chat, revision: int | None = None) -> ChatIndex:
        """The chat's index, never older than the store was when this was called.

        `revision` is the chat's for a caller who has read it: the index is as fresh as that reading then.
        """
        entry = self._entries.setdefault(chat.key, _LoadedIndex())
        entry.used_at = self._clock()
        self._entries.move_to_end(chat.key)
        async with entry.lock:
            index = entry.index
            if index is None or index.revision != revision:
                revision = await self._store.revision(chat)
            if index is None or index.revision != revision:
                index = entry.index = await self._refreshed(chat, index)
                index.correction = self._learn(chat.key, index.answers)
            if self._entries.get(chat.key) is entry:  # it may have been evicted meanwhile
                self._bytes += index.size - entry.size
                entry.size = index.size
        self._evict(chat.key)
        return index

    async def _refreshed(self, chat: Chat, index: ChatIndex | None) -> ChatIndex:
        """The index brought up in place with what has changed, or loaded."""
        if index is not None and (changes := await self._store.memory_changes(chat, index.revision)):
            index.apply(changes)
            return index
        memory = await self._store.memory(chat)
        return await asyncio.to_thread(ChatIndex, memory)

    def _evict(self, spared: str) -> None:
        """Let go of the longest unused; the one just asked for stays whatever its size."""
        oldest = self._clock() - self._idle
        while self._entries and (key := next(iter(self._entries))) != spared:
            if self._bytes <= self._budget and self._entries[key].used_at >= oldest:
                break
            self._bytes -= self._entries.pop(key).size
