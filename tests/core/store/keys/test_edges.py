"""Keys where something goes wrong in the middle: a kill, a full disk."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store import Store
from core.store.keys.folder import KeyFolder
from tests.house.source import HOUSE
from tests.support.databases import chosen
from tests.support.stores import ANN, HOME, opened, reference

# ── a kill ────────────────────────────────────────────────────────────────────────────────────────

# The process that encrypts ends itself within a transaction, as the row of that number has its key.
_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from core.store import Store
from core.store.keys import whole
from core.store.keys.folder import KeyFolder
from core.store.keys.host import HostKeyPlace

async def main(url, folder, host, row):
    encrypt, rows = whole._encrypt, 0
    def counted(*given):
        nonlocal rows
        encrypt(*given)
        rows += 1
        if rows == int(row):
            os.kill(os.getpid(), signal.SIGKILL)
    whole._encrypt = counted
    store = await Store.open(url, encoder="e1", keys=KeyFolder(Path(folder), HostKeyPlace(file=host)))
    await store.encrypt()
    await store.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


def encrypt_until(folder: Path, row: int) -> int:
    """Let a process encrypt a store, which is killed at a row; returns how it ended."""
    settings = chosen.key_settings(folder)
    keys = settings["RAPPORT_KEYS__FOLDER"], settings["RAPPORT_KEYS__HOST_FILE"]
    command = [sys.executable, "-c", _KILLED, chosen.url(folder), *keys, str(row)]
    return subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": str(HOUSE)}).returncode


async def embeddings_of(store: Store) -> list[bytes]:
    return [one.embedding.to_bytes() for one in (await store.memory(HOME)).references]


async def test_the_process_that_encrypts_an_older_store_may_be_killed_at_any_row(tmp_path: Path, database: str) -> None:
    async with opened(tmp_path, plain=True) as store:
        for number in range(40):
            await store.remember(HOME, f"bo {number}", by=ANN, info="barks", references=[reference(seed=number)])
        told, seen = await store.concepts(HOME), await embeddings_of(store)
    for row in (1, 23, 90):
        assert encrypt_until(tmp_path, row) == -signal.SIGKILL
        async with opened(tmp_path) as store:
            assert await store.concepts(HOME) == told
            assert await embeddings_of(store) == seen
    async with opened(tmp_path) as store:
        await store.encrypt()
        assert store.encryption is None
        assert await store.concepts(HOME) == told
        assert (await store.concept(HOME, "bo 39")).info == "barks"
        assert await embeddings_of(store) == seen
        assert b"barks" not in chosen.as_it_stands(tmp_path)
        await store.forget(HOME, told[0].id, ANN, undo_seconds=0)
    async with opened(tmp_path) as store:
        assert await store.concepts(HOME) == told[1:]


# ── a full disk ───────────────────────────────────────────────────────────────────────────────────


async def test_a_key_that_a_full_disk_keeps_from_being_destroyed_is_destroyed_when_there_is_room(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, info="secret-91c2", references=[reference(b"secret-91c2")])
        copied = chosen.values(tmp_path)
        bo = await store.concept(HOME, "bo")
        with monkeypatch.context() as full:
            full.setattr(KeyFolder, "_overwrite", is_full)
            await store.forget(HOME, bo.id, ANN, undo_seconds=0)
            with pytest.raises(StoreError, match=r"The disk that holds the keys, .*, is full\. Make room"):
                await store.erase_expired()
            assert await store.find(HOME, "bo") is None
            assert b"secret-91c2" in b"".join(chosen.readable(copied, tmp_path))
        await store.erase_expired()
        assert chosen.readable(copied, tmp_path) == []
