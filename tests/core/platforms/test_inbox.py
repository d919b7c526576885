"""A bot's inbox over a real store: what is taken in once, what is left over, and what a failing store can't stop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import StoreError
from core.messages import Chat
from core.platforms.inbox import AlreadySent, Fate, Inbox, Taken
from core.store.inbox import StoredInbox
from core.store.store import Store
from core.store.values import Arrival
from tests.support.clock import skip
from tests.support.databases.chosen import on_disk
from tests.support.stores import ANN, HOME, ROOT, WORK, Clock, opened

BOT = "test:1"


def arrival(number: int, chat: Chat = HOME) -> Arrival:
    return Arrival(chat.key, f"m{number}", {"text": f"secret-{number}"})


class Counted(Counter[str]):
    def __call__(self, what: str) -> None:
        self[what] += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock, database: str) -> AsyncIterator[Store]:
    async with opened(tmp_path, clock=clock) as store:
        yield store


def inbox(store: Store, clock: Clock | None = None, counted: Counted | None = None) -> Inbox:
    """A bot's inbox, as a new process opens it."""
    return Inbox(store.inbox, BOT, 10, Counted() if counted is None else counted, clock or Clock())


async def test_what_came_before_is_not_taken_in_again(store: Store) -> None:
    first, second = await inbox(store).take_in([arrival(1), arrival(1)])
    assert first is not None
    assert second is None
    assert await inbox(store).take_in([arrival(1)]) == [None]
    (elsewhere,) = await inbox(store).take_in([arrival(1, WORK)])
    assert elsewhere is not None


async def test_what_was_not_answered_is_left_over_in_its_order(store: Store) -> None:
    taken = await inbox(store).take_in([arrival(number) for number in range(5)])
    assert taken[1] is not None
    async with taken[1]:
        await taken[1].begin_sending()
    left = await inbox(store).left_over()
    assert [one.update["text"] for one in left] == ["secret-0", "secret-2", "secret-3", "secret-4"]
    assert {one.fate for one in left} == {Fate.AGAIN}
    assert await Inbox(store.inbox, "test:2", 10).left_over() == []


async def test_what_may_have_been_sent_is_not_sent_again_and_counted(store: Store) -> None:
    (taken,) = await inbox(store).take_in([arrival(1)])
    assert taken is not None
    await taken.begin_sending()
    counted = Counted()
    assert await inbox(store, counted=counted).left_over() == []
    assert counted == {"maybe sent": 1}
    assert await inbox(store).left_over() == []


async def test_two_processes_send_one_answer(store: Store) -> None:
    (taken,) = await inbox(store).take_in([arrival(1)])
    (left,) = await inbox(store).left_over()
    assert taken is not None
    await left.taken.begin_sending()
    await left.taken.begin_sending()  # the second part of the same answer
    with pytest.raises(AlreadySent):
        await taken.begin_sending()


async def test_what_has_changed_the_memory_is_not_done_twice(store: Store) -> None:
    (taken,) = await inbox(store).take_in([arrival(1)])
    assert taken is not None

    remembered = asyncio.Event()

    async def answer() -> None:
        async with taken:
            await asyncio.create_task(store.remember(HOME, "bo", by=ANN))
            remembered.set()
            await asyncio.Event().wait()

    answering = asyncio.create_task(answer())
    await remembered.wait()
    answering.cancel()
    await asyncio.wait([answering])
    (left,) = await inbox(store).left_over()
    assert left.fate is Fate.INTERRUPTED


async def test_what_is_too_old_is_told_from_the_rest(store: Store, clock: Clock) -> None:
    await inbox(store).take_in([arrival(1)])
    clock.turn(601)
    await inbox(store).take_in([arrival(2)])
    assert [one.fate for one in await inbox(store, clock).left_over()] == [Fate.TOO_LATE, Fate.AGAIN]


async def begin_and_die(store: Store, begun: int) -> list[Fate]:
    """Begin to answer what is left over, as a process that dies when so many were begun; what becomes of it."""
    left = await inbox(store).left_over()
    beginning = {asyncio.create_task(one.taken.__aenter__()) for one in left}
    done = set[asyncio.Task[Taken]]()
    while len(done) < begun:
        done, _ = await asyncio.wait(beginning - done, return_when=asyncio.FIRST_COMPLETED)
        done = {one for one in beginning if one.done()}
    for one in beginning - done:
        one.cancel()
    await asyncio.wait(beginning)
    return [one.fate for one in left]


