"""`/settings training` and `/consent`: what people are told, who is asked, and how they take it back."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from core.messages import Chat, Sender
from core.policy.consent import MEANS, WORDING
from tests.core.assistant.test_assistant import ADMIN, ANN, BEN, Talk, talking
from tests.support.fakes import blocks

PRIVATE = Chat("test", "alone", private=True)


async def agreed(talk: Talk) -> list[str]:
    return [one.name for one in (await talk.running.store.consents(talk.chat)).agreed]


async def test_it_is_off_and_turning_it_on_says_what_that_means_and_asks_first(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "training: off (nothing of this chat is used to train a model)" in (await talk.say("/settings")).text
        assert "Nothing of this chat is used to train a model." in (await talk.say("/privacy")).text
        asked = await talk.say("/settings training on", sender=ADMIN)
        for words in (
            "can't unlearn",
            "host's computer",
            "photos and texts",
            "may be others",
            "/settings training off",
        ):
            assert words in asked.text
        assert [one.value for one in asked.buttons] == ["/settings training on yes"]
        assert "training: off" in (await talk.say("/settings")).text
        assert (await talk.say("/settings training on")).text == "Only an admin of this chat may change the settings."
        assert (await talk.say("/settings training on yes")).text.startswith("Only an admin")


async def test_in_a_group_everybody_is_asked_and_agrees_for_themselves_alone(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        asked = await talk.press(await talk.say("/settings training on", sender=ADMIN), "Yes, allow it", ADMIN)
        assert not asked.private
        assert MEANS in asked.text
        assert [one.value for one in asked.buttons] == [f"/consent yes {WORDING}"]
        assert await agreed(talk) == []
        assert (await talk.press(asked, "I agree", BEN)).text == "I've noted that you agree. /consent no takes it back."
        assert await agreed(talk) == ["Ben"]
        assert MEANS in (await talk.say("/consent yes", sender=ANN)).text  # typed: the words come with it
        assert await agreed(talk) == ["Ben", "Ann"]
        assert "A model may learn" in (await talk.say("/privacy")).text


async def test_a_yes_in_plain_words_is_no_consent_where_others_are_asked_too(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/settings training on yes", sender=ADMIN)
        await talk.say("yes", sender=ADMIN)
        await talk.say("/consent", sender=BEN)
        await talk.say("yes", sender=BEN)
        assert await agreed(talk) == []


async def test_consent_says_how_one_stands_to_it(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert (await talk.say("/consent")).text.startswith("Nothing of this chat is used to train a model.")
        assert "nothing to agree to" in (await talk.say("/consent yes")).text
        assert "You don't agree to anything here" in (await talk.say("/consent no")).text
        assert "/consent yes or /consent no" in (await talk.say("/consent perhaps")).text
        await talk.say("/settings training on yes", sender=ADMIN)
        told = await talk.say("/consent")
        assert MEANS in told.text
        assert "has allowed training here on" in told.text
        assert told.text.endswith("You haven't agreed, so nothing of yours is used.")
        await talk.press(told, "I agree")
        told = await talk.say("/consent")
        assert "You agreed on" in told.text
        await talk.press(told, "I no longer agree")
        assert await agreed(talk) == []


async def test_an_old_button_does_not_agree_to_new_words(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/settings training on yes", sender=ADMIN)
        assert "has changed" in (await talk.say(f"/consent yes {WORDING + 1}", pressed=True)).text
        assert await agreed(talk) == []


async def test_alone_with_the_bot_turning_it_on_is_consent_and_plain_words_answer_the_question(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        alone = talk.elsewhere(PRIVATE)
        asked = await alone.say("/settings training on")
        assert asked.text == f"{MEANS}\n\nDo you agree?"
        assert (await alone.say("yes")).text == "I've noted that you agree. /consent no takes it back."
        assert await agreed(alone) == ["Ann"]
        assert "in 1 chat" in (await alone.say("/consent no")).text
        assert "training: off" in (await alone.say("/settings")).text


async def test_no_to_the_question_turns_nothing_on(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        alone = talk.elsewhere(PRIVATE)
        await alone.say("/settings training on")
        await alone.say("no")
        assert await agreed(alone) == []
        assert "training: off" in (await alone.say("/settings")).text


async def test_who_left_a_group_takes_their_consent_back_in_a_chat_of_their_own(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        away = talk.elsewhere(Chat("test", "away"))
        for group in (talk, away):
            await group.say("/settings training on yes", sender=ADMIN)
            await group.say("/consent yes", sender=ANN)
            await group.say("/consent yes", sender=BEN)
        assert "in 2 chats" in (await talk.elsewhere(PRIVATE).say("/consent no", sender=ANN)).text
        assert (await agreed(talk), await agreed(away)) == (["Ben"], ["Ben"])
        assert "has nothing of yours from here" in (await talk.say("/consent no", sender=BEN)).text
        assert (await agreed(talk), await agreed(away)) == ([], ["Ben"])


@pytest.mark.parametrize("sender", [Sender(""), replace(ADMIN, is_chat=True)], ids=["anonymous", "channel"])
async def test_nobody_anonymous_agrees(tmp_path: Path, sender: Sender) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/settings training on yes", sender=ADMIN)
        assert (await talk.say("/consent yes", sender=sender)).text.startswith("Only you yourself can agree")
        assert await agreed(talk) == []


async def test_turned_off_and_on_everybody_is_asked_again(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/settings training on yes", sender=ADMIN)
        await talk.say("/consent yes")
        assert "training: off" in (await talk.say("/settings training off", sender=ADMIN)).text
        await talk.say("/settings training on yes", sender=ADMIN)
        assert await agreed(talk) == []


async def test_an_export_says_who_agreed_and_an_import_agrees_to_nothing(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"))
        await talk.say("/settings training on yes", sender=ADMIN)
        await talk.say("/consent yes")
        (packed,) = (await talk.say("/export", sender=ADMIN)).attachments
        training = json.loads(zipfile.ZipFile(io.BytesIO(packed.data)).read("rapport.json"))["training"]
        assert training["opened"]["name"] == ADMIN.name
        assert [(one["name"], one["wording"]) for one in training["agreed"]] == [("Ann", WORDING)]
        away = talk.elsewhere(Chat("test", "away"))
        assert (await away.say("/import", files=(packed,))).text == "I've taken in 1 name with 1 photo."
        assert await agreed(away) == []
        assert "training: off" in (await away.say("/settings")).text


def test_other_words_have_another_number() -> None:
    digest = hashlib.sha256(MEANS.encode()).hexdigest()[:12]
    assert (WORDING, digest) == (1, "ac822d0234cd"), "whoever changes what the words mean raises WORDING"
