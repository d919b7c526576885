"""The database under the store: transactions, the one hot reading, and leaving no traces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, NullPool, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.errors import StoreError
from core.store.keys.folder import KeyFolder
from core.store.schema import chats

_MIGRATION_LOCK = 0x52_41_50  # any number, the same in all of Rapport's processes
# What a server may take, in seconds. Somebody in a chat waits for it; `StoreBreaker` tells them earlier.
_CONNECTING = 4.0
_LOCKED = 4  # for another transaction that has the same row
_STATEMENT = 30  # the longest erasing of photos takes a second or so
_DRIVER = 40.0  # for a server that doesn't keep to that, since it hangs or the line is cut
_IDLE = 60  # in the middle of a transaction: what has its locks then is a process that hangs
_MIGRATING = 600  # another process's migration; one takes as long as it has to
SERVER: dict[str, Any] = {
    "connect_args": {
        "timeout": _CONNECTING,
        "command_timeout": _DRIVER,
        "server_settings": {
            "application_name": "rapport",
            "statement_timeout": f"{_STATEMENT}s",
            "lock_timeout": f"{_LOCKED}s",
            "idle_in_transaction_session_timeout": f"{_IDLE}s",
            "synchronous_commit": "on",  # an edit that was acknowledged outlives a crash, whatever the server's is
            "timezone": "UTC",
        },
    },
    "pool_pre_ping": True,  # a server that was started anew costs nobody an answer
    "pool_size": 4,
    "max_overflow": 4,
    "pool_timeout": _CONNECTING,
}
"""How SQLAlchemy connects to a server."""


class Database:
    """A PostgreSQL server. `core.store.sqlite` differs where SQLite must."""

    def __init__(self, url: URL, keys: KeyFolder | None = None, **options: Any) -> None:
        """`keys` are those that rows are encrypted with (`core.store.keys.sealing` asks a connection for them)."""
        self.keys = keys
        self._execution: dict[str, Any] = {"keys": keys}
        # Errors must not quote what people wrote: `hide_parameters`.
        self._url = url
        self._engine: AsyncEngine = create_async_engine(
            url, hide_parameters=True, execution_options=self._execution, **options
        )
        self._reader = self._reading_engine(url)
        self.address = self.address_of(url)

    @staticmethod
    def address_of(url: URL) -> str:
        """What a database is called in sentences: its file, or its URL without what may be secret."""
        file = url.get_backend_name() == "sqlite"
        return (url.database or "") if file else url.set(query={}).render_as_string(hide_password=True)

    def _reading_engine(self, url: URL) -> AsyncEngine:
        """All readings of one moment, and a pool of their own: an edit may read in the middle of its transaction."""
        options = {"hide_parameters": True, "execution_options": self._execution, **SERVER}
        return create_async_engine(url, isolation_level="REPEATABLE READ", **options)

    async def prepare(self) -> None:
        """Get ready to be used. Raises `core.errors.StoreError` when that can't be."""
        try:
            async with self._engine.connect() as connection:
                encoding = await connection.scalar(text("SHOW server_encoding"))
        except TypeError as error:  # what the driver makes of a parameter that it doesn't know
            raise StoreError(f"The store's URL has a parameter that can't be used. It is {self.address}?…") from error
        if encoding != "UTF8":
            raise StoreError(f"{self.address} keeps text as {encoding}: create the database with the encoding UTF8.")

    @property
    def is_shared(self) -> bool:
        """Whether several processes may serve one bot with it."""
        return True

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[AsyncConnection]:
        """A connection of its own, in which each statement is kept at once, for as long as the block runs."""
        options = {"poolclass": NullPool, "isolation_level": "AUTOCOMMIT", "connect_args": SERVER["connect_args"]}
        engine = create_async_engine(self._url, hide_parameters=True, **options)
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()

    async def check(self) -> None:
        """Read all of it. Raises `core.errors.StoreError` when it is damaged; a server looks after its own files."""

    async def keep_ledger(self) -> None:
        """Note what is let go of, so that no backup brings it back; a server's backups are its owner's business."""

    @asynccontextmanager
    async def turn(self, *, frees: bool = False) -> AsyncIterator[None]:  # noqa: ARG002 - a server has room of its own
        """The time in which one may write. `frees` says that it makes room, and may use what is held for that."""
        yield

    async def require_there(self) -> object:
        """Raise `StoreError` where the file of it isn't in its place any more; a server has none."""

    async def renew(self) -> None:
        """Open anew what a failure may have left useless. SQLAlchemy does so with connections to a server."""

    @property
    def holds_room(self) -> bool:
        """Whether room is held for forgetting on a full disk."""
        return False

    async def make_room(self) -> None:
        """Give what room is held to what makes more of it."""

    async def hold_room(self) -> None:
        """Hold that room again."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction whose readings all see the same moment."""
        async with self._reader.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is kept whole at the end, or not at all: in its `turn`."""
        async with self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction that waits for other processes' migrations."""
        async with self.turn(), self.writing() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{_MIGRATING}s'"))
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            yield connection

    async def state(self, key: str) -> tuple[int, dict[str, str]] | None:
        """Revision and settings of a chat, None if it has none: read for every message."""
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")  # one statement is of one moment
            row = (
                await connection.execute(select(chats.c.revision, chats.c.settings).where(chats.c.key == key))
            ).first()
        return (row.revision, row.settings) if row else None

    async def truncate_wal(self, erased: bool = True) -> None:
        """Rid the database's own logs of what was erased. A server's logs are its owner's business."""

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._reader.dispose()
        await self._engine.dispose()
        if self.keys is not None:
            self.keys.close()
