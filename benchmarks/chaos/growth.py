"""What a memory costs as it grows: a chat of 10,000 references, and 100,000 chats, beside small ones."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
import psutil
from sqlalchemy import create_engine, insert

from benchmarks.chaos.figures import Figure
from core.assistant.conversations import Conversations
from core.concepts import Box, Embedding
from core.messages import Chat, Photo, Sender
from core.recognition.retriever import Retriever
from core.store.schema import PAGE, bucket, chats, concepts, embeddings, reference_authors, references
from core.store.store import Store
from core.store.values import Memory, MemoryChanges, NewReference

ENCODER = "bench"
WIDTH, PARTS = 384, 120  # of an embedding: about the lite encoder's for a reference
TO_A_CONCEPT = 5
BIG, SMALL = Chat("bench", "big"), Chat("bench", "small")
ANN = Sender("ann", "Ann", admin=True)
PHOTO = bytes(50_000)


async def measure(*, short: bool) -> list[Figure]:
    """All figures of growth; `short` has a tenth of everything."""
    share = 10 if short else 1
    figures = await chats_in_memory(1_000, 100_000 // share)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/store.db"
        await (await Store.open(url, encoder=ENCODER)).aclose()
        fill(Path(folder) / "store.db", {BIG: 10_000 // share, SMALL: 10}, others=20_000 // share)
        store = await Store.open(url, encoder=ENCODER)
        try:
            figures += await loading(store, Path(folder) / "store.db")
            figures += await editing(store)
            figures += await asking(store, 20_000 // share)
        finally:
            await store.aclose()
    return figures


# ── a chat of many references ─────────────────────────────────────────────────────────────────────


def fill(path: Path, sizes: dict[Chat, int], others: int) -> None:
    """Fill a store with chats of so many references, and so many other chats of one concept each."""
    engine, now, ids = create_engine(f"sqlite:///{path}"), datetime.now(UTC), count(1)
    rng = np.random.default_rng(1)
    looks = [_unit(rng, PARTS) for _ in range(200)]

    def concept(chat: str, number: int) -> dict[str, object]:
        name = f"bo {number}"
        owner = {"creator_id": ANN.id if chat == SMALL.key else f"of {chat}", "creator_name": "Ann"}
        return {"id": next(ids), "chat": chat, "name": name, "bucket": bucket(name), "created_at": now, **owner}

    with engine.begin() as db:
        for pragma in ("synchronous = OFF", "journal_mode = OFF"):
            db.exec_driver_sql(f"PRAGMA {pragma}")
        names = [one.key for one in sizes] + [f"bench:{number}" for number in range(others)]
        db.execute(insert(chats), [{"key": key, "revision": 1, "settings": {}} for key in names])
        db.execute(insert(concepts), [concept(key, 0) for key in names[len(sizes) :]])
        for chat, size in sizes.items():
            made = [concept(chat.key, number) for number in range(size // TO_A_CONCEPT)]
            db.execute(insert(concepts), made)
            for begin in range(0, size, 500):
                some = range(begin, min(begin + 500, size))
                rows = [(chat is SMALL) * 10**6 + number + 1 for number in some]
                owners = [made[number // TO_A_CONCEPT]["id"] for number in some]
                photo = {"negative": False, "size": len(PHOTO), "at": now, "author": "Ann", "box": [0, 0, 9, 9]}
                photo |= {"candidates": [], "photo": PHOTO}
                db.execute(
                    insert(references), [photo | {"id": i, "concept": o} for i, o in zip(rows, owners, strict=True)]
                )
                db.execute(
                    insert(reference_authors), [{"reference": id, "person": made[0]["creator_id"]} for id in rows]
                )
                data = [Embedding(_unit(rng, 1)[0], looks[id % len(looks)]).to_bytes() for id in rows]
                row = {"encoder": ENCODER, "guard": bytes(PAGE)}
                db.execute(
                    insert(embeddings), [row | {"reference": i, "data": d} for i, d in zip(rows, data, strict=True)]
                )
    engine.dispose()


def _unit(rng: np.random.Generator, rows: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    made = rng.standard_normal((rows, WIDTH), np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=-1, keepdims=True), np.float32)


async def loading(store: Store, path: Path) -> list[Figure]:
    """The first use of a big chat, beside sqlite3 reading the same bytes; how late the loop is meanwhile."""
    with closing(sqlite3.connect(path)) as db:
        began = time.perf_counter()
        for _ in db.execute("SELECT data FROM embeddings"):
            pass
        bare = time.perf_counter() - began
    gc.collect()
    before, retriever = psutil.Process().memory_info().rss, Retriever(store)
    cpu = time.process_time()
    with _peak_memory() as peak:
        idle = await _lag(asyncio.sleep(1))
        began = time.perf_counter()
        lag = await _lag(retriever.index(BIG))
        seconds = time.perf_counter() - began
        cpu = time.process_time() - cpu
    size = len(await retriever.index(BIG))
    return [
        Figure(f"{size:,} references: first load", seconds, "s", most=3, baseline=bare, against="sqlite3 alone"),
        Figure("of these at work", cpu, "s of CPU"),
        Figure("latest the loop is meanwhile", 1e3 * lag, "ms", most=150, baseline=1e3 * idle, against="idle"),
        Figure("memory, at most", (peak[0] - before) / 1e9, "GB", most=1.2),
    ]


async def editing(store: Store) -> list[Figure]:
    """Edits with the index brought up after each, in the big chat and in a small one."""
    retriever, figures = Retriever(store), list[Figure]()
    edits: dict[str, Callable[[Chat, int], Awaitable[object]]] = {
        "a name": lambda chat, number: store.rename(chat, ids[chat], f"mia {number}", ANN),
        "a text": lambda chat, number: store.describe(chat, ids[chat], f"barks {number}", ANN),
        "a photo": lambda chat, _: store.remember(chat, "rex", by=ANN, references=[new]),
        "forgetting": lambda chat, number: _forget(store, chat, number),
    }
    ids = {chat: (await store.concepts(chat))[0].id for chat in (BIG, SMALL)}
    new = NewReference(
        PHOTO, Box(0, 0, 9, 9), (), Embedding(*np.split(_unit(np.random.default_rng(2), PARTS + 1), [1]))
    )
    new = NewReference(PHOTO, new.box, (), Embedding(new.embedding.vector[0], new.embedding.parts))
    for what, edit in edits.items():
        taken: dict[Chat, list[float]] = {BIG: [], SMALL: []}
        for number in range(21):
            for chat, times in taken.items():
                await retriever.index(chat)
                began = time.perf_counter()
                await edit(chat, number)
                _ = (await retriever.index(chat)).known
                times.append(1e3 * (time.perf_counter() - began))
        big, small = (float(np.median(times[1:])) for times in taken.values())
        figures.append(Figure(f"{what}, median", big, "ms", most=20, baseline=small, against="10 references"))
    return figures


async def _forget(store: Store, chat: Chat, number: int) -> None:
    known = await store.find(chat, f"lu {number}")
    if known is None:
        made = await store.remember(chat, f"lu {number}", by=ANN, info="sings")
        known = made.concept
    await store.forget(chat, known.id, ANN, undo_seconds=30)


async def asking(store: Store, others: int) -> list[Figure]:
    """What quotas and inline typing ask, in a big chat and among many chats."""
    photos = await _median(lambda: store.usage(BIG)), await _median(lambda: store.usage(SMALL))
    bare = await _median(lambda: store.concept(SMALL, "bo 1"))
    by_name = f"a concept by its name; {others:,} chats"
    return [
        Figure("room in the chat", photos[0], "ms", most=20, baseline=photos[1], against="10 references"),
        Figure(
            "room for a person", await _median(lambda: store.usage_of(SMALL, ANN)), "ms", baseline=bare, against=by_name
        ),
        Figure(
            "a person's chats", await _median(lambda: store.homes(SMALL, ANN)), "ms", baseline=bare, against=by_name
        ),
    ]


async def _median(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(21):
        began = time.perf_counter()
        await work()
        times.append(1e3 * (time.perf_counter() - began))
    return float(np.median(times))


# ── many chats ────────────────────────────────────────────────────────────────────────────────────


class _EmptyStore:
    async def revision(self, chat: Chat) -> int:  # noqa: ARG002 - the port's signature
        return 1

    async def memory(self, chat: Chat) -> Memory:  # noqa: ARG002
        return Memory(1, (), ())

    async def memory_changes(self, chat: Chat, since: int) -> MemoryChanges | None:  # noqa: ARG002
        return None


async def chats_in_memory(few: int, many: int) -> list[Figure]:
    """What one chat's index and conversation cost among many chats, beside among few."""
    figures = []
    times = {number: await _among(number) for number in (few, many)}
    for what in times[few]:
        small, large = times[few][what], times[many][what]
        figures.append(
            Figure(f"{what}: {many:,} chats", large, "µs", most=max(3 * small, 50), baseline=small, against=f"{few:,}")
        )
    return figures


