"""What the store does while its disk is full, its file locked, gone or silent, and when the clock jumps."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.running.rapport import erase
from core.errors import Fault, StoreError, UserError
from core.messages import Chat
from core.store.faults.steady_clock import SteadyClock
from core.store.store import Store
from core.store.values import Arrival, SaidLine
from tests.support.clock import skip
from tests.support.databases.chosen import url
from tests.support.hostile.store_faults import gone, hanging, locked, on_small_disk, read_only
from tests.support.stores import ANN, HOME, opened, reference

HOUSE = Path(__file__).parents[3]


async def refused(work: object) -> Fault:
    with pytest.raises(StoreError) as caught:
        await work  # type: ignore[misc]
    return caught.value.fault


# ── a full disk ───────────────────────────────────────────────────────────────────────────────────

# Each in a process of its own, on a disk of its own.
_BEGIN = """
import asyncio, os, sqlite3, sys, traceback
from contextlib import closing
from pathlib import Path
from core.errors import Fault, StoreError
from core.store.store import Store
from tests.support.hostile.store_faults import filled
from tests.support.stores import ANN, HOME, reference, url

PHOTO = os.urandom(200_000)
SHARED = 32 << 10  # bytes of the file that connections share: where nothing is held, not even a reading goes without it

def open_store(folder, reserve=0):
    return Store.open(url(folder), encoder="e1", reserve=reserve << 20)

async def refused(work):
    try:
        await work
    except StoreError as error:
        assert error.fault is Fault.FULL, error.fault
        return True

async def known(store):
    return [one.name for one in await store.concepts(HOME)]
"""

_END = """
async def limited(folder):
    try:
        await main(folder)
    except BaseException as error:
        traceback.print_exception(error)
        os._exit(1)  # past the threads of the connections

asyncio.run(limited(Path(sys.argv[1])))
print("done")
"""

# Remember until it is full, forget there, start there, go on.
_FORGETTING = """
async def fill(store):
    names = []
    while True:
        for size in (PHOTO, b""):
            new = store.remember(HOME, f"p{len(names)}", by=ANN, references=[reference(size)] if size else [])
            if await refused(new):
                return names
            names.append(f"p{len(names)}")

async def main(folder):
    store = await open_store(folder, 8)
    names = await fill(store)
    with filled(folder):
        assert store.fault is not None
        first = await store.concept(HOME, names[0])
        assert len((await store.memory(HOME)).concepts) == len({*names})
        await store.forget(HOME, first.id, ANN, undo_seconds=0)
        for name in names[2:10:2]:
            await store.forget(HOME, (await store.concept(HOME, name)).id, ANN, undo_seconds=30)
        await store.undo(HOME, ANN)
        await store.aclose()

        store = await open_store(folder, 8)
        last = await store.concept(HOME, names[-1])
        await store.forget(HOME, last.id, ANN, undo_seconds=0)
        assert await store.find(HOME, names[-1]) is None
    await store.remember(HOME, "new", by=ANN, references=[reference(PHOTO)])
    await store.erase_expired()
    assert (folder / "store.db-reserve").stat().st_size == 8 << 20
    await store.aclose()
