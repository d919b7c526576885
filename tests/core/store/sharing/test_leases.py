"""Two processes with one store: each chat is answered by one of them, and by the other when that one is dead."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import StoreError
from core.messages import Chat
from core.platforms.inbox import AlreadySent, Fate, Inbox, LeftOver
from core.store.sharing.leases import TakenOver
from core.store.sharing.pointers import AskedPerson, Pointer
from core.store.store import Store
from core.store.values import Arrival, Process
from tests.support.databases.chosen import as_it_stands, execute, on_disk
from tests.support.stores import ANN, HOME, ROOT, WORK, Clock, opened

pytestmark = pytest.mark.postgres

BOT = "test:1"


def arrival(number: int, chat: Chat = HOME) -> Arrival:
    return Arrival(chat.key, f"m{number}", {"number": number})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as store:
        yield store


async def process(store: Store) -> Inbox:
    """The inbox of a process that lives."""
    box = Inbox(store.inbox, BOT, 10, clock=Clock(), leases=True)
    await box.live()
    return box


def dies(folder: Path, box: Inbox) -> None:
    """Let a process have said nothing for too long; it may go on all the same."""
    execute(folder, f"UPDATE processes SET until = now() - interval '1 second' WHERE process = '{box.process}'")  # noqa: S608


async def take_in(box: Inbox, *arrivals: Arrival) -> list[bool]:
    """Write arrivals down; for each whether it is this process that answers it."""
    return [one is not None and one.ours for one in await box.take_in(arrivals)]


async def owner(box: Inbox) -> str | None:
    """The id of the process that answers `HOME`."""
    found = await box.owner(HOME.key)
    return found.id if found else None


async def due(box: Inbox) -> list[LeftOver]:
    return (await box.due())[1]


def numbers(left: list[LeftOver]) -> list[int]:
    return [one.update["number"] for one in left]


async def test_a_chat_is_answered_by_one_process_wherever_its_messages_come_in(store: Store) -> None:
    first, second = await process(store), await process(store)
    assert await first.live() == 2
    assert await take_in(first, arrival(1)) == [False]  # nobody has the chat yet
    assert numbers(await due(second)) == [1]
    assert await due(first) == []
    assert await take_in(first, arrival(2)) == [False]
    [third] = await second.take_in([arrival(3)])
    assert third is not None
    assert (third.ours, third.behind) == (True, True)
    assert numbers(await due(second)) == [2]
    [fourth] = await second.take_in([arrival(4)])
    assert fourth is not None
    assert (fourth.ours, fourth.behind) == (True, False)
    assert await due(second) == []
    assert [one.fate for one in await due(first)] == []


async def test_what_a_dead_process_had_is_taken_over_in_its_order_and_what_it_still_does_has_no_effect(
    store: Store, tmp_path: Path
) -> None:
    first, second = await process(store), await process(store)
    await take_in(first, arrival(1))
    [mine] = await due(first)
    [also] = [one for one in await first.take_in([arrival(2)]) if one]
    assert await due(second) == []
    dies(tmp_path, first)
    left = await due(second)
    assert numbers(left) == [1, 2]
    assert {one.fate for one in left} == {Fate.AGAIN}
    async with mine.taken:
        with pytest.raises(TakenOver):
            await store.remember(HOME, "bo", by=ANN)
        with pytest.raises(AlreadySent):
            await mine.taken.begin_sending()
    assert await store.concepts(HOME) == ()
    await also.not_sent()
    assert len(await store.inbox.pending(BOT)) == 2
    async with left[0].taken:
        await store.remember(HOME, "bo", by=ANN)
        await left[0].taken.begin_sending()
    assert [one.tries for one in await store.inbox.pending(BOT)] == [0]
    assert [one.name for one in await store.concepts(HOME)] == ["bo"]


async def test_who_was_only_slow_keeps_the_chats_that_nobody_took(store: Store, tmp_path: Path) -> None:
    first, second = await process(store), await process(store)
    await take_in(first, arrival(1), arrival(2, WORK))
    [home, work] = await due(first)
    dies(tmp_path, first)
    assert await due(first) == []
    await first.live()
    assert await due(second) == []
    for one in (home, work):
        async with one.taken:
            await one.taken.begin_sending()
    assert await store.inbox.pending(BOT) == []


async def test_a_chat_that_comes_back_is_answered_from_what_is_written_down(store: Store, tmp_path: Path) -> None:
    first, second = await process(store), await process(store)
    await take_in(first, arrival(1))
    assert numbers(await due(first)) == [1]
    dies(tmp_path, first)
    assert numbers(await due(second)) == [1]
    await first.live()
    await second.end()
    chats, left = await first.due()
    assert (list(chats), numbers(left)) == ([HOME.key], [1])


async def test_many_take_at_once_and_nothing_is_taken_twice(store: Store) -> None:
    boxes = [await process(store) for _ in range(4)]
    await boxes[0].take_in([arrival(number, Chat("test", str(number))) for number in range(60)])
    found = list[int]()
    while len(found) < 60:
        await asyncio.gather(*(box.live() for box in boxes))  # on a slow machine they would be thought dead
        found += [number for left in await asyncio.gather(*map(due, boxes)) for number in numbers(left)]
    assert sorted(found) == list(range(60))


async def test_those_who_wait_hear_of_what_comes_in_and_of_edits(store: Store, tmp_path: Path) -> None:
    async with opened(tmp_path) as other:
        listening = asyncio.create_task(other.listen())
        box, checked = await process(store), asyncio.Event()

        async def check() -> None:
            checked.set()

        with other.inbox.listening(BOT) as heard:
            watching = asyncio.create_task(other.watch(HOME, check, 3600))
            while not heard.is_set():  # until it listens
                await take_in(box, arrival(len(await store.inbox.pending(BOT))))
                await asyncio.sleep(0.05)
        await store.remember(HOME, "bo", by=ANN)
        await checked.wait()
        for task in (watching, listening):
            task.cancel()
        await asyncio.gather(watching, listening, return_exceptions=True)


async def test_one_at_a_time_does_what_one_has_to_and_the_next_takes_over(store: Store, tmp_path: Path) -> None:
    async with opened(tmp_path) as other:
        began: list[str] = []
        first_began, second_began = asyncio.Event(), asyncio.Event()

        async def work(who: str, event: asyncio.Event) -> None:
            began.append(who)
            event.set()
            await asyncio.Event().wait()

        first = asyncio.create_task(store.alone("poll", lambda: work("first", first_began)))
        await first_began.wait()
        second = asyncio.create_task(other.alone("poll", lambda: work("second", second_began)))
        await store.alone("something else", lambda: asyncio.sleep(0))
        assert began == ["first"]
        first.cancel()
        await second_began.wait()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)


async def test_a_persons_photos_are_counted_over_all_processes(store: Store, tmp_path: Path) -> None:
    async with opened(tmp_path) as other:
        allowed = [await one.spend("photos test:a", 2, 5) for one in (store, other, store)]
        assert allowed == [True, True, False]
        assert await other.spend("photos test:b", 5, 5)
        execute(tmp_path, "UPDATE spent SET at = at - interval '24 seconds'")
        assert await store.spend("photos test:a", 2, 5)


async def test_what_a_person_was_asked_is_kept_encrypted_until_it_is_answered_or_somebody_is_forgotten(
    store: Store, tmp_path: Path
) -> None:
    kept, minute, bo = store.pointers, timedelta(minutes=1), {"yes": "/confirm bo", "about": "bo-of-ours"}
    await kept.keep(BOT, HOME.key, [Pointer("5", "5", files=({"id": "file-of-ours"},))], minute)
    asked = [
        AskedPerson("7", "", {"about": "max"}),
        *(AskedPerson(*one, bo) for one in (("7", ""), ("8", ""), ("8", "4"))),
    ]
    for one in asked:
        await kept.ask(BOT, HOME.key, one, minute)
    await kept.ask(BOT, WORK.key, asked[1], minute)
    assert b"-of-ours" not in as_it_stands(tmp_path)
    assert {b"bo-of-ours", b"file-of-ours"} <= {*re.findall(rb"\w+-of-ours", on_disk(tmp_path))}  # with the keys
    await kept.ask(BOT, HOME.key, AskedPerson("8", "", None), minute)  # they have answered
    assert {(one.person, one.thread): one.question for one in await kept.asked(BOT, HOME.key)} == {
        ("7", ""): bo,
        ("8", "4"): bo,
    }
    await store.remember(HOME, "bo", by=ROOT)
    await store.forget(HOME, (await store.concept(HOME, "bo")).id, ROOT, undo_seconds=0)
    await store.erase_expired(Clock()())
    assert await kept.asked(BOT, HOME.key) == []
    assert await kept.asked(BOT, WORK.key) == [asked[1]]
    execute(tmp_path, "UPDATE asked SET until = until - interval '90 seconds'")
    assert await kept.asked(BOT, WORK.key) == []


async def test_pointers_are_kept_for_their_time_and_go_with_their_chat(store: Store, tmp_path: Path) -> None:
    photo, answer = Pointer("5", "5", files=({"id": "x"},)), Pointer("6", "5", asks=True)
    await store.pointers.keep(BOT, HOME.key, [photo], timedelta(minutes=1))
    await store.pointers.keep(BOT, HOME.key, [answer], timedelta(minutes=2))
    await store.pointers.keep(BOT, WORK.key, [photo], timedelta(minutes=1))
    assert await store.pointers.of(BOT, HOME.key) == [photo, answer]
    execute(tmp_path, "UPDATE pointers SET until = until - interval '90 seconds'")
    assert await store.pointers.of(BOT, HOME.key) == [answer]
    await store.set_setting(HOME, "replies", "all", ROOT)
    await store.left(HOME, Clock()())
    await store.erase_expired(Clock()())
    assert await store.pointers.of(BOT, HOME.key) == []


async def test_a_chat_is_whose_who_asks_for_it_first_and_the_next_ones_when_that_is_dead(
    store: Store, tmp_path: Path
) -> None:
    first, second = await process(store), await process(store)
    assert await first.owner(HOME.key) is None
    await first.claim(HOME.key)
    assert await first.owner(HOME.key) is None  # what may wait for it comes first
    assert await first.due() == ({HOME.key: ""}, [])
    assert await owner(first) == first.process
    await second.claim(HOME.key)
    assert await second.due() == ({}, [])
    assert await owner(second) == first.process
    assert await take_in(first, arrival(1)) == [True]
    assert await first.due() == ({}, [])
    dies(tmp_path, first)
    assert await second.owner(HOME.key) is None
    await second.claim(HOME.key)
    chats, left = await second.due()
    assert (chats, numbers(left)) == ({HOME.key: first.process}, [1])
    assert await owner(second) == second.process
    assert await second.owners([HOME.key, WORK.key]) == {HOME.key: second.process}
    await first.claim(WORK.key)  # it has to say first that it lives
    assert await first.due() == ({}, [])
    assert await first.owner(WORK.key) is None


async def test_who_asks_again_for_a_chat_that_is_its_own_already_begins_nothing_anew(store: Store) -> None:
    box = await process(store)
    await asyncio.gather(*[box.claim(HOME.key) for _ in range(5)])
    assert await box.due() == ({HOME.key: ""}, [])
    assert await take_in(box, arrival(1)) == [True]
    await box.claim(HOME.key)
    assert await box.due() == ({}, [])


async def test_what_a_process_has_already_is_not_begun_anew_when_it_was_only_slow(store: Store, tmp_path: Path) -> None:
    box = await process(store)
    await box.claim(HOME.key)
    await box.due()
    assert await take_in(box, arrival(1)) == [True]
    dies(tmp_path, box)
    await box.claim(HOME.key)
    assert await box.owner(HOME.key) is None  # it has to say first that it lives
    await box.live()
    assert await box.due() == ({}, [])
    assert await owner(box) == box.process


async def test_chats_stay_with_a_process_that_was_only_slow_until_another_takes_them(
    store: Store, tmp_path: Path
) -> None:
    slow, other = await process(store), await process(store)
    await slow.claim(HOME.key)
    await slow.due()
    dies(tmp_path, slow)
    assert await slow.owners([HOME.key]) == {HOME.key: slow.process}
    assert await other.owners([HOME.key]) == {}
    await other.claim(HOME.key)
    assert await slow.owners([HOME.key]) == {HOME.key: other.process}


class Failing:
    """A store's inbox, of which some calls fail once."""

    def __init__(self, store: Store) -> None:
        self._inbox, self.failing = store.inbox, set[str]()

    def __getattr__(self, name: str) -> Any:
        async def fails(*_: object) -> None:
            self.failing.discard(name)
            raise StoreError("canceling statement due to lock timeout")

        return fails if name in self.failing else getattr(self._inbox, name)


