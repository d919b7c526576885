"""What of an SQLite store can be read, page by page where it is damaged, and writing that into a new one."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.counting import counted
from core.errors import StoreError
from core.store.errors import UNREADABLE, told_plainly
from core.store.recovery import backups, readonly

_COUNTED = {
    "chats": "chats",
    "concepts": "names",
    "references": "photos",
    "infos": "texts",
    "kept_photos": "kept photos",
}
_ONE_BY_ONE = 2000  # ids that are tried after one that can't be read; then in steps of twice the size
_INTERNAL = "sqlite_"


@dataclass(frozen=True, slots=True)
class Readable:
    """What can be read of a store: by its word, how many, and how many there were (None: that can't be told)."""

    sound: bool
    counts: Mapping[str, tuple[int, int | None]]

    def __str__(self) -> str:
        """As in "10 of 12 names, 1 chat"."""
        said = []
        for word, (count, total) in self.counts.items():
            of = count if total is None else total
            said.append(f"{'' if of == count else f'{count:,} of '}{counted(of, word.removesuffix('s'))}")
        return ", ".join(said)


def examine(path: Path) -> Readable:
    """Read all of a store, also of one in use. Raises `StoreError` when nothing of it can be read. Blocks."""
    with closing(_opened(path)) as db:
        return Readable(_is_sound(db), {word: _count(db, table) for table, word in _COUNTED.items()})


def salvage(path: Path, target: Path) -> Readable:
    """Write all that can be read of a store to a new file, which can be restored as a backup can. Blocks.

    What belonged to something that is lost is left out; a chat is made anew, without its settings. Raises `StoreError`
    when nothing can be read, or the target exists.
    """
    if target.exists():
        raise StoreError(f"{target} exists already: name another file.")
    part = target.with_name(f"{target.name}.part")
    with told_plainly(str(target)):
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC, 0o600))
        try:
            with closing(_opened(path)) as source, closing(sqlite3.connect(part, isolation_level=None)) as db:
                _copy_readable(source, db)
            backups.require_sound(part)
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
    return examine(target)


def _copy_readable(source: sqlite3.Connection, db: sqlite3.Connection) -> None:
    made = source.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    tables = [(name, sql) for kind, name, sql in made if kind == "table" and not name.startswith(_INTERNAL)]
    db.execute("BEGIN")
    for name, sql in tables:
        db.execute(sql)
        if "WITHOUT ROWID" in sql.upper():  # what revisions have changed: it is read anew where that isn't known
            continue
        for row in _rows(source, name):
            db.execute(f'INSERT OR IGNORE INTO "{name}" VALUES ({", ".join("?" * len(row))})', row)  # noqa: S608 - its own
    for kind, _, sql in made:
        if kind in {"index", "trigger"}:
            db.execute(sql)
    # A chat is little more than its key, which all that is its own has, too.
    known = "INSERT OR IGNORE INTO chats (key, revision, settings) SELECT DISTINCT chat, ?, '{}' FROM concepts"
    db.execute(known, (time.time_ns() // 1000,))
    while orphans := db.execute("PRAGMA foreign_key_check").fetchall():
        for table, rowid, *_ in orphans:
            db.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (rowid,))  # noqa: S608 - a name of its schema
    for table, last in _rows(source, "sqlite_sequence"):
        if not db.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last, table)).rowcount:
            db.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, last))
    [version] = source.execute("PRAGMA user_version").fetchone()
    db.execute(f"PRAGMA user_version = {version}")
    db.execute("COMMIT")


def _opened(path: Path) -> sqlite3.Connection:
    """The store, to be read even where its end is missing. Raises `StoreError` when it is none."""
    if not path.exists():
        raise StoreError(f"There is no store at {path}: name it in store.url.")
    with told_plainly(str(path)):
        db = readonly.connect(path)
        try:
            db.execute("PRAGMA writable_schema = ON")  # else a file that was cut off is refused as a whole
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except UNREADABLE:
            db.close()
            raise
    if not {"alembic_version", "chats"} <= tables:
        db.close()
        raise StoreError(f"{path} is no Rapport store, or an empty one.")
    return db


def _is_sound(db: sqlite3.Connection) -> bool:
    try:
        found = [row[0] for row in db.execute("PRAGMA quick_check(1)")]
        return found == ["ok"] and not db.execute("PRAGMA foreign_key_check").fetchone()
    except UNREADABLE:
        return False


def _count(db: sqlite3.Connection, table: str) -> tuple[int, int | None]:
    """How many rows of a table can be read, and how many an index says that there are."""
    try:
        total = int(db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608 - a name of ours
    except UNREADABLE:
        total = None
    readable = sum(1 for _ in _rows(db, table))
    return readable, max(readable, total) if total is not None else None


def _rows(db: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table that can be read, in the order of their ids; what can't is passed over."""
    last = failures = 0
    try:
        top = db.execute(f'SELECT max(rowid) FROM "{table}"').fetchone()[0] or 0  # noqa: S608 - a name of its schema
    except UNREADABLE:
        top = 1 << 40
    while last < top:
        try:
            for number, *row in db.execute(f'SELECT rowid, * FROM "{table}" WHERE rowid > ? ORDER BY rowid', (last,)):  # noqa: S608 - as above
                last, failures = number, 0
                yield tuple(row)
            return
        except UNREADABLE:
            failures += 1
            last += 1 if failures <= _ONE_BY_ONE else 1 << (failures - _ONE_BY_ONE)
