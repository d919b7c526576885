"""The inbox: what came in and isn't answered yet, so that nothing of it is lost when the program ends.

A row is written before a platform hears that its update has arrived, and deleted when the answer is out. Just before
the answer is sent the row is marked as `sending`: after a crash nobody can tell whether that one got through, so it is
not sent again. What an update changes in the chat's memory marks its row as `edited`, in the edit's own transaction:
after a crash it isn't done again. A row that is taken up again counts its tries, so that what kills the process each
time is given up. `core.platforms.inbox` is what platforms use.

Where several processes serve a bot, each chat is answered by one of them (`core.store.sharing.leases`): what another
one still does to the rows of that chat does nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, bindparam, delete, exists, select, text, update

from core.store.keys.sealing import ask, insert_row
from core.store.schema import UtcTime, answered, asked, inbox, leases, pointers
from core.store.sharing import leases as sharing
from core.store.sharing import spending
from core.store.sharing.announcing import Listeners, announce
from core.store.values import Arrival, Process, Received, Recorded

SAID, EDITED = "said {id}", "edited {id} {moment}"
"""What a message is marked by that is no command: as it came, and for each edit of it. A command has the id alone."""
_OBEYED = "obeyed {id}"  # and what it is marked by when it has changed the chat's memory
_NO_COMMANDS = (SAID.partition(" ")[0], EDITED.partition(" ")[0])

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AnsweredRows:
    """The rows that a task answers, for the process of that id; "" where chats have no leases."""

    rows: tuple[int, ...] = ()
    process: str = ""


UNDER_WAY: ContextVar[AnsweredRows] = ContextVar("inbox rows that are being answered", default=AnsweredRows())  # noqa: B039 - frozen
"""What the running task answers: what edits mark."""

_MARKS_KEPT = timedelta(days=2)  # platforms offer an update again for a day at most
_ROWS_KEPT = timedelta(days=1)  # of platforms that were turned off: nobody takes them up
_MOST_IDS = 10_000  # of one statement: SQLite takes 32,766 parameters, PostgreSQL's driver 32,767
_SLACK = timedelta(hours=1)  # so that an hour's worth goes at a time, not one each time somebody looks

# The same words in SQLite and PostgreSQL; SQLAlchemy has this only per dialect.
_MARK = text(
    "INSERT INTO answered (chat, message, at) VALUES (:chat, :message, :at) ON CONFLICT DO NOTHING"
).bindparams(bindparam("at", type_=UtcTime))


class Transaction(Protocol):
    """Runs work on the database in one transaction, to its end. Raises `core.errors.StoreError`."""

    async def __call__(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` returns."""
        ...