"""

# A store that was never given a number, as one of an earlier version: it works, and gets one when there is room.
_NO_NUMBER = """
async def main(folder):
    store = await open_store(folder)
    bo = (await store.remember(HOME, "bo", by=ANN, references=[reference(PHOTO)])).concept
    await store.aclose()
    with closing(sqlite3.connect(folder / "store.db", isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 0")
    (folder / "store.db-ledger").unlink()
    with filled(folder, but=SHARED):
        store = await open_store(folder)
        assert await known(store) == ["bo"]
        assert await refused(store.remember(HOME, "mia", by=ANN, references=[reference(PHOTO)]))
        assert (await store.memory(HOME)).concepts
    await store.remember(HOME, "mia", by=ANN)
    await store.forget(HOME, bo.id, ANN, undo_seconds=0)
    with closing(sqlite3.connect(folder / "store.db-ledger")) as db:
        noted = db.execute("SELECT count(*) FROM gone JOIN stores ON stores.id = store WHERE kind = 'concepts'")
        assert noted.fetchone() == (1,)
    await store.aclose()
"""

# A copy of before a forgetting: with what is held that is done again at once, else nothing is told until it can be.
_OLDER_COPY = """
async def older(folder, reserve):
    store = await open_store(folder, reserve)
    bo = (await store.remember(HOME, "bo", by=ANN, references=[reference(PHOTO)])).concept
    await store.remember(HOME, "mia", by=ANN)
    with closing(sqlite3.connect(folder / "store.db")) as db, closing(sqlite3.connect(folder / "b")) as backup:
        db.backup(backup)
    await store.forget(HOME, bo.id, ANN, undo_seconds=0)
    await store.aclose()
    (folder / "b").rename(folder / "store.db")

async def main(folder):
    await older(folder, 8)
    with filled(folder):
        store = await open_store(folder, 8)
        assert await known(store) == ["mia"]
        await store.aclose()
    for one in folder.iterdir():
        one.unlink()

    await older(folder, 0)
    with filled(folder, but=SHARED):
        store = await open_store(folder)
        for work in (store.concepts(HOME), store.state(HOME), store.memory(HOME), store.ping(), store.erase_expired()):
            assert await refused(work)
        assert store.fault.fault is Fault.FULL
    await store.remember(HOME, "kim", by=ANN)
    assert await known(store) == ["mia", "kim"]
    await store.aclose()
"""


@pytest.mark.sqlite
@pytest.mark.parametrize("story", [_FORGETTING, _NO_NUMBER, _OLDER_COPY], ids=["forgetting", "no number", "older copy"])
def test_on_a_full_disk_forgetting_works_it_starts_there_and_it_recovers(tmp_path: Path, story: str) -> None:
    script = tmp_path / "story.py"
    script.write_text(_BEGIN + story + _END)
    disk = tmp_path / "disk"
    disk.mkdir()
    command = on_small_disk(disk, 24, [sys.executable, str(script), str(disk)])
    if command is None:
        pytest.skip("this system lets nobody mount a disk of their own")
    env = {**os.environ, "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(command, check=False, env=env, capture_output=True, text=True)
    assert done.stdout.endswith("done\n"), done.stderr


# ── other faults ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.sqlite
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


@pytest.mark.sqlite
async def test_what_was_given_up_is_not_kept_when_the_disk_answers_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        known = await store.state(HOME)
        with hanging():
            assert await refused(store.remember(HOME, "mia", by=ANN)) is Fault.SILENT
            assert await refused(store.remember(HOME, "max", by=ANN)) is Fault.SILENT
            assert store.fault is not None
            assert store.fault.fault is Fault.SILENT
            # Neither can be kept any more: what was known is so still.
            assert await store.state(HOME) == replace(known, fault=Fault.SILENT)
        await store.remember(HOME, "kim", by=ANN)
        assert [one.name for one in await store.concepts(HOME)] == ["bo", "kim"]


@pytest.mark.sqlite
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


@pytest.mark.sqlite
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


@pytest.mark.sqlite
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


@pytest.mark.sqlite
async def test_a_refused_edit_leaves_the_state_as_it_is_known(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        known = await store.state(HOME)
        with read_only():
            assert await refused(store.forget(HOME, bo.id, ANN, undo_seconds=30)) is Fault.READ_ONLY
        assert await store.state(HOME) == known
        await store.forget(HOME, bo.id, ANN, undo_seconds=30)
        assert (await store.state(HOME)).revision == known.revision + 1


@pytest.mark.sqlite
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


@pytest.mark.parametrize("days", [-400, 400])
async def test_a_clock_that_jumps_erases_no_line_early_and_none_late(tmp_path: Path, days: int) -> None:
    clocks = Clocks()
    store = await Store.open(url(tmp_path), encoder="e1", clock=lambda: clocks.wall, steady=clocks.steady())
    for number in range(2):
        said = [SaidLine(f"m{number}", "hello", clocks.wall)]
        await store.say(HOME, said, await store.revision(HOME))
        clocks.wall += timedelta(days=days)
        assert (await store.lines(HOME, 9))[-1].at == clocks.wall  # as people's clocks say now
        await erase(store, 30)
        assert len(await store.lines(HOME, 9)) == number + 1
    clocks.pass_by(31 * 86_400)
    await erase(store, 30)
    assert await store.lines(HOME, 9) == ()
    await store.aclose()


@pytest.mark.parametrize("days", [-400, 400])
async def test_a_clock_that_jumps_drops_nothing_of_the_inbox(tmp_path: Path, days: int) -> None:
    clocks = Clocks()
    store = await Store.open(url(tmp_path), encoder="e1", clock=lambda: clocks.wall, steady=clocks.steady())
    await store.inbox.record("bot", [Arrival("test:1", "1", {"a": 1})])
    clocks.wall += timedelta(days=days)
    await store.inbox.record("bot", [Arrival("test:1", "2", {"a": 1})])
    await erase(store, 30)
    assert [one.at for one in await store.inbox.pending("bot")] == [clocks.wall] * 2
    await store.aclose()
