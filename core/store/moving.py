"""Moving a store from an SQLite file to a server's database or back: every row, checked, and interruptible.

Both are gone through in parts. A part that is another one in the target is written anew, so that a move which was
interrupted goes on where it was, and one whose source was changed meanwhile puts that right. Until all of it is there,
the target says that it is being moved into, and no Rapport starts on it.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import URL, ColumnElement, Table, Text, delete, event, func, insert, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from core.errors import StoreError
from core.store import migrations, opening
from core.store.database import Database
from core.store.errors import told_plainly
from core.store.recovery import holding
from core.store.schema import Sealed, chats, dead_keys, leases, metadata, processes, revisions
from core.store.sqlite import configure

PART = 64  # keys: their photos are in memory, twice
_LOOKS, _BETWEEN = 20, 0.1  # a server takes a moment to notice that a program is gone: looks, and seconds between them
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'rapport' AND pid <> pg_backend_pid()"
)
# What changed with which revision is read anew by whoever asks: the first edit after a move begins with it. Which
# process answers which chat is no longer so. Keys to be destroyed are noted by the target itself.
_NOT_MOVED = (revisions, leases, processes, dead_keys)
_TABLES = tuple(table for table in metadata.sorted_tables if table not in _NOT_MOVED)


@dataclass(frozen=True, slots=True)
class Moved:
    """What is in the target, as in the source: rows by their table, and a digest of all that is in them."""

    rows: dict[str, int]
    digest: str


class _Side:
    """A store that nobody else uses meanwhile, by a connection of its own."""

    def __init__(self, db: AsyncConnection, address: str, part: int) -> None:
        self.db, self.address, self.part, self.is_file = db, address, part, db.dialect.name == "sqlite"

    async def keys(self, table: Table, after: Any = None, most: int | None = None) -> list[Any]:
        """The keys of a table's rows in order, past one of them: of those known by a number, the first of their ids."""
        columns = _keys(table)
        query = select(*columns).distinct().order_by(*columns).limit(most)
        rows = (await self.db.execute(query if after is None else query.where(columns[0] > after))).all()
        await self.db.rollback()
        return [row[0] if len(columns) == 1 else tuple(row) for row in rows]

    async def rows(self, table: Table, where: ColumnElement[bool]) -> list[dict[str, Any]]:
        """Those rows of a table that meet a condition, in order; what is encrypted stays so."""
        found = (await self.db.execute(select(table).where(where))).mappings().all()
        await self.db.rollback()
        as_bytes = {column.name for column in table.c if isinstance(column.type, Sealed)}
        rows = [{key: _carried(value, as_bytes=key in as_bytes) for key, value in row.items()} for row in found]
        names = [column.name for column in table.primary_key]
        return sorted(rows, key=lambda row: [row[name] for name in names])

    async def count(self, table: Table) -> int:
        """How many rows a table has."""
        return await self.db.scalar(select(func.count()).select_from(table)) or 0

    async def last_ids(self) -> dict[str, int]:
        """The highest id that was ever given, by table: none is given twice."""
        if self.is_file:
            given = await self.db.execute(text("SELECT name, seq FROM sqlite_sequence"))
            return {row.name: row.seq for row in given if row.name in metadata.tables}
        query = 'SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "{}_id_seq"'
        return {
            table.name: await self.db.scalar(text(query.format(table.name))) or 0
            for table in _TABLES
            if "id" in table.c
        }

    async def set_last_ids(self, given: dict[str, int]) -> None:
        """Give no id of those again."""
        for name, last in given.items():
            if self.is_file:
                await self.db.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
                put = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
                await self.db.execute(put, {"name": name, "last": last})
            elif last:
                await self.db.execute(text(f"SELECT setval('\"{name}_id_seq\"', {last:d})"))

    async def mark(self, version: str) -> None:
        """Say which shape it has, or that it is being moved into."""
        await self.db.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        await self.db.commit()


async def move(source: str, target: str, tell: Callable[[str], None], part: int = PART) -> Moved:
    """Carry everything from one store to another, by their URLs; `tell` hears of each table. The source stays as it is.

    Both are up to date, but for a target that a move into was begun: that goes on. `part` is how many keys are compared
    at once. Raises `StoreError` when a Rapport is running with either, when something else is in the target, and when
    they aren't the same in the end.
    """
    refuse_the_same(source, target)
    began = await is_begun(target)
    async with AsyncExitStack() as stack:
        old, new = [await stack.enter_async_context(_alone(url, part)) for url in (source, target)]
        if not began and any([await new.count(table) for table in _TABLES]):
            raise StoreError(f"There is a memory in {new.address} already. Move to an empty database, or a new file.")
        await new.mark(opening.MOVING)
        with told_plainly(new.address):
            for table in reversed(_TABLES):
                await _let_go(table, old, new)
            for table in _TABLES:
                await _bring_over(table, old, new)
                tell(f"{table.name}: {await new.count(table):,}")
            await new.db.execute(delete(revisions))
            await new.set_last_ids(await old.last_ids())
            await new.db.commit()
        moved = await _compared(old, new)
        await new.mark(migrations.HEAD)
    return moved


def refuse_the_same(source: str, target: str) -> None:
    """Raise `StoreError` where two URLs are the same store's."""
    if opening.parsed(source) == opening.parsed(target):
        raise StoreError("That is one and the same store: name another one to move to.")


