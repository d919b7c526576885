"""A photo's regions against all that a chat knows: `python -m benchmarks.retrieval` prints one JSON line.

Timed is `ChatIndex.compare` with the eight regions of one photo, each near some reference, with vectors
and parts of the lite encoder's shape; `search` is its first stage alone, the exact search by vector that
makes the shortlist. Beside them, in turns in the same run, stand their floors: one pass over as many bytes
as each has to read (every vector; for `compare` the parts of the shortlist as well).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np

from core.concepts import Concept, Embedding, Vectors
from core.recognition.index import ChatIndex
from core.store.values import Memory, StoredEmbedding

GOALS_MS = {10: 0.05, 500: 0.5, 10_000: 10.0, 100_000: None}  # p99
ROUNDS = {10: 1000, 500: 500, 10_000: 300, 100_000: 100}
WIDTH, PARTS = 384, 120  # of an embedding: about the lite encoder's for a reference
SEEN = 35  # parts of a region of a photo, which is looked at once
LOOKS = 500  # different sets of parts; more would only use memory
REGIONS, TO_A_CONCEPT, NEAREST = 8, 5, 16


def _unit(rng: np.random.Generator, *shape: int) -> Vectors:
    rows = rng.standard_normal(shape, np.float32)
    rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows


def memory(size: int) -> Memory:
    """A chat that knows `size` references, five to a concept."""
    rng = np.random.default_rng(size)
    now = datetime.now(UTC)
    owners = -(-size // TO_A_CONCEPT)
    concepts = tuple(Concept(n, f"bo {n}", "dog", (), "ann", "Ann", now, TO_A_CONCEPT) for n in range(owners))
    looks = [_unit(rng, PARTS, WIDTH) for _ in range(min(size, LOOKS))]
    rows = tuple(
        StoredEmbedding(n, n // TO_A_CONCEPT, False, Embedding(_unit(rng, WIDTH), looks[n % LOOKS]))
        for n in range(size)
    )
    return Memory(1, concepts, rows)


def _seen_anew(one: Embedding, rng: np.random.Generator) -> Embedding:
    vector, parts = one.vector + _unit(rng, WIDTH), one.parts[:SEEN] + _unit(rng, SEEN, WIDTH)
    return Embedding(vector / np.linalg.norm(vector), parts / np.linalg.norm(parts, axis=-1, keepdims=True))


def _photos(known: Memory, count: int) -> Iterator[list[Embedding]]:
    """The embeddings of eight regions for each photo: a reference with as much noise added as signal."""
    rng = np.random.default_rng(1)
    for _ in range(count):
        seen = rng.integers(0, len(known.references), REGIONS)
        yield [_seen_anew(known.references[n].embedding, rng) for n in seen]


def measure(size: int) -> dict[str, object]:
    """Percentiles of both stages and of their floors, in milliseconds."""
    known = memory(size)
    index = ChatIndex(known)
    by_parts = int((index.compare(next(_photos(known, 1))).scores[-1] > -1).sum())  # warms up, too
    vectors = np.ones(size * WIDTH, np.float32)
    all_of_it = np.ones(size * WIDTH + by_parts * TO_A_CONCEPT * PARTS * WIDTH, np.float32)
    times: dict[str, list[float]] = {"search": [], "compare": [], "search floor": [], "compare floor": []}
    for photo in _photos(known, ROUNDS[size]):
        regions = np.stack([one.vector for one in photo])
        with _timed(times["search"]):
            index.search(regions, NEAREST)
        with _timed(times["compare"]):
            index.compare(photo)
        with _timed(times["search floor"]):
            np.dot(vectors, vectors)
        with _timed(times["compare floor"]):
            np.dot(all_of_it, all_of_it)
    stages = {name: _figures(times[name], times[f"{name} floor"]) for name in ("search", "compare")}
    return {"goal_p99_ms": GOALS_MS[size], "concepts_compared_by_parts": by_parts, **stages}


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    into.append(1e3 * (time.perf_counter() - began))


def _figures(taken: list[float], floors: list[float]) -> dict[str, float]:
    p50, p99, floor = np.percentile(taken, 50), np.percentile(taken, 99), np.median(floors)
    return {
        "p50_ms": round(float(p50), 4),
        "p99_ms": round(float(p99), 4),
        "floor_p50_ms": round(float(floor), 4),
        "ratio": round(float(p50 / floor), 1),
    }


def main() -> None:
    """Measure and print one line of JSON."""
    print(
        json.dumps(
            {
                "benchmark": "retrieval",
                "compared_with": "one pass over the bytes that have to be read (floor), and the goals",
                "regions": REGIONS,
                "vector": WIDTH,
                "parts": PARTS,
                "references": {size: measure(size) for size in GOALS_MS},
            }
        )
    )


if __name__ == "__main__":
    main()
