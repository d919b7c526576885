"""One exact index per chat (FAISS): which of the chat's concepts each region looks like.

Retriever.index(chat) → ChatIndex, as fresh as the store's revision
ChatIndex.compare(embeddings) → search by vector (one call) → rank the shortlist by parts, set to set
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from core.concepts import Concept, Embedding, Vectors
from core.messages import Chat
from core.recognition.similarity import Parts, best_one, best_two, set_similarity
from core.store.values import Memory, StoredEmbedding

_SHORTLIST = 64  # references whose parts are compared; chats with no more are compared in full
_NEAREST = 8  # references that each region of a photo puts on the shortlist of a larger chat
_LIKELY = 16  # of them, with all others of their concepts: with whom the smaller regions are compared


@dataclass(frozen=True, slots=True, eq=False)
class Similarities:
    """How alike regions and concepts are, about −1…1.

    `scores` (regions, concepts) is −1 where a concept was not compared; `denied`, of the same shape, is
    where a reference that says "this is not it" is closer than all that say it is.
    """

    concepts: tuple[Concept, ...]
    scores: Vectors
    denied: NDArray[np.bool_]


class ChatIndex:
    """What one chat knows, ready to search. Made and kept right by `Retriever`."""

    def __init__(self) -> None:
        self.revision = -1
        self.concepts: tuple[Concept, ...] = ()
        self.size = 0  # bytes it keeps in memory, near enough
        self._columns: dict[int, int] = {}  # of the concepts, by id
        self._rows: list[StoredEmbedding] = []
        self._vectors: faiss.IndexFlatIP | None = None
        self._parts: Parts | None = None  # of all rows, for a chat whose shortlist is everyone

    def __len__(self) -> int:
        return len(self._rows)

    def update(self, memory: Memory) -> None:
        """Become what the store says: rows that are gone go, new ones come, the rest stays as it is."""
        old = {row.id: row for row in self._rows}
        kept = {row.id for row in memory.references if row.id in old and _same(row, old[row.id])}
        self.remove([row.id for row in self._rows if row.id not in kept])
        self.add([row for row in memory.references if row.id not in kept])
        self.concepts, self.revision = memory.concepts, memory.revision
        self._columns = {concept.id: column for column, concept in enumerate(memory.concepts)}

    def add(self, rows: Sequence[StoredEmbedding]) -> None:
        """Append references."""
        if not rows:
            return
        if self._vectors is None:
            self._vectors = faiss.IndexFlatIP(rows[0].embedding.vector.size)
        self._vectors.add(np.stack([row.embedding.vector for row in rows]))
        self._rows.extend(rows)
        self._parts = None
        self.size += sum(map(_bytes_of, rows))

    def remove(self, ids: Sequence[int]) -> None:
        """Drop references; FAISS moves the rows after them up, in order, and so do we."""
        gone = set(ids)
        places = [place for place, row in enumerate(self._rows) if row.id in gone]
        if places and self._vectors is not None:
            self._vectors.remove_ids(faiss.IDSelectorBatch(np.array(places, np.int64)))
            self.size -= sum(_bytes_of(self._rows[place]) for place in places)
            self._rows = [row for row in self._rows if row.id not in gone]
            self._parts = None

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
        """The k nearest references of each region (r, d), exactly: similarities (r, k) and rows (r, k)."""
        k = min(k, len(self._rows))
        if self._vectors is None or k == 0:
            return np.zeros((len(vectors), 0), np.float32), np.zeros((len(vectors), 0), np.int64)
        faiss.omp_set_num_threads(1)  # of the calling thread: a search is shorter than waking others takes
        similarities, rows = self._vectors.search(vectors, k)
        return similarities, rows

    def compare(self, embeddings: Sequence[Embedding]) -> Similarities:
        """How alike each region and each concept are, by the parts of the references on the shortlist.

        The last region is the whole photo, which tells most: the others are compared only with the
        concepts that it makes likely.
        """
        rows = self._shortlist(embeddings)
        few = len(rows) <= _LIKELY or len(embeddings) == 1
        # Where embeddings have no parts, comparing all with all takes less than choosing first.
        at_once = few or not any(len(one.parts) for one in embeddings)
        table = self._table(embeddings if at_once else embeddings[-1:], rows)
        if few:
            return self._by_concept(table, rows)
        likely = _likely(table[-1:], rows)
        rows = tuple(row for row, one in zip(rows, likely, strict=True) if one)
        table = table[:, likely]
        return self._by_concept(table if at_once else np.concatenate([self._table(embeddings[:-1], rows), table]), rows)

    def _by_concept(self, table: Vectors, rows: tuple[StoredEmbedding, ...]) -> Similarities:
        owner = np.array([self._columns[row.concept_id] for row in rows], np.int64)
        denies = np.array([row.negative for row in rows], bool)
        shape = len(table), len(self.concepts)
        scores, denied = np.full(shape, -1, np.float32), np.zeros(shape, bool)
        if not np.all(denies):
            found, best = best_two(table[:, ~denies], owner[~denies])
            scores[:, found] = best
        if np.any(denies):
            found, closest = _closest_is_negative(table, owner, rows)
            denied[:, found] = closest
        return Similarities(self.concepts, scores, denied)

    def references_of(self, concept_id: int) -> tuple[Embedding, ...]:
        """What a concept looks like, reference by reference."""
        return tuple(row.embedding for row in self._rows if row.concept_id == concept_id and not row.negative)

    def _table(self, embeddings: Sequence[Embedding], rows: tuple[StoredEmbedding, ...]) -> Vectors:
        if not embeddings or not rows:
            return np.zeros((len(embeddings), len(rows)), np.float32)
        if len(rows) < len(self._rows):
            return set_similarity(Parts.of(embeddings), Parts.of([row.embedding for row in rows]))
        if self._parts is None:
            self._parts = Parts.of([row.embedding for row in self._rows])
        return set_similarity(Parts.of(embeddings), self._parts)

    def _shortlist(self, embeddings: Sequence[Embedding]) -> tuple[StoredEmbedding, ...]:
        if len(self._rows) <= _SHORTLIST or not embeddings:
            return tuple(self._rows)
        _, nearest = self.search(np.stack([one.vector for one in embeddings]), _SHORTLIST)
        chosen = np.union1d(nearest[-1], nearest[:-1, :_NEAREST])
        return tuple(self._rows[row] for row in chosen)


class Memories(Protocol):
    """What the retriever reads of the store."""

    async def revision(self, chat: Chat) -> int:
        """The chat's revision: every edit raises it."""
        ...

    async def memory(self, chat: Chat) -> Memory:
        """All that recognition needs of the chat, read in one piece."""
        ...


