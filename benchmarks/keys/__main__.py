"""What encryption costs: `python -m benchmarks.keys` prints one JSON line.

Two stores with the same content, a plain one and an encrypted one, are asked the same in turns; told are medians and
the median ratio of one round. `write` is `Store.remember` with a text and a photo of 20 kB, `read` the concepts of a
chat of `KNOWN` with their texts, `photos` a concept's photos, `load` all that the index of a chat of `--references`
(10,000) is made of: names, texts and embeddings. `effect_ms` is `/forget` until another store on the same file reads
the raised revision, `erased_ms` what it takes without Undo until text, photo and embedding are erased and, where they
are encrypted, their keys destroyed; `floor_ms` is a bare durable commit of one row on the same disk meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.event import listen

from benchmarks.forget import bare
from core.concepts import Box, Embedding
from core.messages import Chat, Sender
from core.store.edits.edit import bump
from core.store.keys.folder import KeyFolder
from core.store.keys.host import HostKeyPlace
from core.store.keys.sealing import buckets, sealed
from core.store.schema import concepts, embeddings, infos, references
from core.store.sqlite import configure
from core.store.store import Store
from core.store.values import NewReference

SMALL, LARGE, ANN = Chat("bench", "small"), Chat("bench", "large"), Sender("ann", "Ann")
KNOWN, TO_A_CONCEPT, WRITES, READS, LOADS, FORGETS = 200, 4, 60, 40, 5, 200
Work = Callable[[Store, int], Awaitable[object]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--references", type=int, default=10_000)
    print(json.dumps(asyncio.run(measure(parser.parse_args().references))))


async def measure(size: int) -> dict[str, object]:
    """All figures, in one run on one disk."""
    with tempfile.TemporaryDirectory() as folder:
        kinds = {"plain": Path(folder) / "plain.db", "encrypted": Path(folder) / "encrypted.db"}
        keys = {name: None if name == "plain" else _keys(path) for name, path in kinds.items()}
        stores = {}
        for name, path in kinds.items():
            url = f"sqlite+aiosqlite:///{path}"
            await (await Store.open(url, encoder="e", keys=keys[name])).aclose()
            await asyncio.to_thread(fill, path, size, keys[name])
            stores[name] = await Store.open(url, encoder="e", keys=keys[name])
        made = [_reference(number) for number in range(WRITES)]
        first = {name: (await store.concepts(SMALL))[0].id for name, store in stores.items()}
        names = {id(store): name for name, store in stores.items()}
        figures: dict[str, object] = {"benchmark": "keys", "compared_with": "the plain store of the same run"}
        works: dict[str, tuple[int, Work]] = {
            "write": (
                WRITES,
                lambda store, n: store.remember(SMALL, f"new {n}", by=ANN, info="b", references=[made[n]]),
            ),
            "read": (READS, lambda store, _: store.concepts(SMALL)),
            "photos": (READS, lambda store, _: store.references(SMALL, first[names[id(store)]])),
            "load": (LOADS, lambda store, _: store.memory(LARGE)),
        }
        for what, (rounds, work) in works.items():
            figures[what] = await compared(stores, rounds, work)
        for name, store in stores.items():
            figures[f"forget_{name}"] = await forgetting(store, kinds[name], keys[name])
        for store in stores.values():
            await store.aclose()
        return figures


async def compared(stores: dict[str, Store], rounds: int, work: Work) -> dict[str, float]:
    """The median milliseconds of each store, and the median of the rounds' ratios."""
    took: dict[str, list[float]] = {name: [] for name in stores}
    for number in range(rounds):
        for name in (sorted(stores), sorted(stores, reverse=True))[number % 2]:
            began = time.perf_counter()
            await work(stores[name], number)
            took[name].append((time.perf_counter() - began) * 1000)
    ratios = np.array(took["encrypted"]) / np.array(took["plain"])
    told = {f"{name}_ms": round(float(np.median(times)), 2) for name, times in took.items()}
    return {**told, "ratio": round(float(np.median(ratios)), 3)}


async def forgetting(store: Store, path: Path, keys: KeyFolder | None) -> dict[str, object]:
    """How soon a forgotten concept is out of every reading, and how soon nobody can read it any more."""
    onlooker = await Store.open(f"sqlite+aiosqlite:///{path}", encoder="e", keys=_keys(path) if keys else None)
    effect: list[float] = []
    destroyed: list[float] = []
    floor: list[float] = []
    with closing(bare(path.with_name(f"bare-{path.stem}.db"))) as db:
        for number in range(FORGETS):
            reference = _reference(number)
            for seconds, times in ((30, effect), (0, destroyed)):
                one = await store.remember(SMALL, f"gone {number}", by=ANN, info="b", references=[reference])
                before = await onlooker.revision(SMALL)
                began = time.perf_counter()
                await store.forget(SMALL, one.concept.id, ANN, undo_seconds=seconds)
                assert await onlooker.revision(SMALL) > before
                times.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            db.execute("INSERT INTO rows VALUES (?)", (number,))
            floor.append((time.perf_counter() - began) * 1000)
    await onlooker.aclose()
    return {
        name: {"p50": round(float(np.median(times)), 2), "p99": round(float(np.percentile(times, 99)), 2)}
        for name, times in (("effect_ms", effect), ("erased_ms", destroyed), ("floor_ms", floor))
    }


def fill(path: Path, size: int, keys: KeyFolder | None) -> None:
    """Insert a large chat and a small one directly: the store's own edits would take minutes."""
    engine = create_engine(f"sqlite:///{path}", execution_options={"keys": keys})
    listen(engine, "connect", configure)
    with engine.begin() as db:
        first = 1
        for chat, count in ((LARGE, size), (SMALL, KNOWN * TO_A_CONCEPT)):
            bump(db, chat.key)
            for start in range(first, first + count, 400):
                _fill_some(db, chat, range(start, min(first + count, start + 400)))
            first += count
    engine.dispose()


def _fill_some(db: Connection, chat: Chat, ids: range) -> None:
    now = datetime.now(UTC)
    owners = sorted({(number - 1) // TO_A_CONCEPT + 1 for number in ids})
    owner = {"chat": chat.key, "created_at": now, "creator_id": "ann", "creator_name": "Ann"}
    for n in owners:
        named = {"id": n, "name": f"bo {n}", "bucket": buckets(db, f"bo {n}")[0]}
        db.execute(insert(concepts).values(**sealed(db, concepts, owner | named)))
        told = {"concept": n, "at": now, "author": "Ann", "text": "barks"}
        db.execute(insert(infos).values(**sealed(db, infos, told)))
    photo = {"negative": False, "size": 4000, "at": now, "author": "Ann", "box": [0, 0, 9, 9], "candidates": []}
    for n in ids:
        whose, one = (n - 1) // TO_A_CONCEPT + 1, _reference(n, size=4000)
        row = {**photo, "id": n, "concept": whose, "photo": one.photo}
        db.execute(insert(references).values(**sealed(db, references, row)))
        row = {"reference": n, "encoder": "e", "data": one.embedding.to_bytes()}
        db.execute(insert(embeddings).values(**sealed(db, embeddings, row, owner=whose)))


def _reference(seed: int, size: int = 20_000) -> NewReference:
    random = np.random.default_rng(seed)
    values = random.standard_normal((9, 256), np.float32)
    return NewReference(random.bytes(size), Box(0, 0, 99, 99), (), Embedding(values[0], values[1:]))


def _keys(path: Path) -> KeyFolder:
    return KeyFolder(Path(f"{path}-keys"), HostKeyPlace(file=f"{path}-host"))


if __name__ == "__main__":
    main()
