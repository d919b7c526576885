"""The web page's lines: they come back as they were said, and hold nothing that was forgotten, nor does the file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.messages import Chat
from core.store.kept.lines import MASK, MOST_LINES
from core.store.store import Store
from core.store.values import SaidLine
from tests.support.databases.chosen import on_disk
from tests.support.stores import ANN, HOME, ROOT, WORK, Clock, opened, reference

NAME, TEXT = "Zaphod-7f3a", "two heads 91c2"
AT = Clock().now
DAY = 86_400


async def _talk(store: Store, chat: Chat = HOME) -> int:
    """A concept, and lines that speak of it and of nobody; returns its id."""
    bo = (await store.remember(chat, NAME, by=ANN, info=TEXT, references=[reference()])).concept.id
    said = [
        SaidLine("m1", f"where is {NAME}'s ball?", AT, name="Ann", author="a", photos=2),
        SaidLine(
            "r1", "On the left, I think.", AT, reply=True, about="m1", author="a", basis=frozenset({(bo, NAME.lower())})
        ),
        SaidLine("r2", f"{NAME}: {TEXT}.", AT, reply=True, about="m1", author="a"),
        SaidLine("m2", "/undo 7", AT, name="Ann", author="a", label=f"That's not {NAME}", pressed=True, private=True),
        SaidLine("r3", "Hello!", AT, reply=True, about="m2", author="a", failed=True),
    ]
    assert await store.say(chat, said, await store.revision(chat))
    return bo


async def test_lines_come_back_as_they_were_said(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _talk(store)
    async with opened(tmp_path) as store:
        lines = await store.lines(HOME, 100)
        assert [one.entry for one in lines] == ["m1", "r1", "r2", "m2", "r3"]
        assert (lines[0].text, lines[0].name, lines[0].photos, lines[0].at) == (
            f"where is {NAME}'s ball?",
            "Ann",
            2,
            AT,
        )
        assert (lines[3].label, lines[3].pressed, lines[3].private) == (f"That's not {NAME}", True, True)
        assert (lines[4].about, lines[4].failed, lines[4].redacted) == ("m2", True, False)
        assert [one.entry for one in await store.lines(HOME, 2)] == ["m2", "r3"]
        assert await store.lines(WORK, 100) == ()


async def test_what_was_said_of_an_older_revision_is_not_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        revision = await store.revision(HOME)
        assert await store.say(HOME, [SaidLine("m0", "hi", AT)], revision)
        await store.remember(HOME, NAME, by=ANN)
        assert not await store.say(HOME, [SaidLine("m1", f"hi {NAME}", AT)], revision)
        assert [one.entry for one in await store.lines(HOME, 9)] == ["m0"]


WAYS: dict[str, Callable[[Store, int], Awaitable[object]]] = {
    "forget": lambda store, bo: store.forget(HOME, bo, ANN, undo_seconds=30),
    "undo": lambda store, _: store.undo(HOME, ANN),
    "rename": lambda store, bo: store.rename(HOME, bo, "Rex", ANN),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_name_that_is_no_longer_known_is_in_no_line_and_not_in_the_file(tmp_path: Path, way: str) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        bo = await _talk(store)
        assert NAME.encode() in on_disk(tmp_path)
        await WAYS[way](store, bo)
        question, *replies, pressed, hello = await store.lines(HOME, 9)
        assert question.text == f"where is {MASK}'s ball?"
        said = [(one.text, one.redacted) for one in replies]
        if way == "rename":  # who it was about is known all the same
            assert said == [("On the left, I think.", False), (f"{MASK}: {TEXT}.", False)]
        else:
            assert said == [("", True)] * 2
        assert pressed.label == f"That's not {MASK}"
        assert (hello.text, hello.redacted) == ("Hello!", False)
        if way == "rename":
            await store.forget(HOME, bo, ANN, undo_seconds=30)
            assert [one.text for one in await store.lines(HOME, 9)][1:3] == ["", ""]
        clock.turn(31)
        await store.erase_expired(clock.now)
        left = on_disk(tmp_path)
    assert NAME.encode() not in left
    assert TEXT.encode() not in left


async def test_merging_forgets_nothing_and_forgetting_the_merged_one_forgets_both(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        bo = await _talk(store)
        before = await store.lines(HOME, 9)
        rex, kai = [(await store.remember(HOME, name, by=ANN)).concept.id for name in ("Rex", "Kai")]
        merged = await store.merge(HOME, rex, bo, ANN)
        assert await store.lines(HOME, 9) == before
        await store.undo(HOME, ANN, merged.id)
        assert await store.lines(HOME, 9) == before
        await store.merge(HOME, rex, bo, ANN)
        await store.merge(HOME, kai, rex, ANN)
        assert await store.lines(HOME, 9) == before
        await store.forget(HOME, kai, ANN, undo_seconds=30)
        assert [one.text for one in await store.lines(HOME, 9)][:3] == [f"where is {MASK}'s ball?", "", ""]
        clock.turn(31)
        await store.erase_expired(clock.now)
        left = on_disk(tmp_path)
    assert NAME.encode() not in left
    assert TEXT.encode() not in left


async def test_bringing_a_name_back_brings_no_line_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await _talk(store)
        change = await store.forget(HOME, bo, ANN, undo_seconds=30)
        await store.undo(HOME, ANN, change.id)
        assert (await store.lines(HOME, 9))[0].text == f"where is {MASK}'s ball?"


async def test_forgetting_everything_erases_every_line_of_that_chat(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _talk(store)
        await _talk(store, WORK)
        await store.forget_all(HOME, ROOT, undo_seconds=30)
        assert await store.lines(HOME, 9) == ()
        assert len(await store.lines(WORK, 9)) == 5


async def test_lines_are_erased_in_time_and_a_chat_has_a_bound_of_them(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await _talk(store)
        clock.turn(2 * DAY)
        await store.say(HOME, [SaidLine("late", "later", clock.now)], await store.revision(HOME))
        await store.erase_lines(timedelta(days=1))
        assert [one.entry for one in await store.lines(HOME, 9)] == ["late"]
        assert b"ball?" not in on_disk(tmp_path)
        many = [SaidLine(f"m{number}", "x", AT) for number in range(MOST_LINES + 5)]
        await store.say(HOME, many, await store.revision(HOME))
        assert len(await store.lines(HOME, 2 * MOST_LINES)) == MOST_LINES
