"""Which database the tests' stores are in: files, or a server's databases, by the fixture `database`."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from core.store.schema import metadata
from tests.support.databases.postgres import Cluster

_server: Cluster | None = None


def use(server: Cluster | None) -> None:
    """Let stores be in the databases of a server from now on; with None, in files."""
    global _server  # noqa: PLW0603 - stores are opened by helpers that have no fixtures
    _server = server


def url(folder: Path, file: str = "store.db") -> str:
    """The URL of the store that belongs to a folder."""
    return f"sqlite+aiosqlite:///{folder / file}" if _server is None else _server.url(folder)


def execute(folder: Path, statement: str) -> None:
    """Change what is in the store that belongs to a folder, past Rapport."""
    if _server is not None:
        _server.sql(statement, _server.name(folder))
        return
    with closing(sqlite3.connect(folder / "store.db")) as db, db:
        db.execute(statement)


def on_disk(folder: Path) -> bytes:
    """Everything in the store's files; of a server, all that stands in the rows of its database.

    The files are read by another process: closing one that SQLite has open would drop this process's locks on it.
    """
    if _server is not None:
        copies = ";".join(f'COPY "{table}" TO STDOUT' for table in metadata.tables)
        rows = _server.sql(copies, _server.name(folder))
        return re.sub(rb"\\\\x([0-9a-f]*)", lambda found: bytes.fromhex(found[1].decode()), rows.encode())
    names = sorted(str(path) for path in folder.glob("store.db*"))
    return subprocess.run(["/bin/cat", *names], check=True, capture_output=True).stdout
