"""Plain words do what commands and buttons do, each about what was asked and shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.intents import Intent
from core.messages import Sender
from tests.core.assistant.test_assistant import ANN, BEN, Talk, names, talking
from tests.support.fakes import SlowTalker, blocks


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(tmp_path) as talk:
        yield talk


async def test_yes_and_no_answer_the_question_that_was_asked(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("red"))
    reply = await talk.say("no")
    assert reply.understood is not None
    assert (reply.understood.intent, reply.understood.names) == (Intent.NO, ("bo",))
    assert reply.text.startswith("Thanks, I won't take that for bo again.")
    assert names(await talk.say("", blocks("red"))) == [None]


async def asked_about_bo(talk: Talk) -> None:
    """Bo was learnt from a place that looks half like red, and a red photo was answered with "is it?"."""
    seen = await talk.say("", blocks("red", "green"))
    assert (await talk.say(f"/point {seen.shown} 0 0 0 440 240 | bo")).text.startswith("Nice to meet bo!")
    asked = await talk.say("", blocks("red"))
    assert [one.label for one in asked.buttons] == ["That's bo", "Not bo"]


async def test_a_typed_yes_is_the_button(talk: Talk) -> None:
    await asked_about_bo(talk)
    assert (await talk.say("yes")).text == "Thanks! bo now has 2 photos."
    assert (await talk.say("", blocks("red"))).text.startswith("That's bo")


async def test_a_typed_no_is_the_button_and_asks_who_it_is(talk: Talk) -> None:
    await asked_about_bo(talk)
    assert (await talk.say("no")).text.startswith("Thanks, I won't take that for bo again.")
    await talk.say("Max")
    assert names(await talk.say("", blocks("red"))) == ["Max"]


async def test_no_with_a_name_answers_an_unsure_question(talk: Talk) -> None:
    await asked_about_bo(talk)
    await talk.say("no, that's Max")
    assert names(await talk.say("", blocks("red"))) == ["Max"]
    assert "1 correction" in (await talk.say("/show bo")).text


async def test_the_name_after_a_no_is_whom_that_place_shows(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("red", "blue"))
    reply = await talk.say("no, that's Max")
    assert "Nice to meet Max!" in reply.text
    assert names(await talk.say("", blocks("red", "blue"))) == ["Max", None]


async def test_a_name_answers_who_is_it(talk: Talk) -> None:
    asked = await talk.say("", blocks("red"))
    assert [one.label for one in asked.buttons] == ["Who is it?"]
    assert (await talk.say("Rosie")).text.startswith("Nice to meet Rosie!")
    assert names(await talk.say("", blocks("red"))) == ["Rosie"]


async def test_a_thing_needs_no_question_to_be_told(talk: Talk) -> None:
    seen = await talk.say("", blocks("black"))
    assert seen.buttons == ()
    assert (await talk.say("Teapotty")).text.startswith("Nice to meet Teapotty!")
    assert names(await talk.say("", blocks("black"))) == ["Teapotty"]


async def test_the_pressed_question_asks_for_the_name_of_that_region(talk: Talk) -> None:
    asked = await talk.say("", blocks("red", "blue"))
    assert [one.label for one in asked.buttons] == ["Who is number 1?", "Who is number 2?"]
    who = await talk.press(asked, "Who is number 2?")
    assert who.image
    await talk.say("Mia")
    assert names(await talk.say("", blocks("red", "blue"))) == ["Mia", None]


async def test_a_stranger_beside_somebody_known_is_asked_about_by_kind(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    seen = await talk.say("", blocks("red", "blue"))
    assert [one.label for one in seen.buttons] == ["Not bo", "Who is the cat?"]


async def test_the_photo_that_came_without_a_name_gets_the_next_words_as_its_name(talk: Talk) -> None:
    await talk.say("", blocks("blue"))
    await talk.say("/remember", blocks("red"))
    assert (await talk.say("Teapotty")).text.startswith("Nice to meet Teapotty!")
    assert names(await talk.say("", blocks("red"))) == ["Teapotty"]
    assert names(await talk.say("", blocks("blue"))) == [None]


async def test_a_photo_after_a_name_without_one_is_of_that_name(talk: Talk) -> None:
    assert "photo" in (await talk.say("/remember Kettle")).text
    assert (await talk.say("", blocks("red"))).text.startswith("Nice to meet Kettle!")


async def test_which_of_several_strangers_is_asked_instead_of_guessed(talk: Talk) -> None:
    await talk.say("", blocks("red", "blue"))
    assert "Which one" in (await talk.say("this is Rosie")).text
    await talk.say("the one on the left is Rosie")
    assert names(await talk.say("", blocks("red", "blue"))) == ["Rosie", None]


async def test_another_name_for_whom_the_bot_named_corrects_it(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("red"))
    await talk.say("this is Max")
    assert names(await talk.say("", blocks("red"))) == ["Max"]


async def test_a_side_picks_the_region(talk: Talk) -> None:
    await talk.say("", blocks("red", "blue"))
    await talk.say("the one on the right is Max")
    assert names(await talk.say("", blocks("blue"))) == ["Max"]
    assert names(await talk.say("", blocks("red"))) == [None]


async def test_a_side_in_the_photos_own_words_picks_the_region(talk: Talk) -> None:
    await talk.say("the one on the right is Max", blocks("red", "blue"))
    assert names(await talk.say("", blocks("blue"))) == ["Max"]


async def test_plain_words_forget_and_undo(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    assert "forgotten bo" in (await talk.say("forget bo")).text
    assert (await talk.say("undo")).text == "bo is back."


async def test_a_guess_is_asked_about_before_anything_is_done(talk: Talk) -> None:
    await talk.say("/remember Mia", blocks("red"))
    asked = await talk.say("forget her")
    assert (asked.text, [one.label for one in asked.buttons]) == ("Shall I forget Mia?", ["Yes", "No"])
    assert "Mia" in (await talk.say("/list")).text
    await talk.say("forget her")
    assert "forgotten Mia" in (await talk.say("yes")).text


async def test_no_leaves_a_guess_alone(talk: Talk) -> None:
    await talk.say("/remember Mia", blocks("red"))
    await talk.say("", blocks("red"))
    await talk.say("forget her")
    assert (await talk.say("no")).text == "All right, I'll leave it as it is."
    assert names(await talk.say("", blocks("red"))) == ["Mia"]


async def test_questions_belong_to_the_person_who_was_asked(talk: Talk) -> None:
    await talk.say("", blocks("red"), sender=ANN)
    assert "Nice to meet" not in (await talk.say("Rosie", sender=BEN)).text
    assert (await talk.say("Rosie", sender=ANN)).text.startswith("Nice to meet Rosie!")


async def test_who_answers_to_the_question_itself_may_be_somebody_else(talk: Talk) -> None:
    await talk.say("", blocks("red"), sender=ANN, id="7")
    assert (await talk.say("Rosie", sender=BEN, reply_to="7")).text.startswith("Nice to meet Rosie!")


async def test_words_that_come_with_a_photo_do_not_answer_a_question_about_another(talk: Talk) -> None:
    await talk.say("", blocks("red"))
    await talk.say("Rosie", blocks("blue"))
    assert names(await talk.say("", blocks("red"))) == [None]


async def test_who_was_seen_and_is_forgotten_is_no_longer_meant(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("red"))
    await talk.say("/forget bo")
    reply = await talk.say("no")
    assert reply.understood is not None
    assert reply.understood.names == ()
    assert "correct" not in reply.text


async def test_a_question_about_a_name_is_not_about_the_last_photo(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("blue"))
    reply = await talk.say("who is bo?")
    assert (reply.image, reply.buttons) == (None, ())


async def test_a_question_is_closed_by_a_new_photo_and_by_an_edit(talk: Talk) -> None:
    await talk.say("/remember Mia", blocks("blue"))
    await talk.say("", blocks("red"))
    await talk.say("forget Mia")
    assert "Nice to meet" not in (await talk.say("Rosie")).text


async def test_talk_that_is_not_for_the_bot_edits_nothing(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    assert (await talk.say("forget bo", addressed=False)).silent
    await talk.say("/settings replies all", sender=Sender("root", admin=True))
    await talk.say("forget bo", addressed=False)
    assert "Shall I" not in (await talk.say("forget him", addressed=False)).text
    assert "bo" in (await talk.say("/list")).text


async def test_yes_erases_everything_only_where_that_was_asked(talk: Talk) -> None:
    admin = Sender("root", "Root", admin=True)
    await talk.say("/remember bo", blocks("red"), sender=admin)
    await talk.say("/forgetall", sender=admin)
    assert (await talk.say("yes", sender=admin)).text.startswith("I've forgotten everything.")
    await talk.say("/remember bo", blocks("red"), sender=admin)
    await talk.say("yes", sender=admin)
    assert "bo" in (await talk.say("/list")).text


async def test_every_final_reply_tells_what_was_understood(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    for text, intent, about in [
        ("/forget nobody", Intent.FORGET, ("nobody",)),
        ("where is bo?", Intent.WHERE, ("bo",)),
        ("bo is afraid of thunder", Intent.DESCRIBE, ("bo",)),
        ("rename bo to Bobby", Intent.RENAME, ("bo", "Bobby")),
        ("hi", Intent.GREET, ()),
    ]:
        understood = (await talk.say(text)).understood
        assert understood is not None
        assert (understood.intent, understood.names) == (intent, about)


async def test_regions_of_the_photo_can_be_spoken_of(talk: Talk) -> None:
    seen = await talk.say("", blocks("red", "blue"))
    assert [(one.photo, one.label) for one in seen.regions] == [(0, "dog"), (0, "cat")]
    await talk.say(f"{seen.regions[1].value} | Mia")
    assert names(await talk.say("", blocks("blue"))) == ["Mia"]
    drawn = await talk.say(f"/point {seen.shown} 0 30 30 210 210 | Bo")
    assert drawn.text.startswith("Nice to meet Bo!")


async def test_a_bare_no_long_after_corrects_nobody(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("red"))
    await talk.say("who do you know?")
    await talk.say("no")
    assert names(await talk.say("", blocks("red"))) == ["bo"]


async def test_a_question_of_another_kind_is_closed_by_whatever_comes_next(talk: Talk) -> None:
    await talk.say("/remember Rosie", blocks("red"))
    asked = await talk.say("this is Rosie", blocks("blue"))
    assert "Keep it?" in asked.text
    await talk.say("hello")
    await talk.say("no")
    assert "2 photos" in (await talk.say("/show Rosie")).text


async def test_keep_it_is_answered_in_words(talk: Talk) -> None:
    await talk.say("/remember Rosie", blocks("red"))
    await talk.say("this is Rosie", blocks("blue"))
    await talk.say("no")
    assert "1 photo" in (await talk.say("/show Rosie")).text


async def test_what_may_be_no_request_is_asked_about(talk: Talk) -> None:
    await talk.say("/remember Rosie", blocks("red"))
    await talk.say("/remember Max", blocks("blue"))
    for said in (
        "Rosie and Max are the same dog?",
        "Max's name is short for Maximilian",
        "maybe Rosie is afraid of cats",
        "Max heißt dich willkommen",
        "¿Rosie y Max son el mismo perro?",
    ):
        asked = await talk.say(said)
        assert not [one for one in asked.buttons if one.value.startswith("/undo")], said
    assert "Rosie: dog · 1 photo\nMax: cat · 1 photo" in (await talk.say("/list")).text


async def test_two_new_names_at_once_are_told_one_after_another(talk: Talk) -> None:
    assert "One after another" in (await talk.say("these are Rosie and Max", blocks("red"), blocks("blue"))).text
    assert "don't know anyone" in (await talk.say("/list")).text


async def test_undo_in_words_takes_back_the_last_edit_of_the_conversation_whole(talk: Talk) -> None:
    await talk.say("/remember Ada", blocks("red"))
    await talk.say("/remember Ben", blocks("blue"))
    await talk.say("forget Ada and Ben")
    back = await talk.say("undo")
    assert "Ada" in back.text
    assert "Ben" in back.text


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("this is my horse Rosie", "Rosie: horse · 1 photo"),
        ("the one on the right is my horse Rosie", "Rosie: horse · 1 photo"),
        ("das ist unser Pferd Rosie", "Rosie: horse · 1 photo"),
        ("esta es mi vaca Rosie", "Rosie: cow · 1 photo"),
    ],
)
async def test_the_kind_that_is_said_counts_and_not_the_detectors(talk: Talk, said: str, line: str) -> None:
    sender = Sender("ann", "Ann", language={"d": "de", "e": "es"}.get(said[0], "en"))
    await talk.say(said, blocks("red", "blue") if "right" in said else blocks("red"), sender=sender)
    assert line in (await talk.say("/list")).text


async def test_a_yes_to_whom_the_bot_named_is_heard(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("red"))
    assert (await talk.say("yes")).text == "Good, then I got it right."


@pytest.mark.parametrize("first", ["this is Waldi", "/remember Waldi", "the one on the left is Waldi"])
async def test_a_name_that_was_just_taught_is_taken_back_by_another(talk: Talk, first: str) -> None:
    await talk.say(first, blocks("red", "blue") if "left" in first else blocks("red"))
    reply = await talk.say("no, that's Wolf")
    assert "Nice to meet Wolf!" in reply.text
    assert (await talk.say("/list")).text.endswith("Wolf: dog · 1 photo")
    assert "Waldi" not in (await talk.say("/list")).text


async def test_with_a_language_model_words_still_edit_by_grammar_and_questions_are_the_models(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["He naps."])
    talker.go_on.set()
    async with talking(tmp_path, talker) as talk:
        await talk.say("this is bo", blocks("red"))
        assert (await talk.say("what is he doing?", blocks("red"))).text == "He naps."
        asked = len(talker.prompts)
        assert "forgotten bo" in (await talk.say("forget bo")).text
        assert "bo is back" in (await talk.say("undo")).text
        assert len(talker.prompts) == asked


@pytest.mark.parametrize(
    ("said", "language"),
    [("the thing on the right is Kettle", "en"), ("Das rechts ist Kettle", "de"), ("lo de la derecha es Kettle", "es")],
)
async def test_a_thing_is_pointed_at_by_its_side(talk: Talk, said: str, language: str) -> None:
    await talk.say("/remember Kettle", blocks("black"))
    seen = await talk.say("", blocks("red", "blue", "black"))
    assert names(seen) == ["Kettle", None, None]
    reply = await talk.say(said, sender=Sender("ann", "Ann", language=language))
    assert "Kettle" in reply.text
    assert "Kettle: 2 photos" in (await talk.say("/list")).text


async def test_at_a_side_who_could_have_a_name_is_meant_before_things(talk: Talk) -> None:
    await talk.say("", blocks("green", "green", "green", "red", "black"))
    await talk.say("the one on the right is Max")
    assert set(names(await talk.say("", blocks("red", "black")))) == {"Max", None}
    assert names(await talk.say("", blocks("red"))) == ["Max"]
    await talk.say("", blocks("green", "blue", "black"))
    await talk.say("the one on the right is Kettle")
    assert names(await talk.say("", blocks("black"))) == ["Kettle"]


async def test_a_kind_that_was_taken_for_something_else_is_whatever_the_photo_is_about(talk: Talk) -> None:
    await talk.say("", blocks("black"))
    assert (await talk.say("the man is Leo")).text.startswith("Nice to meet Leo!")
    await talk.say("", blocks("red"))
    assert (await talk.say("the man is Max")).text == "I don't see that one here."


async def test_the_one_person_among_things_is_who_is_meant(talk: Talk) -> None:
    await talk.say("/remember Kettle", blocks("black"))
    await talk.say("/remember Tom", blocks("pink"))
    assert set(names(await talk.say("", blocks("pink", "black")))) == {"Tom", "Kettle"}
    assert "Nice to meet Leo!" in (await talk.say("This is Leo")).text
    assert set(names(await talk.say("", blocks("pink", "black")))) == {"Leo", "Kettle"}


@pytest.mark.parametrize("between", ["", "thanks"])
async def test_a_typed_yes_answers_what_the_bot_asked_last_also_after_a_thanks(talk: Talk, between: str) -> None:
    asked = await talk.say("this is Waldi", blocks("red"))
    assert "Waldi is a dog, right?" in asked.text
    if between:
        await talk.say(between)
    assert (await talk.say("yes, she is")).text == "Got it. Waldi is a dog."


async def test_what_facts_alone_answer_shows_no_photo_again(talk: Talk) -> None:
    await talk.say("/remember bo | dog | bo lives in Oslo", blocks("red"))
    await talk.say("", blocks("red"))
    told = await talk.say("where does bo live?")
    assert (told.text, told.image, told.buttons) == ("bo lives in Oslo.", None, ())
    untold = await talk.say("how old is bo?")
    assert (untold.text, untold.image) == ("Nobody has told me that about bo yet.", None)
    assert (await talk.say("where is bo?")).image


async def test_a_no_that_tells_something_keeps_whom_the_photo_shows(talk: Talk) -> None:
    await talk.say("/remember bo | dog | bo lives in Oslo", blocks("red"))
    await talk.say("", blocks("red"))
    assert (await talk.say("no, bo lives in Berlin")).text == "Got it. bo lives in Berlin."
    assert "bo" in (await talk.say("who is this?", blocks("red"))).text


@pytest.mark.parametrize(
    ("said", "noted", "asked", "told", "language"),
    [
        (
            *("This is Kenji. He loves hot dogs.", "I'll keep in mind: “He loves hot dogs”."),
            *("who is Kenji?", "Kenji loves hot dogs.", "en"),
        ),
        (
            *("Das ist Luna, die Katze meiner Schwester", "Ich merke mir: „die Katze meiner Schwester“."),
            *("wer ist Luna?", "die Katze meiner Schwester", "de"),
        ),
    ],
)
async def test_what_is_told_with_a_name_is_kept_with_it(
    talk: Talk, said: str, noted: str, asked: str, told: str, language: str
) -> None:
    ann = Sender("ann", "Ann", language=language)
    assert noted in (await talk.say(said, blocks("red"), sender=ann)).text
    assert told in (await talk.say(asked, sender=ann)).text


async def test_what_is_told_at_a_side_is_kept_too(talk: Talk) -> None:
    await talk.say("", blocks("red", "blue"))
    reply = await talk.say("the one on the right is Rosie, she is my horse and she loves snow")
    assert reply.text.startswith("Nice to meet Rosie! I'll keep in mind: “she is my horse and she loves snow”.")
    assert "Rosie: horse · 1 photo" in (await talk.say("/list")).text
    assert "she loves snow" in (await talk.say("what does Rosie love?")).text
