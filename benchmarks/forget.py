"""How soon `/forget` takes effect: `python -m benchmarks.forget` prints one JSON line.

Timed is `Store.forget` with 30 seconds to undo, until another store on the same file, as in another
process, reads the raised revision. One chat holds all references, four to a concept, each with a photo
of 20 KB. `limit_ms` is what p99 must keep to whatever the size; `size_ratio` is the median of the
largest store over that of the smallest. Each edit is followed by SQLite's own bare durable commit
of one row on the same disk: `floor_ms`, and `ratio` is the median over the floor's. `state_p50_ms` is
the reading of revision and settings that each message costs.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.event import listen

from core.concepts import Box, Embedding
from core.messages import Chat, Sender
from core.store.edits.edit import bump
from core.store.schema import bucket, concepts, embeddings, infos, references
from core.store.sqlite import configure
from core.store.store import Store
from core.store.values import NewReference

SIZES, ROUNDS, LIMIT_MS = (10, 1_000, 20_000), 300, 10.0
CHAT, ANN = Chat("bench", "home"), Sender("ann", "Ann")


@dataclass(frozen=True, slots=True)
class Run:
    """The milliseconds of each edit, of each bare commit, and of each reading of the chat's state."""

    forgets: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    states: list[float] = field(default_factory=list)


def main() -> None:
    runs = {size: asyncio.run(measure(size)) for size in SIZES}
    medians = {size: float(np.median(run.forgets)) for size, run in runs.items()}
    p99 = {size: float(np.percentile(run.forgets, 99)) for size, run in runs.items()}
    bare = [each for run in runs.values() for each in run.commits]
    floor = float(np.median(bare))
    figures = {
        "benchmark": "forget",
        "compared_with": "a bare durable commit of one row in SQLite (floor), and the limit",
        "p50_ms": {size: round(value, 2) for size, value in medians.items()},
        "p99_ms": {size: round(value, 2) for size, value in p99.items()},
        "limit_ms": LIMIT_MS,
        "within_limit": max(p99.values()) <= LIMIT_MS,
        "size_ratio": round(medians[SIZES[-1]] / medians[SIZES[0]], 2),
        "floor_ms": {"p50": round(floor, 2), "p99": round(float(np.percentile(bare, 99)), 2)},
        "ratio": round(float(np.median(list(medians.values()))) / floor, 1),
        "state_p50_ms": round(float(np.median([each for run in runs.values() for each in run.states])), 3),
    }
    print(json.dumps(figures))


async def measure(size: int) -> Run:
    """Forget `ROUNDS` concepts; after each, a new one is remembered instead."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        url = f"sqlite+aiosqlite:///{path}"
        await (await Store.open(url, encoder="e")).aclose()
        await asyncio.to_thread(fill, path, size)
        store, onlooker = await Store.open(url, encoder="e"), await Store.open(url, encoder="e")
        run = Run()
        with closing(bare(path.with_name("bare.db"))) as floor:
            for number in range(ROUNDS):
                await forget_once(store, onlooker, number, run)
                with timed(run.commits):
                    floor.execute("INSERT INTO rows VALUES (?)", (number,))
        await store.aclose()
        await onlooker.aclose()
        return run


async def forget_once(store: Store, onlooker: Store, number: int, run: Run) -> None:
    change = await store.remember(CHAT, f"new {number}", by=ANN, info="barks", references=[_reference(number)])
    with timed(run.states):
        before = (await onlooker.state(CHAT)).revision
    with timed(run.forgets):
        await store.forget(CHAT, change.concept.id, ANN, undo_seconds=30)
        assert await onlooker.revision(CHAT) > before


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    into.append((time.perf_counter() - start) * 1000)


def bare(path: Path) -> sqlite3.Connection:
    """A table to commit rows to, synced as the store syncs."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE rows (value INTEGER)")
    return db


def fill(path: Path, size: int) -> None:
    """Insert `size` references into the chat directly: the store's own edits would take minutes."""
    engine = create_engine(f"sqlite:///{path}")
    listen(engine, "connect", configure)
    with engine.begin() as db:
        bump(db, CHAT.key)
        for start in range(0, size, 400):
            _fill_some(db, range(start, min(size, start + 400)))
    engine.dispose()
    os.sync()  # so that the disk isn't still writing them while the edits are timed


def _fill_some(db: Connection, ids: range) -> None:
    now = datetime.now(UTC)
    owners = sorted({number // 4 for number in ids})
    creator = {"chat": CHAT.key, "created_at": now, "creator_id": "ann", "creator_name": "Ann"}
    new = [_reference(number) for number in ids]
    db.execute(
        insert(concepts),
        [creator | {"id": n + 1, "name": f"bo {n}", "bucket": bucket(f"bo {n}")} for n in owners],
    )
    db.execute(insert(infos), [{"concept": n + 1, "at": now, "author": "Ann", "text": "barks"} for n in owners])
    stored = {"negative": False, "size": len(new[0].photo), "at": now, "author": "Ann", "candidates": []}
    db.execute(
        insert(references),
        [
            stored | {"id": n + 1, "concept": n // 4 + 1, "box": list(one.box), "photo": one.photo}
            for n, one in zip(ids, new, strict=True)
        ],
    )
    db.execute(
        insert(embeddings),
        [
            {"reference": n + 1, "encoder": "e", "data": one.embedding.to_bytes()}
            for n, one in zip(ids, new, strict=True)
        ],
    )


def _reference(seed: int) -> NewReference:
    values = np.random.default_rng(seed).standard_normal((9, 256)).astype(np.float32)
    photo = np.random.default_rng(seed).bytes(20_000)
    return NewReference(photo, Box(0, 0, 99, 99), (), Embedding(values[0], values[1:]))


if __name__ == "__main__":
    main()