class StoredInbox:
    """The inboxes of all bots. Every method raises `core.errors.StoreError` when the database fails.

    `process` is the id of who does it, where the bot's chats have leases: on rows of chats that it hasn't (any more) it
    does nothing.
    """

    def __init__(
        self,
        read: Transaction,
        write: Transaction,
        steady: Callable[[], datetime],
        set_by: Callable[[], timedelta],
        deleted: Callable[[], None],
        listeners: Listeners | None = None,
    ) -> None:
        """`steady` is a clock that nobody sets, and `set_by` how far the system's was set meanwhile.

        `deleted` is told that rows were deleted, which the database's log still holds.
        """
        self._read, self._write, self._clock, self._set_by, self._deleted = read, write, steady, set_by, deleted
        self._listeners = listeners or Listeners()

    def listening(self, bot: str) -> AbstractContextManager[asyncio.Event]:
        """An event that is set when another process has written something down for a bot."""
        return self._listeners(f"inbox {bot}")

    async def record(self, bot: str, arrivals: Sequence[Arrival], process: str = "") -> list[Recorded | None]:
        """Write down what arrived, in this order; None for what arrived before.

        `bot` is whose inbox it is: platform and account, as "telegram:4242".
        """
        return await self._write(record, bot, arrivals, self._clock(), process)

    async def mark(self, arrival: Arrival) -> bool:
        """Mark something that isn't written down as taken; false when it was before."""
        return await self._write(first_time, arrival.chat, arrival.id, self._clock())

    async def was_obeyed(self, chat: str, message: str, *, as_command: bool) -> bool:
        """Whether a message of a chat, by its key, has changed its memory; unless it is one now, also as a command."""
        marks = [_OBEYED.format(id=message), *([] if as_command else [message])]
        return await self._read(_is_marked, chat, marks)

    async def begin_sending(self, rows: Sequence[int], process: str = "") -> bool:
        """Mark rows as being sent; false when they are already, or gone: another process answers them."""
        return await self._write(_begin_sending, rows, process)

    async def not_sent(self, rows: Sequence[int], process: str = "") -> None:
        """Take that mark back: nothing got through."""
        await self._write(_not_sent, rows, process)

    async def try_again(self, rows: Sequence[int], process: str = "") -> None:
        """Count one more try of rows that were left over, just before it begins."""
        await self._write(_count_tries, rows, process, 1)

    async def cut_off(self, rows: Sequence[int], process: str = "") -> None:
        """Take that back: the try ended without an answer, but it did no harm."""
        await self._write(_count_tries, rows, process, -1)

    async def done(self, rows: Sequence[int], process: str = "") -> None:
        """Delete rows: their answer is out."""
        if rows:
            await self._write(_done, rows, process)
            self._deleted()

    async def bots(self, platform: str) -> list[str]:
        """The bots of a platform that have received something and not answered."""
        return await self._read(_bots, platform)

    async def hand_over(self, bot: str, to: str) -> None:
        """Let what a bot has received and not answered be another one's."""
        await self._write(_hand_over, bot, to)

    async def pending(self, bot: str, process: str = "") -> list[Received]:
        """What a bot has received and not answered, in the order in which it arrived: when, by the system's clock.

        Of the chats that a `process` answers, where it is given.
        """
        return await self.read(await self.waiting(bot, process))

    async def waiting(self, bot: str, process: str = "") -> dict[int, str]:
        """The rows of that, in that order, each with its chat: quickly told, however much of it there is."""
        return await self._read(_waiting, bot, process)

    async def read(self, rows: Collection[int]) -> list[Received]:
        """What stands in rows, of those that are there still, in the order in which it arrived."""
        return [replace(one, at=one.at + self._set_by()) for one in await self._read(_read_rows, rows)]

    async def live(self, bot: str, process: Process) -> int:
        """Say that a process that serves the bot lives, for `leases.LIVES` from now; returns how many do."""
        return await self._write(sharing.live, bot, process)

    async def end(self, bot: str, process: str) -> None:
        """Say that it lives no longer, so that others take its chats at once."""
        await self._write(_end, bot, process)

    async def take_chats(self, bot: str, process: str, most: int) -> dict[str, str]:
        """Take chats in which something waits and which no living process has; each with the dead one that had it."""
        if not await self._read(sharing.any_free, bot):
            return {}
        return await self._write(sharing.take, bot, process, most)

    async def owner(self, bot: str, chat: str) -> Process | None:
        """The living process that has a chat."""
        return await self._read(sharing.owner, bot, chat)

    async def owners(self, bot: str, chats: Collection[str], process: str) -> dict[str, str]:
        """Which of the chats a living process has, or the asking one, each with that: `leases.owners`."""
        return await self._read(sharing.owners, bot, chats, process)

    async def claim(self, bot: str, chat: str, process: str) -> str | None:
        """Let a process have a chat that no living one has: `leases.claim`."""
        return await self._write(sharing.claim, bot, chat, process, self._clock())

    async def keep_chats(self, bot: str, chats: Collection[str]) -> None:
        """Let chats count as used just now, though nothing came from them."""
        await self._write(sharing.note, bot, chats, self._clock())

    async def let_go_of_chats(self, bot: str, process: str, idle: timedelta) -> None:
        """Give up chats of a process from which nothing came for so long."""
        await self._write(sharing.let_go, bot, process, self._clock() - idle)


def record(db: Connection, bot: str, arrivals: Sequence[Arrival], at: datetime, process: str) -> list[Recorded | None]:
    """Write arrivals down; None for what was marked before. Where chats have leases, others hear of what isn't ours.

    What came by a shard that another process has by now is that one's to write down.
    """
    rows: list[Recorded | None] = []
    whose = sharing.note(db, bot, {one.chat for one in arrivals}, at) if process else {}
    if whose.get(sharing.ALL, process) != process:
        return [None] * len(arrivals)
    older = defaultdict[str, tuple[int, ...]](tuple)
    if process:
        waiting = select(inbox.c.id, inbox.c.chat).where(inbox.c.bot == bot, inbox.c.chat.in_({*whose}))
        for id, chat in db.execute(waiting.order_by(inbox.c.id)).all():
            older[chat] += (id,)
    for one in arrivals:
        new = first_time(db, one.chat, one.id, at)
        values = {"bot": bot, "chat": one.chat, "at": at, "edited": False, "sending": False}
        values |= {"tries": 0, "message": one.id, "update": one.update}
        row = insert_row(db, inbox, values) if new else None
        rows.append(None if row is None else Recorded(row, whose.get(one.chat, "") == process, older[one.chat]))
    if not all(one.ours for one in rows if one):
        announce(db, f"inbox {bot}")
    return rows


