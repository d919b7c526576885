"""Two concepts become one and are parted again; photos are taken away or go to another, and come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import UnknownConcept, UserError
from core.store.edits.edit import KEPT_CHANGES
from core.store.store import Store
from core.store.values import ChangeKind
from tests.support.databases.chosen import on_disk
from tests.support.stores import ANN, BEN, HOME, ROOT, Clock, embedding, opened, reference

SECRET_NAME, SECRET_TEXT, SECRET_PHOTO = "Zaphod-7f3a", "two heads 91c2", bytes(range(256)) * 40


async def known(store: Store) -> dict[str, tuple[str | None, list[str], list[tuple[bytes, bool]]]]:
    """Everything of everybody: category, texts, photos with whether they are negative."""
    return {
        one.name: (
            one.category,
            [info.text for info in one.infos],
            [(photo.photo, photo.negative) for photo in await store.references(HOME, one.id)],
        )
        for one in await store.concepts(HOME)
    }


async def test_two_become_one_and_are_parted_as_they_were(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mia = (await store.remember(HOME, "Mia", by=ANN, info="a", references=[reference(b"1")])).concept
        mimi = await store.remember(HOME, "Mimi", by=ANN, info="b", category="cat", references=[reference(b"2")])
        await store.describe(HOME, mia.id, "c", ANN)
        not_mimi = await store.add_reference(HOME, mia.id, reference(b"3", negative=True), ANN)
        not_rex = await store.add_reference(HOME, mimi.concept.id, reference(b"4", negative=True), ANN)
        before = await known(store)
        vectors = {one.id: one.concept_id for one in (await store.memory(HOME)).references}

        change = await store.merge(HOME, mia.id, mimi.concept.id, ANN, contradicting=not_mimi.references)
        assert (change.kind, change.concept.photos) == (ChangeKind.MERGE, 2)
        assert await known(store) == {
            "Mia": ("cat", ["a", "b", "c"], [(b"1", False), (b"2", False), (b"4", True)]),
        }
        counted = {one.id for one in (await store.memory(HOME)).references}
        assert counted == vectors.keys() - {*not_mimi.references}
        assert not_rex.references[0] in counted
        with pytest.raises(UnknownConcept):
            await store.concept(HOME, "Mimi")

        undone = await store.undo(HOME, ANN)
        assert (undone.kind, undone.name, undone.before) == (ChangeKind.MERGE, "Mia", "Mimi")
        assert await known(store) == before
        assert {one.id: one.concept_id for one in (await store.memory(HOME)).references} == vectors


async def test_what_came_meanwhile_stays_with_the_one_that_it_was_given_to(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mia = (await store.remember(HOME, "Mia", by=ANN, references=[reference(b"1")])).concept
        mimi = (await store.remember(HOME, "Mimi", by=ANN, category="cat", references=[reference(b"2")])).concept
        merged = await store.merge(HOME, mia.id, mimi.id, ANN)
        await store.remember(HOME, "Mia", by=ANN, category="lynx", info="new", references=[reference(b"5")])
        await store.undo(HOME, ANN, merged.id)
        assert await known(store) == {
            "Mia": ("lynx", ["new"], [(b"1", False), (b"5", False)]),
            "Mimi": ("cat", [], [(b"2", False)]),
        }


async def test_the_name_is_free_meanwhile_and_who_takes_it_keeps_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mia = (await store.remember(HOME, "Mia", by=ANN, info="a")).concept
        mimi = (await store.remember(HOME, "Mimi", by=ANN, info="b")).concept
        merged = await store.merge(HOME, mia.id, mimi.id, ANN)
        await store.remember(HOME, "mimi", by=BEN, info="another")
        assert (await store.undo(HOME, ANN, merged.id)).before == "Mimi (2)"
        assert {name: one[1] for name, one in (await known(store)).items()} == {
            "Mia": ["a"],
            "Mimi (2)": ["b"],
            "mimi": ["another"],
        }


async def test_one_that_was_merged_can_be_merged_on_and_all_are_parted_in_turn(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        ids = [
            (await store.remember(HOME, name, by=ANN, references=[reference(name.encode())])).concept.id
            for name in ("a", "b", "c")
        ]
        first = await store.merge(HOME, ids[1], ids[2], ANN)
        await store.merge(HOME, ids[0], ids[1], ANN)
        with pytest.raises(UserError, match="part of another one"):
            await store.undo(HOME, ANN, first.id)
        assert [one.photos for one in await store.concepts(HOME)] == [3]
        await store.undo(HOME, ANN)
        await store.undo(HOME, ANN)
        assert await known(store) == {name: (None, [], [(name.encode(), False)]) for name in ("a", "b", "c")}
        with pytest.raises(UserError, match="one and the same"):
            await store.merge(HOME, ids[0], ids[0], ANN)


async def _secret_in_three(store: Store) -> tuple[int, int]:
    """Somebody with all that one can have, merged into another who is merged into a third; returns the third's id."""
    secret = await store.remember(
        HOME, SECRET_NAME, by=ANN, info=SECRET_TEXT, references=[reference(SECRET_PHOTO, seed=5)]
    )
    no = await store.add_reference(HOME, secret.concept.id, reference(SECRET_PHOTO + b"2", seed=6, negative=True), ANN)
    second = (await store.remember(HOME, f"{SECRET_NAME}-2", by=ANN)).concept.id
    third = (await store.remember(HOME, "Mia", by=ANN, references=[reference(b"mia's")])).concept.id
    await store.merge(HOME, second, secret.concept.id, ANN, contradicting=no.references)
    merged = await store.merge(HOME, third, second, ANN)
    return third, merged.id