async def _among(number: int) -> dict[str, float]:
    retriever, conversations = Retriever(_EmptyStore()), Conversations()
    keys = [Chat("bench", str(one)) for one in range(number)]
    photo = (Photo(b"x", "x.jpg"),)
    shown = {chat: conversations.show(chat, "", photo) for chat in keys}
    for chat in keys:
        await retriever.index(chat, 1)
    began = time.perf_counter()
    for chat in keys[:1000]:
        await retriever.index(chat, 1)
    taken = {"Retriever.index": 1e3 * (time.perf_counter() - began)}
    for what, call in (
        ("Conversations.find", lambda chat: conversations.find(chat, shown[chat].key)),
        ("Conversations.forget", conversations.forget),
    ):
        few = keys[:100]
        began = time.perf_counter()
        for chat in few:
            call(chat)
        taken[what] = 1e6 * (time.perf_counter() - began) / len(few)
    return taken


# ── measuring ─────────────────────────────────────────────────────────────────────────────────────


async def _lag(work: Awaitable[object]) -> float:
    """How many seconds late the event loop was at most while the work was done."""
    task, worst = asyncio.ensure_future(work), 0.0
    while not task.done():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        worst = max(worst, time.perf_counter() - began - 0.001)
    await task
    return worst


@contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """The most memory that this process has had inside, in bytes."""
    peak, over, process = [0], threading.Event(), psutil.Process()

    def look() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], process.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()
