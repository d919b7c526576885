"""Opening the store: which database it is, and bringing its tables up to date."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from core.errors import StoreError
from core.store import migrations
from core.store.database import Database
from core.store.sqlite import SqliteFile

_HOW_TO_WRITE = (
    "The store's URL can't be used: write it as in sqlite+aiosqlite:///rapport.db or "
    "postgresql+asyncpg://user@host/database."
)


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


def database(url: str, reserve: int = 0) -> Database:
    """The database that `url` speaks of, not yet connected; `reserve` is as in `Store.open`. Raises `StoreError`."""
    try:
        parsed = make_url(url)
        if parsed.drivername == "sqlite+aiosqlite":
            return SqliteFile(parsed, reserve)
        if parsed.drivername == "postgresql+asyncpg":
            return Database(parsed)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise StoreError(_HOW_TO_WRITE) from error
    except ModuleNotFoundError as error:
        raise StoreError(f"The store's URL needs the package {error.name}: install it first.") from error
    raise StoreError(_HOW_TO_WRITE)


async def bring_up_to_date(database: Database) -> None:
    """Create or migrate the tables, all in one transaction. Raises `StoreError` on a newer store's."""
    async with database.reading() as connection:
        version = await connection.run_sync(_version)
    if version != migrations.HEAD:
        async with database.migrating() as connection:
            await connection.run_sync(_upgrade, database.address)


def _version(db: Connection) -> str | None:
    if not inspect(db).has_table("alembic_version"):
        return None
    version: str | None = db.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _upgrade(db: Connection, address: str) -> None:
    # Imported here: alembic costs a tenth of a second that an up-to-date store need not pay.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = db
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    version = _version(db)  # once more: another process may have been faster
    if version is not None and version not in known:
        raise StoreError(f"{address} was written by a newer Rapport. Update Rapport, or name another file.")
    command.upgrade(config, "head")