async def test_what_processes_die_of_is_given_up_and_what_was_beside_it_is_not(store: Store) -> None:
    await inbox(store).take_in([arrival(1), arrival(2, WORK)])
    assert await begin_and_die(store, 2) == [Fate.AGAIN, Fate.AGAIN]
    assert await begin_and_die(store, 1) == [Fate.AGAIN, Fate.AGAIN]  # the second waits for its turn, which never comes
    counted = Counted()
    assert [one.fate for one in await inbox(store, counted=counted).left_over()] == [Fate.INTERRUPTED, Fate.AGAIN]
    assert counted == {"given up": 1, "left over": 1}


async def test_what_a_stop_cut_off_or_the_platform_never_got_is_not_given_up(store: Store) -> None:
    await inbox(store).take_in([arrival(1)])
    for _ in range(3):
        (left,) = await inbox(store).left_over()
        assert left.fate is Fate.AGAIN
        with pytest.raises(asyncio.CancelledError):
            async with left.taken:
                raise asyncio.CancelledError
        (left,) = await inbox(store).left_over()
        assert left.fate is Fate.AGAIN
        async with left.taken:
            await left.taken.begin_sending()
            await left.taken.not_sent()


async def test_an_answer_that_surely_did_not_arrive_is_left_over(store: Store) -> None:
    (taken,) = await inbox(store).take_in([arrival(1)])
    assert taken is not None
    async with taken:
        await taken.begin_sending()
        await taken.not_sent()
    assert len(await inbox(store).left_over()) == 1


async def unsent(box: Inbox, number: int, chat: Chat = HOME) -> None:
    """Take something in whose answer never reaches the platform."""
    (taken,) = await box.take_in([arrival(number, chat)])
    assert taken is not None
    async with taken:
        await taken.begin_sending()
        await taken.not_sent()


async def test_what_the_platform_was_never_told_goes_before_what_its_chat_says_later(store: Store) -> None:
    box = inbox(store)
    await unsent(box, 1)
    later, elsewhere = await box.take_in([arrival(2), arrival(3, WORK)])
    assert later is not None
    assert elsewhere is not None
    assert later.must_wait()
    assert not elsewhere.must_wait()
    left = await box.unsent()
    assert [one.update["text"] for one in left] == ["secret-1", "secret-2"]
    assert {one.fate for one in left} == {Fate.AGAIN}
    assert not any(one.taken.must_wait() for one in left)
    assert not box.any_unsent


async def test_what_waits_for_the_platform_outlives_a_failing_store_and_is_forgotten_with_its_chat(
    store: Store, clock: Clock
) -> None:
    await store.set_setting(HOME, "replies", "all", ROOT)
    failing = Failing(store)
    box = Inbox(failing, BOT, 10, Counted(), clock)
    await unsent(box, 1)
    await unsent(box, 2, WORK)
    failing.fails = True
    assert await box.unsent() == []
    assert box.any_unsent
    failing.fails = False
    skip(11)
    await store.left(HOME, clock())
    await store.erase_expired(clock())
    assert [one.chat for one in await box.unsent()] == [WORK.key]
    (later,) = await box.take_in([arrival(3)])
    assert later is not None
    assert not later.must_wait()


async def test_what_the_store_could_not_be_told_to_be_unsent_is_taken_up_all_the_same(store: Store) -> None:
    failing = Failing(store)
    box = Inbox(failing, BOT, 10, Counted(), Clock())
    (taken,) = await box.take_in([arrival(1)])
    assert taken is not None
    async with taken:
        await taken.begin_sending()
        failing.fails = True
        await taken.not_sent()
    failing.fails = False
    skip(11)
    (left,) = await box.unsent()
    await left.taken.begin_sending()


async def test_talk_that_is_not_written_down_is_answered_once(store: Store, tmp_path: Path) -> None:
    box, before = inbox(store), on_disk(tmp_path)
    first, again = box.unrecorded(arrival(1)), box.unrecorded(arrival(1))
    async with first:
        pass
    assert on_disk(tmp_path) == before
    await first.begin_sending()
    with pytest.raises(AlreadySent):
        await again.begin_sending()


async def test_what_was_answered_leaves_no_byte_in_the_files(store: Store, clock: Clock, tmp_path: Path) -> None:
    (taken,) = await inbox(store).take_in([arrival(1)])
    assert b"secret-1" in on_disk(tmp_path)
    assert taken is not None
    async with taken:
        await taken.begin_sending()
    clock.turn(31)
    await store.erase_expired(clock())
    assert b"secret-1" not in on_disk(tmp_path)


