"""Backups of an SQLite store: one file, made while the bot is running, and whether one can be used."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from core.errors import StoreError
from core.store.errors import told_plainly
from core.store.recovery import readonly

_NOT_KEPT = ("lines", "inbox")  # what was said on the web page and what waits to be answered: words without a use later


def make(path: Path, target: Path) -> int:
    """Write a backup of the store at `path` to `target`, readable by its owner only; returns its bytes.

    It is the store as it is at one moment, whoever edits it meanwhile. Raises `StoreError` when the store is damaged,
    the target exists already or can't be written. Blocks.
    """
    if target.exists():
        raise StoreError(f"{target} exists already: name another file.")
    if not path.exists():
        raise StoreError(f"There is no store at {path}: name it in store.url.")
    part = target.with_name(f"{target.name}.part")
    with told_plainly(str(target)):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
    try:
        copy(path, part)
        with told_plainly(str(part)), closing(sqlite3.connect(part, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            there = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for table in there.intersection(_NOT_KEPT):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        require_sound(part)
        with told_plainly(str(target)):
            sync(part)
            os.replace(part, target)
            sync(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def copy(path: Path, target: Path) -> None:
    """Copy a database, with what is in its log, as it is at one moment, by SQLite's backup API. Blocks."""
    with told_plainly(str(target)):
        os.close(os.open(target, os.O_CREAT | os.O_TRUNC, 0o600))
    with (
        told_plainly(str(path)),
        closing(readonly.connect(path)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as db,
    ):
        source.backup(db)
        db.execute("PRAGMA journal_mode = DELETE")  # one file


def require_sound(path: Path) -> None:
    """Raise `StoreError` unless the file is a whole store's, of a Rapport that isn't newer than this one. Blocks."""
    from core.store import migrations  # noqa: PLC0415 - alembic's folder

    if not path.exists():
        raise StoreError(f"There is no file {path}.")
    with told_plainly(str(path)), closing(readonly.connect(path)) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"alembic_version", "chats"} <= tables:
            raise StoreError(f"{path} is no backup of a Rapport store.")
        versions = [row[0] for row in db.execute("SELECT version_num FROM alembic_version")]
        if not versions:
            raise StoreError(f"{path} doesn't say which Rapport has written it: too much of it is lost.")
        if max(versions) > migrations.HEAD:
            raise StoreError(f"{path} was written by a newer Rapport. Update Rapport first.")
        found = [row[0] for row in db.execute("PRAGMA quick_check(1)")]
        if found != ["ok"] or db.execute("PRAGMA foreign_key_check").fetchone():
            raise StoreError(f"{path} is damaged. `python -m bot store check {path}` tells what can still be read.")


def sync(path: Path) -> None:
    """Have the disk keep what was written to a file, or which files a folder has."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
