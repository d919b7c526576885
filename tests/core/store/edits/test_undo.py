"""Taking edits back, and when that can't be any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from core.concepts import Box
from core.errors import NotAllowed, UserError
from core.store.edits.edit import KEPT_CHANGES
from core.store.values import ChangeKind, NewConcept, NewInfo
from tests.support.databases.chosen import on_disk
from tests.support.stores import ANN, BEN, HOME, ROOT, Clock, embedding, opened, reference


async def test_undoing_the_first_remember_leaves_nothing_in_the_chat_or_the_file(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "Bonaparte", by=ANN, info="a secret", references=[reference(b"PHOTO" * 99)])
        assert b"Bonaparte" in on_disk(tmp_path)
        undone = await store.undo(HOME, ANN)
        left = on_disk(tmp_path)
        assert (undone.kind, undone.name, undone.gone) == (ChangeKind.REMEMBER, "Bonaparte", True)
        assert await store.concepts(HOME) == ()
    assert b"Bonaparte" not in left
    assert b"a secret" not in left
    assert b"PHOTO" not in left
    assert embedding().to_bytes()[16:] not in left


async def test_undoing_a_later_remember_takes_out_only_what_it_added(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, category="dog", info="old", references=[reference(b"old")])
        await store.remember(HOME, "bo", by=ANN, category="wolf", info="new", references=[reference(b"new")])
        undone = await store.undo(HOME, ANN)
        [concept] = await store.concepts(HOME)
        [photo] = await store.references(HOME, concept.id)
    assert not undone.gone
    assert (concept.category, concept.info, photo.photo) == ("dog", "old", b"old")


async def test_a_concept_others_added_to_outlives_the_undoing_of_its_creation(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await store.remember(HOME, "bo", by=ANN, references=[reference(b"ann's")])
        await store.remember(HOME, "bo", by=BEN, references=[reference(b"ben's")])
        undone = await store.undo(HOME, ANN, first.id)
        assert not undone.gone
        [photo] = await store.references(HOME, first.concept.id)
        assert photo.photo == b"ben's"


async def test_a_forgotten_concept_comes_back_whole(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN, info="barks", references=[reference()])).concept
        change = await store.forget(HOME, bo.id, ANN, undo_seconds=30)
        assert await store.concepts(HOME) == ()
        undone = await store.undo(HOME, ANN, change.id)
        assert (undone.kind, undone.name) == (ChangeKind.FORGET, "bo")
        assert await store.concept(HOME, "bo") == bo
        assert len((await store.memory(HOME)).references) == 1


async def test_forgetting_everything_is_taken_back_as_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        await store.remember(HOME, "rex", by=BEN)
        change_id = await store.forget_all(HOME, ROOT, undo_seconds=30)
        assert await store.concepts(HOME) == ()
        assert (await store.undo(HOME, ROOT, change_id)).count == 2
        assert [concept.name for concept in await store.concepts(HOME)] == ["bo", "rex"]


async def test_edits_are_taken_back_from_the_last_to_the_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        change = await store.remember(HOME, "bo", by=ANN, references=[reference(seed=1)])
        bo = change.concept.id
        await store.rename(HOME, bo, "rex", ANN)
        await store.describe(HOME, bo, "barks", ANN)
        await store.categorise(HOME, bo, "dog", ANN)
        await store.add_reference(HOME, bo, reference(negative=True), BEN)
        await store.move_reference(HOME, change.references[0], Box(0, 0, 5, 5), embedding(2), ROOT)

        assert (await store.undo(HOME, ROOT)).kind is ChangeKind.MOVE
        _, moved_back = await store.reference(HOME, change.references[0])
        assert moved_back.box == (1, 2, 30, 40)
        vectors = {one.id: one.embedding.vector for one in (await store.memory(HOME)).references}
        np.testing.assert_array_equal(vectors[change.references[0]], embedding(1).vector)

        assert (await store.undo(HOME, ROOT)).kind is ChangeKind.CORRECT
        assert len(await store.references(HOME, bo)) == 1

        undone = await store.undo(HOME, ROOT)
        assert (undone.kind, undone.before) == (ChangeKind.CATEGORISE, "dog")
        assert (await store.undo(HOME, ROOT)).kind is ChangeKind.DESCRIBE
        undone = await store.undo(HOME, ROOT)
        assert (undone.kind, undone.name, undone.before) == (ChangeKind.RENAME, "bo", "rex")
        concept = await store.concept(HOME, "bo")
        assert (concept.category, concept.infos) == (None, ())

        assert (await store.undo(HOME, ROOT)).gone
        with pytest.raises(UserError, match="nothing to take back"):
            await store.undo(HOME, ROOT)


async def test_a_change_is_taken_back_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        change = await store.remember(HOME, "bo", by=ANN, info="barks")
        described = await store.describe(HOME, change.concept.id, "snores", ANN)
        await store.undo(HOME, ANN, described.id)
        with pytest.raises(UserError, match="already"):
            await store.undo(HOME, ANN, described.id)
        assert (await store.concept(HOME, "bo")).info == "barks"


async def test_when_the_time_is_over_it_is_too_late_even_before_the_timer_ran(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        await store.forget(HOME, bo.id, ANN, undo_seconds=30)
        clock.turn(30)
        with pytest.raises(UserError, match="too late"):
            await store.undo(HOME, ANN)


async def test_undo_never_reaches_past_what_is_erased(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "rex", by=ANN)
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        await store.forget(HOME, bo.id, ANN, undo_seconds=0)
        with pytest.raises(UserError, match="too late"):
            await store.undo(HOME, ANN)
        assert (await store.concept(HOME, "rex")).name == "rex"


async def test_a_name_taken_meanwhile_takes_nobodys_undo_away(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        old = (await store.remember(HOME, "bo", by=ANN, info="barks")).concept
        change = await store.forget(HOME, old.id, ANN, undo_seconds=30)
        await store.remember(HOME, "BO", by=BEN, info="sings")
        undone = await store.undo(HOME, ANN, change.id)
        assert (undone.kind, undone.name, undone.before) == (ChangeKind.FORGET, "bo (2)", "bo")
        assert {one.name: one.info for one in await store.concepts(HOME)} == {"bo (2)": "barks", "BO": "sings"}


async def test_forgetting_everything_comes_back_beside_what_was_remembered_meanwhile(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for name in ("bo", "rex"):
            await store.remember(HOME, name, by=ANN)
        await store.forget_all(HOME, ROOT, undo_seconds=30)
        await store.remember(HOME, "bo", by=BEN)
        assert (await store.undo(HOME, ROOT)).count == 2
        assert [one.name for one in await store.concepts(HOME)] == ["bo (2)", "rex", "bo"]


async def test_undo_takes_back_ones_own_last_change_whatever_others_did_since(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN, references=[reference(b"ann's")])).concept
        await store.remember(HOME, "bo", by=BEN, references=[reference(b"ben's")])
        await store.describe(HOME, bo.id, "barks", ROOT)
        await store.undo(HOME, ANN)
        assert [one.photo for one in await store.references(HOME, bo.id)] == [b"ben's"]
        await store.undo(HOME, BEN)
        assert await store.references(HOME, bo.id) == ()
        with pytest.raises(NotAllowed, match="Only who made that change"):
            await store.undo(HOME, BEN)
        assert (await store.concept(HOME, "bo")).info == "barks"


async def test_many_edits_of_others_take_nobodys_undo_away(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        await store.forget(HOME, bo.id, ANN, undo_seconds=30)
        rex = (await store.remember(HOME, "rex", by=BEN)).concept
        for number in range(KEPT_CHANGES + 32):
            await store.categorise(HOME, rex.id, str(number), BEN)
        assert (await store.undo(HOME, ANN)).name == "bo"


async def test_of_two_who_take_the_same_change_back_at_once_one_does(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference()])
        added = await store.remember(HOME, "bo", by=ANN, references=[reference()])
        tries = await asyncio.gather(
            *(store.undo(HOME, by, added.id) for by in (ANN, ROOT, ANN)), return_exceptions=True
        )
        assert sum(isinstance(one, UserError) and "already" in str(one) for one in tries) == 2
        assert (await store.concept(HOME, "bo")).photos == 1


async def test_a_question_is_answered_once_unless_the_answer_was_taken_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        answers = (reference(), reference(negative=True), reference())
        tries = await asyncio.gather(
            *(store.add_reference(HOME, bo.id, one, BEN, question="q 0 0") for one in answers), return_exceptions=True
        )
        assert sum(isinstance(one, UserError) for one in tries) == 2
        assert len(await store.references(HOME, bo.id)) == 1
        await store.add_reference(HOME, bo.id, reference(), ANN, question="q 0 1")
        await store.undo(HOME, BEN)
        await store.add_reference(HOME, bo.id, reference(negative=True), BEN, question="q 0 0")
        assert [one.negative for one in await store.references(HOME, bo.id)] == [False, True]


async def test_a_photo_is_moved_once_and_everything_is_forgotten_as_it_was_asked(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        [photo] = (await store.remember(HOME, "bo", by=ANN, references=[reference()])).references
        await store.move_reference(HOME, photo, Box(0, 0, 5, 5), embedding(2), ANN)
        with pytest.raises(UserError, match="already"):
            await store.move_reference(HOME, photo, Box(0, 0, 5, 5), embedding(2), ANN)
        asked_at = await store.revision(HOME)
        await store.forget_all(HOME, ROOT, undo_seconds=30, asked_at=asked_at)
        await store.undo(HOME, ROOT)
        with pytest.raises(UserError, match="Something has changed here since"):
            await store.forget_all(HOME, ROOT, undo_seconds=30, asked_at=asked_at)
        assert (await store.concept(HOME, "bo")).photos == 1


async def test_a_name_taken_meanwhile_stops_a_rename_from_being_undone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        renamed = await store.rename(HOME, bo.id, "rex", ANN)
        await store.remember(HOME, "bo", by=BEN)
        with pytest.raises(UserError, match="already is a bo"):
            await store.undo(HOME, ANN, renamed.id)
        assert (await store.concept(HOME, "rex")).id == bo.id


async def test_an_older_change_is_not_taken_back_over_a_later_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN, references=[reference()])).concept
        [photo] = await store.references(HOME, bo.id)
        changes = [
            await store.rename(HOME, bo.id, "rex", ANN),
            await store.categorise(HOME, bo.id, "dog", ANN),
            await store.move_reference(HOME, photo.id, Box(0, 0, 5, 5), embedding(2), ANN),
        ]
        await store.rename(HOME, bo.id, "max", ANN)
        await store.categorise(HOME, bo.id, "wolf", ANN)
        await store.move_reference(HOME, photo.id, Box(0, 0, 6, 6), embedding(3), ANN)
        for change in changes:
            with pytest.raises(UserError, match="changed again"):
                await store.undo(HOME, ANN, change.id)
        concept = await store.concept(HOME, "max")
        assert concept.category == "wolf"


async def test_moving_a_photo_that_is_gone_can_not_be_undone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, info="barks")
        added = await store.remember(HOME, "bo", by=ANN, references=[reference()])
        moved = await store.move_reference(HOME, added.references[0], Box(0, 0, 5, 5), embedding(2), ANN)
        await store.undo(HOME, ANN, added.id)
        with pytest.raises(UserError):
            await store.undo(HOME, ANN, moved.id)


async def test_changes_of_a_forgotten_concept_wait_for_it_to_come_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        remembered = await store.remember(HOME, "bo", by=ANN, references=[reference()])
        forgotten = await store.forget(HOME, remembered.concept.id, ANN, undo_seconds=30)
        with pytest.raises(UserError, match="forgotten"):
            await store.undo(HOME, ANN, remembered.id)
        await store.undo(HOME, ROOT, forgotten.id)
        assert (await store.undo(HOME, ANN, remembered.id)).gone


async def test_a_move_undone_under_another_encoder_asks_for_embedding_anew(tmp_path: Path) -> None:
    async with opened(tmp_path, encoder="old") as store:
        added = await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await store.move_reference(HOME, added.references[0], Box(0, 0, 5, 5), embedding(2), ANN)
    async with opened(tmp_path, encoder="new") as store:
        await store.undo(HOME, ANN)
        assert await store.count_stale() == 1


async def test_only_who_made_a_change_or_an_admin_takes_it_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        remembered = await store.remember(HOME, "bo", by=ANN)
        renamed = await store.rename(HOME, remembered.concept.id, "rex", ROOT)
        for change in (remembered, renamed):
            with pytest.raises(NotAllowed, match="Only who made that change"):
                await store.undo(HOME, BEN, change.id)
        with pytest.raises(NotAllowed, match="Only who made that change"):
            await store.undo(HOME, ANN, renamed.id)
        assert (await store.undo(HOME, ROOT)).before == "rex"
        assert (await store.undo(HOME, ANN)).gone


async def test_an_undone_change_is_not_the_last_one_any_more(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await store.remember(HOME, "bo", by=ANN, info="barks")
        second = await store.describe(HOME, first.concept.id, "snores", ANN)
        await store.undo(HOME, ROOT)
        with pytest.raises(UserError, match="taken back already"):
            await store.undo(HOME, ANN, second.id)
        assert (await store.undo(HOME, ANN)).kind is first.kind


async def test_the_oldest_changes_are_let_go(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await store.remember(HOME, "bo", by=ANN)
        for number in range(KEPT_CHANGES + 16):
            await store.categorise(HOME, first.concept.id, str(number), ANN)
        with pytest.raises(UserError, match="nothing to take back"):
            await store.undo(HOME, ANN, first.id)
        assert (await store.undo(HOME, ANN)).before == str(KEPT_CHANGES + 15)


async def test_an_import_of_many_names_is_one_change_that_is_kept_whole(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "n7", by=ANN, category="dog", info="old", references=[reference(b"old")])
        import_id = None
        for number in range(KEPT_CHANGES + 50):
            new = NewConcept(f"n{number}", "cat", (NewInfo("a secret"),), (reference(b"PHOTO" * 99),))
            import_id = (await store.take_in(HOME, new, ANN, import_id=import_id)).id
            await store.remember(HOME, f"m{number % 3}", by=BEN)
        undone = await store.undo(HOME, ANN)
        assert (undone.kind, undone.count) == (ChangeKind.IMPORT, KEPT_CHANGES + 50)
        left = await store.concepts(HOME)
        assert [(one.name, one.category, one.info, one.photos) for one in left[:1]] == [("n7", "dog", "old", 1)]
        assert {one.name for one in left[1:]} == {"m0", "m1", "m2"}
        assert b"a secret" not in on_disk(tmp_path)
        assert b"PHOTO" not in on_disk(tmp_path)


async def test_an_import_is_taken_back_from_what_is_forgotten_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        kept = await store.remember(HOME, "bo", by=ANN, references=[reference(b"old")])
        new = NewConcept("bo", None, (NewInfo("a secret"),), (reference(b"new"),))
        imported = await store.take_in(HOME, new, ANN, concept_id=kept.concept.id)
        forgotten = await store.forget(HOME, kept.concept.id, ANN, undo_seconds=30)
        await store.undo(HOME, ANN, imported.id)
        await store.undo(HOME, ANN, forgotten.id)
        (bo,) = await store.concepts(HOME)
        assert (bo.info, [one.photo for one in await store.references(HOME, bo.id)]) == ("", [b"old"])


async def test_nothing_comes_in_any_more_once_an_import_is_taken_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        imported = await store.take_in(HOME, NewConcept("bo", None, (NewInfo("a"),)), ANN)
        await store.undo(HOME, ANN)
        with pytest.raises(UserError, match="taken back meanwhile"):
            await store.take_in(HOME, NewConcept("mia", None, (NewInfo("b"),)), ANN, import_id=imported.id)
        assert await store.concepts(HOME) == ()


async def test_nothing_is_left_of_a_name_when_all_who_taught_it_have_taken_it_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await store.remember(HOME, "bo", by=ANN, category="dog", info="sings", references=[reference(b"ann's")])
        second = await store.remember(HOME, "bo", by=BEN, references=[reference(b"ben's")])
        assert not (await store.undo(HOME, ANN, first.id)).gone
        assert (await store.undo(HOME, BEN, second.id)).gone
        assert not await store.concepts(HOME)


async def test_what_was_taught_is_taken_back_for_a_while_only_and_then_the_other_way_is_named(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await store.remember(HOME, "bo", by=ANN, references=[reference()])
        bo = first.concept
        told = await store.describe(HOME, bo.id, "barks", ANN)
        renamed = await store.rename(HOME, bo.id, "Max", ANN)
        limit = await store.undo(HOME, ANN, renamed.id, seconds=0)
        assert limit.name == "bo"
        with pytest.raises(UserError, match=r"/describe bo \|.*/forget bo"):
            await store.undo(HOME, ANN, told.id, seconds=-1)
        with pytest.raises(UserError, match="/forget bo still makes me forget bo"):
            await store.undo(HOME, ANN, first.id, seconds=-1)
        assert (await store.concept(HOME, "bo")).info == "barks"
        assert (await store.undo(HOME, ANN, told.id)).kind is ChangeKind.DESCRIBE
        assert (await store.undo(HOME, ANN, first.id, seconds=3600)).gone