@pytest.fixture
async def failing(store: Store) -> tuple[Inbox, Failing]:
    """A process that lives, and its store."""
    inbox = Failing(store)
    box = Inbox(inbox, BOT, 10, clock=Clock(), leases=True)
    await box.live()
    return box, inbox


async def test_after_a_store_has_failed_once_a_process_goes_on_to_say_that_it_lives_and_marks_what_it_sends(
    store: Store, failing: tuple[Inbox, Failing], tmp_path: Path
) -> None:
    box, inbox = failing
    await box.claim(HOME.key)
    await box.due()
    (taken,) = await box.take_in([arrival(1)])
    assert taken is not None
    inbox.failing = {"keep_chats"}
    await box.keep_chats([WORK.key])
    dies(tmp_path, box)
    assert await box.live() == 1
    await taken.begin_sending()
    [row] = await store.inbox.pending(BOT)
    assert row.sending


async def test_who_was_thought_dead_and_is_cut_off_from_the_store_sends_nothing_and_keeps_it(store: Store) -> None:
    inbox, other = Failing(store), await process(store)
    box = Inbox(inbox, BOT, 10, clock=Clock(), leases=True)
    (taken,) = await box.take_in([arrival(1)])  # it has never said that it lives
    assert taken is not None
    inbox.failing = {"begin_sending"}
    with pytest.raises(AlreadySent):
        async with taken:
            await taken.begin_sending()
    assert box.any_unsent
    assert numbers(await due(other)) == [1]
    assert await box.unsent() == []


