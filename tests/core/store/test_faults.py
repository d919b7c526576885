"""What the store does while its disk is full, its file locked, gone or silent, and when the clock jumps."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from core.errors import Fault, StoreError, UserError
from core.messages import Chat
from core.store.faults.steady_clock import SteadyClock
from core.store.store import Store
from tests.support.clock import skip
from tests.support.stores import ANN, HOME, gone, locked, opened, read_only, reference, url

HOUSE = Path(__file__).parents[3]


async def refused(work: object) -> Fault:
    with pytest.raises(StoreError) as caught:
        await work  # type: ignore[misc]
    return caught.value.fault


# ── a full disk ───────────────────────────────────────────────────────────────────────────────────

# On a disk of its own, in a process of its own: remember until it is full, forget there, start there, go on.
_ON_A_SMALL_DISK = """
import asyncio, os, sys, traceback
from pathlib import Path
from core.errors import Fault, StoreError
from core.store.store import Store
from tests.support.stores import ANN, HOME, reference, url

PHOTO = os.urandom(200_000)

async def fill(store):
    names = []
    while True:
        try:
            for size in (PHOTO, b""):
                await store.remember(HOME, f"p{len(names)}", by=ANN, references=[reference(size)] if size else [])
                names.append(f"p{len(names)}")
        except StoreError as error:
            assert error.fault is Fault.FULL, error.fault
            return names

async def main(folder):
    store = await Store.open(url(folder), encoder="e1", reserve=8 << 20)
    names = await fill(store)
    rest = folder / "others"
    try:
        with rest.open("wb", buffering=0) as other:
            while True:
                other.write(bytes(1 << 12))
    except OSError:
        pass
    assert store.fault is not None
    first = await store.concept(HOME, names[0])
    assert len((await store.memory(HOME)).concepts) == len({*names})
    await store.forget(HOME, first.id, ANN, undo_seconds=0)
    for name in names[2:10:2]:
        await store.forget(HOME, (await store.concept(HOME, name)).id, ANN, undo_seconds=30)
    await store.undo(HOME, ANN)
    await store.aclose()

    store = await Store.open(url(folder), encoder="e1", reserve=8 << 20)
    last = await store.concept(HOME, names[-1])
    change = await store.forget(HOME, last.id, ANN, undo_seconds=0)
    assert await store.find(HOME, names[-1]) is None
    rest.unlink(missing_ok=True)
    await store.remember(HOME, "new", by=ANN, references=[reference(PHOTO)])
    await store.erase_expired()
    assert (folder / "store.db-reserve").stat().st_size == 8 << 20
    await store.aclose()
    print("done")

async def limited(folder):
    try:
        await main(folder)
    except BaseException as error:
        traceback.print_exception(error)
        os._exit(1)  # past the threads of the connections

