"""Opening a store to read it, and nothing else, wherever it lies."""

from __future__ import annotations

import sqlite3
from pathlib import Path

# What SQLite says where it can't make the file that readers and writers share their locks in.
_NO_PLACE_FOR_LOCKS = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}


def connect(path: Path) -> sqlite3.Connection:
    """A connection that reads a store, also one in use, one that is damaged, or one on a full or read-only disk.

    Without place for locks a file is read as one that nobody changes, but only if its log holds nothing: what is in
    the log alone would be missed. Raises `sqlite3.Error`. Blocks.
    """
    address = path.resolve().as_uri()
    db = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None)
    try:
        db.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF not in _NO_PLACE_FOR_LOCKS:
            return db  # damaged: whoever reads on finds out what is left
        db.close()
        if _log_holds_something(path):
            raise
        return sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True, isolation_level=None)
    return db


def _log_holds_something(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0
