"""All that is particular to SQLite: its file, its locks, its log and its settings."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiosqlite
import structlog
from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util.concurrency import greenlet_spawn

from core.errors import Fault, StoreError
from core.store import migrations
from core.store.database import Database
from core.store.errors import DAMAGED, EMPTIED, FULL, store_error
from core.store.faults.reserve import Reserve
from core.store.keys.folder import KeyFolder
from core.store.recovery import forgetting, holding, restoring
from core.store.recovery.ledger import ForgottenLedger, Gone, watch
from core.store.schema import PAGE

_log = structlog.get_logger(__name__)
PATIENCE = 4.0  # seconds to wait for another process that is writing: somebody in a chat waits, too
TRUNCATE_PATIENCE = 0.5  # seconds for a reader to get out of the way: nobody can write meanwhile
CHECKPOINT_EVERY = 64  # commits after which the log is carried over into the file, or …
LONGEST_LOG = 4 << 20  # … its bytes: on a full disk the file has to find room for what the log holds
_TRIES = 15  # of PATIENCE for another process that makes the tables
_CLOSING_SECONDS = 5.0  # for a connection whose disk doesn't answer

# Full sync: an edit that was acknowledged outlives a power cut. Sorting must not spill names to a
# temporary file. Foreign keys are what erasing a concept's texts, photos and embeddings rests on.
# No automatic checkpoint: it would make every so-many-th edit wait for the whole log to be copied.
_SETTINGS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 0",
    f"PRAGMA journal_size_limit = {LONGEST_LOG}",
)
_STATE = "SELECT revision, settings FROM chats WHERE key = ?"
_RAISE_REVISIONS = "UPDATE chats SET revision = max(revision + 1, ?)"


class SqliteFile(Database):
    """A SQLite file in WAL mode, used by this process and others at once.

    One writer at a time: a lock within the process, `BEGIN IMMEDIATE` between processes. Two more
    connections stay open besides the pool: one answers `state` in a single hop to its thread, the
    other keeps the log file clean. `reserve` are bytes of the disk that are held for forgetting.
    """

    def __init__(self, url: URL, keys: KeyFolder | None = None, reserve: int = 0) -> None:
        if not url.database or ":memory:" in url.database:
            raise StoreError("The store needs a file: name one, as in sqlite+aiosqlite:///rapport.db.")
        # Never made by connecting: where it has gone, an empty one is no store.
        self._uri = f"file:{quote(url.database)}?mode=rw"
        super().__init__(
            url.set(database=self._uri.partition("?")[0], query={**url.query, "mode": "rw", "uri": "true"}),
            keys,
            connect_args={"timeout": PATIENCE, "isolation_level": None},
            pool_size=6,
            max_overflow=0,
        )
        self.address = url.database
        self._reserve_size = reserve
        self._lock = asyncio.Lock()
        self._open: list[aiosqlite.Connection] = []
        self._held: int | None = None
        self._wal_holds_erased = True
        self._commits = 0
        self._beside = set[asyncio.Task[Any]]()  # checkpoints, and what is closed
        self._renewing = asyncio.Lock()
        self.ledger = ForgottenLedger(Path(self.address))
        self._ledger_id = 0  # while nothing is noted in the ledger
        self._owes_ledger = False  # it has still to be held against its ledger, for which there was no room
        self._withheld = False  # and may hold what was forgotten: nothing of it is read before that is done
        event.listen(self._engine.sync_engine, "connect", configure)
        event.listen(self._engine.sync_engine, "begin", _begin)

    def _reading_engine(self, url: URL) -> AsyncEngine:  # noqa: ARG002 - the signature is the server's
        """The same connections: there is one edit at a time, which leaves enough of them for readings."""
        return self._engine.execution_options(begin="BEGIN DEFERRED")

    @property
    def is_shared(self) -> bool:
        """One process serves a bot with a file."""
        return False

    async def prepare(self) -> None:
        """Create the file, readable by its owner only, and turn on write-ahead logging."""
        path = Path(self.address)
        await asyncio.to_thread(self._take, path)
        self._reserve = await asyncio.to_thread(Reserve, Path(f"{path}-reserve"), self._reserve_size)
        try:
            await self._connect_all()
        except sqlite3.Error:
            if self._reserve.is_spent or not self._reserve_size:
                raise
            # The disk may be too full for the small file that connections share.
            await asyncio.to_thread(self._reserve.release)
            await self._close(self._open)
            await self._connect_all()
        await asyncio.to_thread(self._reserve.hold)

    def _take(self, path: Path) -> None:
        """Hold the file against a restore, finish one that was interrupted, and create the file if there is none."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        restoring.finish(path)
        self._held = holding.hold(path, exclusive=False)
        if self.ledger.path.exists():
            self.ledger.set_aside_if_damaged()
        if path.exists() and not path.stat().st_size and self.ledger.knows_a_store():
            raise StoreError(EMPTIED.format(address=self.address))
        if not path.exists() and self.ledger.knows_a_store():
            _log.warning("store.begun_anew", was_at=str(path))
        _create(path)

    async def keep_ledger(self) -> None:
        """Forget again what the ledger has and the store doesn't know of; note what is let go of from now on.

        Whatever puts another file in the store's place has this done first of all: that it is older is seen by the
        revisions of its chats, which nothing may have raised meanwhile.

        On a disk that is full it is done as soon as there is room; until then nothing is told of a store that may hold
        what was forgotten.
        """
        if await self._is_held_against_ledger():
            return
        if self._reserve.is_held:
            await asyncio.to_thread(self._reserve.release)
            if await self._is_held_against_ledger():
                return
        if not self._owes_ledger:
            _log.error("store.ledger_waits_for_room", withheld=self._withheld)
        self._owes_ledger = True

    async def _is_held_against_ledger(self) -> bool:
        """Do it; false where there is no room to."""
        try:
            await self._hold_against_ledger()
        except (DBAPIError, sqlite3.Error) as error:
            if store_error(error, self.address).fault is not Fault.FULL:
                raise
            return False
        return True

    async def _hold_against_ledger(self) -> None:
        async with super().reading() as connection:
            of = await connection.run_sync(forgetting.identity)
            known = await asyncio.to_thread(self.ledger.read, of)
            older = bool(await connection.run_sync(forgetting.compare, known)) if known else False
        self._ledger_id = 0
        if older or not of:  # else nothing is written: the disk may be full
            self._withheld = older
            async with self.writing() as connection:  # it may be somebody's turn already
                of = await connection.run_sync(forgetting.identify)
                count = await connection.run_sync(forgetting.forget_again, known)
            if older:
                _log.warning("store.older_than_its_ledger", forgotten_again=count)
        await asyncio.to_thread(self.ledger.register, of)
        event.listen(self._engine.sync_engine, "connect", watch)
        await self._engine.dispose()
        self._ledger_id, self._owes_ledger, self._withheld = of, False, False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction whose readings all see the same moment, of nothing that was forgotten."""
        self._refuse_withheld()
        async with super().reading() as connection:
            yield connection

    def _refuse_withheld(self) -> None:
        if self._owes_ledger and self._withheld:
            raise StoreError(FULL.format(address=self.address), Fault.FULL)

    async def check(self) -> None:
        """Read all of the file: its pages, its indexes, and whether what belongs together is there."""
        reader = await self._connect(PATIENCE)  # of its own: the others have their work
        try:
            found = [str(row[0]) for row in await reader.execute_fetchall("PRAGMA quick_check(1)")]
            if found != ["ok"] or await reader.execute_fetchall("PRAGMA foreign_key_check"):
                raise StoreError(DAMAGED.format(address=self.address), Fault.DAMAGED)
        finally:
            await reader.interrupt()  # a program that ends doesn't wait for it
            await reader.close()
            self._open.remove(reader)

    async def _connect_all(self) -> None:
        self._identity = await asyncio.to_thread(_identity, self.address)
        self._open = []
        self._hot = await self._connect(PATIENCE)
        self._keeper = await self._connect(TRUNCATE_PATIENCE)
        await self._keeper.execute_fetchall(f"PRAGMA page_size = {PAGE}")
        await self._refuse_foreign_file()
        await self._log_ahead()

    async def _connect(self, patience: float) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self._uri, uri=True, timeout=patience, isolation_level=None)
        self._open.append(connection)
        return connection

    async def _refuse_foreign_file(self) -> None:
        names = {row[0] for row in await self._keeper.execute_fetchall("SELECT name FROM sqlite_master")}
        if names and not {"alembic_version", "chats"} <= names:
            raise StoreError(f"{self.address} belongs to another program. Name another file for the store.")

    async def _log_ahead(self) -> None:
        """Switch to WAL. Two processes creating the file at once can collide here, past any patience."""
        for _ in range(100):
            try:
                await self._keeper.execute_fetchall("PRAGMA journal_mode = WAL")
                # The switch leaves this connection with a read lock that would stop its own sweeps;
                # any reading ends it.
                await self._keeper.execute_fetchall("SELECT count(*) FROM sqlite_master")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                await asyncio.sleep(0.05)
        raise StoreError(f"{self.address} is locked by another program. Close it and try again.", Fault.LOCKED)

    @property
    def holds_room(self) -> bool:
        """Whether some of the disk is held for forgetting."""
        return self._reserve_size > 0

    async def require_there(self) -> tuple[int, int]:
        """Which file is in its place. Raises `StoreError` where none is: what an open file takes is lost with it."""
        there = await asyncio.to_thread(_identity, self.address)
        if there is None:
            gone = f"{self.address} isn't there any more. Put it back: Rapport goes on by itself."
            raise StoreError(gone, Fault.GONE)
        return there

    @asynccontextmanager
    async def turn(self, *, frees: bool = False) -> AsyncIterator[None]:
        """The one time in which this process writes: into the file that is in its place, and with room to forget."""
        async with self._lock:
            if await self.require_there() != self._identity:
                await self.renew()
            if not self._reserve.is_whole:
                await asyncio.to_thread(self._reserve.hold)
            if self._owes_ledger:
                await self.keep_ledger()
                self._refuse_withheld()
            if self._reserve.is_spent and not frees:
                raise StoreError(FULL.format(address=self.address), Fault.FULL)
            yield

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """The one write transaction of this process, in its turn; it waits for other processes' too."""
        gone: list[Gone] = []
        try:
            async with super().writing() as connection:
                yield connection
                if self._ledger_id:
                    gone = await self._let_go_in(connection)
        except BaseException:
            if gone:
                await asyncio.to_thread(self.ledger.take_back, self._ledger_id, gone)
            raise
        self._commits += 1
        if self._commits % CHECKPOINT_EVERY == 0 or await asyncio.to_thread(self._is_log_long):
            self._do_beside(self._checkpoint())

    async def _let_go_in(self, connection: AsyncConnection) -> list[Gone]:
        """What the transaction is about to let go of, written into the ledger before that is done."""
        rows = await connection.exec_driver_sql("SELECT * FROM temp.gone ORDER BY rowid")
        gone = [Gone._make(row) for row in rows]
        if gone:
            await connection.exec_driver_sql("DELETE FROM temp.gone")
            await asyncio.to_thread(self._note, gone)
        return gone

    def _note(self, gone: Sequence[Gone] = ()) -> None:
        """Write into the ledger what is let go of, and what it is behind with: in what is held for that if need be."""
        self.ledger.note(self._ledger_id, gone)
        if self.ledger.behind and self._reserve.is_held:
            self._reserve.release()
            self.ledger.note(self._ledger_id, ())

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction: that there is one at a time is all it takes."""
        for tries in range(_TRIES, 0, -1):
            try:
                await self._hot.execute_fetchall("BEGIN IMMEDIATE")
                await self._hot.execute_fetchall("ROLLBACK")
                break
            except sqlite3.OperationalError as error:  # another process makes the tables, perhaps
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or tries == 1:
                    raise
        async with self.turn(), self.writing() as connection:
            yield connection

    def _is_log_long(self) -> bool:
        try:
            return os.stat(f"{self.address}-wal").st_size > LONGEST_LOG
        except OSError:
            return False

    async def _checkpoint(self) -> None:
        """Copy the log into the file, as far as readers allow, while edits go on."""
        # A disk that is full or failing shows itself in the next edit, to somebody who can be told.
        with suppress(sqlite3.Error):
            await self._keeper.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")

    async def state(self, key: str) -> tuple[int, dict[str, str]] | None:
        """Read past SQLAlchemy in one hop to the thread: this is asked for every message."""
        self._refuse_withheld()
        for revision, settings in await self._hot.execute_fetchall(_STATE, (key,)):
            return revision, json.loads(settings)
        return None

    async def truncate_wal(self, erased: bool = True) -> None:
        """Checkpoint the write-ahead log and truncate it: it still holds what was erased.

        Somebody else's long reading can stand in the way; then the next call does it, even one
        that says that nothing was erased since.
        """
        self._wal_holds_erased = self._wal_holds_erased or erased
        if self._wal_holds_erased:
            async with self._lock:
                await self._truncate()
                if self.ledger.behind:
                    await asyncio.to_thread(self._note)

    async def _truncate(self) -> None:
        [(busy, _, _)] = await self._keeper.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        self._wal_holds_erased = self._wal_holds_erased and bool(busy)

    async def make_room(self) -> None:
        """Give back what is held, and what the log takes."""
        async with self._lock:
            await asyncio.to_thread(self._reserve.release)
            with suppress(sqlite3.Error):
                await self._truncate()

    async def hold_room(self) -> None:
        """Hold as much of the disk as there is again, once the log takes none of it."""
        async with self._lock:
            with suppress(sqlite3.Error):
                await self._truncate()
            await asyncio.to_thread(self._reserve.hold)

    async def renew(self) -> None:
        """Open the file anew: after a failure of its disk, or when another file is in its place.

        What is in another file is no older than this moment: what was forgotten is forgotten in it, too, and no
        revision of it is one that somebody has seen. Whoever asks for that while it is being done waits for it.
        """
        waits = self._renewing.locked()
        async with self._renewing:
            there = await asyncio.to_thread(_identity, self.address)
            if there is None or (waits and there == self._identity):
                return
            keeper = await self._connect(TRUNCATE_PATIENCE)
            version = [row[0] for row in await keeper.execute_fetchall("SELECT version_num FROM alembic_version")]
            if version != [migrations.HEAD]:
                await self._close([keeper])
                raise StoreError(f"Another file is in the place of {self.address}. Restart Rapport.", Fault.DAMAGED)
            pool = self._engine.sync_engine.pool
            await self._engine.dispose(close=False)  # there is a new one from now on, however long the old one takes
            event.listen(pool, "checkin", _let_go)
            self._do_beside(greenlet_spawn(pool.dispose))
            if there != self._identity:
                await self._begin_with_another(keeper)
            before, self._open = [one for one in self._open if one is not keeper], [keeper]
            self._hot, self._keeper = await self._connect(PATIENCE), keeper
            self._identity = there
            self._do_beside(self._close(before))

    async def _begin_with_another(self, keeper: aiosqlite.Connection) -> None:
        """Forget in the file that was put in the store's place what was forgotten, and raise its revisions."""
        try:
            await self.keep_ledger()
            self._refuse_withheld()
            await keeper.execute_fetchall(_RAISE_REVISIONS, (time.time_ns() // 1000,))
        except BaseException:  # it is tried again each time, until there is room
            self._open.remove(keeper)
            self._do_beside(self._close([keeper]))
            raise

    def _do_beside(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _close(self, connections: list[aiosqlite.Connection]) -> None:
        """Close connections; the last one to close a file removes its log."""
        closing = [asyncio.create_task(one.close()) for one in connections]
        if closing:
            await asyncio.wait(closing, timeout=_CLOSING_SECONDS)

    async def aclose(self) -> None:
        """Close every connection."""
        if self._beside:
            await asyncio.wait(self._beside, timeout=_CLOSING_SECONDS)
        disposing = asyncio.create_task(super().aclose())
        await asyncio.wait([disposing], timeout=_CLOSING_SECONDS)
        await self._close(self._open)
        if self.ledger.behind:
            await asyncio.to_thread(self._note)
        if self._held is not None:
            os.close(self._held)


def _create(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        # Never open an existing one here: closing it would drop this process's locks on it
        # (https://sqlite.org/howtocorrupt.html, 2.2).
        return


def _identity(path: str) -> tuple[int, int] | None:
    """What tells a file from another one of its name; None where there is none."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def configure(connection: Any, _record: object) -> None:
    """Settings that each connection needs; a listener of SQLAlchemy's "connect" event."""
    cursor = connection.cursor()
    for setting in _SETTINGS:
        cursor.execute(setting)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"))


def _let_go(_connection: Any, record: Any) -> None:
    """Close a connection that comes back to a pool which is used no more."""
    record.invalidate()
