"""The ledger of what was forgotten, so that no backup brings it back: ids and revisions, no name and no word.

It is an SQLite file of its own beside the store's, which outlives that. Triggers note whatever a transaction hides,
merges or deletes, so that no edit can go round it; the rows are written down before the transaction is committed. A
process that dies in between has them forgotten at the next start, as somebody had asked.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import structlog

_log = structlog.get_logger(__name__)
_PATIENCE = 1.0  # seconds for another process that writes: an edit waits for it, twice at most
_TABLES = """
CREATE TABLE IF NOT EXISTS stores (id INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS gone (
    number INTEGER PRIMARY KEY,
    store INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    revision INTEGER,
    merged_into INTEGER,
    UNIQUE (store, kind, id)
);
"""
_NOTE = (
    "INSERT INTO gone (store, kind, id, revision, merged_into) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (store, kind, id) DO UPDATE SET "
    "revision = max(revision, excluded.revision), merged_into = coalesce(merged_into, excluded.merged_into)"
)
_BACK = "DELETE FROM gone WHERE store = ? AND kind = ? AND id = ? AND revision IS NOT NULL"


class Gone(NamedTuple):
    """A row that is out of every reading: of which table (`kind`; "diary": a concept's sightings), and its id.

    `revision` is the one of its chat that hid it, None where it was deleted, which nobody takes back. `merged_into` is
    the concept that it is a part of now. With `back` it is what it was before again.
    """

    kind: str
    id: int
    revision: int | None
    merged_into: int | None
    back: bool = False


# ── what a connection notes ───────────────────────────────────────────────────────────────────────


def _trigger(name: str, when: str, *selects: str) -> str:
    return (
        f"CREATE TEMP TRIGGER {name} AFTER {when} BEGIN {' '.join(f'INSERT INTO gone {one};' for one in selects)} END"
    )


_MERGED = "CASE WHEN NEW.erase_at >= '9999' THEN (SELECT concept FROM changes WHERE id = NEW.forgotten_in) END"
_HIDDEN = "SELECT '{0}', NEW.id, revision, {1}, NEW.erase_at IS NULL FROM chats WHERE key = NEW.chat"
_LEFT = "SELECT '{0}', id, NEW.revision, NULL, NEW.erase_at IS NULL FROM {0} WHERE chat = NEW.key{1}"
_HOLDER = (
    "SELECT '{0}', NEW.id, chats.revision, NULL, concepts.erase_at IS NULL "
    "FROM concepts JOIN chats ON key = chat WHERE concepts.id = NEW.concept"
)
_DIARY_OFF = (
    "UPDATE OF settings ON chats WHEN json_extract(OLD.settings, '$.diary') = 'on' "
    "AND json_extract(NEW.settings, '$.diary') IS NOT 'on'"
)
WATCH = (
    "CREATE TEMP TABLE gone (kind, id, revision, merged_into, back)",
    _trigger("hide_concept", "UPDATE OF erase_at ON concepts", _HIDDEN.format("concepts", _MERGED)),
    _trigger("hide_photo", "UPDATE OF erase_at ON kept_photos", _HIDDEN.format("kept_photos", "NULL")),
    _trigger("take_photo_away", 'UPDATE OF concept ON "references"', _HOLDER.format("references")),
    _trigger("take_text_away", "UPDATE OF concept ON infos", _HOLDER.format("infos")),
    _trigger(
        "leave_chat",
        "UPDATE OF erase_at ON chats",
        _LEFT.format("concepts", " AND erase_at IS NULL"),
        _LEFT.format("kept_photos", " AND erase_at IS NULL"),
        _LEFT.format("consents", ""),
        _LEFT.format("refused_faces", ""),
    ),
    _trigger("end_diary", _DIARY_OFF, "SELECT 'diary', id, NEW.revision, NULL, 0 FROM concepts WHERE chat = NEW.key"),
    *(
        _trigger(f"delete_{table}", f'DELETE ON "{table}"', f"VALUES ('{table}', OLD.id, NULL, NULL, 0)")
        for table in ("concepts", "references", "infos", "kept_photos", "consents", "refused_faces")
    ),
)
"""Statements by which a connection to the store notes, in a table of its own, what its transactions let go of."""


def watch(connection: Any, _record: object) -> None:
    """Have a connection note what it lets go of; a listener of SQLAlchemy's "connect" event."""
    cursor = connection.cursor()
    for statement in WATCH:
        cursor.execute(statement)
    cursor.close()


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


class ForgottenLedger:
    """The ledger beside the store at `path`. Everything here blocks.

    What can't be written down, on a full disk, waits in memory for the next time: it keeps nobody from forgetting.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}-ledger")
        self._behind: list[tuple[int, Gone]] = []

    @property
    def behind(self) -> bool:
        """Whether something still has to be written down."""
        return bool(self._behind)

    def note(self, store: int, rows: Sequence[Gone]) -> None:
        """Write down what a transaction of that store is about to let go of."""
        self._behind += ((store, row) for row in rows)
        try:
            with self._opened() as db:
                for of, row in self._behind:
                    db.execute(*((_BACK, (of, *row[:2])) if row.back else (_NOTE, (of, *row[:4]))))
            self._behind.clear()
        except (sqlite3.Error, OSError) as error:
            _log.error("ledger.behind", error=type(error).__name__, rows=len(self._behind))

    def take_back(self, store: int, rows: Sequence[Gone]) -> None:
        """Strike out what wasn't let go of, since the transaction failed."""
        self.note(store, [row._replace(back=True) for row in rows if not row.back])
        with self._opened() as db:
            db.executemany(
                "DELETE FROM gone WHERE store = ? AND kind = ? AND id = ?",
                [(store, row.kind, row.id) for row in rows if not row.back],
            )

    def register(self, store: int) -> None:
        """Note that there is a store of that identity here, unless the disk is full: then the next start does."""
        with suppress(sqlite3.OperationalError, OSError), self._opened() as db:
            if db.execute("SELECT 1 FROM stores WHERE id = ?", (store,)).fetchone() is None:
                db.execute("INSERT INTO stores VALUES (?)", (store,))

    def knows_a_store(self) -> bool:
        """Whether there ever was a store here. Makes no file."""
        if not self.path.exists():
            return False
        with self._opened() as db:
            return db.execute("SELECT 1 FROM stores").fetchone() is not None

    def read(self, store: int) -> list[Gone]:
        """All that was let go of in the store of that identity, in the order in which it was."""
        if not self.path.exists():
            return []
        with self._opened() as db:
            rows = db.execute(
                "SELECT kind, id, revision, merged_into FROM gone WHERE store = ? ORDER BY number", (store,)
            )
            return [Gone(*row) for row in rows]

    def set_aside_if_damaged(self) -> bool:
        """Put a damaged file aside, so that a new one is begun; returns whether it was damaged."""
        try:
            with self._opened() as db:
                sound = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        except UnicodeDecodeError:  # the message quotes the damage
            sound = False
        except sqlite3.DatabaseError as error:
            sound = error.sqlite_errorcode not in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
        if not sound:
            os.replace(self.path, self.damaged)
            _log.error("ledger.damaged", remedy="backups of before may bring back what was forgotten")
        return not sound

    @property
    def damaged(self) -> Path:
        """Where a damaged one is put."""
        return self.path.with_name(f"{self.path.name}-damaged")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A transaction on the file, which is made, readable by its owner only, if it isn't there."""
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT, 0o600))
        with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as db, db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'gone'").fetchone():
                db.executescript(_TABLES)
            yield db