def _traces(folder: Path) -> list[bytes]:
    data = on_disk(folder)
    planted = [SECRET_NAME.encode(), SECRET_TEXT.encode(), SECRET_PHOTO[1000:1256]]
    planted += [embedding(seed).to_bytes()[100:160] for seed in (5, 6)]
    return [one for one in planted if one in data]


async def test_forgetting_one_erases_all_that_were_merged_into_it(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        mia, merged = await _secret_in_three(store)
        assert len(_traces(tmp_path)) == 5
        forgotten = await store.forget(HOME, mia, ANN, undo_seconds=30)
        await store.undo(HOME, ANN, forgotten.id)
        await store.forget(HOME, mia, ANN, undo_seconds=30)
        clock.turn(30)
        await store.erase_expired(clock.now)
        assert _traces(tmp_path) == []
        with pytest.raises(UserError, match="too late"):
            await store.undo(HOME, ANN, merged)


@pytest.mark.parametrize("seconds", [0, 30])
async def test_forgetting_everything_erases_what_was_merged(tmp_path: Path, seconds: int) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await _secret_in_three(store)
        await store.forget_all(HOME, ROOT, undo_seconds=seconds)
        clock.turn(seconds)
        await store.erase_expired(clock.now)
        assert _traces(tmp_path) == []


async def test_a_chat_that_was_left_keeps_nothing_of_what_was_merged(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await _secret_in_three(store)
        await store.left(HOME, clock.now)
        await store.erase_expired(clock.now)
        assert _traces(tmp_path) == []


async def test_a_name_that_can_not_be_parted_any_more_is_erased(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mia = (await store.remember(HOME, "Mia", by=ANN)).concept.id
        other = (await store.remember(HOME, SECRET_NAME, by=ANN, references=[reference(b"stays")])).concept.id
        await store.merge(HOME, mia, other, ANN)
        for number in range(KEPT_CHANGES + 16):
            await store.categorise(HOME, mia, str(number), ANN)
        assert [photo.photo for photo in await store.references(HOME, mia)] == [b"stays"]
        assert (await store.undo(HOME, ANN)).kind is ChangeKind.CATEGORISE  # its own end sweeps the file
        assert _traces(tmp_path) == []


async def test_a_photo_taken_away_comes_back_to_its_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        added = await store.remember(HOME, "bo", by=ANN, references=[reference(b"1"), reference(b"2")])
        before = await known(store), await store.photo_ids(HOME, added.concept.id)
        change = await store.remove_reference(HOME, added.references[0], ANN, undo_seconds=30)
        assert (change.kind, change.concept.photos) == (ChangeKind.REMOVE, 1)
        assert [one.name for one in await store.concepts(HOME)] == ["bo"]
        assert [one.id for one in (await store.memory(HOME)).references] == [added.references[1]]
        with pytest.raises(UnknownConcept):
            await store.remove_reference(HOME, added.references[0], ANN, undo_seconds=30)
        undone = await store.undo(HOME, ANN)
        assert (undone.kind, undone.name) == (ChangeKind.REMOVE, "bo")
        assert (await known(store), await store.photo_ids(HOME, added.concept.id)) == before


@pytest.mark.parametrize("seconds", [0, 30])
async def test_a_photo_taken_away_is_erased_and_the_name_stays(tmp_path: Path, seconds: int) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        added = await store.remember(HOME, "bo", by=ANN, references=[reference(SECRET_PHOTO, seed=5)])
        removed = await store.remove_reference(HOME, added.references[0], ANN, undo_seconds=seconds)
        assert (len(_traces(tmp_path)) == 0) == (seconds == 0)
        clock.turn(seconds)
        with pytest.raises(UserError, match="too late"):
            await store.undo(HOME, ANN, removed.id)
        await store.erase_expired(clock.now)
        assert _traces(tmp_path) == []
        assert await known(store) == {"bo": (None, [], [])}


async def test_a_photo_taken_away_a_moment_ago_is_erased_with_its_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        added = await store.remember(HOME, "bo", by=ANN, references=[reference(SECRET_PHOTO, seed=5)])
        await store.remove_reference(HOME, added.references[0], ANN, undo_seconds=30)
        await store.forget(HOME, added.concept.id, ANN, undo_seconds=0)
        assert _traces(tmp_path) == []


async def test_a_photo_goes_to_another_and_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        added = await store.remember(HOME, "bo", by=ANN, references=[reference(b"1"), reference(b"2")])
        await store.remember(HOME, "rex", by=ANN)
        before = await known(store)
        change = await store.reassign_reference(HOME, added.references[1], "REX", ANN)
        assert (change.kind, change.concept.name, change.created) == (ChangeKind.REASSIGN, "rex", False)
        assert await known(store) == {"bo": (None, [], [(b"1", False)]), "rex": (None, [], [(b"2", False)])}
        with pytest.raises(UserError, match="rex's already"):
            await store.reassign_reference(HOME, added.references[1], "rex", ANN)
        undone = await store.undo(HOME, ANN)
        assert (undone.kind, undone.name, undone.before) == (ChangeKind.REASSIGN, "bo", "rex")
        assert await known(store) == before


async def test_a_name_made_for_a_photo_goes_with_it_unless_it_has_more(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        added = await store.remember(HOME, "bo", by=ANN, references=[reference(b"1"), reference(b"2")])
        assert (await store.reassign_reference(HOME, added.references[0], SECRET_NAME, ANN)).created
        assert (await store.undo(HOME, ANN)).gone
        assert _traces(tmp_path) == []
        moved = await store.reassign_reference(HOME, added.references[0], "rex", ANN)
        await store.describe(HOME, moved.concept.id, "barks", ANN)
        assert not (await store.undo(HOME, ANN, moved.id)).gone
        assert (await known(store))["rex"] == (None, ["barks"], [])


async def test_a_photo_that_went_on_is_not_given_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        [photo] = (await store.remember(HOME, "bo", by=ANN, references=[reference(b"1")])).references
        first = await store.reassign_reference(HOME, photo, "rex", ANN)
        second = await store.reassign_reference(HOME, photo, "max", ANN)
        with pytest.raises(UserError, match="later change"):
            await store.undo(HOME, ANN, first.id)
        forgotten = await store.forget(HOME, second.concept.id, ANN, undo_seconds=30)
        with pytest.raises(UserError, match="forgotten"):
            await store.undo(HOME, ANN, second.id)
        for change in (forgotten, second, first):
            await store.undo(HOME, ANN, change.id)
        assert await known(store) == {"bo": (None, [], [(b"1", False)])}


async def test_a_cover_is_chosen_and_the_one_before_comes_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        added = await store.remember(HOME, "bo", by=ANN, references=[reference(b"1"), reference(b"2")])
        bo, (first, second) = added.concept.id, added.references
        no = (await store.add_reference(HOME, bo, reference(b"3", negative=True), ANN)).references[0]
        assert (await store.first_references(HOME))[bo].id == first
        chosen = await store.set_cover(HOME, second, ANN)
        assert (chosen.kind, chosen.concept.cover) == (ChangeKind.COVER, second)
        assert (await store.first_references(HOME))[bo].id == second
        with pytest.raises(UnknownConcept):
            await store.set_cover(HOME, no, ANN)
        removed = await store.remove_reference(HOME, second, ANN, undo_seconds=30)
        assert (await store.first_references(HOME))[bo].id == first
        await store.undo(HOME, ANN, removed.id)
        assert (await store.first_references(HOME))[bo].id == second
        again = await store.set_cover(HOME, first, ANN)
        with pytest.raises(UserError, match="changed again"):
            await store.undo(HOME, ANN, chosen.id)
        for change in (again, chosen):
            await store.undo(HOME, ANN, change.id)
        assert (await store.concept(HOME, "bo")).cover is None
