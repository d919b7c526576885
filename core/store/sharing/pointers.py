"""What a chat's messages are about and what people were asked there, for the process that takes the chat over.

The photos themselves stay with the platform, which knows them by the ids that are kept here, and are fetched again when
somebody speaks of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, literal, select

from core.store.inbox import Transaction
from core.store.keys.sealing import ask, insert_row
from core.store.schema import asked, pointers

_MOST_RECALLED = 4  # messages with photos


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


@dataclass(frozen=True, slots=True, repr=False)
class AskedPerson:
    """What a person was asked last in a chat's thread, as JSON has it; None: nothing that is open still."""

    person: str
    thread: str
    question: Mapping[str, Any] | None


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

    async def ask(self, bot: str, chat: str, new: AskedPerson, lifetime: timedelta) -> None:
        """Keep what a person was asked for so long, in place of what they were asked before in that thread."""
        await self._write(_ask, bot, chat, new, lifetime)

    async def asked(self, bot: str, chat: str) -> list[AskedPerson]:
        """What people were asked in a chat and may answer still."""
        return await self._read(_asked, bot, chat)


def recalled(kept: Sequence[Pointer]) -> Sequence[Pointer]:
    """Those of a chat's pointers whose photos are fetched again by who takes it over: the last ones that have any."""
    return [one for one in kept if one.files][-_MOST_RECALLED:]


def _keep(db: Connection, bot: str, chat: str, new: Sequence[Pointer], lifetime: timedelta) -> None:
    here = (pointers.c.bot == bot) & (pointers.c.chat == chat)
    db.execute(delete(pointers).where(here, pointers.c.message.in_([one.message for one in new])))
    for one in new:
        values: dict[str, Any] = {"bot": bot, "chat": chat, "message": one.message, "about": one.about}
        values |= {"thread": one.thread, "asks": one.asks, "files": [*one.files] or None}
        insert_row(db, pointers, {**values, "until": func.now() + literal(lifetime)})


def _of(db: Connection, bot: str, chat: str) -> list[Pointer]:
    here = (pointers.c.bot == bot) & (pointers.c.chat == chat) & (pointers.c.until > func.now())
    rows = ask(db, select(pointers).where(here).order_by(pointers.c.until, pointers.c.id)).all()
    return [Pointer(row.message, row.about, row.thread, row.asks, tuple(row.files or ())) for row in rows]


def _ask(db: Connection, bot: str, chat: str, new: AskedPerson, lifetime: timedelta) -> None:
    whose = (asked.c.bot == bot) & (asked.c.chat == chat)
    whose &= (asked.c.thread == new.thread) & (asked.c.person == new.person)
    db.execute(delete(asked).where(whose))
    if new.question is not None:
        values = {"bot": bot, "chat": chat, "thread": new.thread, "person": new.person}
        until = func.now() + literal(lifetime)
        insert_row(db, asked, {**values, "question": {**new.question}, "until": until})


def _asked(db: Connection, bot: str, chat: str) -> list[AskedPerson]:
    here = (asked.c.bot == bot) & (asked.c.chat == chat) & (asked.c.until > func.now())
    rows = ask(db, select(asked).where(here)).all()
    return [AskedPerson(row.person, row.thread, row.question) for row in rows]
