"""What may happen to a store's disk: full, read-only, locked, gone, or hanging.

The faults are real: by SQLite's own means, by another program's lock, by a file that is moved away, by a small disk.
Only the hanging one is made: each connection stands still in its thread, as it does when a disk keeps it waiting.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import Connection, Engine, event


@contextmanager
def full() -> Iterator[None]:
    """No file of this process's stores may grow: "database or disk is full". What fits into it as it is can be kept."""
    with _each_transaction("PRAGMA max_page_count = 1", after="PRAGMA max_page_count = 1073741823"):
        yield


@contextmanager
def read_only() -> Iterator[None]:
    """No transaction may write: "attempt to write a readonly database"."""
    with _each_transaction("PRAGMA query_only = ON", after="PRAGMA query_only = OFF"):
        yield


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Somebody else is writing, and doesn't end."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def gone(file: Path) -> Iterator[None]:
    """The file isn't where it was; then it is back."""
    away = file.with_name("away")
    file.rename(away)
    try:
        yield
    finally:
        away.rename(file)


@contextmanager
def _each_transaction(statement: str, after: str) -> Iterator[None]:
    """Run a statement at the beginning of each transaction, and once the block has ended another one."""
    running = [statement]

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(running[0])

    event.listen(Engine, "begin", begun)
    try:
        yield
    finally:
        running[0] = after  # in whichever connection it was run


@contextmanager
def hanging() -> Iterator[None]:
    """The disk of this process's stores doesn't answer; when it does again, all that was asked for is done."""
    answers, execute = threading.Event(), aiosqlite.Connection._execute

    def late(work: Callable[[], Any]) -> Any:
        answers.wait()
        return work()

    async def standing_still(connection: aiosqlite.Connection, work: Callable[..., Any], *args: Any) -> Any:
        return await execute(connection, late, partial(work, *args))  # type: ignore[no-untyped-call]

    aiosqlite.Connection._execute = standing_still  # type: ignore[method-assign]
    try:
        yield
    finally:
        aiosqlite.Connection._execute = execute  # type: ignore[method-assign]
        answers.set()


# ── a real disk that is full ──────────────────────────────────────────────────────────────────────

_UNSHARE = ("unshare", "-Urm", "sh", "-c")


def on_small_disk(folder: Path, megabytes: int, command: Sequence[str]) -> tuple[str, ...] | None:
    """A command line that runs `command` with a disk of its own at `folder`; None where none can be mounted."""
    mounting = f"mount -t tmpfs -o size={megabytes}m tmpfs '{folder}'"
    if (
        not shutil.which(_UNSHARE[0])
        or subprocess.run([*_UNSHARE, mounting], check=False, capture_output=True).returncode
    ):
        return None
    return (*_UNSHARE, f'{mounting} && exec "$@"', "sh", *command)


@contextmanager
def filled(folder: Path, but: int = 0) -> Iterator[None]:
    """Somebody else takes all the room that the disk of that folder has, to its last block, `but` so many bytes."""
    rest = folder / "others"
    try:
        with rest.open("wb", buffering=0) as other:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        other.write(bytes(size))
                except OSError:
                    pass
            other.truncate(other.tell() - but)
        yield
    finally:
        rest.unlink(missing_ok=True)