@pytest.mark.parametrize("call", ["waiting", "read"])
async def test_what_was_taken_from_a_dead_process_while_the_store_failed_is_told_and_taken_up_the_next_time(
    store: Store, failing: tuple[Inbox, Failing], tmp_path: Path, call: str
) -> None:
    dead, (box, inbox) = await process(store), failing
    await dead.claim(HOME.key)
    await dead.due()
    await take_in(dead, arrival(1))
    dies(tmp_path, dead)
    inbox.failing = {call}
    assert await box.due() == ({}, [])
    assert await take_in(box, arrival(2)) == [False]
    chats, left = await box.due()
    assert (chats, numbers(left)) == ({HOME.key: dead.process}, [1, 2])
    assert await box.due() == ({}, [])


async def test_others_are_told_where_a_process_is_reached(store: Store) -> None:
    first = Inbox(store.inbox, BOT, 10, clock=Clock(), leases=True)
    await first.live("http://10.0.0.1:8420", "its secret")
    await first.claim(HOME.key)
    await first.due()
    found = await (await process(store)).owner(HOME.key)
    assert found == Process(first.process, "http://10.0.0.1:8420", "its secret")


async def test_a_chat_that_somebody_looks_at_is_kept_though_nothing_comes_from_it(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        box = await process(store)
        for chat in (HOME, WORK):
            await box.claim(chat.key)
        clock.now += timedelta(hours=1)
        await box.keep_chats([HOME.key])
        await box.let_go_of_chats(timedelta(minutes=40))
        assert await box.owners([HOME.key, WORK.key]) == {HOME.key: box.process}
