"""Opening the store: which database it is, and bringing its tables up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from core.errors import StoreError
from core.store import migrations
from core.store.database import SERVER, Database
from core.store.keys import whole
from core.store.keys.folder import KeyFolder
from core.store.sqlite import SqliteFile

_HOW_TO_WRITE = (
    "The store's URL can't be used: write it as in sqlite+aiosqlite:///rapport.db or "
    "postgresql+asyncpg://user@host/database."
)
MOVING = "moving"
"""What stands in place of a version while a store is being moved into a database."""
_HOW_TO_INSTALL = "install Rapport with it, as in pip install '.[postgres]'"
_SERVERS = ("postgresql", "postgres")


def files(url: str) -> tuple[Path, ...]:
    """The files of an SQLite store at that URL, those that there may be at times too; none of a server's."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return ()
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return ()
    return tuple(
        Path(f"{parsed.database}{ending}") for ending in ("", "-wal", "-shm", "-journal", "-ledger", "-reserve")
    )


def parsed(url: str) -> URL:
    """The parts of a store's URL. Raises `StoreError` where it can't be one."""
    try:
        found = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise StoreError(_HOW_TO_WRITE) from error
    if found.drivername in _SERVERS:  # as providers write it
        query = {"ssl" if key == "sslmode" else key: value for key, value in found.query.items()}
        found = found.set(drivername="postgresql+asyncpg", query=query)
    return found


def database(url: str, reserve: int = 0, keys: KeyFolder | None = None) -> Database:
    """The database that `url` speaks of, not yet connected; `reserve` and `keys` are as in `Store.open`.

    Raises `StoreError`.
    """
    known = parsed(url)
    try:
        if known.drivername == "sqlite+aiosqlite":
            return SqliteFile(known, keys, reserve)
        if known.drivername == "postgresql+asyncpg":
            return Database(known, keys, **SERVER)
    except (ArgumentError, ValueError) as error:
        raise StoreError(_HOW_TO_WRITE) from error
    except ModuleNotFoundError as error:
        raise StoreError(f"The store's URL needs the package {error.name}: {_HOW_TO_INSTALL}.") from error
    raise StoreError(_HOW_TO_WRITE)


async def bring_up_to_date(database: Database) -> None:
    """Create or migrate the tables, all in one transaction. Raises `StoreError` on a newer store's."""
    async with database.reading() as connection:
        found = await connection.run_sync(version)
    if found != migrations.HEAD:
        async with database.migrating() as connection:
            await connection.run_sync(_upgrade, database.address)


async def find_keys(database: Database) -> None:
    """Open the keys of a database, or begin to encrypt it.

    Raises `StoreError` where they aren't those that it needs.
    """
    async with database.reading() as connection:
        known = await connection.run_sync(whole.read_sealing)
    keys = database.keys
    if keys is None:
        if known is not None:
            raise StoreError(f"{database.address} is encrypted. It needs its keys: leave keys.encrypt on.")
        return
    if known is None:
        await asyncio.to_thread(keys.make)
        await asyncio.to_thread(keys.hold)
        async with database.turn(), database.writing() as connection:
            known = await connection.run_sync(whole.claim, keys)
    else:
        await asyncio.to_thread(keys.open)
        await asyncio.to_thread(keys.hold)
    if keys.id != bytes(known.folder):
        raise StoreError(
            f"The keys in {keys.path} are another store's than {database.address}. Put its own there, or name their "
            "folder in keys.folder; nothing was changed."
        )


async def drop_unreadable(database: Database) -> int:
    """Let go of what an older copy of the database has of what was forgotten since; returns how many rows those are."""
    keys = database.keys
    if keys is None:
        return 0
    async with database.reading() as connection:
        known = await connection.run_sync(whole.read_sealing)
    if known is not None and bytes(known.mark) == await asyncio.to_thread(lambda: keys.mark):
        return 0
    async with database.turn(frees=True), database.writing() as connection:
        count = await connection.run_sync(whole.drop_unreadable, keys)
    await asyncio.to_thread(keys.end_import)
    return count


def version(db: Connection) -> str | None:
    """Which shape a database has, the newest migration's or `MOVING`; None for one without a store."""
    if not inspect(db).has_table("alembic_version"):
        return None
    found: str | None = db.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(db: Connection, address: str) -> None:
    # Imported here: alembic costs a tenth of a second that an up-to-date store need not pay.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = db
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = version(db)  # once more: another process may have been faster
    if found == MOVING:
        raise StoreError(f"A move into {address} isn't finished. Run that `python -m bot store move` again.")
    if found is not None and found not in known and not inspect(db).has_table("chats"):
        raise StoreError(f"{address} belongs to another program. Name another database for the store.")
    if found is not None and found not in known:
        raise StoreError(f"{address} was written by a newer Rapport. Update Rapport, or name another file.")
    command.upgrade(config, "head")
