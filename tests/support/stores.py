"""What the store's tests share: opening one, a clock to turn, references, and the bytes on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from core.concepts import Box, Embedding
from core.messages import Chat, Sender
from core.store.store import Store
from core.store.values import NewReference
from tests.support.databases.chosen import keys, url

HOME = Chat("test", "home")
WORK = Chat("test", "work")
ANN = Sender("a", "Ann")
BEN = Sender("b", "Ben")
ROOT = Sender("root", "Root", admin=True)


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@asynccontextmanager
async def opened(
    folder: Path, *, encoder: str = "e1", clock: Callable[[], datetime] | None = None, plain: bool = False
) -> AsyncIterator[Store]:
    """A store that is encrypted, unless it is to be `plain`."""
    with_keys = None if plain else keys(folder)
    store = await Store.open(url(folder), encoder=encoder, clock=clock or Clock(), keys=with_keys)
    try:
        yield store
    finally:
        await store.aclose()


def embedding(seed: int = 0) -> Embedding:
    """A repeatable embedding with one-of-a-kind bytes, of values that half precision keeps exactly."""
    values = np.random.default_rng(seed).integers(-512, 512, (9, 64)).astype(np.float32) / np.float32(512)
    return Embedding(values[0], values[1:])


def reference(photo: bytes = b"photo", *, seed: int = 0, negative: bool = False) -> NewReference:
    return NewReference(photo, Box(1, 2, 30, 40), (Box(0, 0, 9, 9),), embedding(seed), negative)


def without_revisions(db: sqlite3.Connection) -> None:
    """Take what migration 0009 has added out of a database, and later indexes: what notes a chat's revisions."""
    for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {trigger}")
    for thing in (
        *("TABLE processes", "TABLE leases", "TABLE pointers", "TABLE spent"),
        *("TABLE sealing", "TABLE dead_keys", "TABLE sign_ins", "TABLE asked"),
        "TABLE refused_faces",
        "TABLE answers",
        "TABLE revisions",
        "INDEX ix_concepts_creator_id",
        "INDEX ix_chats_erase_at",
        "INDEX ix_consents_person",
    ):
        db.execute(f"DROP {thing}")


def overwrite_a_leaf(path: Path) -> None:
    """Make rubbish of one page of a closed store, which holds a photo's row."""
    with closing(sqlite3.connect(path)) as db:
        leaves = "SELECT pageno FROM dbstat WHERE name = 'references' AND pagetype = 'leaf' ORDER BY pageno"
        pages = [page for (page,) in db.execute(leaves)]
    with path.open("r+b") as file:
        file.seek(4096 * (pages[len(pages) // 2] - 1))
        file.write(b"\xff" * 4096)