asyncio.run(limited(Path(sys.argv[1])))
"""


def test_on_a_full_disk_forgetting_works_it_starts_there_and_it_recovers(tmp_path: Path) -> None:
    script = tmp_path / "small_disk.py"
    script.write_text(_ON_A_SMALL_DISK)
    disk = tmp_path / "disk"
    disk.mkdir()
    shell, mounting = [shutil.which("unshare") or "", "-Urm", "sh", "-c"], f"mount -t tmpfs -o size=24m tmpfs '{disk}'"
    if not shell[0] or subprocess.run([*shell, mounting], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a disk of their own")
    done = subprocess.run(
        [*shell, f"{mounting} && exec '{sys.executable}' '{script}' '{disk}'"],
        check=False,
        env={**os.environ, "PYTHONPATH": str(HOUSE)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.endswith("done\n"), done.stderr


# ── other faults ──────────────────────────────────────────────────────────────────────────────────


async def test_a_lock_is_waited_for_once_and_the_next_is_told_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        with locked(tmp_path / "store.db"):
            assert await refused(store.remember(HOME, "mia", by=ANN)) is Fault.LOCKED
            found = await asyncio.gather(*(refused(store.remember(HOME, f"{n}", by=ANN)) for n in range(20)))
            assert {*found} == {Fault.LOCKED}
            assert [one.name for one in await store.concepts(HOME)] == ["bo"]
        await asyncio.sleep(0)
        while True:  # whoever waits behind those that were given up
            try:
                await store.remember(HOME, "mia", by=ANN)
                break
            except StoreError:
                pass
        # Nothing was kept of what a chat was told couldn't be.
        assert [one.name for one in await store.concepts(HOME)] == ["bo", "mia"]


async def test_what_was_given_up_is_not_kept_when_the_disk_answers_again(tmp_path: Path, hanging: Hanging) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        hanging.begin()
        assert await refused(store.remember(HOME, "mia", by=ANN)) is Fault.SILENT
        assert await refused(store.remember(HOME, "max", by=ANN)) is Fault.SILENT
        assert store.fault is not None
        assert store.fault.fault is Fault.SILENT
        assert (await store.state(HOME)).revision  # what needs no transaction answers
        hanging.end()
        await store.remember(HOME, "kim", by=ANN)
        assert [one.name for one in await store.concepts(HOME)] == ["bo", "kim"]


async def test_a_file_that_was_moved_away_is_written_to_no_more_until_it_is_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        with gone(tmp_path / "store.db"):
            assert await refused(store.ping()) is Fault.GONE  # before anybody writes, too
            assert await refused(store.remember(HOME, "mia", by=ANN)) is Fault.GONE
            assert not (tmp_path / "store.db").exists()
            assert [one.name for one in await store.concepts(HOME)] == ["bo"]
        await store.ping()
        await store.remember(HOME, "mia", by=ANN)
    async with opened(tmp_path) as store:
        assert [one.name for one in await store.concepts(HOME)] == ["bo", "mia"]


async def test_a_file_put_in_its_place_is_read_and_no_revision_of_it_was_seen_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        with closing(sqlite3.connect(tmp_path / "store.db")) as db, closing(sqlite3.connect(tmp_path / "b")) as backup:
            db.backup(backup)
        await store.remember(HOME, "mia", by=ANN)
        seen = await store.revision(HOME)
        for ending in ("", "-wal", "-shm"):
            (tmp_path / f"store.db{ending}").unlink(missing_ok=True)
        (tmp_path / "b").rename(tmp_path / "store.db")
        await store.remember(HOME, "kim", by=ANN)
        assert [one.name for one in await store.concepts(HOME)] == ["bo", "kim"]
        assert await store.revision(HOME) > seen + 1


async def test_an_older_copy_put_in_its_place_brings_nobody_back_who_was_forgotten(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN, references=[reference()])).concept
        await store.remember(HOME, "mia", by=ANN)
        with closing(sqlite3.connect(tmp_path / "store.db")) as db, closing(sqlite3.connect(tmp_path / "b")) as backup:
            db.backup(backup)
        await store.forget(HOME, bo.id, ANN, undo_seconds=0)
        for ending in ("", "-wal", "-shm"):
            (tmp_path / f"store.db{ending}").unlink(missing_ok=True)
        (tmp_path / "b").rename(tmp_path / "store.db")
        await store.remember(HOME, "kim", by=ANN)
        assert [one.name for one in await store.concepts(HOME)] == ["mia", "kim"]


async def test_a_refused_edit_leaves_the_state_as_it_is_known(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        known = await store.state(HOME)
        with read_only():
            assert await refused(store.forget(HOME, bo.id, ANN, undo_seconds=30)) is Fault.READ_ONLY
        assert await store.state(HOME) == known
        await store.forget(HOME, bo.id, ANN, undo_seconds=30)
        assert (await store.state(HOME)).revision == known.revision + 1


async def test_a_fault_is_told_once_and_is_over_after_a_while_without_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        with read_only():
            for number in range(5):
                await refused(store.remember(HOME, f"{number}", by=ANN))
        await store.remember(HOME, "mia", by=ANN)
        assert store.fault is not None
        skip(31)
        await store.erase_expired()
        assert store.fault is None
    told = [one.getMessage() for one in caplog.records]
    assert len([one for one in told if "store.fails" in one]) == 1
    assert len([one for one in told if "store.recovered" in one]) == 1


class Hanging:
    """A disk that doesn't answer: every transaction of the store stands still in its thread."""

    def __init__(self) -> None:
        self._answers = threading.Event()
        self._answers.set()

    def begin(self) -> None:
        self._answers.clear()

    def end(self) -> None:
        self._answers.set()

    def connected(self, connection: object, _: object) -> None:
        connection.create_function("disk", 0, self._answers.wait)  # type: ignore[attr-defined]

    def begun(self, connection: Connection) -> None:
        connection.exec_driver_sql("SELECT disk()")


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    disk = Hanging()
    event.listen(Engine, "connect", disk.connected)
    event.listen(Engine, "begin", disk.begun)
    yield disk
    disk.end()
    event.remove(Engine, "begin", disk.begun)
    event.remove(Engine, "connect", disk.connected)


# ── a clock that jumps ────────────────────────────────────────────────────────────────────────────


class Clocks:
    """The system's time, which somebody sets, and the seconds since the start, which nobody does."""

    def __init__(self) -> None:
        self.wall, self.elapsed = datetime(2026, 1, 1, 12, tzinfo=UTC), 100.0

    def pass_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.elapsed += seconds

    def steady(self) -> SteadyClock:
        return SteadyClock(lambda: self.wall, lambda: self.elapsed)


@pytest.mark.parametrize("hours", [-5, 5, -24 * 365, 24 * 365])
async def test_a_clock_that_jumps_neither_delays_erasing_nor_changes_the_time_to_undo(
    tmp_path: Path, hours: int
) -> None:
    clocks = Clocks()
    store = await Store.open(url(tmp_path), encoder="e1", clock=lambda: clocks.wall, steady=clocks.steady())
    for name in ("bo", "mia"):
        await store.remember(HOME, name, by=ANN, references=[reference()])
    bo, mia = await store.concepts(HOME)
    forgotten = await store.forget(HOME, bo.id, ANN, undo_seconds=30)
    clocks.wall += timedelta(hours=hours)
    clocks.pass_by(29)
    assert await store.erase_expired() == 0
    await store.undo(HOME, ANN, forgotten.id)
    forgotten = await store.forget(HOME, mia.id, ANN, undo_seconds=30)
    clocks.wall -= timedelta(hours=hours)
    clocks.pass_by(31)
    with pytest.raises(UserError, match="too late"):
        await store.undo(HOME, ANN, forgotten.id)
    assert await store.erase_expired() == 1
    await store.aclose()


async def test_a_clock_that_was_set_back_before_a_restart_delays_no_erasing(tmp_path: Path) -> None:
    clocks, chat = Clocks(), Chat("test", "home")
    store = await Store.open(url(tmp_path), encoder="e1", clock=lambda: clocks.wall, steady=clocks.steady())
    bo = (await store.remember(chat, "bo", by=ANN, references=[reference()])).concept
    await store.forget(chat, bo.id, ANN, undo_seconds=30)
    await store.aclose()
    clocks.wall -= timedelta(hours=5)
    store = await Store.open(url(tmp_path), encoder="e1", clock=lambda: clocks.wall, steady=clocks.steady())
    assert await store.erase_expired() == 0
    clocks.pass_by(31)
    assert await store.erase_expired() == 1
    await store.aclose()