def note_edit(db: Connection, answering: AnsweredRows, at: datetime) -> None:
    """Mark rows as having changed the chat's memory, in the transaction that does.

    So are their messages: whatever they are edited to, they were obeyed. Raises `TakenOver` when another process has
    them by now.
    """
    if not (rows := answering.rows):
        return
    if answering.process:
        sharing.require(db, answering.process, rows)
    db.execute(update(inbox).where(inbox.c.id.in_(rows)).values(edited=True))
    for chat, message in db.execute(select(inbox.c.chat, inbox.c.message).where(inbox.c.id.in_(rows))).all():
        kind, _, rest = message.partition(" ")
        if kind in _NO_COMMANDS:
            first_time(db, chat, _OBEYED.format(id=rest.partition(" ")[0]), at)


def first_time(db: Connection, chat: str, message: str, at: datetime) -> bool:
    """Mark a message as taken; false when it was marked before."""
    return db.execute(_MARK, {"chat": chat, "message": message, "at": at}).rowcount == 1


def _is_marked(db: Connection, chat: str, marks: Sequence[str]) -> bool:
    return bool(db.scalar(select(exists().where(answered.c.chat == chat, answered.c.message.in_(marks)))))


def any_old(db: Connection, now: datetime) -> bool:
    """Whether there are marks that no platform asks about any more, rows that none takes up, pointers to nothing."""
    marks = exists().where(answered.c.at <= now - _MARKS_KEPT - _SLACK)
    pointing = exists().where(pointers.c.until <= now) | exists().where(asked.c.until <= now)
    return bool(db.scalar(select(marks | pointing | exists().where(inbox.c.at <= now - _ROWS_KEPT - _SLACK))))


def drop_old(db: Connection, now: datetime) -> None:
    """Drop those."""
    db.execute(delete(answered).where(answered.c.at <= now - _MARKS_KEPT))
    db.execute(delete(inbox).where(inbox.c.at <= now - _ROWS_KEPT))
    for table in (pointers, asked):
        db.execute(delete(table).where(table.c.until <= now))
    if db.dialect.name != "sqlite":
        spending.drop_empty(db)


def _begin_sending(db: Connection, rows: Sequence[int], process: str) -> bool:
    waiting = update(inbox).where(inbox.c.id.in_(sharing.held(db, process, rows)), ~inbox.c.sending)
    return db.execute(waiting.values(sending=True)).rowcount > 0


def _not_sent(db: Connection, rows: Sequence[int], process: str) -> None:
    db.execute(update(inbox).where(inbox.c.id.in_(sharing.held(db, process, rows))).values(sending=False))


def _count_tries(db: Connection, rows: Sequence[int], process: str, more: int) -> None:
    those = inbox.c.id.in_(sharing.held(db, process, rows))
    db.execute(update(inbox).where(those).values(tries=inbox.c.tries + more))


def _done(db: Connection, rows: Sequence[int], process: str) -> None:
    db.execute(delete(inbox).where(inbox.c.id.in_(sharing.held(db, process, rows))))


def _bots(db: Connection, platform: str) -> list[str]:
    ours = inbox.c.bot.startswith(f"{platform}:", autoescape=True)
    return list(db.scalars(select(inbox.c.bot).where(ours).distinct()))


def _hand_over(db: Connection, bot: str, to: str) -> None:
    db.execute(update(inbox).where(inbox.c.bot == bot).values(bot=to))


def _end(db: Connection, bot: str, process: str) -> None:
    sharing.end(db, process)
    announce(db, f"inbox {bot}")


def _waiting(db: Connection, bot: str, process: str) -> dict[int, str]:
    query = select(inbox.c.id, inbox.c.chat).where(inbox.c.bot == bot).order_by(inbox.c.id)
    if process:
        query = query.join(leases, sharing.has(process))
    return {row.id: row.chat for row in db.execute(query)}


def _read_rows(db: Connection, rows: Collection[int]) -> list[Received]:
    some, found = sorted(rows), list[Received]()
    for start in range(0, len(some), _MOST_IDS):
        those = select(inbox).where(inbox.c.id.in_(some[start : start + _MOST_IDS])).order_by(inbox.c.id)
        for row in ask(db, those):
            taken = row.edited, row.sending, row.tries
            found.append(Received(row.id, row.chat, row.message, row.at, *taken, row.update))
    return found
