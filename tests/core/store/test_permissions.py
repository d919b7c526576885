"""Every edit × role: the store itself refuses who has no right to an edit, whoever calls it."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import pytest

from core.concepts import Box
from core.errors import NotAllowed, UserError
from core.messages import Chat, Sender
from core.store.store import Store
from core.store.values import NewKept
from tests.support.hostile.rights import CREATOR, IMPORTED, ROLES, STORE_EDITS, Needs, StoreEdit
from tests.support.stores import ANN, BEN, HOME, ROOT, embedding, opened, reference

NOBODY = ROLES["nobody"]


async def attempt(folder: Path, edit: StoreEdit, chat: Chat, by: Sender, edits: str = "creator") -> bool:
    """Whether the edit of Ann's bo was done; where it was refused, nothing has changed."""
    folder.mkdir()
    async with opened(folder) as store:
        await store.set_setting(chat, "edits", edits, ROOT)
        await store.set_setting(chat, "training", "on", ROOT)
        added = await store.remember(chat, "bo", by=CREATOR, info="barks", references=[reference()])
        await store.keep(chat, NewKept(b"kept", {added.concept.id: True}, "m1 0"), CREATOR)
        await store.remember(chat, "lu", by=CREATOR, info="meows")
        before = await store.state(chat), await store.concepts(chat), await store.references(chat, added.concept.id)
        try:
            await edit(store, chat, added.concept.id, added.references[0], by)
        except NotAllowed:
            after = await store.state(chat), await store.concepts(chat), await store.references(chat, added.concept.id)
            assert after == before
            return False
        assert (await store.state(chat)).revision > before[0].revision
        return True


@pytest.mark.parametrize("name", STORE_EDITS)
@pytest.mark.parametrize("edits", ["creator", "anyone"])
async def test_an_edit_is_done_for_those_who_may_and_refused_to_all_others(
    tmp_path: Path, name: str, edits: str
) -> None:
    edit, needs = STORE_EDITS[name]
    done = {role for role, sender in ROLES.items() if await attempt(tmp_path / role, edit, HOME, sender, edits)}
    assert done == {role for role in ROLES if needs.met_by(role, edits)}


@pytest.mark.parametrize("name", STORE_EDITS)
async def test_who_is_alone_with_the_bot_may_do_everything(tmp_path: Path, name: str) -> None:
    assert await attempt(tmp_path / "alone", STORE_EDITS[name][0], replace(HOME, private=True), BEN)


async def test_two_become_one_only_for_who_may_change_both(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        anns = (await store.remember(HOME, "bo", by=ANN)).concept.id
        bens = (await store.remember(HOME, "lu", by=BEN)).concept.id
        for one, other, by in ((anns, bens, ANN), (bens, anns, ANN), (anns, bens, BEN), (bens, anns, BEN)):
            with pytest.raises(NotAllowed, match=r"who (bo|lu) is"):
                await store.merge(HOME, one, other, by)
        assert (await store.merge(HOME, anns, bens, ROOT)).concept.name == "bo"


async def test_who_added_a_photo_may_take_it_away_or_give_it_to_another(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference()])
        bens = (await store.remember(HOME, "bo", by=BEN, references=[reference(), reference()])).references
        await store.reassign_reference(HOME, bens[0], "lu", BEN)
        await store.remove_reference(HOME, bens[1], BEN, undo_seconds=30)
        assert {one.name: one.photos for one in await store.concepts(HOME)} == {"bo": 1, "lu": 1}


def test_every_edit_of_the_store_is_tried() -> None:
    edits = {name for name, method in vars(Store).items() if "by" in getattr(method, "__annotations__", {})}
    tried = " ".join(inspect.getsource(edit) for edit, _ in STORE_EDITS.values())
    assert {name for name in edits if not name.startswith("_") and f".{name}(" not in tried} == set()
    assert {needs for _, needs in STORE_EDITS.values()} == set(Needs)


async def test_what_an_anonymous_person_has_made_is_no_other_anonymous_persons(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=NOBODY)).concept
        with pytest.raises(NotAllowed):
            await store.forget(HOME, bo.id, NOBODY, undo_seconds=0)


async def test_who_added_a_photo_to_anothers_concept_may_say_which_region_was_meant(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        added = await store.remember(HOME, "bo", by=BEN, references=[reference()])
        moved = await store.move_reference(HOME, added.references[0], Box(0, 0, 5, 5), embedding(2), BEN)
        assert moved.references == added.references


async def test_undoing_an_old_change_takes_no_later_one_of_somebody_else_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        filled = await store.remember(HOME, "bo", by=BEN, references=[reference()], detected="dog")
        await store.categorise(HOME, bo.id, "dog", ANN)
        assert not (await store.undo(HOME, BEN, filled.id)).gone
        assert (await store.concept(HOME, "bo")).category == "dog"

        await store.set_setting(HOME, "edits", "anyone", ROOT)
        renamed = await store.rename(HOME, bo.id, "rex", BEN)
        for name in ("bo", "rex"):
            await store.rename(HOME, bo.id, name, ANN)
        with pytest.raises(UserError, match="changed again since then"):
            await store.undo(HOME, BEN, renamed.id)
        assert (await store.concept(HOME, "rex")).id == bo.id


async def test_a_category_that_was_taken_away_is_not_detected_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN, detected="dog")).concept
        await store.categorise(HOME, bo.id, None, ANN)
        await store.remember(HOME, "bo", by=BEN, references=[reference()], detected="dog")
        assert (await store.concept(HOME, "bo")).category is None


async def test_what_an_admin_has_forgotten_takes_an_admin_to_bring_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.set_setting(HOME, "edits", "anyone", ROOT)
        await store.remember(HOME, "bo", by=ANN)
        await store.forget_all(HOME, ROOT, undo_seconds=30)
        with pytest.raises(NotAllowed):
            await store.undo(HOME, BEN)
        assert (await store.undo(HOME, ROOT)).count == 1


async def test_an_import_changes_what_was_told_only_for_who_may(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN, category="dog", info="barks")).concept
        taken = await store.take_in(HOME, IMPORTED, BEN, concept_id=bo.id)
        assert (taken.kept_words, taken.concept.category, taken.concept.info, taken.concept.photos) == (
            *(True, "dog", "barks", 1),
        )
        taken = await store.take_in(HOME, IMPORTED, ANN, concept_id=bo.id)
        assert (taken.kept_words, taken.concept.category, taken.concept.info) == (False, "cat", "sings")
