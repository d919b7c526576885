"""What the bot asks back when it was taught something, and what comes of each answer."""

from __future__ import annotations

import pytest

from core.messages import Reply
from tests.core.assistant.commands.test_mending import undo_of
from tests.core.assistant.test_assistant import BEN, Talk, names
from tests.core.assistant.test_assistant import talk as talk  # noqa: PLC0414 - a fixture
from tests.support.fakes import blocks


def values(reply: Reply) -> list[str]:
    return [button.value for button in reply.buttons]


def value_of(reply: Reply, label: str) -> str:
    return next(button.value for button in reply.buttons if button.label == label)


# ── a photo ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_photo_that_looks_like_nothing_of_its_name_is_asked_about(talk: Talk) -> None:
    await talk.say("/remember bo | dog", blocks("red"))
    doubted = await talk.say("/remember bo", blocks("blue"))
    assert doubted.text == "bo now has 2 photos. But that doesn't look like bo to me. Keep it?"
    assert doubted.question
    assert doubted.question.yes == "/fine"
    assert (await talk.say(value_of(doubted, "Keep it"), pressed=True)).text == "All right, I'll leave it as it is."
    assert len((await talk.say("/show bo")).cards) == 2
    away = await talk.say(value_of(doubted, "Remove it"), pressed=True)
    assert len((await talk.say("/show bo")).cards) == 1
    await talk.say(undo_of(away), pressed=True)

    asked = await talk.say(value_of(doubted, "It's somebody else"), pressed=True)
    assert asked.text == "Who is it, then? Answer with the name."
    assert asked.question
    await talk.say(f"{asked.question.naming}Kai")
    assert names(await talk.say("", blocks("red", "blue"))) == ["bo", "Kai"]


async def test_a_photo_that_looks_like_somebody_else_can_be_theirs(talk: Talk) -> None:
    await talk.say("/remember bo | dog", blocks("red"))
    await talk.say("/remember Mia | cat", blocks("blue"))
    doubted = await talk.say("/remember bo", blocks("blue"))
    assert "But that looks more like Mia than like bo. Keep it?" in doubted.text
    moved = await talk.say(value_of(doubted, "It's Mia"), pressed=True)
    assert moved.text == "That photo shows Mia, not bo."
    assert names(await talk.say("", blocks("blue"))) == ["Mia"]


async def test_another_view_of_the_same_is_not_doubted(talk: Talk) -> None:
    await talk.say("/remember bo | dog", blocks("red"))
    assert "Keep it?" not in (await talk.say("/remember bo", blocks("red", "black"))).text


# ── a name ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["boo", "Bo."])
async def test_a_name_that_looks_like_a_known_one_is_asked_about(talk: Talk, name: str) -> None:
    await talk.say("/remember bo | dog", blocks("red"))
    asked = await talk.say(f"/remember {name} | dog", blocks("green"))
    assert asked.text == f"Nice to meet {name}! Is {name} the same as bo?"
    assert asked.question
    assert (asked.question.yes, asked.question.no) == (f"/merge bo | {name}", "/fine")
    assert value_of(asked, "Somebody else") == "/fine"
    await talk.say(value_of(asked, "Same as bo"), pressed=True)
    assert "bo: dog · 2 photos" in (await talk.say("/list")).text


async def test_a_name_that_only_begins_alike_is_another(talk: Talk) -> None:
    await talk.say("/remember Mia | cat", blocks("blue"))
    assert (await talk.say("/remember Mimi | cat", blocks("green"))).text == "Nice to meet Mimi!"


async def test_a_new_name_for_somebody_who_is_surely_known_is_asked_about(talk: Talk) -> None:
    await talk.say("/remember Mia | cat", blocks("blue"))
    asked = await talk.say("/remember Luna | cat", blocks("blue"))
    assert asked.text == "Nice to meet Luna! Is that Mia, too?"
    await talk.say(value_of(asked, "Same as Mia"), pressed=True)
    assert "Luna" not in (await talk.say("/list")).text


