"""Which database the tests' stores are in: files, or a server's databases, by the fixture `database`."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.store.keys import sealing
from core.store.keys.folder import ID, KeyDestroyed, KeyFolder
from core.store.keys.host import HostKeyPlace
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


def is_file() -> bool:
    """Whether stores are in files."""
    return _server is None


def keys(folder: Path) -> KeyFolder:
    """The keys of the store that belongs to a folder, beside that; the host key stands there, too."""
    settings = key_settings(folder)
    return KeyFolder(Path(settings["RAPPORT_KEYS__FOLDER"]), HostKeyPlace(file=settings["RAPPORT_KEYS__HOST_FILE"]))


def key_settings(folder: Path) -> dict[str, str]:
    """The environment in which a program has those keys."""
    beside = folder.with_name(f"{folder.name}-keys")
    return {"RAPPORT_KEYS__FOLDER": str(beside), "RAPPORT_KEYS__HOST_FILE": f"{beside}-host"}


def execute(folder: Path, statement: str) -> None:
    """Change what is in the store that belongs to a folder, past Rapport."""
    if _server is not None:
        _server.sql(statement, _server.name(folder))
        return
    with closing(sqlite3.connect(folder / "store.db")) as db, db:
        db.execute(statement)


class Kept(NamedTuple):
    """An encrypted value of a store: its key's number, what it is bound to, and its bytes."""

    number: bytes
    context: bytes
    value: bytes


def on_disk(folder: Path) -> bytes:
    """What the store's files tell whoever has the host key and the other keys, too: their bytes, and what those open.

    Of a server it is what stands in the rows of its database.
    """
    found = as_it_stands(folder)
    return found + b"".join(readable(values(folder), folder)) if keys(folder).exists else found


def readable(kept: Iterable[Kept], folder: Path) -> list[bytes]:
    """What of encrypted values can be read with the keys that the store of a folder has now."""
    found, with_keys = [], keys(folder)
    with_keys.open()
    for one in kept:
        with suppress(KeyDestroyed):
            found.append(sealing.opened(AESGCM(with_keys.key(one.number)), one.context, one.value))
    return found


def values(folder: Path) -> list[Kept]:
    """All encrypted values of the store that belongs to a folder."""
    as_hex = "hex({})" if _server is None else "encode({}, 'hex')"
    asked = []
    for table, kinds in sealing.COLUMNS.items():
        source, owner = f'"{table}"', sealing.owner_in(metadata.tables[table])
        if table == "embeddings":
            source += ' JOIN "references" ON "references".id = reference'
        for column in kinds:
            guard, value = (f'"{table}"."{one}"' for one in ("guard", column))
            told = f"'{table}', '{column}', {as_hex.format(guard)}, {owner}, {as_hex.format(value)}"
            asked.append(f"SELECT {told} FROM {source} WHERE length({guard}) = {ID} AND length({value}) > 0")  # noqa: S608 - names of ours
    return [
        Kept(bytes.fromhex(guard), sealing.context(table, column, owner), bytes.fromhex(value))
        for table, column, guard, owner, value in _rows(folder, asked)
    ]


def _rows(folder: Path, asked: Iterable[str]) -> list[list[str]]:
    """What a store tells, field by field; of a file a copy is asked."""
    if _server is not None:
        return [line.split("|") for line in _server.sql(";".join(asked), _server.name(folder)).splitlines()]
    with TemporaryDirectory() as copy:
        names = [str(path) for path in folder.glob("store.db*") if path.name in {"store.db", "store.db-wal"}]
        subprocess.run(["/bin/cp", *names, copy], check=True)
        with closing(sqlite3.connect(Path(copy) / "store.db")) as db:
            return [[str(one) for one in row] for statement in asked for row in db.execute(statement)]


def as_it_stands(folder: Path) -> bytes:
    """Everything in the store's files; of a server, all that stands in the rows of its database.

    The files are read by another process: closing one that SQLite has open would drop this process's locks on it.
    """
    if _server is not None:
        copies = ";".join(f'COPY "{table}" TO STDOUT' for table in metadata.tables)
        rows = _server.sql(copies, _server.name(folder))
        return re.sub(rb"\\\\x([0-9a-f]*)", lambda found: bytes.fromhex(found[1].decode()), rows.encode())
    names = sorted(str(path) for path in folder.glob("store.db*") if path.is_file())
    return subprocess.run(["/bin/cat", *names], check=True, capture_output=True).stdout