@dataclass(slots=True)
class _Entry:
    index: ChatIndex = field(default_factory=ChatIndex)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    used_at: float = 0.0


class Retriever:
    """Keeps the indexes of the chats in use: loaded on first use, let go when idle or over the budget.

    `idle_seconds` and `budget` (bytes of all indexes) bound what stays; `clock` returns seconds.
    """

    def __init__(
        self,
        store: Memories,
        *,
        idle_seconds: float = 1800,
        budget: int = 1 << 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._idle, self._budget, self._clock = store, idle_seconds, budget, clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    async def index(self, chat: Chat, revision: int | None = None) -> ChatIndex:
        """The chat's index, never older than the store was when this was called.

        `revision` is the chat's for a caller who has read it: the index is as fresh as that reading then.
        """
        entry = self._entries.setdefault(chat.key, _Entry())
        entry.used_at = self._clock()
        self._entries.move_to_end(chat.key)
        async with entry.lock:
            if revision is None or entry.index.revision != revision:
                revision = await self._store.revision(chat)
            if entry.index.revision != revision:
                entry.index.update(await self._store.memory(chat))
        self._evict(chat.key)
        return entry.index

    def drop(self, chat: Chat) -> None:
        """Let go of a chat's index at once."""
        self._entries.pop(chat.key, None)

    def _evict(self, busy: str) -> None:
        """The longest unused go first; the one just asked for stays whatever its size."""
        total = sum(entry.index.size for entry in self._entries.values())
        oldest = self._clock() - self._idle
        while (key := next(iter(self._entries))) != busy:
            entry = self._entries[key]
            if total <= self._budget and entry.used_at >= oldest:
                break
            total -= entry.index.size
            del self._entries[key]


def _likely(table: Vectors, rows: Sequence[StoredEmbedding]) -> NDArray[np.bool_]:
    """Which rows belong to the concepts of the references most alike to the whole photo (1, rows)."""
    best = {rows[place].concept_id for place in np.argsort(-table[0])[:_LIKELY]} if len(table) else set()
    return np.array([row.concept_id in best for row in rows], bool)


def _bytes_of(row: StoredEmbedding) -> int:
    # Twice, for the matrix of all parts that is made of them.
    return 2 * (row.embedding.vector.nbytes + row.embedding.parts.nbytes)


def _same(new: StoredEmbedding, old: StoredEmbedding) -> bool:
    """Whether a row still says the same; a reference that was moved has another embedding."""
    return (new.concept_id, new.negative) == (old.concept_id, old.negative) and np.array_equal(
        new.embedding.vector, old.embedding.vector
    )


def _closest_is_negative(
    table: Vectors, owner: NDArray[np.int64], rows: Sequence[StoredEmbedding]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Concepts, and for each region and concept whether the closest reference is a negative one.

    Of references that are equally close (to three places) the newest counts: the last word is right.
    """
    ids = np.array([row.id for row in rows], np.int64)
    closeness = np.round(table, 3) + 1e-7 * ids.argsort().argsort()
    negative = np.array([row.negative for row in rows], bool)
    found, closest = best_one(closeness, owner)
    _, best = best_one(np.where(negative, closeness, -np.inf), owner)
    return found, best == closest
