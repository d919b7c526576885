"""One exact index per chat (FAISS): how similar each region is to each of the chat's concepts.

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

from core.concepts import Concept, Embedding, Known, Merged, Vectors
from core.messages import Chat
from core.names import facts_of, fold
from core.recognition.similarity import Parts, best_one, best_two, set_similarity
from core.store.values import Memory, StoredEmbedding

_SHORTLIST = 64  # references whose parts are compared; chats with no more are compared in full
_NEAREST = 8  # references that each region of a photo puts on the shortlist of a larger chat
_LIKELY = 16  # references whose concepts are likely by the whole photo: the smaller regions are compared with these


@dataclass(frozen=True, slots=True, eq=False)
class Similarities:
    """How similar regions and concepts are, about −1…1.

    `scores` (regions, concepts) is −1 where a concept was not compared; `denied`, of the same shape, is where a
    negative reference ("this is not it") is closer than all positive ones.
    """

    concepts: tuple[Concept, ...]
    scores: Vectors
    denied: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How similar a region is to a concept, and the id of the reference that it is most similar to."""

    score: float
    nearest: int


class ChatIndex:
    """What one chat knows, ready to search. Made and kept up to date by `Retriever`."""

    def __init__(self) -> None:
        self.revision = -1
        self.concepts: tuple[Concept, ...] = ()
        self._merged: tuple[Merged, ...] = ()
        self.size = 0  # bytes in memory, approximately
        self._columns: dict[int, int] = {}  # of the concepts, by id
        self._rows: list[StoredEmbedding] = []
        self._vectors: faiss.IndexFlatIP | None = None
        self._parts: Parts | None = None  # of all rows, for a chat whose shortlist is all of them
        self._known: Known | None = None  # made when it is asked for

    @property
    def known(self) -> Known:
        """The names of the chat's concepts and all texts about them, earlier ones too, as `/show` tells them."""
        if self._known is None:
            names = frozenset((one.id, fold(one.name)) for one in self.concepts)
            self._known = Known(self.revision, facts_of(self.concepts, self._merged), names)
        return self._known

    def __len__(self) -> int:
        return len(self._rows)

    def update(self, memory: Memory) -> None:
        """Take over what the store holds: rows that are gone are removed, new or moved ones added, others stay."""
        old = {row.id: row for row in self._rows}
        kept = {
            row.id
            for row in memory.references
            if (before := old.get(row.id))
            and (row.concept_id, row.negative) == (before.concept_id, before.negative)
            and np.array_equal(row.embedding.vector, before.embedding.vector)
        }
        self.remove([row.id for row in self._rows if row.id not in kept])
        self.add([row for row in memory.references if row.id not in kept])
        self.concepts, self.revision, self._merged = memory.concepts, memory.revision, memory.merged
        self._known = None
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
        """Remove references; FAISS moves the rows behind them up, in order, and so does this."""
        gone = set(ids)
        numbers = [number for number, row in enumerate(self._rows) if row.id in gone]
        if numbers and self._vectors is not None:
            self._vectors.remove_ids(faiss.IDSelectorBatch(np.array(numbers, np.int64)))
            self.size -= sum(_bytes_of(self._rows[number]) for number in numbers)
            self._rows = [row for row in self._rows if row.id not in gone]
            self._parts = None

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
        """The k nearest references of each region (r, d), exactly: similarities (r, k) and row numbers (r, k)."""
        k = min(k, len(self._rows))
        if self._vectors is None or k == 0:
            return np.zeros((len(vectors), 0), np.float32), np.zeros((len(vectors), 0), np.int64)
        faiss.omp_set_num_threads(1)  # of the calling thread: a search is shorter than waking others takes
        similarities, numbers = self._vectors.search(vectors, k)
        return similarities, numbers

    def compare(self, embeddings: Sequence[Embedding]) -> Similarities:
        """Compare a photo's regions with the chat's concepts, by the parts of the references on the shortlist.

        The last region is the whole photo, which discriminates best: the others are compared only with the
        concepts that it makes likely.
        """
        rows = self._rows
        if len(rows) > _SHORTLIST and embeddings:
            _, nearest = self.search(np.stack([one.vector for one in embeddings]), _SHORTLIST)
            rows = [self._rows[number] for number in np.union1d(nearest[-1], nearest[:-1, :_NEAREST])]
        few = len(rows) <= _LIKELY or len(embeddings) <= 1
        # Where embeddings have no parts, comparing all with all takes less than choosing first.
        at_once = few or not any(len(one.parts) for one in embeddings)
        table = self._table(embeddings if at_once else embeddings[-1:], rows)
        if not few:
            likely = {rows[number].concept_id for number in np.argsort(-table[-1])[:_LIKELY]}
            chosen = np.array([row.concept_id in likely for row in rows], bool)
            rows, table = [row for row in rows if row.concept_id in likely], table[:, chosen]
            if not at_once:
                table = np.concatenate([self._table(embeddings[:-1], rows), table])
        return self._by_concept(table, rows)

    def references_of(self, concept_id: int) -> tuple[Embedding, ...]:
        """The embeddings of a concept's positive references."""
        return tuple(row.embedding for row in self._rows if row.concept_id == concept_id and not row.negative)

    def embedding_of(self, reference_id: int) -> Embedding | None:
        """The embedding of a reference, None where there is none."""
        return next((row.embedding for row in self._rows if row.id == reference_id), None)

    def positives(self) -> tuple[StoredEmbedding, ...]:
        """All positive references."""
        return tuple(row for row in self._rows if not row.negative)

    def negatives_of(self, concept_id: int) -> tuple[StoredEmbedding, ...]:
        """A concept's negative references."""
        return tuple(row for row in self._rows if row.concept_id == concept_id and row.negative)

    def likeness(self, embedding: Embedding, concept_id: int, without: int | None = None) -> Likeness | None:
        """How similar one region is to one concept's positive references, but for the one with the id `without`.

        None where there are none to compare with.
        """
        rows = [row for row in self._rows if row.concept_id == concept_id and not row.negative and row.id != without]
        if not rows:
            return None
        scores = self._table([embedding], rows)[0]
        order = np.argsort(-scores)
        return Likeness(float(scores[order[:2]].mean()), rows[order[0]].id)

    def _table(self, embeddings: Sequence[Embedding], rows: Sequence[StoredEmbedding]) -> Vectors:
        """The similarity of each region and each reference (regions, rows)."""
        if not embeddings or not rows:
            return np.zeros((len(embeddings), len(rows)), np.float32)
        if len(rows) < len(self._rows):
            return set_similarity(Parts.of(embeddings), Parts.of([row.embedding for row in rows]))
        if self._parts is None:
            self._parts = Parts.of([row.embedding for row in self._rows])
        return set_similarity(Parts.of(embeddings), self._parts)

    def _by_concept(self, table: Vectors, rows: Sequence[StoredEmbedding]) -> Similarities:
        """A table (regions, rows) by concept: the mean of the two best positive references, and who is denied.

        A region denies a concept whose closest reference is a negative one. Of references that are equally close
        (to three decimals) the newest counts: the last word is right.
        """
        owner = np.array([self._columns[row.concept_id] for row in rows], np.int64)
        negative = np.array([row.negative for row in rows], bool)
        shape = len(table), len(self.concepts)
        scores, denied = np.full(shape, -1, np.float32), np.zeros(shape, bool)
        if not negative.all():
            found, best = best_two(table[:, ~negative], owner[~negative])
            scores[:, found] = best
        if negative.any():
            ids = np.array([row.id for row in rows], np.int64)
            closeness = np.round(table, 3) + 1e-7 * ids.argsort().argsort()
            found, closest = best_one(closeness, owner)
            _, closest_negative = best_one(np.where(negative, closeness, -np.inf), owner)
            denied[:, found] = closest_negative == closest
        return Similarities(self.concepts, scores, denied)


