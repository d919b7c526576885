"""What a chat's messages are about, for the process that takes the chat over: which photos, by the platform's ids.

The photos themselves stay with the platform, and are fetched again when somebody speaks of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select

from core.store.inbox import Transaction
from core.store.schema import pointers


@dataclass(frozen=True, slots=True, repr=False)
class Pointer:
    """A message of a chat's thread that is `about` the photos of a message: itself, where it has `files`.

    `asks` says that it is a question of ours. `files` are what the platform knows the photos by.
    """

    message: str
    about: str
    thread: str = ""
    asks: bool = False
    files: Sequence[Mapping[str, Any]] = ()


class StoredPointers:
    """The pointers of all bots and chats, by the chat's key. Every method raises `core.errors.StoreError`."""

    def __init__(self, read: Transaction, write: Transaction) -> None:
        self._read, self._write = read, write

    async def keep(self, bot: str, chat: str, new: Sequence[Pointer], lifetime: timedelta) -> None:
        """Keep pointers for so long, in place of older ones of the same messages."""
        await self._write(_keep, bot, chat, new, lifetime)

    async def of(self, bot: str, chat: str) -> list[Pointer]:
        """Those of a chat that hold still, the oldest first."""
        return await self._read(_of, bot, chat)


def _keep(db: Connection, bot: str, chat: str, new: Sequence[Pointer], lifetime: timedelta) -> None:
    here = (pointers.c.bot == bot) & (pointers.c.chat == chat)
    db.execute(delete(pointers).where(here, pointers.c.message.in_([one.message for one in new])))
    for one in new:
        values: dict[str, Any] = {"bot": bot, "chat": chat, "message": one.message, "about": one.about}
        values |= {"thread": one.thread, "asks": one.asks, "files": [*one.files]}
        values |= {"until": func.now() + literal(lifetime)}
        db.execute(insert(pointers).values(values))


def _of(db: Connection, bot: str, chat: str) -> list[Pointer]:
    here = (pointers.c.bot == bot) & (pointers.c.chat == chat) & (pointers.c.until > func.now())
    rows = db.execute(select(pointers).where(here).order_by(pointers.c.until)).all()
    return [Pointer(row.message, row.about, row.thread, row.asks, tuple(row.files)) for row in rows]
