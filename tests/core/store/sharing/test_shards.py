"""Processes share a bot's shards: each has some, gets those of a dead one, and does nothing by one that it has lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from core.platforms.inbox import AlreadySent, Inbox
from core.store.sharing.leases import TakenOver
from core.store.sharing.shards import Shards, Share
from core.store.store import Store
from core.store.values import Arrival
from tests.support.databases.chosen import execute
from tests.support.stores import ANN, HOME, Clock, opened

pytestmark = pytest.mark.postgres

FOUR = Shards("test:1", 4, range(4))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as store:
        yield store


async def hold(store: Store, process: str, shards: Shards = FOUR, ended: Collection[int] = ()) -> list[int]:
    """What a process that lives has from now on."""
    return [*(await store.shards.hold(shards, process, (), ended)).heard]


def dies(folder: Path, process: str) -> None:
    """Let a process have said nothing for too long; it may go on all the same."""
    execute(folder, f"UPDATE processes SET until = now() - interval '1 second' WHERE process = '{process}'")  # noqa: S608


def inbox(store: Store, process: str, shard: int = 0) -> Inbox:
    return Inbox(store.inbox, FOUR.inbox_of(shard), 10, clock=Clock(), process=process)


def arrival(number: int) -> Arrival:
    return Arrival(HOME.key, f"m{number}", {"number": number})


async def test_one_process_has_all_shards_and_gives_those_up_that_are_anothers_share(store: Store) -> None:
    assert await hold(store, "a") == [0, 1, 2, 3]
    assert await hold(store, "b") == []
    share = await store.shards.hold(FOUR, "a", (), ())
    assert ([*share.heard], share.most) == ([0, 1, 2, 3], 2)
    assert await hold(store, "a", ended=[2, 3]) == [0, 1]
    assert await hold(store, "b") == [2, 3]
    assert await hold(store, "c") == []
    had = {name: await store.shards.hold(FOUR, name, (), ()) for name in "abc"}
    assert {name: one.most for name, one in had.items()} == {"a": 2, "b": 1, "c": 1}
    assert await hold(store, "b", ended=[3]) == [2]
    assert await hold(store, "c") == [3]
    assert await hold(store, "d") == []
    had = {name: await store.shards.hold(FOUR, name, (), ()) for name in "abcd"}
    assert {one.most for one in had.values()} == {1}


async def test_many_take_at_once_and_no_shard_is_taken_twice(store: Store) -> None:
    shards = Shards("test:1", 16, range(16))
    names = [f"process {number}" for number in range(4)]
    for _ in range(3):
        had = await asyncio.gather(*(hold(store, name, shards) for name in names))
    assert Counter(id for one in had for id in one) == Counter(range(16))


async def test_what_a_dead_process_had_is_taken_with_when_it_was_last_connected(store: Store, tmp_path: Path) -> None:
    await hold(store, "a")
    before = await store.shards.hold(FOUR, "a", (), ())
    after = await store.shards.hold(FOUR, "a", [1, 2], ())
    assert [id for id in range(4) if after.heard[id] == before.heard[id]] == [0, 3]
    dies(tmp_path, "a")
    assert await store.shards.hold(FOUR, "b", (), ()) == Share(after.heard, 4)
    assert await hold(store, "a") == []


async def test_those_that_may_have_other_shards_share_among_themselves(store: Store) -> None:
    assert await hold(store, "a", Shards("test:1", 4, (0, 1))) == [0, 1]
    assert await hold(store, "b", Shards("test:1", 4, (2, 3))) == [2, 3]
    assert await hold(store, "c", Shards("test:2", 4, (0,))) == [0]  # another bot's


async def test_none_is_taken_while_a_process_has_some_of_another_number_of_them(store: Store) -> None:
    await hold(store, "a")
    two = Shards("test:1", 2, range(2))
    assert await hold(store, "b", two) == []
    await store.shards.end("a")
    assert await hold(store, "b", two) == [0, 1]


async def test_who_has_lost_a_shard_writes_edits_and_sends_nothing_of_it(store: Store, tmp_path: Path) -> None:
    await hold(store, "a")
    first = inbox(store, "a")
    [mine, also] = [one for one in await first.take_in([arrival(1), arrival(2)]) if one]
    assert mine.ours
    dies(tmp_path, "a")
    await hold(store, "b")
    assert await first.take_in([arrival(3)]) == [None]
    async with mine:
        with pytest.raises(TakenOver):
            await store.remember(HOME, "bo", by=ANN)
        with pytest.raises(AlreadySent):
            await mine.begin_sending()
    await also.not_sent()
    assert await store.concepts(HOME) == ()
    second = inbox(store, "b")
    left = await second.left_over()
    assert [one.update["number"] for one in left] == [1, 2]
    async with left[0].taken:
        await store.remember(HOME, "bo", by=ANN)
        await left[0].taken.begin_sending()
    assert [one.name for one in await store.concepts(HOME)] == ["bo"]
    [new, again] = await second.take_in([arrival(3), arrival(1)])
    assert new is not None
    assert again is None
    assert await inbox(store, "b", shard=1).left_over() == []


async def test_what_is_done_once_in_some_seconds_is_done_in_turn(store: Store) -> None:
    assert await store.shards.turn("connect", 100) == 0
    assert [round(await store.shards.turn("connect", 100) / 10) for _ in range(2)] == [10, 20]
    assert await store.shards.turn("something else", 100) == 0
