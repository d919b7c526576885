"""Who has signed in on the web page, for all processes that serve it: by digests, of cookies and of tokens."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager

from sqlalchemy import Connection, delete, insert, select

from core.store.inbox import Transaction
from core.store.schema import sign_ins
from core.store.sharing.announcing import Listeners, announce
from core.store.values import SignIn

_ENDED = "sign-in ended"  # what processes tell each other


class StoredSignIns:
    """The sign-ins, by the digests of their cookies. Every method raises `core.errors.StoreError`."""

    def __init__(self, read: Transaction, write: Transaction, listeners: Listeners) -> None:
        self._read, self._write, self._listeners = read, write, listeners

    def listening(self) -> AbstractContextManager[asyncio.Event]:
        """An event that is set when another process has ended one."""
        return self._listeners(_ENDED)

    async def find(self, digest: str) -> SignIn | None:
        """The sign-in, whether or not its time is over."""
        return await self._read(_find, digest)

    async def open(self, digest: str, new: SignIn, now: float, most_visitors: int) -> None:
        """Keep a new one; those whose time is over `now` go, and of visitors beyond so many the oldest."""
        await self._write(_open, digest, new, now, most_visitors)

    async def end(self, digest: str) -> None:
        """End one, everywhere."""
        await self._write(_end, digest)


def _find(db: Connection, digest: str) -> SignIn | None:
    row = db.execute(select(sign_ins).where(sign_ins.c.digest == digest)).one_or_none()
    return None if row is None else SignIn(row.owner, row.until, row.token)


def _open(db: Connection, digest: str, new: SignIn, now: float, most_visitors: int) -> None:
    db.execute(insert(sign_ins).values(digest=digest, owner=new.owner, until=new.until, token=new.token))
    newest = select(sign_ins.c.digest).where(~sign_ins.c.owner).order_by(sign_ins.c.until.desc())
    surplus = sign_ins.c.digest.in_(newest.offset(most_visitors))
    db.execute(delete(sign_ins).where((sign_ins.c.until < now) | surplus))


def _end(db: Connection, digest: str) -> None:
    db.execute(delete(sign_ins).where(sign_ins.c.digest == digest))
    announce(db, _ENDED)
