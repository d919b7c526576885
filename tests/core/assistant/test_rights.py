"""No command, button, import or undo goes round the rights: each way to each edit, for each role."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Config
from bot.running.rapport import rapport
from core.messages import Attachment, Sender
from tests.core.assistant.test_assistant import ADMIN, ANN, BEN, Talk, talking
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models
from tests.support.hostile.rights import ACCESS, EDITS, UNLIMITED, attempts

NOBODY = Sender("")


@pytest.mark.parametrize("name", EDITS)
async def test_an_edit_is_done_for_those_who_may_and_refused_to_all_others(tmp_path: Path, name: str) -> None:
    async with rapport(unlimited(tmp_path), fake_models(), decoders=shared_decoders()) as running:
        edit = EDITS[name]  # no photo comes with a press, and nobody types what a button says
        ways = ["typed"] * ("{" not in edit.text) + ["button"] * (not edit.colours)
        tried = [one async for one in attempts(running, [name], ways)]
    assert [one for one in tried if not one.held] == []
    assert {one.role for one in tried} >= {"channel", "anonymous admin", "webhook", "blocked", "not allowed"}


async def test_no_way_goes_round_the_rights_nor_does_a_looser_setting(tmp_path: Path) -> None:
    async with rapport(unlimited(tmp_path), fake_models(), decoders=shared_decoders()) as running:
        tried = [one async for one in attempts(running, ["describe", "undo that change", "let anybody edit"])]
        loose = attempts(running, ["rename", "forget", "forget everything"], ["typed"], edits="anyone", start=5000)
        tried += [one async for one in loose]
    assert [one for one in tried if not one.held] == []


def unlimited(folder: Path) -> Config:
    """A configuration with the lists that the matrix wants, and without quotas."""
    config = {"store": {"url": f"sqlite+aiosqlite:///{folder / 'test.db'}"}, "access": ACCESS, "quotas": UNLIMITED}
    return Config.model_validate(config)


async def test_a_button_counts_once_whoever_presses_it_and_however_fast(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        learnt = await talk.say("/remember bo", blocks("red", "blue"), sender=ANN)
        seen = await talk.say("", blocks("red"), sender=ANN)
        asked = await talk.say("/forgetall", sender=ADMIN)
        meant = next(one for one in learnt.buttons if one.value.startswith("/aim"))
        no, everything_ = seen.buttons[0], asked.buttons[0]
        for button in (no, meant):
            tries = [talk.say(button.value, sender=one, pressed=True) for one in (ANN, ADMIN, ANN)]
            said = [one.text for one in await asyncio.gather(*tries)]
            assert sum("already" in one for one in said) == 2, said
        assert "1 photo, 1 correction." in (await talk.say("/show bo")).text
        yes = await talk.say(no.value.replace("/confirm no", "/confirm yes"), sender=BEN, pressed=True)
        assert "already" in yes.text  # the other answer to the same question
        refused = await talk.say(everything_.value, sender=ADMIN, pressed=True)
        assert refused.text == "Something has changed here since I asked that. Send /forgetall again."
        (undo,) = [one for one in learnt.buttons if one.label == "Undo (bo remembered)"]
        said = [(await talk.say(undo.value, sender=ANN, pressed=True)).text for _ in range(2)]
        assert said == ["I've taken that back: I don't know bo any more.", "That was taken back already."]


async def test_a_moved_region_of_what_somebody_is_not_says_so(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"), sender=ANN)
        seen = await talk.say("", blocks("red", "pink"), sender=ANN)
        await talk.press(seen, "Not bo")
        (_, negative) = await talk.running.store.references(talk.chat, 1)
        moved = await talk.say(f"/aim {negative.id} 0 0 50 50", sender=ANN)
        assert moved.text == "Got it: this isn't bo."


async def test_who_could_not_press_undo_is_not_offered_it(tmp_path: Path) -> None:
    channel = Sender("-9", "Snow News", is_chat=True)
    async with talking(tmp_path) as talk:
        for sender in (NOBODY, channel):
            assert (await talk.say("/remember bo", blocks("red", "blue"), sender=sender)).buttons == ()
        for sender in (ANN, replace(channel, admin=True)):
            assert (await talk.say("/remember bo", blocks("red", "pink"), sender=sender)).buttons[
                -1
            ].label == "Undo (bo remembered)"
        alone = talk.elsewhere(replace(talk.chat, id="alone", private=True))
        assert (await alone.say("/remember bo", blocks("red"), sender=NOBODY)).buttons[
            -1
        ].label == "Undo (bo remembered)"


async def everything(talk: Talk) -> tuple[str, str]:
    """All that a chat could tell of bo."""
    shown = await talk.say("/show bo")
    return shown.text, (await talk.say("/settings")).text


WAYS = {
    "rename": "/rename bo | rex",
    "describe": "/describe bo | sings",
    "category": "/category bo | cat",
    "forget": "/forget bo",
    "forget all": "/forgetall yes",
    "undo": "/undo",
    "settings": "/settings edits anyone",
}


@pytest.mark.parametrize("sender", [BEN, NOBODY], ids=["member", "anonymous"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("pressed", [False, True], ids=["command", "button"])
async def test_a_command_or_button_of_somebody_else_changes_nothing(
    tmp_path: Path, way: str, sender: Sender, pressed: bool
) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo | dog | barks", blocks("red"), sender=ANN)
        before = await everything(talk)
        refused = await talk.say(WAYS[way], sender=sender, pressed=pressed)
        assert refused.text.startswith("Only ")
        assert await everything(talk) == before
        assert not (await talk.say(WAYS[way], sender=ADMIN, pressed=pressed)).text.startswith("Only ")


@pytest.mark.parametrize("sender", [BEN, NOBODY], ids=["member", "anonymous"])
async def test_a_photo_with_new_words_changes_none_of_anothers(tmp_path: Path, sender: Sender) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo | dog | barks", blocks("red"), sender=ANN)
        before = await everything(talk)
        for words in ("/remember bo | cat", "/remember bo | | sings"):
            refused = await talk.say(words, blocks("red", "pink"), sender=sender)
            assert refused.text == "Only Ann or an admin may change what I was told about bo."
        assert await everything(talk) == before
        assert (await talk.say("/remember bo", blocks("red", "pink"), sender=sender)).text.startswith("bo now has 2")


@pytest.mark.parametrize("sender", [BEN, NOBODY], ids=["member", "anonymous"])
async def test_an_archive_changes_no_words_of_anothers_but_adds_its_photos(tmp_path: Path, sender: Sender) -> None:
    async with talking(tmp_path) as talk:
        packed = await exported(talk)
        await talk.say("/remember bo | dog | barks", blocks("red"), sender=ANN)
        report = await talk.say("/import", files=(packed,), sender=sender)
        assert "somebody else added it" in report.text
        shown = (await talk.say("/show bo")).text
        assert "bo (dog)\nbarks\n" in shown
        assert "sings" not in shown
        assert "2 photos" in shown
        again = await talk.say("/import", files=(packed,), sender=ADMIN)
        assert "somebody else" not in again.text
        assert (await talk.say("/show bo")).text.startswith("bo (cat)\nsings (Root, today)\nbarks (Ann, today)\n")


async def exported(talk: Talk) -> Attachment:
    """An archive with another bo: a cat who sings."""
    away = talk.elsewhere(talk.chat.of("test:elsewhere"))
    await away.say("/remember bo | cat | sings", blocks("green", "pink"), sender=ADMIN)
    (packed,) = (await away.say("/export", sender=ADMIN)).attachments
    return packed


@pytest.mark.parametrize("sender", [BEN, NOBODY], ids=["member", "anonymous"])
async def test_the_region_of_anothers_photo_stays_what_it_is(tmp_path: Path, sender: Sender) -> None:
    async with talking(tmp_path) as talk:
        learnt = await talk.say("/remember bo", blocks("red", "blue"), sender=ANN)
        other = next(button.label for button in learnt.buttons if button.value.startswith("/aim"))
        assert "Only Ann or an admin" in (await talk.press(learnt, other, sender=sender)).text
        assert (await talk.press(learnt, other, sender=ANN)).text == "Got it: this is bo."
        undo = next(button for button in learnt.buttons if button.label.startswith("Undo"))
        assert (await talk.say(undo.value, sender=sender, pressed=True)).text.startswith("Only who made that change")


async def test_who_added_a_photo_may_say_which_region_of_it_was_meant(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"), sender=ANN)
        added = await talk.say("/remember bo", blocks("red", "blue"), sender=BEN)
        other = next(button.label for button in added.buttons if button.value.startswith("/aim"))
        assert (await talk.press(added, other, sender=BEN)).text == "Got it: this is bo."


async def test_only_an_admin_exports_and_only_the_owner_gets_figures(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"), sender=ANN)
        for sender in (ANN, NOBODY):
            refused = await talk.say("/export", sender=sender)
            assert (refused.text, refused.attachments) == ("Only an admin of this chat may export what I know.", ())
            assert (await talk.say("/stats", sender=sender)).text.startswith("Only my owner")
        assert (await talk.say("/export", sender=ADMIN)).attachments
