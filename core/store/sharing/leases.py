"""Which process answers a chat: leases in the database, which last for as long as their process shows that it lives.

A process that serves a bot is a row of `processes`, which it renews; by the database's clock it lives until a moment.
A chat that anything came in from is a row of `leases` with the process that answers it, "" for none. A living process
keeps its chats; those of a dead one, or of none, are taken by whoever has time for what waits in them. A dead one may
only have been slow: whatever it goes on to change or to send asks within its own transaction whether it still has the
chat (`held`), and the row of the lease, which is locked for that, keeps others from taking it meanwhile.

Where one process alone hears of a part of a bot's chats (a shard), that part is a bot of its own here, and there is one
lease on `ALL` of its chats (`core.store.sharing.shards`).

All of this is for a server. With a file one process serves a bot and has all of its chats: it is known by "", and has
no leases.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, literal, select, text, update

from core.errors import UserError
from core.store.schema import inbox, leases, processes
from core.store.values import Process

LIVES = timedelta(seconds=5)
"""How long a process lives after it has last said so; then others take its chats."""
ALL = ""
"""The chat of a lease on all of a bot's chats."""
# The same words in SQLite and PostgreSQL. The row of the chat is locked from here on, whether or not it is new: what
# comes in for one chat is written down one after the other, so that a later row has a higher id.
_NOTE = text(
    "INSERT INTO leases (bot, chat, process, used_at) VALUES (:bot, :chat, '', :at) "
    "ON CONFLICT (bot, chat) DO UPDATE SET used_at = excluded.used_at"
).columns()
_GONE = timedelta(minutes=1)  # after its death, before the row of a process goes


class TakenOver(UserError):
    """Another process answers the chat by now: what this one was about to change stays as it is."""

    def __init__(self) -> None:
        super().__init__("I'm answering that already.")


def live(db: Connection, bot: str, process: Process) -> int:
    """Say that a process lives; returns how many of the bot do."""
    until = func.now() + literal(LIVES)
    renewed = update(processes).where(processes.c.process == process.id).values(until=until)
    if not db.execute(renewed).rowcount:
        db.execute(delete(processes).where(processes.c.bot == bot, processes.c.until < func.now() - literal(_GONE)))
        where = {"address": process.address, "secret": process.secret}
        db.execute(insert(processes).values(process=process.id, bot=bot, until=until, **where))
    living = select(func.count()).where(processes.c.bot == bot, processes.c.until > func.now())
    return db.scalar(living) or 0


def end(db: Connection, process: str) -> None:
    """Say that a process lives no longer: others take its chats at once."""
    db.execute(delete(processes).where(processes.c.process == process))


def note(db: Connection, bot: str, chats: Collection[str], at: datetime) -> dict[str, str]:
    """Note that something came in from chats; returns the process that answers each, "" for none, or `ALL` of them."""
    whole = select(leases.c.process).where(leases.c.bot == bot, leases.c.chat == ALL)
    if (process := db.scalar(whole.with_for_update(read=True))) is not None:
        return dict.fromkeys([*chats, ALL], process)
    for chat in sorted(chats):
        db.execute(_NOTE, {"bot": bot, "chat": chat, "at": at})
    those = select(leases.c.chat, leases.c.process).where(leases.c.bot == bot, leases.c.chat.in_(chats))
    return {row.chat: row.process for row in db.execute(those)}


def take(db: Connection, bot: str, process: str, most: int) -> dict[str, str]:
    """Take up to so many of the chats in which something waits and which no living process has.

    Returns them, each with the dead process that had it, "" where none had.
    """
    if not _lives(db, process):
        return {}  # it was thought dead, or another one has begun: it has to say that it lives first
    alive = is_alive()
    waiting = exists().where(inbox.c.bot == bot, inbox.c.chat == leases.c.chat)
    free = select(leases.c.chat, leases.c.process).where(leases.c.bot == bot, waiting, ~alive)
    free = free.where(leases.c.process != process).order_by(leases.c.chat)
    found = db.execute(free.limit(most).with_for_update(of=leases, skip_locked=True)).all()
    if found:
        taken = leases.c.chat.in_([row.chat for row in found])
        db.execute(update(leases).where(leases.c.bot == bot, taken).values(process=process))
    return {row.chat: row.process for row in found}


