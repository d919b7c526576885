"""Quotas that hold over all processes: a bucket for each key in the database, which empties within a minute."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete, func, literal, text

from core.store.schema import spent

_MINUTE = timedelta(minutes=1)
_SPEND = text(
    "INSERT INTO spent (key, level, at) VALUES (:key, CAST(:count AS double precision), clock_timestamp()) "
    "ON CONFLICT (key) DO UPDATE SET at = clock_timestamp(), level = CAST(:count AS double precision) + greatest(0, "
    "spent.level - extract(epoch FROM clock_timestamp() - spent.at) * CAST(:most AS double precision) / 60) "
    "WHERE CAST(:count AS double precision) + greatest(0, spent.level - "
    "extract(epoch FROM clock_timestamp() - spent.at) * CAST(:most AS double precision) / 60) "
    "<= CAST(:most AS double precision)"
)

_TURN = text(
    "INSERT INTO spent (key, level, at) VALUES (:key, 0, clock_timestamp()) ON CONFLICT (key) DO UPDATE "
    "SET at = greatest(clock_timestamp(), spent.at + CAST(:every AS interval)) "
    "RETURNING greatest(0, extract(epoch FROM at - clock_timestamp()))"
)


def spend(db: Connection, key: str, count: int, most: int) -> bool:
    """Count so many more under a key, on a server; false when that is more than `most` in a minute."""
    return db.execute(_SPEND, {"key": key, "count": float(count), "most": float(most)}).rowcount > 0


def turn(db: Connection, key: str, seconds: float) -> float:
    """Have the next turn at what is done once in so many seconds, on a server; returns the seconds until it."""
    return float(db.scalar(_TURN, {"key": key, "every": timedelta(seconds=seconds)}) or 0)


def drop_empty(db: Connection) -> None:
    """Drop the buckets that are empty by now."""
    db.execute(delete(spent).where(spent.c.at < func.now() - literal(_MINUTE)))
