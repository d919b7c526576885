"""No command, button, import or undo goes round the rights: each way to each edit, for each role."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.messages import Attachment, Sender
from tests.core.assistant.test_assistant import ADMIN, ANN, BEN, Talk, talking
from tests.support.fakes import blocks

NOBODY = Sender("")


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
        assert (await talk.say("/show bo")).text.startswith("bo (cat)\nsings\nBefore, Ann said: barks")


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
        other = next(button.label for button in learnt.buttons if button.label != "Undo")
        assert "Only Ann or an admin" in (await talk.press(learnt, other, sender=sender)).text
        assert (await talk.press(learnt, other, sender=ANN)).text == "Got it: this is bo."
        undo = next(button for button in learnt.buttons if button.label == "Undo")
        assert (await talk.say(undo.value, sender=sender, pressed=True)).text.startswith("Only who made that change")


async def test_who_added_a_photo_may_say_which_region_of_it_was_meant(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"), sender=ANN)
        added = await talk.say("/remember bo", blocks("red", "blue"), sender=BEN)
        other = next(button.label for button in added.buttons if button.label != "Undo")
        assert (await talk.press(added, other, sender=BEN)).text == "Got it: this is bo."


async def test_only_an_admin_exports_and_only_the_owner_gets_figures(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"), sender=ANN)
        for sender in (ANN, NOBODY):
            refused = await talk.say("/export", sender=sender)
            assert (refused.text, refused.attachments) == ("Only an admin of this chat may export what I know.", ())
            assert (await talk.say("/stats", sender=sender)).text.startswith("Only my owner")
        assert (await talk.say("/export", sender=ADMIN)).attachments
