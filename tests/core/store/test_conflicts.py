"""Transactions that stand in each other's way on a server: they are tried again, and nobody hears of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.databases.chosen import execute
from tests.support.databases.postgres import Cluster
from tests.support.stores import ANN, BEN, HOME, WORK, opened

pytestmark = pytest.mark.postgres

_LOCK = text("UPDATE chats SET revision = revision + 1 WHERE key = :key")
_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def deadlocks(server: Cluster, folder: Path) -> int:
    """How many the server has ended in the folder's database, by connections that are closed."""
    counts = server.sql("SELECT datname, deadlocks FROM pg_stat_database WHERE datname IS NOT NULL")
    return int(dict(line.split("|") for line in counts.splitlines())[server.name(folder)])


async def test_a_transaction_that_ends_in_a_deadlock_is_tried_again(server: Cluster, tmp_path: Path) -> None:
    name = server.name(tmp_path)
    execute(tmp_path, f"ALTER DATABASE {name} SET deadlock_timeout = '50ms'")
    engine = create_async_engine(server.address(name, "postgres"))
    async with opened(tmp_path) as store:
        for chat in (HOME, WORK):
            await store.remember(chat, "bo", by=ANN)
        async with engine.connect() as other:
            await other.execute(text("SET deadlock_timeout = '1h'"))  # it is never the one that is taken back
            await other.execute(_LOCK, {"key": WORK.key})
            moving = asyncio.create_task(store.move(HOME, WORK))  # has one chat, and waits for the other
            while not await other.scalar(_WAITING):  # noqa: ASYNC110 - nothing tells of another connection's lock
                await asyncio.sleep(0.01)
            await other.execute(_LOCK, {"key": HOME.key})
            await other.commit()
        await moving
        assert sorted(one.name for one in await store.concepts(WORK)) == ["bo", "bo (2)"]
        assert store.fault is None
    await engine.dispose()
    assert deadlocks(server, tmp_path) == 1


async def test_chats_that_become_each_other_at_once_wait_for_each_other(server: Cluster, tmp_path: Path) -> None:
    execute(tmp_path, f"ALTER DATABASE {server.name(tmp_path)} SET deadlock_timeout = '20ms'")
    async with opened(tmp_path) as store, opened(tmp_path) as other:
        for number in range(10):
            for chat in (HOME, WORK):
                await store.remember(chat, f"{chat.id} {number}", by=ANN)
            await asyncio.gather(store.move(HOME, WORK), other.move(WORK, HOME))
            known = [one.name for chat in (HOME, WORK) for one in await store.concepts(chat)]
            assert len(known) == 2 * (number + 1)
    assert deadlocks(server, tmp_path) == 0


async def test_where_the_server_makes_every_transaction_serializable_edits_go_on(
    server: Cluster, tmp_path: Path
) -> None:
    execute(tmp_path, f"ALTER DATABASE {server.name(tmp_path)} SET default_transaction_isolation = 'serializable'")
    async with opened(tmp_path) as store, opened(tmp_path) as other:
        await store.remember(HOME, "bo", by=ANN)
        before = await store.revision(HOME)
        await asyncio.gather(
            *(store.remember(HOME, f"a{number}", by=ANN) for number in range(3)),
            *(other.remember(HOME, f"b{number}", by=BEN) for number in range(3)),
        )
        assert await store.revision(HOME) == before + 6
        assert len(await other.concepts(HOME)) == 7
