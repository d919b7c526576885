"""A store that is damaged in several ways: what is said, what can be read, and that it can be gone on with."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store.recovery import backups, checking, restoring
from core.store.store import Store
from tests.support.databases.chosen import url
from tests.support.stores import ANN, HOME, opened, overwrite_a_leaf, reference

pytestmark = pytest.mark.sqlite  # files alone

NAMES = 30


async def _filled(folder: Path) -> Path:
    async with opened(folder, plain=True) as store:
        for number in range(NAMES):
            photo = reference(f"<{number}>".encode() * 9000, seed=number)
            await store.remember(HOME, f"bo {number}", by=ANN, info=f"text {number}", references=[photo])
    return folder / "store.db"


def _cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def _lose_the_chats(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        [page] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'chats'").fetchone()
    with path.open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(b"\xff" * 4096)


async def test_chats_whose_own_page_is_lost_keep_what_they_were_taught(tmp_path: Path) -> None:
    path = await _filled(tmp_path)
    _lose_the_chats(path)
    assert checking.examine(path).counts["chats"][0] == 0
    assert checking.salvage(path, tmp_path / "saved.db").counts["photos"] == (NAMES, NAMES)
    restoring.restore(path, tmp_path / "saved.db")
    async with opened(tmp_path, plain=True) as store:
        assert len(await store.concepts(HOME)) == NAMES


@pytest.mark.parametrize("damage", [_cut_off, overwrite_a_leaf])
async def test_what_is_readable_is_counted_and_can_be_gone_on_with(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = await _filled(tmp_path)
    assert checking.examine(path).sound
    damage(path)
    found = checking.examine(path)
    assert not found.sound
    assert 0 < found.counts["photos"][0] < NAMES
    with pytest.raises(StoreError, match="damaged"):
        backups.require_sound(path)
    saved = checking.salvage(path, tmp_path / "saved.db")
    assert saved.sound
    assert saved.counts["photos"][0] > 0
    restoring.restore(path, tmp_path / "saved.db")
    async with opened(tmp_path, plain=True) as store:
        known = await store.concepts(HOME)
        assert len(known) == saved.counts["names"][0]
        for concept in known:
            for one in await store.references(HOME, concept.id):
                number = concept.name.removeprefix("bo ")
                assert one.photo == f"<{number}>".encode() * 9000
        await store.remember(HOME, "new", by=ANN, references=[reference()])
        await store.check()


async def test_a_damaged_store_is_no_backup_and_stays_where_it_is(tmp_path: Path) -> None:
    path = await _filled(tmp_path)
    overwrite_a_leaf(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is damaged"):
        backups.make(path, tmp_path / "backup.db")
    assert not (tmp_path / "backup.db").exists()
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"Dear diary, " * 1000])
async def test_what_is_no_database_any_more_is_told_at_the_start_with_what_to_do(
    tmp_path: Path, content: bytes
) -> None:
    path = await _filled(tmp_path)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="python -m bot store restore BACKUP"):
        await Store.open(url(tmp_path), encoder="e1")
    assert path.read_bytes() == content
    with pytest.raises(StoreError):
        checking.examine(path)


async def test_an_empty_file_where_there_never_was_a_store_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "store.db").touch()
    async with opened(tmp_path, plain=True) as store:
        await store.ping()


async def test_a_backup_of_a_newer_rapport_or_another_program_is_refused(tmp_path: Path) -> None:
    path = await _filled(tmp_path)
    backups.make(path, tmp_path / "newer.db")
    with closing(sqlite3.connect(tmp_path / "newer.db")) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    with closing(sqlite3.connect(tmp_path / "other.db")) as db, db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    for name, said in (
        ("newer.db", "newer Rapport"),
        ("other.db", "no backup"),
        ("none.db", "no file"),
        ("store.db", "itself"),
    ):
        with pytest.raises(StoreError, match=said):
            restoring.restore(path, tmp_path / name)
    assert path.read_bytes() == before


async def test_a_lost_log_is_noticed_by_what_was_forgotten_in_it(tmp_path: Path) -> None:
    """The process dies, and somebody deletes the log that had the forgetting."""
    path = await _filled(tmp_path)
    store = await Store.open(url(tmp_path), encoder="e1")
    await store.forget(HOME, (await store.concept(HOME, "bo 3")).id, ANN, undo_seconds=3600)
    assert path.with_name("store.db-wal").stat().st_size > 0
    copied = tmp_path / "elsewhere"
    copied.mkdir()
    for name in ("store.db", "store.db-ledger"):  # as the dead process left them, without the log
        (copied / name).write_bytes((tmp_path / name).read_bytes())
    await store.aclose()
    async with opened(copied, plain=True) as found:
        assert "bo 3" not in [one.name for one in await found.concepts(HOME)]
        assert len(await found.concepts(HOME)) == NAMES - 1


async def test_a_damaged_ledger_is_put_aside_and_the_store_opens(tmp_path: Path) -> None:
    await _filled(tmp_path)
    (tmp_path / "store.db-ledger").write_bytes(b"rubbish " * 999)
    async with opened(tmp_path, plain=True) as store:
        await store.forget(HOME, (await store.concept(HOME, "bo 3")).id, ANN, undo_seconds=0)
    assert (tmp_path / "store.db-ledger-damaged").exists()


async def test_no_forgetting_is_kept_back_by_a_ledger_that_cannot_be_written_and_it_catches_up(tmp_path: Path) -> None:
    await _filled(tmp_path)
    async with opened(tmp_path, plain=True) as store:
        with closing(sqlite3.connect(tmp_path / "store.db-ledger", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await store.forget(HOME, (await store.concept(HOME, "bo 3")).id, ANN, undo_seconds=0)
            assert await store.find(HOME, "bo 3") is None
            other.execute("ROLLBACK")
    with closing(sqlite3.connect(tmp_path / "store.db-ledger")) as ledger:
        assert ledger.execute("SELECT count(*) FROM gone WHERE kind = 'concepts'").fetchone() == (1,)


def test_one_of_a_kind_is_not_called_many() -> None:
    found = checking.Readable(True, {"chats": (1, 1), "names": (10, 12), "photos": (1, None), "texts": (0, 1)})
    assert str(found) == "1 chat, 10 of 12 names, 1 photo, 0 of 1 text"