@pytest.mark.parametrize("words", [("no, that's Luna",), ("no", "Luna")])
async def test_who_was_just_said_not_to_be_there_is_not_asked_about(talk: Talk, words: tuple[str, ...]) -> None:
    await talk.say("/remember Mia | cat", blocks("blue"))
    assert names(await talk.say("", blocks("blue"))) == ["Mia"]
    replies = [await talk.say(one) for one in words]
    assert replies[-1].text.startswith("Nice to meet Luna! It looks a lot like Mia to me.")
    assert not any(value.startswith("/merge") for value in values(replies[-1]))


async def test_a_known_name_in_place_of_a_wrong_one_is_not_doubted_for_its_sake(talk: Talk) -> None:
    await talk.say("/remember Mia | cat", blocks("blue"))
    await talk.say("/remember Luna | cat", blocks("green"))
    assert names(await talk.say("", blocks("blue"))) == ["Mia"]
    assert (await talk.say("no, that's Luna")).text == "Luna now has 2 photos."


async def test_who_may_not_merge_them_is_not_offered_it(talk: Talk) -> None:
    await talk.say("/remember Mia | cat", blocks("blue"))
    told = await talk.say("/remember Luna | cat", blocks("blue"), sender=BEN)
    assert "looks a lot like Mia" in told.text
    assert not any(value.startswith("/merge") for value in values(told))


# ── a category ────────────────────────────────────────────────────────────────────────────────────


async def test_the_detectors_word_is_said_and_can_be_denied(talk: Talk) -> None:
    asked = await talk.say("/remember Mia", blocks("blue"))
    assert asked.text == "Nice to meet Mia! Mia is a cat, right?"
    assert asked.question
    assert (asked.question.yes, asked.question.no) == ("/category Mia | cat", "/category Mia |")
    assert "Mia: cat · 1 photo" in (await talk.say("/list")).text
    await talk.say(value_of(asked, "No"), pressed=True)
    assert "Mia: 1 photo" in (await talk.say("/list")).text
    again = await talk.say("/remember Mia", blocks("blue", "black"))  # what was denied stays so
    assert "right?" not in again.text
    assert "Mia: 2 photos" in (await talk.say("/list")).text


async def test_what_the_detector_often_mistakes_is_filed_under_nothing(talk: Talk) -> None:
    assert (await talk.say("/remember throne", blocks("black"))).text == "Nice to meet throne!"
    assert "throne: 1 photo" in (await talk.say("/list")).text
    assert "right?" not in (await talk.say("/remember pair", blocks("red"), blocks("blue"))).text  # a dog and a cat


# ── a mistake ─────────────────────────────────────────────────────────────────────────────────────


async def test_the_photo_that_misled_is_shown_and_can_be_removed(talk: Talk) -> None:
    await talk.say("/remember bo | dog", blocks("red"))
    await talk.say("/remember bo", blocks("blue", "black"))
    await talk.say("/remember bo", blocks("blue"))
    seen = await talk.say("", blocks("blue", "pink"))
    assert names(seen)[0] == "bo"
    wrong = await talk.say("/wrong bo")
    assert "It was this photo of bo that misled me, number 2. Remove it?" in wrong.text
    assert wrong.image
    await talk.say(value_of(wrong, "Remove photo 2"), pressed=True)
    assert len((await talk.say("/show bo")).cards) == 2


async def test_wrong_is_about_the_photo_that_it_comes_with(talk: Talk) -> None:
    await talk.say("/remember bo | dog", blocks("red"))
    await talk.say("/remember Mia | cat", blocks("blue"))
    await talk.say("", blocks("red"))
    said = await talk.say("/wrong", blocks("blue"))
    assert "won't take that for Mia again" in said.text
    assert names(await talk.say("", blocks("red"))) == ["bo"]
    assert names(await talk.say("", blocks("blue"))) == [None]
