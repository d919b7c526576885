"""A backup that is put back brings back nobody who was forgotten after it was made. Real files, real SQLite."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store.recovery import backups, restoring
from core.store.recovery.ledger import ForgottenLedger, Gone
from core.store.store import Store
from core.store.values import SaidLine
from tests.support.databases.chosen import on_disk
from tests.support.stores import ANN, BEN, HOME, ROOT, WORK, Clock, opened, reference

pytestmark = pytest.mark.sqlite  # files alone

STORE = "store.db"
Act = Callable[[Store], Awaitable[object]]


def _backup(folder: Path) -> Path:
    target = folder / "backups" / "backup.db"
    target.unlink(missing_ok=True)
    backups.make(folder / STORE, target)
    return target


async def _taught(store: Store) -> None:
    for number, name in enumerate(("bo", "mia", "rex")):
        photo = f"<photo of {name}>".encode() * 300
        await store.remember(HOME, name, by=ANN, info=f"<text of {name}>", references=[reference(photo, seed=number)])
    await store.remember(WORK, "kim", by=BEN, info="<text of kim>", references=[reference(b"<photo of kim>" * 300)])


async def _forget(store: Store) -> None:
    await store.forget(HOME, (await store.concept(HOME, "bo")).id, ANN, undo_seconds=30)


async def _forget_at_once(store: Store) -> None:
    await store.forget(HOME, (await store.concept(HOME, "bo")).id, ANN, undo_seconds=0)


async def _merge_away(store: Store) -> None:
    bo, mia = await store.concept(HOME, "bo"), await store.concept(HOME, "mia")
    await store.merge(HOME, mia.id, bo.id, ANN)


@pytest.mark.parametrize("act", [_forget, _forget_at_once])
@pytest.mark.parametrize("loss", ["put back", "lost", "damaged", "copied by hand"])
async def test_who_was_forgotten_after_the_backup_stays_forgotten(tmp_path: Path, act: Act, loss: str) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        backup = _backup(tmp_path)
        assert b"<photo of bo>" in backup.read_bytes()
        await act(store)
    path = tmp_path / STORE
    if loss == "lost":
        path.unlink()
    elif loss == "damaged":
        path.write_bytes(b"Dear diary, " * 999)
    if loss == "copied by hand":
        shutil.copy(backup, path)
    else:
        aside = restoring.restore(path, backup)
        assert (aside is None) == (loss == "lost")
        for one in tmp_path.glob(f"{STORE}-before-*"):
            one.unlink()
    async with opened(tmp_path, plain=True) as store:
        assert [one.name for one in await store.concepts(HOME)] == ["mia", "rex"]
        assert (await store.concept(WORK, "kim")).info == "<text of kim>"
        memory = await store.memory(HOME)
        assert len(memory.references) == 2
    left = on_disk(tmp_path)
    assert b"<photo of bo>" not in left
    assert b"<text of bo>" not in left
    assert b"<photo of mia>" in left


async def test_an_undo_after_the_backup_is_no_forgetting(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        backup = _backup(tmp_path)
        await _forget(store)
        await store.undo(HOME, ANN)
        await store.forget_all(HOME, ROOT, undo_seconds=30)
        await store.undo(HOME, ROOT)
    restoring.restore(tmp_path / STORE, backup)
    async with opened(tmp_path, plain=True) as store:
        assert [one.name for one in await store.concepts(HOME)] == ["bo", "mia", "rex"]


async def test_who_was_merged_away_stays_a_part_with_photos_and_texts(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        backup = _backup(tmp_path)
        await _merge_away(store)
    restoring.restore(tmp_path / STORE, backup)
    async with opened(tmp_path, plain=True) as store:
        assert [one.name for one in await store.concepts(HOME)] == ["mia", "rex"]
        mia = await store.concept(HOME, "mia")
        assert {info.text for info in mia.infos} == {"<text of bo>", "<text of mia>"}
        assert len(await store.references(HOME, mia.id)) == 2
    async with opened(tmp_path, plain=True) as store:
        backup = _backup(tmp_path)
        await store.forget(HOME, mia.id, ANN, undo_seconds=0)
    restoring.restore(tmp_path / STORE, backup)
    async with opened(tmp_path, plain=True) as store:
        assert [one.name for one in await store.concepts(HOME)] == ["rex"]


async def test_a_photo_a_text_and_a_kept_photo_that_were_let_go_stay_gone(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        bo = await store.concept(HOME, "bo")
        more = await store.remember(HOME, "bo", by=ANN, references=[reference(b"<another of bo>" * 99, seed=9)])
        backup = _backup(tmp_path)
        await store.remove_reference(HOME, more.references[0], ANN, undo_seconds=30)
        await store.undescribe(HOME, bo.id, ANN, undo_seconds=30)
    restoring.restore(tmp_path / STORE, backup)
    async with opened(tmp_path, plain=True) as store:
        [stored] = await store.references(HOME, bo.id)
        assert stored.photo.startswith(b"<photo of bo>")
        assert (await store.concept(HOME, "bo")).infos == ()


async def test_a_chat_that_was_left_is_not_brought_back_unless_the_bot_was(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock, plain=True) as store:
        await _taught(store)
        backup = _backup(tmp_path)
        for chat in (HOME, WORK):
            await store.left(chat, clock.now + timedelta(days=30))
        await store.left(WORK, None)
    restoring.restore(tmp_path / STORE, backup)
    async with opened(tmp_path, plain=True) as store:
        assert await store.concepts(HOME) == ()
        assert [one.name for one in await store.concepts(WORK)] == ["kim"]


async def test_a_consent_that_was_withdrawn_and_a_diary_that_was_ended_stay_so(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        for chat in (HOME, WORK):
            await store.set_setting(chat, "training", "on", ROOT)
            await store.set_setting(chat, "diary", "on", ROOT)
            await store.agree(chat, ANN, 1)
            await store.agree(chat, BEN, 1)
        bo = await store.concept(HOME, "bo")
        await store.note(HOME, [bo.id], "Ben", "m1")
        backup = _backup(tmp_path)
        await store.withdraw(HOME, ANN)
        await store.set_setting(HOME, "diary", "off", ROOT)
        await store.set_setting(WORK, "training", "off", ROOT)
    restoring.restore(tmp_path / STORE, backup)
    async with opened(tmp_path, plain=True) as store:
        assert [one.person for one in (await store.consents(HOME)).agreed] == [BEN.id]
        assert (await store.consents(WORK)).agreed == ()
        assert (await store.state(WORK)).settings["training"] == "off"
        assert await store.count_notes(HOME) == 0


async def test_no_id_is_given_again_after_a_restore(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        backup = _backup(tmp_path)
        lost = (await store.remember(HOME, "zoe", by=ANN, references=[reference()])).concept.id
        await store.forget(HOME, lost, ANN, undo_seconds=0)
    for way in ("restored", "copied by hand"):
        if way == "restored":
            restoring.restore(tmp_path / STORE, backup)
        else:
            shutil.copy(backup, tmp_path / STORE)
        async with opened(tmp_path, plain=True) as store:
            new = (await store.remember(HOME, f"new {way}", by=ANN, references=[reference()])).concept.id
            assert new > lost
        async with opened(tmp_path, plain=True) as store:  # nothing of the ledger's is taken for it
            assert (await store.concept(HOME, f"new {way}")).id == new


async def test_a_backup_has_no_lines_of_the_web_page_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        revision = await store.revision(HOME)
        said = SaidLine(entry="1", text="<a line of the page>", at=Clock().now, reply=False, author="a", name="Ann")
        assert await store.say(HOME, [said], revision)
        backup = _backup(tmp_path)
    assert b"<a line of the page>" not in backup.read_bytes()
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in backup.parent.iterdir()] == ["backup.db"]


async def test_a_restore_is_refused_while_the_store_is_in_use_and_a_start_while_it_is_restored(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        backup = _backup(tmp_path)
        with pytest.raises(StoreError, match="A Rapport is running with"):
            restoring.restore(tmp_path / STORE, backup)
        await store.ping()
        async with opened(tmp_path, plain=True) as another:
            await another.ping()
    restoring.restore(tmp_path / STORE, backup)


@pytest.mark.parametrize("step", ["-wal", ""])
async def test_a_restore_that_was_interrupted_goes_on_at_the_next_start(tmp_path: Path, step: str) -> None:
    """The file and its log are moved one after the other: stopped before either, nothing is lost."""
    path = tmp_path / STORE
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        backup = _backup(tmp_path)
        await _forget(store)
    path.with_name(f"{STORE}-wal").write_bytes(b"a log")
    ready = path.with_name(f"{STORE}-restoring")
    shutil.copy(backup, ready)
    if step == "":  # its log is aside already
        path.with_name(f"{STORE}-wal").unlink()
    async with opened(tmp_path, plain=True) as store:
        assert [one.name for one in await store.concepts(HOME)] == ["mia", "rex"]
    assert not ready.exists()
    [aside] = [one for one in tmp_path.glob(f"{STORE}-before-*") if not one.name.endswith("-wal")]
    assert b"<photo of kim>" in aside.read_bytes()


async def test_half_a_copy_is_no_backup(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
    part = tmp_path / f"{STORE}-restoring.part"
    part.write_bytes(b"half")
    async with opened(tmp_path, plain=True) as store:
        assert len(await store.concepts(HOME)) == 3
    assert not part.exists()


async def test_the_ledger_holds_numbers_alone(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        await store.set_setting(HOME, "training", "on", ROOT)
        await store.agree(HOME, ANN, 1)
        await store.withdraw(HOME, ANN)
        await store.forget_all(HOME, ROOT, undo_seconds=0)
        await store.left(WORK, Clock().now)
    with closing(sqlite3.connect(tmp_path / f"{STORE}-ledger")) as db:
        rows = db.execute("SELECT * FROM gone").fetchall()
    tables = {"concepts", "references", "infos", "consents", "kept_photos", "diary"}
    assert {row[2] for row in rows} == {"concepts", "references", "infos", "consents"}
    assert all(isinstance(value, int | None) for row in rows for value in row if value not in tables)


async def test_nothing_is_written_at_the_start_of_a_store_that_knows_all_that_its_ledger_has(tmp_path: Path) -> None:
    """The disk may be full, and it starts all the same."""
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        await _forget_at_once(store)
        await store.left(WORK, datetime(2099, 1, 1, tzinfo=UTC))
    before = [(tmp_path / name).read_bytes() for name in (STORE, f"{STORE}-ledger")]
    async with opened(tmp_path, plain=True) as store:
        await store.ping()
    assert [(tmp_path / name).read_bytes() for name in (STORE, f"{STORE}-ledger")] == before


async def test_a_transaction_that_fails_leaves_nothing_in_the_ledger(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        bo = await store.concept(HOME, "bo")
        with closing(sqlite3.connect(tmp_path / STORE, isolation_level=None)) as other:
            other.execute("CREATE TRIGGER refuse BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'no'); END")
        with pytest.raises(StoreError):
            await store.forget(HOME, bo.id, ANN, undo_seconds=0)
        with closing(sqlite3.connect(tmp_path / STORE, isolation_level=None)) as other:
            other.execute("DROP TRIGGER refuse")
    async with opened(tmp_path, plain=True) as store:
        assert (await store.concept(HOME, "bo")).id == bo.id


async def test_a_forgetting_that_a_crash_cut_off_is_done_at_the_next_start(tmp_path: Path) -> None:
    """The ledger is written first: what somebody asked for is done, though the process died before it was."""
    async with opened(tmp_path, plain=True) as store:
        await _taught(store)
        bo, revision = await store.concept(HOME, "bo"), await store.revision(HOME)
    with closing(sqlite3.connect(tmp_path / STORE)) as db:
        [identity] = db.execute("PRAGMA user_version").fetchone()
    ForgottenLedger(tmp_path / STORE).note(identity, [Gone("concepts", bo.id, revision + 1, None)])
    async with opened(tmp_path, plain=True) as store:
        assert await store.find(HOME, "bo") is None