def owner(db: Connection, bot: str, chat: str) -> Process | None:
    """The living process that has a chat."""
    columns = select(processes.c.process, processes.c.address, processes.c.secret)
    alive = (processes.c.process == leases.c.process) & (processes.c.until > func.now())
    row = db.execute(columns.join(leases, alive).where(leases.c.bot == bot, leases.c.chat == chat)).one_or_none()
    return None if row is None else Process(row.process, row.address, row.secret)


def owners(db: Connection, bot: str, chats: Collection[str], process: str) -> dict[str, str]:
    """Which of the chats a living process has, each with that.

    What `process` has counts also where it was too slow to say that it lives: nobody has taken that from it yet.
    """
    query = select(leases.c.chat, leases.c.process).where(leases.c.bot == bot, leases.c.chat.in_(chats))
    return {row.chat: row.process for row in db.execute(query.where((leases.c.process == process) | is_alive()))}


def claim(db: Connection, bot: str, chat: str, process: str, at: datetime) -> str | None:
    """Let a process have a chat that no living one has, though nothing may wait in it.

    Returns the dead one that had it, "" where none had; None where it wasn't to be had: a living one has it, maybe
    this one itself, or this one has to say first that it lives.
    """
    before = note(db, bot, [chat], at)[chat]
    # Its own it has already: that nobody took a chat from a process that was slow is no reason to begin it anew.
    if before == process or owner(db, bot, chat) or not _lives(db, process):
        return None
    db.execute(update(leases).where(leases.c.bot == bot, leases.c.chat == chat).values(process=process))
    return before


def _lives(db: Connection, process: str) -> bool:
    return bool(db.scalar(select(exists().where(processes.c.process == process, processes.c.until > func.now()))))


def any_free(db: Connection, bot: str) -> bool:
    """Whether something waits in a chat that no living process has."""
    alive = is_alive()
    here = (leases.c.bot == inbox.c.bot) & (leases.c.chat == inbox.c.chat)
    return bool(db.scalar(select(exists().where(inbox.c.bot == bot, here, ~alive))))


def is_alive() -> ColumnElement[bool]:
    """Whether the process that has a lease lives."""
    return exists().where(processes.c.process == leases.c.process, processes.c.until > func.now())


def has(process: str) -> ColumnElement[bool]:
    """What joins a row of the inbox with the lease by which the process answers it."""
    of_its_chat = (leases.c.bot == inbox.c.bot) & leases.c.chat.in_([inbox.c.chat, ALL])
    return of_its_chat & (leases.c.process == process)


def held(db: Connection, process: str, rows: Sequence[int]) -> list[int]:
    """Those rows of the inbox that the process answers still; no other takes them before the transaction is over.

    All of them where `process` is "": of bots whose chats have no leases.
    """
    if not process:
        return [*rows]
    query = select(inbox.c.id).join(leases, has(process)).where(inbox.c.id.in_(rows))
    return [*db.scalars(query.with_for_update(read=True, of=leases))]


def require(db: Connection, process: str, rows: Sequence[int]) -> None:
    """Raise `TakenOver` unless the process answers all of those rows still."""
    if {*rows} != {*held(db, process, rows)}:
        raise TakenOver


def let_go(db: Connection, bot: str, process: str, before: datetime) -> None:
    """Give up the chats of a process from which nothing came since then, and those that nobody has."""
    waiting = exists().where(inbox.c.bot == bot, inbox.c.chat == leases.c.chat)
    own = leases.c.process.in_([process, ""])
    db.execute(delete(leases).where(leases.c.bot == bot, own, leases.c.used_at < before, ~waiting))
