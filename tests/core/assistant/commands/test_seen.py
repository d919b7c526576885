"""`/seen`, the diary behind it, and the photos that people keep."""

from __future__ import annotations

from pathlib import Path

from core.messages import Chat, Reply
from tests.core.assistant.test_assistant import ADMIN, ANN, BEN, Talk, talking
from tests.support.fakes import blocks


async def _taught(talk: Talk) -> None:
    await talk.say("/settings diary on", sender=ADMIN)
    await talk.say("/remember bo", blocks("red"))


def _offers(reply: Reply) -> list[str]:
    return [button.value for button in reply.buttons]


# ── the diary ─────────────────────────────────────────────────────────────────────────────────────


async def test_who_was_surely_seen_is_told_with_when_and_who_sent_the_photo(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await _taught(talk)
        assert (await talk.say("/seen bo")).text == "I haven't seen bo since I started keeping a diary."
        await talk.say("who is this?", blocks("red", "pink"), sender=BEN, id="m1")
        await talk.say("where is bo?", sender=ANN)  # about Ben's photo still
        [note] = await talk.running.store.notes(talk.chat, 1)
        assert note.sender == "Ben"
        told = (await talk.say("/seen BO")).text
        assert told.startswith("I last saw bo today at ")
        assert told.endswith("; Ben sent the photo.")
        await talk.say("", blocks("red"), id="m2")
        told = (await talk.say("/seen bo")).text
        assert "; Ann sent the photo.\nBefore that I saw bo today at " in told
        assert told.endswith(" (Ben).")


async def test_strangers_and_guesses_and_photos_that_nobody_was_told_of_are_not_noted(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await _taught(talk)
        await talk.say("/settings replies known", sender=ADMIN)
        await talk.say("", blocks("blue"), addressed=False)
        await talk.say("/list")
        assert await talk.running.store.count_notes(talk.chat) == 0
        await talk.say("", blocks("red"), addressed=False)
        assert await talk.running.store.count_notes(talk.chat) == 1


async def test_without_a_diary_it_says_kindly_how_to_have_one(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"))
        await talk.say("", blocks("red"))
        refused = await talk.say("/seen bo")
        assert refused.text == ("I don't note down whom I see when. An admin of this chat can ask me to keep a diary.")
        assert refused.buttons == ()
        offered = await talk.say("/seen bo", sender=ADMIN)
        assert offered.question
        assert _offers(offered) == [offered.question.yes] == ["/settings diary on"]
        assert await talk.running.store.count_notes(talk.chat) == 0
        await talk.press(offered, "Keep a diary", sender=ADMIN)
        await talk.say("", blocks("red"))
        assert (await talk.say("/seen bo")).text.startswith("I last saw bo today")


async def test_turning_the_diary_off_says_that_it_is_erased_and_asks(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await _taught(talk)
        await talk.say("", blocks("red"))
        asked = await talk.say("/settings diary off", sender=ADMIN)
        assert asked.text == "Then I erase my diary, too: 1 note of when I saw someone. Shall I?"
        assert await talk.running.store.count_notes(talk.chat) == 1
        refused = await talk.say(asked.buttons[0].value, sender=BEN)
        assert refused.text == "Only an admin of this chat may change the settings."
        await talk.press(asked, "Yes, erase the diary", sender=ADMIN)
        assert await talk.running.store.count_notes(talk.chat) == 0
        assert "diary: off" in (await talk.say("/settings")).text


async def test_a_no_takes_the_note_back(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await _taught(talk)
        reply = await talk.say("", blocks("red"), id="m1")
        await talk.press(reply, "Not bo")
        assert await talk.running.store.count_notes(talk.chat) == 0


async def test_the_diary_of_one_chat_is_no_other_chats(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await _taught(talk)
        other = talk.elsewhere(Chat("test", "away"))
        await _taught(other)
        await talk.say("", blocks("red"))
        assert (await other.say("/seen bo")).text == "I haven't seen bo since I started keeping a diary."


# ── kept photos ───────────────────────────────────────────────────────────────────────────────────


async def test_photos_that_were_kept_are_found_by_all_whom_they_show(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"))
        await talk.say("/remember Kai", blocks("blue"))
        assert (await talk.say("/photos")).text == "I've kept no photo here. Send one with /keep, and I will."
        assert (await talk.say("/keep", blocks("red"), id="m1")).text == "I've kept it as photo 1: bo."
        await talk.say("who is this?", blocks("red", "blue"), sender=BEN, id="m2")
        both = await talk.say("/keep", reply_to="m2", sender=BEN)
        assert both.text == "I've kept it as photo 2: bo and Kai."
        assert (await talk.say("/keep", reply_to="m2")).text == "I've kept that photo already: it is number 2."
        found = await talk.say("/photos bo and Kai")
        assert found.text == "I've kept 1 photo of bo and Kai:\nPhoto 2: bo and Kai (kept by Ben, today)"
        assert [card.title for card in found.cards] == ["Photo 2"]
        assert found.cards[0].image
        for asked in ("bo", "BO", "bo |", "/photos"):
            shown = await talk.say(f"/photos {asked.removeprefix('/photos')}")
            assert [card.title for card in shown.cards] == ["Photo 2", "Photo 1"]
        for asked in ("Kai | bo", "bo, Kai", "bo und Kai", "bo y Kai", "bo和Kai"):
            assert [card.title for card in (await talk.say(f"/photos {asked}")).cards] == ["Photo 2"]
        assert "called Luna here" in (await talk.say("/photos bo and Luna")).text.replace("luna", "Luna")


async def test_a_kept_photo_is_let_go_by_its_button_and_comes_back(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/keep", blocks("red"))
        shown = await talk.say("/photos")
        assert "nobody I know" in shown.text
        refused = await talk.say("/unkeep 1", sender=BEN)
        assert refused.text == "Only whoever kept that photo, or an admin of this chat, may let it go."
        gone = await talk.press(shown, "Let photo 1 go")
        assert gone.text == "I've let go of photo 1."
        assert (await talk.say("/photos")).cards == ()
        assert (await talk.say(gone.buttons[0].value, pressed=True)).text == "Photo 1 is back."
        assert len((await talk.say("/photos")).cards) == 1


async def test_a_forgotten_name_takes_its_kept_photos_along_and_replies_about_them_rest_on_it(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"))
        await talk.say("/remember Kai", blocks("blue"))
        await talk.say("/keep", blocks("red", "blue"))
        shown = await talk.say("/photos Kai")
        assert {words for _, words in shown.basis.facts} == {"bo", "kai"}
        await talk.say("/forget bo")
        assert (await talk.say("/photos Kai")).text == "I've kept no photo that shows Kai."
        await talk.say("/undo")
        assert len((await talk.say("/photos Kai")).cards) == 1


async def test_with_the_setting_each_photo_of_somebody_known_is_kept_and_no_other(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"))
        await talk.say("", blocks("red"))
        await talk.say("/settings keep known", sender=ADMIN)
        await talk.say("", blocks("green"), id="m1")
        await talk.say("", blocks("red", "green"), id="m2")
        await talk.say("where is bo?", id="m3")
        assert [one.shows for one in await talk.running.store.kept(talk.chat)] == [("bo",)]


async def test_forgetting_everything_asks_of_kept_photos_too(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/keep", blocks("red"))
        asked = await talk.say("/forgetall", sender=ADMIN)
        assert asked.text == "That erases all photos that I've kept here. Are you sure?"
        done = await talk.press(asked, "Yes, forget everything", sender=ADMIN)
        assert await talk.running.store.kept(talk.chat) == ()
        assert (await talk.say(done.buttons[0].value, sender=ADMIN, pressed=True)).text == "The photos are back."


async def test_diary_facts_and_kept_photos_come_with_an_archive_once_and_go_with_undo(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await _taught(talk)
        await talk.say("", blocks("red"), sender=BEN, id="m1")
        await talk.say("/keep", blocks("red"), id="m2")
        (packed,) = (await talk.say("/export", sender=ADMIN)).attachments
        away = talk.elsewhere(Chat("test", "away"))
        taken = await away.say("/import", files=(packed,))
        assert taken.text == "I've taken in 1 name with 1 photo. I've kept 1 photo of it."
        assert [card.text for card in (await away.say("/photos bo")).cards] == ["bo (kept by Ann, today)"]
        assert "; Ben sent the photo." in (await away.say("/seen bo")).text
        again = await away.say("/import", files=(packed,))
        assert "taken in" not in again.text
        assert len((await away.say("/photos")).cards) == 1
        await away.say("/undo")
        assert await talk.running.store.kept(away.chat) == ()
        assert await talk.running.store.concepts(away.chat) == ()
        assert len(await talk.running.store.kept(talk.chat)) == 1


async def test_show_tells_of_kept_photos_with_a_button_to_them(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"))
        assert not (await talk.say("/show bo")).buttons
        await talk.say("/keep", blocks("red"))
        shown = await talk.say("/show bo")
        assert shown.text.endswith("I also keep 1 photo of bo.")
        assert [button.value for button in shown.buttons] == ["/photos bo"]
