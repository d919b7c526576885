from datetime import timedelta
from pathlib import Path

import pytest

from core.messages import Chat, Sender
from core.store.values import Arrival
from tests.support.databases.chosen import on_disk
from tests.support.stores import ANN, HOME, ROOT, WORK, Clock, opened, reference

SECRET = b"a photo that nobody may find"


async def test_a_message_is_new_only_once_also_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert await store.inbox.mark(Arrival(HOME.key, "1", {}))
        assert not await store.inbox.mark(Arrival(HOME.key, "1", {}))
        assert await store.inbox.mark(Arrival(WORK.key, "1", {}))
    async with opened(tmp_path) as store:
        assert not await store.inbox.mark(Arrival(HOME.key, "1", {}))
        assert await store.inbox.mark(Arrival(HOME.key, "2", {}))


async def test_marks_are_dropped_when_no_platform_asks_any_more(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await store.inbox.mark(Arrival(HOME.key, "old", {}))
        clock.turn(timedelta(days=1).total_seconds())
        await store.erase_expired(clock())
        assert not await store.inbox.mark(Arrival(HOME.key, "old", {}))
        clock.turn(timedelta(days=1, hours=2).total_seconds())
        await store.erase_expired(clock())
        assert await store.inbox.mark(Arrival(HOME.key, "old", {}))


async def test_a_left_chat_keeps_its_memory_until_its_time_comes_and_then_loses_every_byte(
    tmp_path: Path,
) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference(SECRET * 300)])
        await store.set_setting(HOME, "replies", "all", ROOT)
        await store.remember(WORK, "rex", by=ANN)
        await store.left(HOME, clock() + timedelta(days=30))
        clock.turn(timedelta(days=29).total_seconds())
        await store.erase_expired(clock())
        assert len(await store.concepts(HOME)) == 1
        clock.turn(timedelta(days=1).total_seconds())
        assert await store.erase_expired(clock()) == 1
        assert await store.concepts(HOME) == ()
        assert await store.state(HOME) == await store.state(Chat("test", "never"))
        assert len(await store.concepts(WORK)) == 1
        assert SECRET not in on_disk(tmp_path)


async def test_a_chat_that_asks_the_bot_back_in_time_has_lost_nothing(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await store.remember(HOME, "bo", by=ANN)
        await store.left(HOME, clock() + timedelta(days=1))
        await store.left(HOME, None)
        clock.turn(timedelta(days=2).total_seconds())
        assert await store.erase_expired(clock()) == 0
        assert len(await store.concepts(HOME)) == 1


async def test_an_overdue_chat_is_erased_when_the_store_opens(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await store.remember(HOME, "bo", by=ANN)
        await store.left(HOME, clock() + timedelta(days=1))
    clock.turn(timedelta(days=2).total_seconds())
    async with opened(tmp_path, clock=clock) as store:
        assert await store.concepts(HOME) == ()


@pytest.mark.parametrize("until", [None, Clock()() + timedelta(days=1)])
async def test_leaving_a_chat_that_was_taught_nothing_writes_nothing(tmp_path: Path, until: object) -> None:
    async with opened(tmp_path) as store:
        await store.left(HOME, until)  # type: ignore[arg-type]
        assert (await store.state(HOME)).revision == 0


async def test_who_wrote_in_the_name_of_a_group_goes_on_as_the_group_that_it_became(tmp_path: Path) -> None:
    old, new = Chat("telegram", "-5"), Chat("telegram", "-1005")
    before, after = Sender("-5", "Pets", is_chat=True), Sender("-1005", "Pets", is_chat=True)
    async with opened(tmp_path) as store:
        bo = (await store.remember(old, "bo", by=before, references=[reference()])).concept
        await store.remember(old, "mia", by=ANN, references=[reference()])
        await store.move(old, new)
        await store.rename(new, bo.id, "rex", after)
        assert (await store.undo(new, after)).name == "bo"
        assert (await store.usage_of(new, after)).references == 1
        assert (await store.usage_of(new, ANN)).references == 1