class MemoryReader(Protocol):
    """What the retriever reads of the store."""

    async def revision(self, chat: Chat) -> int:
        """The chat's revision: every edit raises it."""
        ...

    async def memory(self, chat: Chat) -> Memory:
        """All that recognition needs of the chat, read in one piece."""
        ...


@dataclass(slots=True)
class _LoadedIndex:
    index: ChatIndex = field(default_factory=ChatIndex)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    used_at: float = 0.0


class Retriever:
    """Keeps the indexes of the chats in use: loaded on first use, evicted when idle or over the budget.

    `idle_seconds` and `budget` (bytes of all indexes) bound what stays; `clock` returns seconds. No cache of a
    library: an index grows in place with each edit, and those of cachetools weigh an item only when it is put in.
    """

    def __init__(
        self,
        store: MemoryReader,
        *,
        idle_seconds: float = 1800,
        budget: int = 1 << 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._idle, self._budget, self._clock = store, idle_seconds, budget, clock
        self._entries: OrderedDict[str, _LoadedIndex] = OrderedDict()

    async def index(self, chat: Chat, revision: int | None = None) -> ChatIndex:
        """The chat's index, never older than the store was when this was called.

        `revision` is the chat's for a caller who has read it: the index is as fresh as that reading then.
        """
        entry = self._entries.setdefault(chat.key, _LoadedIndex())
        entry.used_at = self._clock()
        self._entries.move_to_end(chat.key)
        async with entry.lock:
            if revision is None or entry.index.revision != revision:
                revision = await self._store.revision(chat)
            if entry.index.revision != revision:
                entry.index.update(await self._store.memory(chat))
        # The longest unused are evicted first; the one just asked for stays whatever its size.
        total = sum(one.index.size for one in self._entries.values())
        oldest = self._clock() - self._idle
        while (key := next(iter(self._entries))) != chat.key:
            other = self._entries[key]
            if total <= self._budget and other.used_at >= oldest:
                break
            total -= other.index.size
            del self._entries[key]
        return entry.index


def _bytes_of(row: StoredEmbedding) -> int:
    # Twice, for the matrix of all parts that is made of them.
    return 2 * (row.embedding.vector.nbytes + row.embedding.parts.nbytes)
