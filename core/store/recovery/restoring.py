"""Putting a backup in the place of a store, in steps of which each can be the last one: nothing is lost by that."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from core.errors import StoreError
from core.store.recovery import backups, holding

_NEVER_GIVEN = 1 << 20  # ids that are passed over: those given since the backup, which old buttons speak of
_LOG_FILES = ("-wal", "-shm", "-journal")


def restore(path: Path, backup: Path) -> Path | None:
    """Put a backup in the place of the store at `path`; returns where that is now, None if there was none.

    What was forgotten since the backup is forgotten again when the store is next opened. Raises `StoreError` when the
    backup can't be used, or a Rapport is running with the store. Blocks.
    """
    if backup.resolve() == path.resolve():
        raise StoreError(f"{backup} is the store itself: name a backup.")
    backups.require_sound(backup)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = holding.hold(path, exclusive=True)
    try:
        part = path.with_name(f"{path.name}-restoring.part")
        backups.copy(backup, part)
        with closing(sqlite3.connect(part, isolation_level=None)) as db:
            db.execute("UPDATE sqlite_sequence SET seq = seq + ?", (_NEVER_GIVEN,))
        backups.sync(part)
        os.replace(part, _ready(path))
        return _put_in_place(path)
    finally:
        path.with_name(f"{path.name}-restoring.part").unlink(missing_ok=True)
        if held is not None:
            os.close(held)


def finish(path: Path) -> None:
    """Go on with a restore that was interrupted when the backup's copy was whole; does nothing without one. Blocks."""
    path.with_name(f"{path.name}-restoring.part").unlink(missing_ok=True)
    if _ready(path).exists():
        held = holding.hold(path, exclusive=True)
        try:
            _put_in_place(path)
        finally:
            if held is not None:
                os.close(held)


def _ready(path: Path) -> Path:
    return path.with_name(f"{path.name}-restoring")


def _put_in_place(path: Path) -> Path | None:
    """Move the store aside, its log first (it fits no other file), and the copy to where it was.

    Where it goes is told by the time of the copy: interrupted and done again, it is the same.
    """
    made = datetime.fromtimestamp(_ready(path).stat().st_mtime, UTC)
    aside = path.with_name(f"{path.name}-before-{made:%Y%m%d-%H%M%S}")
    for ending in (*_LOG_FILES, ""):
        old = path.with_name(path.name + ending)
        if old.exists():
            os.replace(old, aside.with_name(aside.name + ending))
    os.replace(_ready(path), path)
    backups.sync(path.parent)
    return aside if aside.exists() else None
