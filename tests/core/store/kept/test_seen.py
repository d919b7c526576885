"""The diary of sightings and the photos that are kept: what they hold, who finds what, and how all of it goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, event, text

from core.commands.settings import ChatSettings
from core.errors import UserError
from core.messages import Chat
from core.store.edits.edit import Edit, bump
from core.store.edits.teaching import remember
from core.store.kept import seen
from core.store.schema import metadata
from core.store.sqlite import configure
from core.store.store import Store
from core.store.values import Encoders, KeptPhoto, NewConcept, NewInfo, NewKept, SightingNote
from tests.support.databases.chosen import on_disk
from tests.support.stores import ANN, BEN, HOME, ROOT, WORK, Clock, opened, reference

SENDER, MESSAGE = "Trillian-19ce", "message-8d21"
PHOTO = bytes(reversed(range(256))) * 300


async def _bo(store: Store, chat: Chat = HOME, name: str = "bo") -> int:
    await store.set_setting(chat, "diary", "on", ROOT)
    return (await store.remember(chat, name, by=ANN, references=[reference()])).concept.id


def _numbers(kept: tuple[KeptPhoto, ...]) -> list[int]:
    return [one.number for one in kept]


# ── the diary ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_sighting_is_noted_once_for_each_message_and_the_newest_is_told_first(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        bo = await _bo(store)
        await store.note(HOME, [bo], "Ann", "m1")
        clock.turn(60)
        await store.note(HOME, [bo], "Ann", "m1")  # asked about again
        await store.note(HOME, [bo], "Ben", "m2")
        assert await store.notes(HOME, bo) == (
            SightingNote(clock.now, "Ben"),
            SightingNote(Clock().now, "Ann"),
        )
        assert await store.count_notes(HOME) == 2
        assert await store.notes(WORK, bo) == ()


async def test_without_a_diary_nothing_is_noted(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept.id
        await store.note(HOME, [bo], "Ann", "m1")
        assert await store.count_notes(HOME) == 0


async def test_nobody_of_another_chat_and_nobody_forgotten_is_noted(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo, rex = await _bo(store), await _bo(store, WORK, "rex")
        await store.forget(HOME, bo, ANN, undo_seconds=30)
        await store.note(HOME, [bo, rex], "Ann", "m1")
        assert await store.count_notes(HOME) == 0
        assert await store.count_notes(WORK) == 0


async def test_the_diary_of_one_name_has_its_bound(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await _bo(store)
        old = tuple(
            SightingNote(Clock().now.replace(year=2000 + n % 20, month=1 + n % 12), f"p{n}") for n in range(600)
        )
        await store.take_in(HOME, NewConcept("bo", sightings=old), ANN)
        assert await store.count_notes(HOME) == seen.MOST_NOTES
        await store.note(HOME, [bo], "Ann", "m1")
        assert await store.count_notes(HOME) == seen.MOST_NOTES
        assert (await store.notes(HOME, bo))[0].sender == "Ann"


async def test_the_diary_is_hidden_with_its_name_and_comes_back_with_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await _bo(store)
        await store.note(HOME, [bo], "Ann", "m1")
        await store.forget(HOME, bo, ANN, undo_seconds=30)
        assert await store.notes(HOME, bo) == ()
        await store.undo(HOME, ANN)
        assert len(await store.notes(HOME, bo)) == 1


async def test_turned_off_the_diary_is_erased_byte_for_byte(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await _bo(store)
        await store.note(HOME, [bo], SENDER, MESSAGE)
        assert SENDER.encode() in on_disk(tmp_path)
        await store.set_setting(HOME, "diary", "off", ROOT)
        assert await store.count_notes(HOME) == 0
        left = on_disk(tmp_path)
    assert SENDER.encode() not in left
    assert MESSAGE.encode() not in left


async def test_an_imported_diary_is_taken_in_once_and_goes_with_the_import(tmp_path: Path) -> None:
    notes = (SightingNote(Clock().now, "Ann"), SightingNote(Clock().now.replace(day=3), "Ben"))
    async with opened(tmp_path) as store:
        taken = await store.take_in(HOME, NewConcept("bo", infos=(NewInfo("barks"),), sightings=notes), ANN)
        await store.take_in(HOME, NewConcept("bo", sightings=notes), ANN)
        bo = taken.concept.id
        assert await store.notes(HOME, bo) == notes[::-1]
        await store.remember(HOME, "bo", by=BEN, references=[reference()])
        await store.undo(HOME, ANN, taken.id)
        assert await store.notes(HOME, bo) == ()


# ── kept photos ───────────────────────────────────────────────────────────────────────────────────


async def test_kept_photos_are_found_by_all_whom_they_surely_show(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo, kai = await _bo(store), await _bo(store, name="Kai")
        for shows in ({bo: True}, {bo: True, kai: True}, {bo: False, kai: True}, {}):
            await store.keep(HOME, NewKept(PHOTO, shows), ANN)
        assert _numbers(await store.kept(HOME)) == [4, 3, 2, 1]
        assert _numbers(await store.kept(HOME, [bo])) == [2, 1]
        assert _numbers(await store.kept(HOME, [bo, kai])) == [2]
        [both] = await store.kept(HOME, [kai, bo])
        assert (both.shows, both.author) == (("bo", "Kai"), "Ann")
        assert await store.kept_pixels(HOME, [both.id]) == {both.id: PHOTO}
        assert await store.kept_pixels(WORK, [both.id]) == {}
        assert await store.kept(WORK) == ()


async def test_one_photo_is_kept_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.keep(HOME, NewKept(PHOTO, {}, "m1 0"), ANN)
        with pytest.raises(UserError, match="number 1"):
            await store.keep(HOME, NewKept(PHOTO, {}, "m1 0"), BEN)
        await store.keep(HOME, NewKept(PHOTO, {}, "m1 1"), BEN)
        assert _numbers(await store.kept(HOME)) == [2, 1]


async def test_a_photo_that_shows_who_is_forgotten_goes_whoever_else_is_in_it(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        bo, kai = await _bo(store), await _bo(store, name="Kai")
        await store.keep(HOME, NewKept(PHOTO, {bo: True, kai: True}, MESSAGE), ANN)
        await store.keep(HOME, NewKept(PHOTO[::-1], {bo: False, kai: True}), ANN)
        await store.keep(HOME, NewKept(b"kai alone", {kai: True}), ANN)
        change = await store.forget(HOME, bo, ANN, undo_seconds=30)
        assert _numbers(await store.kept(HOME)) == [3]
        await store.undo(HOME, ANN, change.id)
        assert _numbers(await store.kept(HOME)) == [3, 2, 1]
        await store.forget(HOME, bo, ANN, undo_seconds=30)
        clock.turn(31)
        await store.erase_expired(clock.now)
        left = on_disk(tmp_path)
        assert _numbers(await store.kept(HOME)) == [3]
    for secret in (PHOTO[1000:1256], PHOTO[::-1][1000:1256], MESSAGE.encode()):
        assert secret not in left
    assert b"kai alone" in left


async def test_a_kept_photo_is_let_go_and_comes_back_in_time(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        kept, kept_in = await store.keep(HOME, NewKept(PHOTO, {}), ANN)
        change = await store.unkeep(HOME, kept.number, ANN, undo_seconds=30)
        assert await store.kept(HOME) == ()
        await store.undo(HOME, ANN, change)
        assert await store.kept(HOME) == (kept,)
        with pytest.raises(UserError):
            await store.unkeep(HOME, kept.number, ANN, undo_seconds=30, kept_id=kept.id + 1)
        await store.unkeep(HOME, kept.number, ANN, undo_seconds=30, kept_id=kept.id)
        clock.turn(31)
        await store.erase_expired(clock.now)
        assert PHOTO[1000:1256] not in on_disk(tmp_path)
        with pytest.raises(UserError):
            await store.undo(HOME, ANN, kept_in)


async def test_taking_back_that_a_photo_was_kept_erases_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.keep(HOME, NewKept(PHOTO, {}), ANN)
        undone = await store.undo(HOME, ANN)
        assert (undone.kind, undone.name) == ("keep", "1")
        assert PHOTO[1000:1256] not in on_disk(tmp_path)


async def test_forgetting_everything_takes_kept_photos_and_diary_and_undo_brings_them_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await _bo(store)
        await store.note(HOME, [bo], SENDER, "m1")
        await store.keep(HOME, NewKept(PHOTO, {}), ANN)
        change = await store.forget_all(HOME, ROOT, undo_seconds=30)
        assert await store.kept(HOME) == ()
        await store.undo(HOME, ROOT, change)
        assert _numbers(await store.kept(HOME)) == [1]
        await store.forget_all(HOME, ROOT, undo_seconds=0)
        left = on_disk(tmp_path)
    assert PHOTO[1000:1256] not in left
    assert SENDER.encode() not in left


async def test_a_chat_that_was_left_loses_its_kept_photos(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await store.keep(HOME, NewKept(PHOTO, {}), ANN)
        await store.left(HOME, clock.now)
        await store.erase_expired(clock.now)
        assert (await store.totals()).chats == 0
        assert PHOTO[1000:1256] not in on_disk(tmp_path)


async def test_two_chats_that_become_one_have_all_kept_photos_under_numbers_of_their_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for chat in (HOME, WORK, WORK):
            await store.keep(chat, NewKept(chat.id.encode(), {}), ANN)
        await store.move(WORK, HOME)
        assert sorted(_numbers(await store.kept(HOME))) == [1, 2, 3]


async def test_kept_photos_count_as_what_a_chat_and_a_person_keep(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference(b"12345")])
        await store.keep(HOME, NewKept(b"1234567890", {}), ANN)
        await store.keep(HOME, NewKept(b"123", {}), BEN)
        assert (await store.usage(HOME)).bytes == 18
        assert (await store.usage_of(HOME, ANN)).bytes == 15
        assert (await store.usage_of(WORK, BEN)).bytes == 3
        assert ((await store.totals()).references, (await store.totals()).bytes) == (3, 18)


# ── what people say afterwards ────────────────────────────────────────────────────────────────────


async def test_a_no_takes_the_name_out_of_diary_and_kept_photo_and_undo_puts_it_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo, kai = await _bo(store), await _bo(store, name="Kai")
        await store.note(HOME, [bo, kai], "Ann", "m1")
        await store.keep(HOME, NewKept(PHOTO, {bo: True, kai: True}, "m1 0"), ANN)
        change = await store.add_reference(HOME, bo, reference(negative=True), ANN, shown=("m1", 0))
        assert await store.notes(HOME, bo) == ()
        assert len(await store.notes(HOME, kai)) == 1
        assert [one.shows for one in await store.kept(HOME)] == [("Kai",)]
        await store.undo(HOME, ANN, change.id)
        assert await store.notes(HOME, bo) == (SightingNote(Clock().now, "Ann"),)
        assert [one.shows for one in await store.kept(HOME)] == [("bo", "Kai")]


async def test_a_yes_makes_sure_whom_a_kept_photo_shows(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await _bo(store)
        await store.keep(HOME, NewKept(PHOTO, {bo: False}, "m1 0"), ANN)
        change = await store.add_reference(HOME, bo, reference(), ANN, shown=("m1", 0))
        assert _numbers(await store.kept(HOME, [bo])) == [1]
        await store.undo(HOME, ANN, change.id)
        assert [one.perhaps for one in await store.kept(HOME)] == [("bo",)]


@pytest.mark.sqlite
def test_what_one_concept_was_seen_in_is_handed_to_another_and_back(tmp_path: Path) -> None:
    """As `/merge` does it, and the undoing of it."""
    engine = create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    event.listen(engine, "connect", configure)

    def everything(db: Connection) -> list[list[tuple[object, ...]]]:
        queries = "SELECT id, concept FROM sightings", "SELECT kept, concept, sure FROM kept_shows"
        return [sorted(tuple(row) for row in db.execute(text(query))) for query in queries]

    with engine.begin() as db:
        metadata.create_all(db)
        bump(db, HOME.key)
        edit = Edit(db, HOME, ChatSettings.of({}), ANN, Clock().now, Clock().now, Encoders("e1"))
        mia, mimi = (remember(edit, name, None, None, None, []).concept.id for name in ("Mia", "Mimi"))
        for concept in (mia, mimi):
            seen.add_notes(db, concept, [SightingNote(edit.at, "Ann")])
        for shows in ({mimi: True}, {mia: False, mimi: True}, {mia: True, mimi: False}, {mia: True}):
            seen.add_kept(db, HOME.key, NewKept(PHOTO, shows), ANN, "Ann", edit.at)
        before = everything(db)
        done = seen.hand_over(db, mimi, mia)
        assert everything(db) == [[(1, mia), (2, mia)], [(number, mia, 1) for number in (1, 2, 3, 4)]]
        seen.hand_back(db, mimi, mia, json.loads(json.dumps(done)))
        assert everything(db) == before
    engine.dispose()
