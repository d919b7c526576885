"""One exact index per chat (FAISS): how similar each region is to each of the chat's concepts.

ChatIndex.compare(embeddings) → search by vector (one call) → rank the shortlist by parts, set to set
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter

import faiss
import numpy as np
from numpy.typing import NDArray

from core.concepts import Concept, Embedding, Facts, Known, Vectors, Verdict
from core.names import facts_of, fold
from core.recognition.faces import KnownFaces
from core.recognition.learning import Correction
from core.recognition.similarity import Parts, best_one, best_two, set_similarity
from core.store.values import Memory, MemoryChanges, StoredEmbedding

_SHORTLIST = 64  # references whose parts are compared; chats with no more are compared in full
_OVERHEAD = 1000  # bytes of the objects that a reference is made of
_MOST_OF_OWN = 8  # photos of a concept, the newest, that are compared with each other
_NEAREST = 8  # references that each region of a photo puts on the shortlist of a larger chat
_LIKELY = 16  # references whose concepts are likely by the whole photo: the smaller regions are compared with these


@dataclass(frozen=True, slots=True, eq=False)
class Similarities:
    """How similar regions and concepts are, about −1…1.

    `scores` (regions, concepts) is −1 where a concept was not compared; `denied`, of the same shape, is where a
    negative reference ("this is not it") is closer than all positive ones. `own` (concepts,) is how alike a concept's
    photos are to each other, −1 where that isn't known or nobody is compared. `against` (regions, concepts) is the
    closest negative reference, −1 where there is none: what is nearly as like that as like the concept is asked about.
    """

    concepts: tuple[Concept, ...]
    scores: Vectors
    denied: NDArray[np.bool_]
    own: Vectors | None = None
    against: Vectors | float = -1.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """How similar a region is to a concept, and the id of the reference that it is most similar to."""

    score: float
    nearest: int


Similar = Callable[[Sequence[Embedding], Sequence[Embedding]], Vectors]


def similarities(regions: Sequence[Embedding], references: Sequence[Embedding]) -> Vectors:
    """How alike each of some regions is to each of some references, by their parts: (regions, references)."""
    return set_similarity(Parts.of(regions), Parts.of(references))


class ChatIndex:
    """What one chat knows, ready to search. Made and kept up to date by `Retriever`.

    Its rows stand in the order of the references' ids, so that it answers as one that was made anew does.
    """

    def __init__(self, memory: Memory, similar: Similar = similarities) -> None:
        """`similar` tells how alike each of some regions is to each of some references: (regions, references)."""
        self.revision = memory.revision
        self.answers: tuple[Verdict, ...] = memory.answers
        self.correction: Correction | None = None  # what they, and those of other chats, make of the grades
        self.concepts: tuple[Concept, ...] = ()
        self._merged = memory.merged
        self._facts: dict[int, Facts] = {}  # of each concept by its id: its name and texts, as they are compared
        self._names: dict[int, tuple[int, str]] = {}  # the one that is its name
        self._columns: dict[int, int] = {}  # of the concepts, by id
        self._rows: list[StoredEmbedding] = []
        self._own: dict[int, float] = {}  # of concepts by id, once it was asked for: how alike their photos are
        self._vectors: faiss.IndexFlatIP | None = None
        self._parts: Parts | None = None  # of all rows, for a chat whose shortlist is all of them
        self._similar = similar
        self._known: Known | None = None  # made when it is asked for
        self._faces: KnownFaces | None = None  # likewise
        self._refused = memory.refused
        self._row_bytes = 0
        self._replace_concepts(frozenset(), memory.concepts)
        self._add(memory.references)

    @property
    def known(self) -> Known:
        """The names of the chat's concepts and all texts about them, earlier ones too, as `/show` tells them."""
        if self._known is None:
            into = {one.into for one in self._merged}
            former = facts_of([one for one in self.concepts if one.id in into], self._merged)
            facts = former.union(*self._facts.values())
            self._known = Known(self.revision, facts, frozenset(self._names.values()))
        return self._known

    @property
    def faces(self) -> KnownFaces:
        """The faces of those whom the chat was taught, and of those who are not to be recognised."""
        if self._faces is None:
            rows = [(row.concept_id, row.face) for row in self._rows if row.face is not None and not row.negative]
            self._faces = KnownFaces.of(rows, self._refused)
        return self._faces

    @property
    def size(self) -> int:
        """Bytes in memory, approximately."""
        return self._row_bytes + (self._parts.vectors.nbytes if self._parts else 0)

    def __len__(self) -> int:
        return len(self._rows)

    def apply(self, changes: MemoryChanges) -> None:
        """Take over what has changed in the store since this one's revision. It takes as long as that is much."""
        self._replace_concepts(changes.concept_ids, changes.concepts)
        self._remove(changes.reference_ids)
        self._add(changes.references)
        self.revision, self._merged, self._known = changes.revision, changes.merged, None
        self.answers = changes.answers
        self._faces, self._refused = None, changes.refused

    def _replace_concepts(self, ids: Collection[int], concepts: Sequence[Concept]) -> None:
        """Put `concepts` in the place of those of these ids; the references of one that is gone go, too."""
        there = {one.id: one for one in self.concepts if one.id not in ids} | {one.id: one for one in concepts}
        self.concepts = tuple(there[id] for id in sorted(there))
        self._columns = {concept.id: column for column, concept in enumerate(self.concepts)}
        gone = {id for id in ids if id not in there}
        for id in gone:
            self._facts.pop(id, None)
            self._names.pop(id, None)
        self._facts |= {one.id: facts_of([one]) for one in concepts}
        self._names |= {one.id: (one.id, fold(one.name)) for one in concepts}
        if gone:
            self._remove({row.id for row in self._rows if row.concept_id in gone})

    def _add(self, rows: Sequence[StoredEmbedding]) -> None:
        """Add references in the order of their ids: behind all others, but for what was forgotten and came back."""
        if not rows:
            return
        self._forget_own(rows)
        if self._vectors is None:
            self._vectors = faiss.IndexFlatIP(rows[0].embedding.vector.size)
        first = bisect(self._rows, rows[0].id, key=attrgetter("id"))
        behind = sorted([*self._rows[first:], *rows], key=attrgetter("id"))
        if first < len(self._rows):
            self._vectors.remove_ids(faiss.IDSelectorRange(first, len(self._rows)))
        self._vectors.add(np.stack([row.embedding.vector for row in behind]))
        self._rows[first:] = behind
        self._row_bytes += sum(map(_bytes_of, rows))
        self._parts = None

    def _remove(self, ids: Collection[int]) -> None:
        """Remove references; FAISS moves the rows behind them up, in order, and so does this."""
        numbers = [number for number, row in enumerate(self._rows) if row.id in ids]
        self._forget_own([self._rows[number] for number in numbers])
        if numbers and self._vectors is not None:
            self._vectors.remove_ids(faiss.IDSelectorBatch(np.array(numbers, np.int64)))
            self._row_bytes -= sum(_bytes_of(self._rows[number]) for number in numbers)
            self._rows = [row for row in self._rows if row.id not in ids]
            self._parts = None

    def _forget_own(self, rows: Sequence[StoredEmbedding]) -> None:
        for row in rows:
            self._own.pop(row.concept_id, None)

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
        if len(rows) < len(self._rows) or self._similar is not similarities:
            return self._similar(embeddings, [row.embedding for row in rows])
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
        scores, denied, against = np.full(shape, -1, np.float32), np.zeros(shape, bool), np.full(shape, -1, np.float32)
        if not negative.all():
            found, best = best_two(table[:, ~negative], owner[~negative])
            scores[:, found] = best
        if negative.any():
            ids = np.array([row.id for row in rows], np.int64)
            closeness = np.round(table, 3) + 1e-7 * ids.argsort().argsort()
            found, closest = best_one(closeness, owner)
            _, closest_negative = best_one(np.where(negative, closeness, -np.inf), owner)
            denied[:, found] = closest_negative == closest
            refused, nearest = best_one(table[:, negative], owner[negative])
            against[:, refused] = nearest
        own = np.full(len(self.concepts), -1, np.float32)
        for column in set(owner.tolist()):
            own[column] = self._likeness_of_own(self.concepts[column].id)
        return Similarities(self.concepts, scores, denied, own, against)

    def _likeness_of_own(self, concept_id: int) -> float:
        """How alike a concept's photos are to each other: the mean likeness of each to the others; −1 for one."""
        if concept_id not in self._own:
            rows = [row for row in self._rows if row.concept_id == concept_id and not row.negative][-_MOST_OF_OWN:]
            self._own[concept_id] = -1.0
            if len(rows) > 1:
                table = self._table([row.embedding for row in rows], rows)
                np.fill_diagonal(table, -1)
                self._own[concept_id] = float(np.sort(table, axis=1)[:, -min(2, len(rows) - 1) :].mean())
        return self._own[concept_id]


def _bytes_of(row: StoredEmbedding) -> int:
    return row.embedding.nbytes + row.embedding.vector.nbytes + _OVERHEAD  # the vector is FAISS's, too
