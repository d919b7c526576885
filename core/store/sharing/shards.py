"""Which process has which shards of a bot: the processes that live share them, each shard is one's alone.

A shard is a part of the bot's chats that reaches one connection only. It has an inbox of its own (`inbox_of`), and the
lease on it is one on all of its chats (`core.store.sharing.leases.ALL`), by which edits and sending are fenced.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, select, text, update

from core.messages import Chat
from core.store.inbox import Transaction
from core.store.schema import answered, leases
from core.store.sharing import spending
from core.store.sharing.leases import ALL, end, is_alive, live
from core.store.values import Process

_NEW = text(
    "INSERT INTO leases (bot, chat, process, used_at) VALUES (:bot, :chat, '', now()) ON CONFLICT DO NOTHING"
).columns()


@dataclass(frozen=True, slots=True)
class Shards:
    """Those of a `bot`'s `count` shards that a process may have: the `ids`."""

    bot: str
    count: int
    ids: Sequence[int]

    def inbox_of(self, id: int) -> str:
        """Whose inbox has what comes in by a shard."""
        return f"{self.bot}:{id}/{self.count}"


@dataclass(frozen=True, slots=True)
class Share:
    """The shards that a process has, each with when somebody was last connected for it; `most` is its share of them."""

    heard: Mapping[int, datetime]
    most: int


class StoredShards:
    """The shards of all bots. Every method raises `core.errors.StoreError`."""

    def __init__(self, read: Transaction, write: Transaction) -> None:
        self._read, self._write = read, write

    async def hold(self, shards: Shards, process: str, connected: Collection[int], ended: Collection[int]) -> Share:
        """Say that a process lives, and is connected for some shards; give up those that it has `ended`.

        It takes shards that no living process has, up to its share. None while a living process has any of another
        count of them: servers are on other shards then.
        """
        return await self._write(hold_share, shards, process, connected, ended)

    async def end(self, process: str) -> None:
        """Say that a process lives no longer, so that others take its shards at once."""
        await self._write(end, process)

    async def turn(self, key: str, seconds: float) -> float:
        """Have the next turn at what all processes do once in so many seconds; returns the seconds until it."""
        return await self._write(spending.turn, key, seconds)

    async def chats(self, platform: str, most: int) -> list[Chat]:
        """Those of a platform in which something was answered within two days, the latest first."""
        return await self._read(latest_chats, platform, most)


def hold_share(
    db: Connection, shards: Shards, process: str, connected: Collection[int], ended: Collection[int]
) -> Share:
    """What `StoredShards.hold` does, in a transaction."""
    # Those that may have other shards share among themselves.
    living = live(db, f"{shards.bot}:{','.join(map(str, shards.ids))}/{shards.count}", Process(process))
    names = {shards.inbox_of(id): id for id in shards.ids}
    own, mine = leases.c.chat == ALL, leases.c.process == process
    for ids, values in ((connected, {"used_at": func.now()}), (ended, {"process": ""})):
        if ids:
            db.execute(update(leases).where(own, mine, leases.c.bot.in_(map(shards.inbox_of, ids))).values(values))
    # Where they can't be divided evenly, some processes have one more than others.
    least, more = divmod(len(shards.ids), living)
    counting = select(leases.c.process, func.count()).where(own, leases.c.bot.in_(names), is_alive())
    counts = db.execute(counting.group_by(leases.c.process)).all()
    with_more = sorted(one for one, count in counts if count > least)
    most = least + (process in with_more[:more] or (process not in with_more and len(with_more) < more))
    held = dict(db.execute(select(leases.c.bot, leases.c.used_at).where(own, mine, leases.c.bot.in_(names))).all())
    if len(held) < most:
        held |= take_free(db, shards, process, names, most - len(held))
    return Share({names[name]: held[name] for name in sorted(held, key=lambda name: names[name])}, most)


def take_free(db: Connection, shards: Shards, process: str, names: Collection[str], most: int) -> dict[str, datetime]:
    """Take up to `most` of those shards, by the `names` of their inboxes, that no living process has."""
    alive = is_alive()
    own, of_bot = leases.c.chat == ALL, leases.c.bot.startswith(f"{shards.bot}:", autoescape=True)
    if db.scalar(select(exists().where(own, of_bot, ~leases.c.bot.endswith(f"/{shards.count}"), alive))):
        return {}
    there = {*db.scalars(select(leases.c.bot).where(own, leases.c.bot.in_(names)))}
    for name in names:
        if name not in there:
            db.execute(_NEW, {"bot": name, "chat": ALL})
    free = select(leases.c.bot, leases.c.used_at).where(own, leases.c.bot.in_(names), ~alive).order_by(leases.c.bot)
    found = dict(db.execute(free.limit(most).with_for_update(of=leases, skip_locked=True)).all())
    db.execute(update(leases).where(own, leases.c.bot.in_(found)).values(process=process))
    return found


def latest_chats(db: Connection, platform: str, most: int) -> list[Chat]:
    """What `StoredShards.chats` does, in a transaction."""
    here = answered.c.chat.startswith(f"{platform}:", autoescape=True)
    latest = select(answered.c.chat).where(here).group_by(answered.c.chat).order_by(func.max(answered.c.at).desc())
    return [Chat.of(key) for key in db.scalars(latest.limit(most))]