async def test_what_a_forgotten_chat_had_said_goes_with_it(store: Store, clock: Clock, tmp_path: Path) -> None:
    await store.set_setting(HOME, "replies", "all", ROOT)
    await inbox(store).take_in([arrival(1), arrival(2, WORK)])
    await store.left(HOME, clock())
    await store.erase_expired(clock())
    assert b"secret-1" not in on_disk(tmp_path)
    assert [one.chat for one in await inbox(store).left_over()] == [WORK.key]


async def test_what_nobody_takes_up_is_dropped_after_a_day(store: Store, clock: Clock) -> None:
    await inbox(store).take_in([arrival(1)])
    clock.turn(26 * 3600)
    await store.erase_expired(clock())
    assert await inbox(store).left_over() == []


# ── a store that fails ────────────────────────────────────────────────────────────────────────────


class Failing(StoredInbox):
    """A store's inbox that fails, or keeps silent, while it is told to."""

    fails = False

    def __init__(self, store: Store) -> None:
        self.speaks = asyncio.Event()
        self.speaks.set()

        async def write(work, *args, **kwargs):  # type: ignore[no-untyped-def]
            if self.fails:
                raise StoreError("The disk is full.")
            outcome = await store._write(work, *args, **kwargs)
            await self.speaks.wait()
            return outcome

        async def read(work, *args, **kwargs):  # type: ignore[no-untyped-def]
            if self.fails:
                raise StoreError("The disk is gone.")
            return await store._read(work, *args, **kwargs)

        super().__init__(read, write, Clock(), lambda: timedelta(0), lambda: None)


async def test_while_the_store_fails_everything_is_taken_and_answered_all_the_same(store: Store) -> None:
    failing, counted = Failing(store), Counted()
    box = Inbox(failing, BOT, 10, counted, Clock())
    failing.fails = True
    for number in range(3):
        (taken,) = await box.take_in([arrival(number)])
        assert taken is not None
        async with taken:
            await taken.begin_sending()
    assert await box.take_in([arrival(2)]) == [None]
    assert counted == {"unrecorded": 3, "repeated": 1}
    failing.fails = False
    skip(11)
    await box.take_in([arrival(4)])
    assert len(await inbox(store).left_over()) == 1


async def test_where_several_processes_serve_a_bot_what_the_store_did_not_take_in_has_to_come_again(
    store: Store,
) -> None:
    failing = Failing(store)
    box = Inbox(failing, BOT, 10, Counted(), Clock(), leases=True)
    failing.fails = True
    with pytest.raises(StoreError):
        await box.take_in([arrival(1)])
    failing.fails = False
    skip(11)
    (taken,) = await box.take_in([arrival(1)])
    assert taken is not None
    assert len(await inbox(store).left_over()) == 1


async def test_what_was_answered_while_the_store_failed_is_deleted_when_it_is_back(store: Store) -> None:
    failing = Failing(store)
    box = Inbox(failing, BOT, 10, Counted(), Clock())
    (taken,) = await box.take_in([arrival(1)])
    assert taken is not None
    failing.fails = True
    async with taken:
        await taken.begin_sending()
    failing.fails = False
    skip(11)
    (other,) = await box.take_in([arrival(2)])
    assert other is not None
    async with other:
        pass
    assert await inbox(store).left_over() == []


async def test_a_store_that_keeps_silent_is_not_waited_for_and_leaves_nothing_behind(store: Store) -> None:
    failing = Failing(store)
    box = Inbox(failing, BOT, 10, Counted(), Clock())
    failing.speaks.clear()
    taking = asyncio.create_task(box.take_in([arrival(1)]))
    await asyncio.sleep(0.05)
    skip(16)
    (taken,) = await taking
    assert taken is not None
    async with taken:
        await taken.begin_sending()
    failing.speaks.set()
    skip(11)
    await asyncio.sleep(0.05)
    (other,) = await box.take_in([arrival(2)])
    assert other is not None
    async with other:
        pass
    assert await inbox(store).left_over() == []


async def test_what_another_account_left_is_taken_up_when_nobody_serves_that_any_more(store: Store) -> None:
    for bot in ("web:1", "web:2", "webs:1", "telegram:1"):
        await store.inbox.record(bot, [Arrival(f"{bot}:chat", "1", {"text": bot})])

    async def is_gone(account: str) -> bool:
        return account == "1"

    box = Inbox(store.inbox, "web:3", 10, clock=Clock(), is_gone=is_gone)
    assert [one.update["text"] for one in await box.left_over()] == ["web:1"]
    assert [len(await store.inbox.pending(bot)) for bot in ("web:1", "web:2", "webs:1", "telegram:1")] == [0, 1, 1, 1]
