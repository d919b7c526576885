"""Putting right who is who, as a chat does it: `/merge`, `/remove`, `/move`."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.messages import Chat, Reply
from tests.core.assistant.test_assistant import ADMIN, BEN, Talk, names, talking
from tests.core.assistant.test_assistant import talk as talk  # noqa: PLC0414 - a fixture
from tests.support.fakes import blocks


def undo_of(reply: Reply) -> str:
    return next(button.value for button in reply.buttons if button.value.startswith("/undo"))


async def test_two_names_become_one_and_are_parted_again(talk: Talk) -> None:
    await talk.say("/remember Mia | | loves tuna", blocks("red"))
    await talk.say("/remember Mimi | | sleeps all day", blocks("blue"), blocks("blue", "black"))
    merged = await talk.say("/merge mia | mimi")
    assert merged.text == "Got it: Mimi is Mia. I have 3 photos of Mia now."
    assert names(await talk.say("", blocks("blue"))) == ["Mia"]
    shown = (await talk.say("/show Mia")).text
    assert "sleeps all day" in shown
    assert "loves tuna" in shown
    assert "Mimi" not in (await talk.say("/list")).text
    await talk.say("/remember Mia | lynx", blocks("red", "black"))

    assert "Mimi" in (await talk.say(undo_of(merged), pressed=True)).text
    assert names(await talk.say("", blocks("blue"))) == ["Mimi"]
    assert names(await talk.say("", blocks("red"))) == ["Mia"]
    assert "Mia: lynx · 2 photos · loves tuna" in (await talk.say("/list")).text


async def test_not_being_the_other_one_no_longer_counts_when_they_are_one(talk: Talk) -> None:
    await talk.say("/remember Mia", blocks("red"))
    seen = await talk.say("", blocks("red"))
    no = next(button.value for button in seen.buttons if button.value.startswith("/confirm no"))
    await talk.say(no, pressed=True)
    assert names(await talk.say("", blocks("red"))) == [None]
    await talk.say("/remember Mimi", blocks("red"))
    merged = await talk.say("/merge Mia | Mimi")
    assert names(await talk.say("", blocks("red"))) == ["Mia"]
    await talk.say(undo_of(merged), pressed=True)
    assert names(await talk.say("", blocks("red"))) == ["Mimi"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/merge Mia |", "Who is the same? Write both names, as in /merge Mia | Mimi."),
        ("/merge Mia | MIA", "That is one and the same already."),
        ("/rename mia | Mia", "Mia already has that name."),
        ("/remove Mia", "Which photo? /show NAME numbers them: write the number after the name, as in /remove bo 2."),
        ("/remove Mia 0", "I have 1 photo of Mia. /show Mia shows it."),
        ("/remove Mia 2", "I have 1 photo of Mia. /show Mia shows it."),
        ("/remove #99", "I don't have that photo any more."),
        ("/move Mia 1", "Who is it, then? Answer with the name."),
        ("/move Mia 1 | mia", "That photo is Mia's already."),
        ("/move Mia 1 | a<b", "A name can't hold line breaks, angle brackets or hidden characters."),
    ],
)
async def test_what_can_not_be_done_is_said_in_a_sentence(talk: Talk, text: str, said: str) -> None:
    await talk.say("/remember Mia", blocks("red"))
    assert (await talk.say(text)).text == said


async def test_photos_are_numbered_and_one_is_taken_away_and_brought_back(talk: Talk) -> None:
    await talk.say("/remember big bo 2", blocks("red"))
    await talk.say("/remember big bo 2", blocks("blue"))
    shown = await talk.say("/show big bo 2")
    assert [(card.number, card.cover) for card in shown.cards] == [(1, True), (2, False)]

    removed = await talk.say("/remove big bo 2 1")
    assert removed.text == (
        "I've taken that photo of big bo 2 away. I have 1 photo of big bo 2 now. You can take that back for 30 seconds."
    )
    assert names(await talk.say("", blocks("red"))) == [None]
    await talk.say("/remove big bo 2 1")
    last = await talk.say("/show big bo 2")
    assert last.cards == ()
    assert (await talk.say("/remove big bo 2 1")).text == "I have no photo of big bo 2."
    await talk.say(undo_of(removed), pressed=True)
    assert names(await talk.say("", blocks("red"))) == ["big bo 2"]


async def test_a_photo_is_chosen_to_stand_for_somebody_and_stays_so_in_an_export(talk: Talk) -> None:
    for colour in ("red", "blue"):
        await talk.say("/remember bo", blocks(colour))
    [before] = (await talk.say("/list")).cards
    chosen = await talk.say("/cover bo 2")
    assert chosen.text == "From now on I show bo with that photo."
    assert [card.cover for card in (await talk.say("/show bo")).cards] == [False, True]
    [after] = (await talk.say("/list")).cards
    assert after.image != before.image

    [archive] = (await talk.say("/export", sender=ADMIN)).attachments
    away = talk.elsewhere(Chat("test", "away"))
    await away.say("/import", files=(archive,))
    assert [card.cover for card in (await away.say("/show bo")).cards] == [False, True]

    assert "before" in (await talk.say(undo_of(chosen), pressed=True)).text
    assert (await talk.say("/list")).cards[0].image == before.image
    await talk.say("/cover bo 2")
    await talk.say("/remove bo 2")
    assert [card.cover for card in (await talk.say("/show bo")).cards] == [True]


@pytest.mark.parametrize(
    ("text", "said", "values"),
    [
        ("/forget kettel", "I don't know kettel. Did you mean Kettle?", ["/forget Kettle"]),
        ("/show  KETTEL", "I don't know KETTEL. Did you mean Kettle?", ["/show Kettle"]),
        ("/rename kettel pot", "I don't know kettel. Did you mean Kettle?", ["/rename Kettle | pot"]),
        (
            "/describe kettel | sings | loud",
            "I don't know kettel. Did you mean Kettle?",
            ["/describe Kettle | sings | loud"],
        ),
        ("/remove kettel 1", "I don't know kettel. Did you mean Kettle?", ["/remove Kettle 1"]),
        ("/move kettel 1 | bo", "I don't know kettel. Did you mean Kettle?", ["/move Kettle 1 | bo"]),
        ("/merge Kettle | ros", "I don't know ros. Did you mean Aunt Rosa?", ["/merge Kettle | Aunt Rosa"]),
        ("/forget xyz", "I don't know anyone or anything called xyz here.", []),
    ],
)
async def test_a_misspelt_name_is_asked_about_and_nothing_is_done(
    talk: Talk, text: str, said: str, values: list[str]
) -> None:
    await talk.say("/remember Kettle", blocks("red"))
    await talk.say("/remember Aunt Rosa", blocks("blue"))
    before = await talk.running.store.revision(talk.chat)
    asked = await talk.say(text)
    assert asked.text == said
    assert [button.value for button in asked.buttons] == values
    assert await talk.running.store.revision(talk.chat) == before


async def test_a_command_too_long_for_a_button_is_answered_in_words(talk: Talk) -> None:
    await talk.say("/remember Kettle", blocks("red"))
    asked = await talk.say(f"/describe kettel | {'sings ' * 20}")
    assert asked.buttons == ()
    assert asked.question
    assert asked.question.yes.startswith("/describe Kettle | sings")


async def test_the_last_photo_goes_and_the_name_stays(tmp_path: Path) -> None:
    async with talking(tmp_path, undo_seconds=0) as talk:
        await talk.say("/remember bo", blocks("red"))
        removed = await talk.say("/remove bo 1")
        assert removed.text == (
            "I've taken that photo of bo away. I have none of bo now: show me one, or I won't recognise bo."
        )
        assert removed.buttons == ()
        assert "bo" in (await talk.say("/list")).text


async def test_a_photo_is_somebody_elses(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("/remember bo", blocks("blue"))
    moved = await talk.say("/move bo 2 | Kai")
    assert moved.text == "That photo shows Kai, not bo. Nice to meet Kai!"
    assert names(await talk.say("", blocks("red", "blue"))) == ["bo", "Kai"]
    await talk.say(undo_of(moved), pressed=True)
    assert len((await talk.say("/show bo")).cards) == 2
    assert "Kai" not in (await talk.say("/list")).text


async def test_who_may_not_change_them_is_told_so(talk: Talk) -> None:
    await talk.say("/remember Mia", blocks("red"))
    await talk.say("/remember Mimi", blocks("blue"), sender=BEN)
    assert (await talk.say("/merge Mimi | Mia", sender=BEN)).text.startswith("Only Ann or an admin")
    assert (await talk.say("/remove Mia 1", sender=BEN)).text.startswith("Only Ann or an admin")
    assert (await talk.say("/move Mia 1 | Mimi", sender=BEN)).text.startswith("Only Ann or an admin")
