"""Consent to training: off by default, each person's own, on record, taken back at once and without a trace."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import NotAllowed, UserError
from core.messages import Chat, Sender
from core.policy.consent import WORDING
from core.store.store import Store
from core.store.values import NewConcept, NewInfo, TaughtConcept
from tests.support.databases.chosen import execute, on_disk
from tests.support.stores import ANN, BEN, HOME, ROOT, WORK, Clock, opened, reference, without_revisions

ALONE = Chat("test", "a", private=True)  # Ann's own chat with the bot
CHANNEL = Sender("-9", "Snow News", is_chat=True)


async def allow(store: Store, chat: Chat = HOME, *people: Sender) -> None:
    await store.set_setting(chat, "training", "on", ROOT)
    for one in people:
        await store.agree(chat, one, WORDING)


async def agreed(store: Store, chat: Chat = HOME) -> list[str]:
    return [one.name for one in (await store.consents(chat)).agreed]


def photos(taught: tuple[TaughtConcept, ...]) -> list[bytes]:
    return [one.photo for concept in taught for one in concept.references]


# ── consent ───────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_is_used_until_it_is_turned_on_and_then_of_nobody_who_has_not_agreed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await store.set_setting(HOME, "edits", "anyone", ROOT)
        assert await store.agreeing_chats() == ()
        assert await store.taught(HOME) == ()
        with pytest.raises(UserError, match="nothing to agree to"):
            await store.agree(HOME, ANN, WORDING)
        await allow(store)
        assert await agreed(store) == []  # not even who turned it on
        assert await store.agreeing_chats() == ()
        assert await store.taught(HOME) == ()


async def test_who_agreed_when_and_to_which_wording_and_who_turned_it_on_is_on_record(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await allow(store)
        began = clock.now
        clock.turn(60)
        await store.agree(HOME, ANN, WORDING)
        noted = await store.consents(HOME)
        assert noted.opened is not None
        assert (noted.opened.person, noted.opened.at, noted.opened.wording) == ("root", began, WORDING)
        assert [(one.person, one.name, one.at, one.wording) for one in noted.agreed] == [
            ("a", "Ann", clock.now, WORDING)
        ]
        assert noted.of("a") == noted.agreed[0]
        assert noted.of("b") is None
        await store.agree(HOME, ANN, WORDING)
        assert await agreed(store) == ["Ann"]
        assert await agreed(store, WORK) == []


async def test_who_is_alone_with_the_bot_agrees_by_turning_it_on_and_turns_it_off_by_taking_that_back(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await store.set_setting(ALONE, "training", "on", ANN)
        assert await agreed(store, ALONE) == ["Ann"]
        assert await store.withdraw(ALONE, ANN) == 1
        assert (await store.state(ALONE)).settings == {"training": "off"}
        assert await store.agreeing_chats() == ()
        await store.set_setting(replace(ALONE, id="nobody"), "training", "on", Sender(""))
        assert await store.agreeing_chats() == ()


@pytest.mark.parametrize("sender", [Sender(""), Sender("", admin=True), CHANNEL, replace(CHANNEL, admin=True)])
async def test_nobody_agrees_for_others(tmp_path: Path, sender: Sender) -> None:
    async with opened(tmp_path) as store:
        await allow(store)
        with pytest.raises(NotAllowed, match="Only you yourself"):
            await store.agree(HOME, sender, WORDING)
        assert await agreed(store) == []


async def test_a_consent_to_other_words_is_refused_and_an_older_one_counts_no_more(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await allow(store, HOME, ANN)
        with pytest.raises(UserError, match="has changed"):
            await store.agree(HOME, BEN, WORDING + 1)
    execute(tmp_path, "UPDATE consents SET wording = wording - 1")
    async with opened(tmp_path) as store:
        assert await agreed(store) == []
        assert await store.agreeing_chats() == ()
        assert await store.taught(HOME) == ()
        await store.agree(HOME, ANN, WORDING)
        assert len(await store.taught(HOME)) == 1


async def test_a_consent_is_taken_back_in_its_chat_or_everywhere_from_a_private_one(tmp_path: Path) -> None:
    elsewhere = Chat("other", "home")
    async with opened(tmp_path) as store:
        for chat in (HOME, WORK, elsewhere):
            await allow(store, chat, ANN, BEN)
        before = [await store.revision(chat) for chat in (HOME, WORK)]
        assert await store.withdraw(HOME, ANN) == 1
        assert await store.withdraw(HOME, ANN) == 0
        assert [await agreed(store, chat) for chat in (HOME, WORK)] == [["Ben"], ["Ann", "Ben"]]
        assert await store.withdraw(ALONE, ANN) == 1
        assert [await agreed(store, chat) for chat in (HOME, WORK)] == [["Ben"], ["Ben"]]
        assert await agreed(store, elsewhere) == ["Ann", "Ben"]  # of another platform: that Ann may be another one
        assert await store.withdraw(ALONE, Sender("")) == 0
        after = [await store.revision(chat) for chat in (HOME, WORK)]
        assert all(later > earlier for earlier, later in zip(before, after, strict=True))


async def test_turned_off_it_takes_all_consents_back_and_turned_on_again_it_asks_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await allow(store, HOME, ANN, BEN)
        await allow(store)  # said once more, it takes nobody's word back
        assert await agreed(store) == ["Ann", "Ben"]
        await store.set_setting(HOME, "training", "off", ROOT)
        assert await store.consents(HOME) == type(await store.consents(WORK))()
        await allow(store)
        assert await agreed(store) == []


async def test_undo_leaves_consents_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN, references=[reference()])).concept
        await allow(store, HOME, ANN)
        await store.forget(HOME, bo.id, ANN, undo_seconds=30)
        assert await store.taught(HOME) == ()
        await store.withdraw(HOME, ANN)
        assert (await store.undo(HOME, ANN)).name == "bo"  # what was taught, not the consent
        assert await agreed(store) == []
        assert await store.taught(HOME) == ()


async def test_forgetting_everything_takes_all_consents_back_and_undo_does_not_bring_them_again(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await store.set_setting(HOME, "replies", "all", ROOT)
        await allow(store, HOME, ANN)
        await store.forget_all(HOME, ROOT, undo_seconds=30)
        assert (await store.state(HOME)).settings == {"replies": "all", "training": "off"}
        await store.undo(HOME, ROOT)
        assert len(await store.concepts(HOME)) == 1
        assert await agreed(store) == []
        assert await store.taught(HOME) == ()


async def test_a_left_chat_is_not_used_and_its_consents_are_erased_with_it(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await allow(store, HOME, replace(ANN, name="Annabella"))
        clock.turn(60)
        await store.left(HOME, clock.now)
        assert await store.agreeing_chats() == ()
        assert await store.taught(HOME) == ()
        await store.left(HOME, None)
        assert [chat.key for chat in await store.agreeing_chats()] == [HOME.key]
        await store.left(HOME, clock.now)
        await store.erase_expired(clock.now)
        await store.left(HOME, None)
        assert await agreed(store) == []
        assert await store.agreeing_chats() == ()
        assert b"Annabella" not in on_disk(tmp_path)


async def test_no_byte_is_left_of_a_consent_that_was_taken_back(tmp_path: Path) -> None:
    people = [Sender(f"person-{number}", f"Annabella the {number}th") for number in range(40)]
    async with opened(tmp_path) as store:
        await allow(store, HOME, *people)
        assert b"Annabella" in on_disk(tmp_path)
        for one in people[::2]:
            await store.withdraw(HOME, one)
        await store.set_setting(HOME, "training", "off", ROOT)
        assert b"Annabella" not in on_disk(tmp_path)
        assert b"person-" not in on_disk(tmp_path)


async def test_a_group_that_moves_keeps_its_consents_and_two_that_become_one_are_asked_again(tmp_path: Path) -> None:
    new = Chat("test", "new")
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await allow(store, HOME, ANN)
        await store.move(HOME, new)
        assert await agreed(store, new) == ["Ann"]
        assert len(await store.taught(new)) == 1
        await store.remember(WORK, "mia", by=ANN, references=[reference()])
        await store.move(new, WORK)
        assert await store.agreeing_chats() == ()
        await allow(store, WORK)
        assert await agreed(store, WORK) == []


async def test_a_group_that_moves_to_where_training_was_turned_off_is_not_used(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference()])
        await allow(store, HOME, ANN)
        await store.set_setting(WORK, "training", "off", ROOT)
        await store.move(HOME, WORK)
        await allow(store, WORK)
        assert await store.taught(WORK) == ()


# ── what is used ──────────────────────────────────────────────────────────────────────────────────


async def test_only_what_people_who_agree_have_taught_is_used(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.set_setting(HOME, "edits", "anyone", ROOT)
        bo = (
            await store.remember(
                HOME, "bo", by=ANN, category="dog", info="Ann's text", references=[reference(b"Ann's photo")]
            )
        ).concept
        await store.remember(HOME, "bo", by=BEN, info="Ben's text", references=[reference(b"Ben's photo")])
        await store.add_reference(HOME, bo.id, reference(b"Ann's no", negative=True), ANN)
        await store.remember(HOME, "mia", by=BEN, references=[reference(b"Ben's mia")])
        await store.remember(HOME, "mia", by=ANN, references=[reference(b"Ann's mia")])
        await store.remember(HOME, "told of", by=ANN, info="nothing to see")
        await store.remember(WORK, "rex", by=ANN, references=[reference(b"at work")])
        await allow(store, HOME, ANN)
        await allow(store, WORK, BEN)
        (only,) = await store.taught(HOME)
        assert (only.id, only.category, [one.text for one in only.infos]) == (bo.id, "dog", ["Ann's text"])
        assert photos((only,)) == [b"Ann's photo"]
        assert (only.names[0], set(only.names)) == ("bo", {"bo", "mia", "told of", "Ann", "Ben", "Root"})
        assert await store.taught(WORK) == ()
        await store.agree(HOME, BEN, WORDING)
        assert photos(await store.taught(HOME)) == [b"Ann's photo", b"Ben's photo", b"Ben's mia", b"Ann's mia"]
        await store.withdraw(HOME, ANN)
        assert photos(await store.taught(HOME)) == [b"Ben's mia"]


async def test_what_came_with_an_archive_is_not_used_for_nobody_knows_whose_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        new = NewConcept("bo", "dog", (NewInfo("of another chat"),), (reference(b"of another chat"),))
        bo = (await store.take_in(HOME, new, ANN)).concept
        await allow(store, HOME, ANN)
        assert await store.taught(HOME) == ()
        await store.remember(HOME, "bo", by=ANN, references=[reference(b"Ann's own")])
        (only,) = await store.taught(HOME)
        assert (only.id, only.infos, photos((only,))) == (bo.id, (), [b"Ann's own"])


async def test_a_text_stays_whose_it_is_when_it_is_dropped_and_taken_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.set_setting(HOME, "edits", "anyone", ROOT)
        bo = (await store.remember(HOME, "bo", by=ANN, info="barks", references=[reference()])).concept
        await store.describe(HOME, bo.id, "sings", BEN)
        await allow(store, HOME, ANN)
        await store.undescribe(HOME, bo.id, BEN, undo_seconds=30)
        assert (await store.taught(HOME))[0].infos == ()
        await store.undo(HOME, BEN)
        assert [one.text for one in (await store.taught(HOME))[0].infos] == ["barks"]


async def test_two_that_became_one_are_used_by_whose_photos_and_texts_they_are(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        one = (await store.remember(HOME, "bo", by=ANN, info="barks", references=[reference(b"Ann's")])).concept
        other = (await store.remember(HOME, "lu", by=BEN, info="sings", references=[reference(b"Ben's")])).concept
        await store.merge(HOME, one.id, other.id, ROOT)
        await allow(store, HOME, ANN)
        (only,) = await store.taught(HOME)
        assert (photos((only,)), [info.text for info in only.infos]) == ([b"Ann's"], ["barks"])
        assert "lu" in only.names
        await store.rename(HOME, one.id, "rex", ANN)
        assert {"bo", "rex", "lu"} <= set((await store.taught(HOME))[0].names)


@pytest.mark.sqlite
async def test_of_an_older_store_only_what_is_on_record_is_used(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await store.remember(HOME, "bo", by=ANN, info="barks", references=[reference(b"on record")])
        await store.remember(HOME, "lu", by=ANN, info="sings", references=[reference(b"not on record")])
        await store.take_in(HOME, NewConcept("bo", None, (NewInfo("x"),), (reference(b"imported"),)), ANN)
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:  # as 0005 had it
        without_revisions(db)
        db.execute("DROP TABLE consents")
        db.execute("DROP TABLE inbox")
        db.execute("DROP TABLE info_authors")
        db.execute("ALTER TABLE reference_authors DROP COLUMN taught")
        db.execute("DELETE FROM changes WHERE id = 2")
        db.execute("UPDATE alembic_version SET version_num = '0005'")
    async with opened(tmp_path, plain=True) as store:
        await allow(store, HOME, ANN)
        (only,) = await store.taught(HOME)
        assert (photos((only,)), [info.text for info in only.infos]) == ([b"on record"], ["barks"])
