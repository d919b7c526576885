"""`/review`: what is uncertain, one after another, and what comes of each answer."""

from __future__ import annotations

import pytest

from core.messages import Reply
from tests.core.assistant.commands.test_doubts import value_of
from tests.core.assistant.commands.test_mending import undo_of
from tests.core.assistant.test_assistant import BEN, Talk, names
from tests.core.assistant.test_assistant import talk as talk  # noqa: PLC0414 - a fixture
from tests.support.fakes import blocks

NOTHING = "There is nothing that I'm unsure about right now."


async def unsure(talk: Talk) -> Reply:
    """The beginning of a review: a photo in which bo may be, and one of bo that looks different."""
    await talk.say("/remember bo | dog", blocks("red"), blocks("red", "black"))
    assert (await talk.say("/review")).text == NOTHING
    await talk.say("/remember bo", blocks("blue"))
    return await talk.say("/review")


async def test_a_photo_that_looks_different_is_asked_about_and_kept(talk: Talk) -> None:
    asked = await unsure(talk)
    assert asked.text == "I have this photo as bo, but it looks different. Is that bo?"
    assert asked.image
    assert asked.question
    assert asked.question.about == "bo"
    assert not asked.replaces
    kept = await talk.say(value_of(asked, "Yes"), pressed=True)
    assert kept.text == "All right, I'll leave it as it is. That was the last one."
    assert kept.replaces
    assert (await talk.say("/review")).text == NOTHING
    assert len((await talk.say("/show bo")).cards) == 3


async def test_a_photo_that_is_none_is_taken_away_and_comes_back(talk: Talk) -> None:
    asked = await unsure(talk)
    away = await talk.say(value_of(asked, "No"), pressed=True)
    assert away.text.startswith("I've taken that photo of bo away.")
    assert len((await talk.say("/show bo")).cards) == 2
    await talk.say(undo_of(away), pressed=True)
    assert len((await talk.say("/show bo")).cards) == 3


async def test_a_photo_can_be_somebody_elses(talk: Talk) -> None:
    asked = await unsure(talk)
    who = await talk.say(value_of(asked, "Somebody else"), pressed=True)
    assert who.question
    told = await talk.say(f"{who.question.naming}Kai")
    assert told.text.startswith("That is Kai, not bo.")
    assert names(await talk.say("", blocks("blue"))) == ["Kai"]


@pytest.mark.parametrize(("answer", "seen"), [("Yes", ["bo"]), ("No", [None])])
async def test_an_uncertain_sighting_is_asked_about(talk: Talk, answer: str, seen: list[str | None]) -> None:
    both = await talk.say("", blocks("red", "green"))
    await talk.say(f"/point {both.shown} 0 0 0 440 240 | bo")
    shown = await talk.say("", blocks("red"))
    assert [one.grade for one in shown.sightings] == ["maybe"]
    asked = await talk.say("/review")
    assert asked.text.startswith("Is that bo?")
    done = await talk.say(value_of(asked, answer), pressed=True)
    assert done.replaces
    while "Is that bo?" in done.text:
        done = await talk.say(value_of(done, "Not sure"), pressed=True)
    assert done.text.endswith("That was the last one.")
    assert names(await talk.say("", blocks("red"))) == seen


async def test_what_is_not_sure_is_asked_no_more_and_changes_nothing(talk: Talk) -> None:
    asked = await unsure(talk)
    before = await talk.running.store.concepts(talk.chat)
    await talk.say(value_of(asked, "Not sure"), pressed=True)
    assert (await talk.say("/review")).text == NOTHING
    assert await talk.running.store.concepts(talk.chat) == before
    assert (await talk.say(value_of(asked, "No"), pressed=True)).text.startswith("That is no longer open.")


async def test_who_may_not_change_a_photo_is_not_asked_about_it(talk: Talk) -> None:
    await unsure(talk)
    assert (await talk.say("/review", sender=BEN)).text == NOTHING


@pytest.mark.parametrize("rest", ["x yes", "#x no", "#1 perhaps", "#1", "a.b.c.d yes", "#1 yes no"])
async def test_a_broken_button_says_so(talk: Talk, rest: str) -> None:
    assert (await talk.say(f"/review {rest}")).text == "That button is broken; send /review again."