async def _let_go(table: Table, old: _Side, new: _Side) -> None:
    """Delete from the target's table what isn't in the source any more."""
    if not await new.count(table):
        return
    key = list(table.primary_key)
    async for where in _parts(table, new):
        there = {tuple(row) for row in await new.db.execute(select(*key).where(where))}
        known = {tuple(row) for row in await old.db.execute(select(*key).where(where))}
        for gone in there - known:
            await new.db.execute(delete(table).where(*(one == of for one, of in zip(key, gone, strict=True))))
        await new.db.commit()


async def _bring_over(table: Table, old: _Side, new: _Side) -> None:
    """Put into the target's table what is in the source, where it is another one."""
    key = list(table.primary_key)
    async for where in _parts(table, old):
        rows, there = await old.rows(table, where), await new.rows(table, where)
        if _digest(rows) == _digest(there):
            continue
        known = {tuple(row[one.name] for one in key) for row in there}
        missing = [row for row in rows if tuple(row[one.name] for one in key) not in known]
        for row in rows:
            if row not in missing and row not in there:
                await new.db.execute(update(table).where(*(one == row[one.name] for one in key)).values(row))
        if missing:
            await new.db.execute(insert(table), missing)
        await new.db.commit()


async def _compared(old: _Side, new: _Side) -> Moved:
    """Read all of both once more. Raises `StoreError` where they differ."""
    counts, whole = {}, blake2b(digest_size=16)
    for table in _TABLES:
        counts[table.name] = await old.count(table)
        same = counts[table.name] == await new.count(table)
        async for where in _parts(table, old):
            digest = _digest(await old.rows(table, where))
            same = same and digest == _digest(await new.rows(table, where))
            whole.update(digest)
        if not same:
            raise StoreError(
                f"{table.name} isn't the same in {old.address} and {new.address}: was it changed meanwhile? "
                "Stop whatever uses them, and run the same command again."
            )
    return Moved(counts, whole.hexdigest())


def _keys(table: Table) -> list[ColumnElement[Any]]:
    """What the rows of a table are gone through by: the first number of their key, or a key of texts as a whole."""
    key = list(table.primary_key)
    return [*key] if isinstance(key[0].type, Text) else [key[0]]


async def _parts(table: Table, side: _Side) -> AsyncIterator[ColumnElement[bool]]:
    """Conditions of which every row of a table meets one.

    Texts are only compared for being equal: in which order they are is another matter in each database.
    """
    keys = _keys(table)
    if isinstance(keys[0].type, Text):
        known, of = await side.keys(table), keys[0] if len(keys) == 1 else tuple_(*keys)
        for start in range(0, len(known), side.part):
            yield of.in_(known[start : start + side.part])
        return
    after: Any = -1
    while True:
        some = await side.keys(table, after, side.part)
        if len(some) < side.part:
            yield keys[0] > after
            return
        yield keys[0].between(after + 1, some[-1])
        after = some[-1]


def _carried(value: Any, *, as_bytes: bool) -> Any:
    """A value as both databases hold it."""
    if not isinstance(value, str):
        return value
    # PostgreSQL holds no NUL: what has one, from before that was refused, is readable without.
    text = value.replace("\0", "\ufffd")
    return text.encode("utf-8", "surrogatepass") if as_bytes else text


def _digest(rows: list[dict[str, Any]]) -> bytes:
    """16 bytes that tell rows from others, whichever database they are from."""
    said = blake2b(digest_size=16)
    for row in rows:
        for name in sorted(row):
            value = row[name]
            plain = json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else repr(value)
            words = value if isinstance(value, bytes) else plain.encode("utf-8", "surrogatepass")
            said.update(f"{name} {len(words)} ".encode())
            said.update(words)
    return said.digest()


async def is_begun(target: str) -> bool:
    """Whether a move into the store at that URL was begun and isn't finished."""
    if any(not file.exists() for file in opening.files(target)[:1]):
        return False
    async with _connected(opening.parsed(target)) as db:
        return await db.run_sync(opening.version) == opening.MOVING


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[AsyncConnection]:
    """A connection past all that a store does beside: it notes nothing in a ledger."""
    server: dict[str, Any] = {"connect_args": {"server_settings": {"application_name": "rapport store move"}}}
    is_file = url.get_backend_name() == "sqlite"
    engine = create_async_engine(url, hide_parameters=True, **({} if is_file else server))
    if is_file:
        event.listen(engine.sync_engine, "connect", configure)
    try:
        with told_plainly(Database.address_of(url)):
            async with engine.connect() as db:
                yield db
    finally:
        await engine.dispose()


@asynccontextmanager
async def _alone(url: str, part: int) -> AsyncIterator[_Side]:
    """The store at a URL, which no Rapport is running with. Raises `StoreError` where one is."""
    held = [await asyncio.to_thread(holding.hold, file, exclusive=True) for file in opening.files(url)[:1]]
    try:
        parsed = opening.parsed(url)
        async with _connected(parsed) as db:
            side = _Side(db, Database.address_of(parsed), part)
            looks = 0
            while not side.is_file and await db.scalar(_OTHERS):
                await db.rollback()
                await asyncio.sleep(_BETWEEN)
                if (looks := looks + 1) == _LOOKS:
                    raise StoreError(f"A Rapport is running with {side.address}. Stop it first.")
            await db.scalar(select(func.count()).select_from(chats))
            await db.rollback()
            yield side
    finally:
        for lock in held:
            if lock is not None:
                os.close(lock)
