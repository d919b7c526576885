"""What the store remembers, how it is edited, and who can reach it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.concepts import Box
from core.errors import UnknownConcept, UserError
from core.messages import Chat, Sender
from core.policy.quotas import Usage
from core.store.store import utc_now
from core.store.values import ChangeKind
from tests.support.clock import skip
from tests.support.stores import ANN, BEN, HOME, ROOT, WORK, Clock, embedding, opened, reference


async def test_a_remembered_concept_is_there_with_all_it_was_given(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        change = await store.remember(
            HOME, "bo", by=ANN, category="dog", info="barks", references=[reference(b"a jpeg", seed=7)]
        )
        concept = await store.concept(HOME, "bo")
        [stored] = await store.references(HOME, concept.id)
        memory = await store.memory(HOME)
    assert change.created
    assert change.kind is ChangeKind.REMEMBER
    assert change.concept == concept
    assert (concept.name, concept.category, concept.info, concept.photos) == ("bo", "dog", "barks", 1)
    assert (concept.creator_id, concept.creator_name, concept.created_at) == ("a", "Ann", clock.now)
    assert concept.infos[0].at == clock.now
    assert (stored.photo, stored.box, stored.candidates) == (b"a jpeg", (1, 2, 30, 40), ((0, 0, 9, 9),))
    assert (stored.author, stored.at, stored.negative) == ("Ann", clock.now, False)
    assert change.references == (stored.id,)
    [known] = memory.references
    assert (known.id, known.concept_id, known.negative) == (stored.id, concept.id, False)
    np.testing.assert_array_equal(known.embedding.vector, embedding(7).vector)
    np.testing.assert_array_equal(known.embedding.parts, embedding(7).parts)


async def test_the_same_name_again_adds_to_the_concept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "Bo", by=ANN, category="dog", info="barks", references=[reference()])
        ben = Sender(BEN.id, BEN.name, admin=True)
        change = await store.remember(HOME, "  ｂＯ ", by=ben, info="snores", references=[reference()] * 2)
        [concept] = await store.concepts(HOME)
    assert not change.created
    assert len(change.references) == 2
    assert (concept.name, concept.category, concept.photos) == ("Bo", "dog", 3)
    assert [info.text for info in concept.infos] == ["barks", "snores"]
    assert [info.author for info in concept.infos] == ["Ann", "Ben"]
    assert concept.creator_id == "a"


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("bo", "BO"),
        ("Straße", "STRASSE"),
        ("ﬁona", "fiona"),
        ("ada  l", "Ada L"),
        ("🦊", "🦊"),
        ("أحمد", "أحمد"),
    ],
)
async def test_names_compare_without_case_and_form(tmp_path: Path, stored: str, asked: str) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, stored, by=ANN)
        assert (await store.concept(HOME, asked)).name == stored


@pytest.mark.parametrize("text", ["'; DROP TABLE concepts; --", "%_", "<b>bold</b>", "ש" * 10_000])
async def test_any_text_is_stored_as_it_is(tmp_path: Path, text: str) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, text, by=ANN, info=text, category=text)
        concept = await store.concept(HOME, text)
    assert (concept.name, concept.info, concept.category) == (text, text, text)


@pytest.mark.parametrize("text", ["half of an emoji: \ud83d", "nothing: \0"])
async def test_broken_text_gets_a_clear_sentence_and_leaves_nothing(tmp_path: Path, text: str) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(UserError, match="broken characters"):
            await store.remember(HOME, "bo", by=ANN, info=text)
        with pytest.raises(UserError, match="broken characters"):
            await store.remember(HOME, "bo", by=Sender("a", text))
        assert await store.concepts(HOME) == ()
        assert await store.revision(HOME) == 0


async def test_a_chat_of_broken_text_gets_a_clear_sentence(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(UserError, match="broken characters"):
            await store.state(Chat("test", "\ud83d"))


async def test_chats_never_see_each_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        change = await store.remember(HOME, "bo", by=ANN, references=[reference()])
        bo, photo = change.concept.id, change.references[0]
        await store.remember(WORK, "bo", by=BEN)
        assert len(await store.concepts(WORK)) == 1
        assert (await store.memory(WORK)).references == ()
        assert await store.references(WORK, bo) == ()
        assert await store.first_references(WORK) == {}
        for trespass in (
            lambda: store.reference(WORK, photo),
            lambda: store.rename(WORK, bo, "rex", BEN),
            lambda: store.describe(WORK, bo, "mine", BEN),
            lambda: store.categorise(WORK, bo, "cat", BEN),
            lambda: store.forget(WORK, bo, BEN, undo_seconds=0),
            lambda: store.add_reference(WORK, bo, reference(), BEN),
            lambda: store.move_reference(WORK, photo, Box(0, 0, 1, 1), embedding(), BEN),
            lambda: store.undo(WORK, BEN, change.id),
        ):
            with pytest.raises(UserError):
                await trespass()
        [concept] = await store.concepts(HOME)
    assert (concept.name, concept.info, concept.photos) == ("bo", "", 1)


async def test_threads_of_a_chat_share_its_memory(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(Chat("test", "home", thread="1"), "bo", by=ANN)
        assert (await store.concept(Chat("test", "home", thread="2"), "bo")).name == "bo"


async def test_an_unknown_name_is_named_in_the_error(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(UnknownConcept, match="rex"):
            await store.concept(HOME, "rex")


async def test_every_edit_raises_the_revision_of_its_chat_only(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(WORK, "rex", by=BEN)
        there = await store.revision(WORK)
        change = await store.remember(HOME, "bo", by=ANN, references=[reference()])
        bo, seen = change.concept.id, [await store.revision(HOME)]
        for edit in (
            lambda: store.rename(HOME, bo, "rex", ANN),
            lambda: store.describe(HOME, bo, "barks", ANN),
            lambda: store.categorise(HOME, bo, "dog", ANN),
            lambda: store.add_reference(HOME, bo, reference(negative=True), ANN),
            lambda: store.move_reference(HOME, change.references[0], Box(0, 0, 5, 5), embedding(2), ANN),
            lambda: store.store_embedding(change.references[0], embedding(3)),
            lambda: store.set_setting(HOME, "replies", "all", ROOT),
            lambda: store.undo(HOME, ANN),
            lambda: store.forget(HOME, bo, ANN, undo_seconds=30),
            lambda: store.forget_all(HOME, ROOT, undo_seconds=30),
        ):
            await edit()
            seen.append(await store.revision(HOME))
        assert [later - earlier for earlier, later in pairwise(seen)] == [1] * 10
        assert await store.revision(WORK) == there


async def test_a_refused_edit_changes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        await store.remember(HOME, "rex", by=ANN)
        before = await store.revision(HOME)
        with pytest.raises(UserError, match="already is a REX"):
            await store.rename(HOME, bo.id, "REX", ANN)
        assert await store.revision(HOME) == before
        assert {concept.name for concept in await store.concepts(HOME)} == {"bo", "rex"}


async def test_a_concept_may_be_renamed_to_its_own_name_in_other_letters(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        assert (await store.rename(HOME, bo.id, "Bo", ANN)).concept.name == "Bo"
        assert (await store.concept(HOME, "bo")).name == "Bo"


async def test_settings_stay_side_by_side(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert (await store.state(HOME)).settings == {}
        await store.set_setting(HOME, "replies", "known", ROOT)
        await store.set_setting(HOME, "edits", "anyone", ROOT)
        await store.set_setting(HOME, "replies", "all", ROOT)
        await store.set_setting(WORK, "replies", "addressed", ROOT)
        state = await store.state(HOME)
    assert state.settings == {"replies": "all", "edits": "anyone"}


async def test_a_negative_reference_is_kept_but_is_no_photo_of_the_concept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN, references=[reference()])).concept
        change = await store.add_reference(HOME, bo.id, reference(negative=True), BEN)
        memory = await store.memory(HOME)
        assert change.concept.photos == 1
        assert [one.negative for one in memory.references] == [False, True]
        assert [one.negative for one in await store.references(HOME, bo.id)] == [False, True]


async def test_a_moved_reference_means_the_other_region(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        change = await store.remember(HOME, "bo", by=ANN, references=[reference(seed=1)])
        await store.move_reference(HOME, change.references[0], Box(5, 6, 7, 8), embedding(2), ANN)
        concept, moved = await store.reference(HOME, change.references[0])
        [known] = (await store.memory(HOME)).references
    assert (concept.name, moved.box) == ("bo", Box(5, 6, 7, 8))
    np.testing.assert_array_equal(known.embedding.vector, embedding(2).vector)


async def test_a_gallery_gets_each_concepts_first_positive_photo(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept.id
        rex = (await store.remember(HOME, "rex", by=ANN, references=[reference(b"r1")])).concept.id
        await store.remember(HOME, "nobody", by=ANN)
        await store.add_reference(HOME, bo, reference(b"not bo", negative=True), ANN)
        await store.remember(HOME, "bo", by=ANN, references=[reference(b"b1"), reference(b"b2")])
        firsts = await store.first_references(HOME)
        assert {concept: one.photo for concept, one in firsts.items()} == {bo: b"b1", rex: b"r1"}
        assert set(await store.first_references(HOME, [rex])) == {rex}


async def test_usage_counts_what_the_chat_keeps(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert await store.usage(HOME) == Usage(0, 0, 0)
        await store.remember(HOME, "bo", by=ANN, references=[reference(b"12345"), reference(b"123")])
        await store.remember(WORK, "rex", by=ANN, references=[reference(b"1")])
        assert await store.usage(HOME) == Usage(1, 2, 8)


async def test_another_encoder_finds_its_embeddings_missing_and_makes_them(tmp_path: Path) -> None:
    async with opened(tmp_path, encoder="old") as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference(b"a", seed=1), reference(b"b", seed=2)])
        assert await store.count_stale() == 0
    async with opened(tmp_path, encoder="new") as store:
        assert (await store.memory(HOME)).references == ()
        assert await store.count_stale() == 2
        [(key, first)] = await store.stale_references(1)
        [(_, second)] = await store.stale_references(5, after=first.id)
        assert (key, first.photo, second.photo) == (HOME.key, b"a", b"b")
        await store.store_embedding(first.id, embedding(3))
        assert await store.count_stale() == 1
        [known] = (await store.memory(HOME)).references
        np.testing.assert_array_equal(known.embedding.vector, embedding(3).vector)
    async with opened(tmp_path, encoder="old") as store:
        assert await store.count_stale() == 0


async def test_an_embedding_for_an_erased_reference_is_dropped(tmp_path: Path) -> None:
    async with opened(tmp_path, encoder="new") as store:
        change = await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await store.forget(HOME, change.concept.id, ANN, undo_seconds=0)
        await store.store_embedding(change.references[0], embedding())
        assert (await store.memory(HOME)).references == ()


async def test_a_moved_chat_takes_everything_along(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await store.set_setting(HOME, "replies", "all", ROOT)
        rex = (await store.remember(HOME, "rex", by=ANN)).concept
        await store.forget(HOME, rex.id, ANN, undo_seconds=30)
        await store.move(HOME, WORK)
        assert await store.concepts(HOME) == ()
        assert (await store.state(HOME)).revision == 0
        assert (await store.state(WORK)).settings == {"replies": "all"}
        assert (await store.undo(WORK, ANN)).name == "rex"
        assert [concept.name for concept in await store.concepts(WORK)] == ["bo", "rex"]
        assert len((await store.memory(WORK)).references) == 1


async def test_two_memories_become_one_and_the_older_namesake_keeps_its_name(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await store.remember(HOME, "Bo", by=ANN, info="older")
        await store.remember(WORK, "rex", by=BEN, info="older")
        clock.turn(1)
        await store.remember(WORK, "bo", by=BEN, info="younger")
        await store.remember(HOME, "rex", by=ANN, info="younger")
        await store.remember(HOME, "bo (2)", by=ANN, info="in the way")
        await store.set_setting(HOME, "replies", "all", ROOT)
        await store.set_setting(WORK, "replies", "known", ROOT)
        before = await store.revision(WORK)
        await store.move(HOME, WORK)
        found = {concept.name: concept.info for concept in await store.concepts(WORK)}
        assert found == {
            "Bo": "older",
            "rex": "older",
            "bo (3)": "younger",
            "rex (2)": "younger",
            "bo (2)": "in the way",
        }
        assert (await store.concept(WORK, "BO (3)")).info == "younger"
        assert (await store.state(WORK)).settings == {"replies": "known"}
        assert await store.revision(WORK) > before


async def test_a_dropped_chat_is_gone_and_comes_back_under_a_later_revision(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        change = await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await store.set_setting(HOME, "replies", "all", ROOT)
        await store.remember(WORK, "rex", by=BEN)
        before = await store.revision(HOME)
        await store.left(HOME, utc_now())
        await store.erase_expired(utc_now())
        assert await store.concepts(HOME) == ()
        assert await store.state(HOME) == (await store.state(Chat("test", "never")))
        with pytest.raises(UserError):
            await store.undo(HOME, ANN, change.id)
        await store.remember(HOME, "new", by=ANN)
        assert await store.revision(HOME) > before
        assert len(await store.concepts(WORK)) == 1


async def test_a_persons_homes_are_the_chats_of_one_platform_where_they_remembered_something(
    tmp_path: Path,
) -> None:
    elsewhere, alone = Chat("test_2", "home"), Chat("test", "a")
    async with opened(tmp_path) as store:
        for chat, person in ((HOME, ANN), (WORK, BEN), (elsewhere, ANN), (alone, ANN)):
            await store.remember(chat, "bo", by=person, references=[reference()])
        assert await store.homes(alone, ANN) == (alone, HOME)
        gone = await store.concept(HOME, "bo")
        await store.forget(HOME, gone.id, ANN, undo_seconds=30)
        assert await store.homes(alone, ANN) == (alone,)


async def test_who_watches_a_chat_hears_of_its_edits_at_once_and_of_others_in_time(tmp_path: Path) -> None:
    heard = asyncio.Queue[None]()

    async def check() -> None:
        heard.put_nowait(None)

    async with opened(tmp_path) as store:
        watching = asyncio.create_task(store.watch(HOME, check, seconds=60))
        await asyncio.sleep(0)
        await store.remember(WORK, "rex", by=BEN)
        assert heard.empty()
        await store.remember(HOME, "bo", by=ANN)
        await heard.get()
        await asyncio.sleep(0)
        skip(61)
        await heard.get()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert not store._listeners._waiting


async def test_names_that_hold_what_is_typed_are_found_with_their_texts(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for name in ("Bobby", "Robo", "Bob", "Ann", "Boo"):
            await store.remember(HOME, name, by=ANN, info="barks", references=[reference()])
        await store.remember(WORK, "Bowie", by=ANN)
        await store.forget(HOME, (await store.concept(HOME, "Ann")).id, ANN, undo_seconds=30)
        found = await store.named_like(HOME, "BO", 2)
        assert [one.name for one in found] == ["Bob", "Bobby"]
        assert [info.text for info in found[0].infos] == ["barks"]
        assert [one.name for one in await store.named_like(HOME, "bo", 9)] == ["Bob", "Bobby", "Boo", "Robo"]
