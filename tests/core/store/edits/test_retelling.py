"""Some texts about a concept go and others come, as a form that shows them all asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import UserError
from core.store.store import Store
from core.store.values import ChangeKind
from tests.support.databases.chosen import on_disk
from tests.support.stores import ANN, BEN, HOME, ROOT, Clock, opened

PRIVATE_TEXT = "hides the key under the quince stone"


async def _told(store: Store, *more: str) -> int:
    """Ann's bo, of whom she has told two things and Ben as many more as wanted; returns his id."""
    await store.set_setting(HOME, "edits", "anyone", ROOT)
    bo = (await store.remember(HOME, "bo", by=ANN, info="is a hamster")).concept.id
    await store.describe(HOME, bo, PRIVATE_TEXT, ANN)
    for text in more:
        await store.describe(HOME, bo, text, BEN)
    return bo


async def _texts(store: Store) -> list[str]:
    return [info.text for info in (await store.concept(HOME, "bo")).infos]


async def test_what_is_gone_goes_what_is_new_comes_and_the_rest_stays_with_author_and_date(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        bo = await _told(store, "likes carrots", "is afraid of dogs")
        before = (await store.concept(HOME, "bo")).infos
        clock.turn(60)
        change = await store.retell(HOME, bo, BEN, gone=[PRIVATE_TEXT], new=["sings", "likes carrots"], undo_seconds=30)
        after = change.concept.infos
        assert change.kind is ChangeKind.RETELL
        assert after[:-1] == (before[0], before[2], before[3])
        assert (after[-1].text, after[-1].author, after[-1].at > before[-1].at) == ("sings", BEN.name, True)
        undone = await store.undo(HOME, BEN, seconds=30)
        assert (undone.kind, undone.name) == (ChangeKind.RETELL, "bo")
        assert (await store.concept(HOME, "bo")).infos == before


async def test_what_nobody_has_shown_stays_and_what_is_gone_already_is_no_trouble(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await _told(store)
        await store.retell(HOME, bo, BEN, gone=["is a hamster"], undo_seconds=30)
        await store.describe(HOME, bo, "told meanwhile", BEN)
        await store.retell(HOME, bo, ANN, gone=["is a hamster", PRIVATE_TEXT], new=["sings"], undo_seconds=30)
        assert await _texts(store) == ["told meanwhile", "sings"]
        with pytest.raises(UserError, match="already"):
            await store.retell(HOME, bo, ANN, gone=[PRIVATE_TEXT], new=["sings"], undo_seconds=30)


async def test_each_way_is_called_by_what_it_did_and_taken_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await _told(store)
        before = await _texts(store)
        for gone, new, kind in (
            ([], ["sings", "digs"], ChangeKind.DESCRIBE),
            (before, [], ChangeKind.UNDESCRIBE),
            ([PRIVATE_TEXT], ["sings"], ChangeKind.RETELL),
        ):
            assert (await store.retell(HOME, bo, ANN, gone=gone, new=new, undo_seconds=30)).kind is kind
            assert await _texts(store) == [one for one in before if one not in gone] + new
            assert (await store.undo(HOME, ANN, seconds=30)).kind is kind
            assert await _texts(store) == before


@pytest.mark.parametrize("seconds", [0, 30])
@pytest.mark.parametrize("new", [[], ["sings"]])
async def test_what_is_gone_leaves_no_byte_when_its_time_is_over(tmp_path: Path, seconds: int, new: list[str]) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        bo = await _told(store)
        change = await store.retell(HOME, bo, ANN, gone=[PRIVATE_TEXT], new=new, undo_seconds=seconds)
        assert (PRIVATE_TEXT.encode() in on_disk(tmp_path)) == (seconds > 0)
        clock.turn(seconds)
        with pytest.raises(UserError, match="too late"):
            await store.undo(HOME, ANN, change.id)
        await store.erase_expired(clock.now)
        assert PRIVATE_TEXT.encode() not in on_disk(tmp_path)
        assert await _texts(store) == ["is a hamster", *new]


async def test_what_was_let_go_of_a_moment_ago_is_erased_with_its_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await _told(store)
        await store.undescribe(HOME, bo, ANN, undo_seconds=30)
        await store.forget(HOME, bo, ANN, undo_seconds=0)
        assert PRIVATE_TEXT.encode() not in on_disk(tmp_path)
