"""What may be no request is a guess or nothing; a clear request stays one."""

from __future__ import annotations

import pytest

from core.intents import Intent
from core.language.understanding import cautious, understand
from core.language.understanding.topic import Asked, Topic
from core.names import fold

KNOWN = Topic(known=("Rosie", "Max", "小黑"), shows=True)
STRANGER = Topic(known=("Rosie", "Max", "小黑"), shows=True, asked=Asked.WHO)


def taken(text: str, language: str, topic: Topic) -> tuple[Intent, bool]:
    understood = cautious(text, understand(text, language, topic), topic)
    return understood.intent, understood.unsure


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("叫小黑起床", "zh"),
        ("小黑是Rosie吗？", "zh"),
        ("Max heißt dich willkommen", "de"),
        ("Rosies Name ist schwedisch", "de"),
        ("Max's name is short for Maximilian", "en"),
        ("Max se llama así por mi abuelo", "es"),
        ("Rosie and Max are the same dog?", "en"),
        ("¿Rosie y Max son el mismo perro?", "es"),
        ("Max y Rosie son iguales", "es"),
        ("maybe Rosie is afraid of cats", "en"),
        ("I think Rosie is a poodle?", "en"),
        ("Rosie is a potato haha", "en"),
        ("quizás a Max le gustan los gatos", "es"),
        ("no, really?", "en"),
    ],
)
def test_questions_guesses_and_figures_of_speech_are_never_carried_out(text: str, language: str) -> None:
    intent, unsure = taken(text, language, KNOWN)
    assert unsure or intent in {Intent.NONE, Intent.BEYOND, Intent.ABOUT, Intent.WHO, Intent.PRESENT}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my aunt is called Hilda", "en"),
        ("meine Tante heißt Hilde", "de"),
        ("mi jefe se llama Hugo", "es"),
        ("¿se llama Rosie?", "es"),
        ("小黑不是Rosie", "zh"),
        ("it was made by Ming", "en"),
        ("Stranger", "en"),
        ("圣诞节", "zh"),
        ("alles klar", "en"),
    ],
)
def test_what_is_said_after_a_stranger_teaches_nobody_unasked(text: str, language: str) -> None:
    intent, unsure = taken(text, language, STRANGER)
    assert unsure or intent is not Intent.REMEMBER


@pytest.mark.parametrize(
    ("text", "language", "topic", "intent"),
    [
        ("rename Max to Mimi", "en", KNOWN, Intent.RENAME),
        ("can you call Max Mimi?", "en", KNOWN, Intent.RENAME),
        ("Max heißt jetzt Mimi", "de", KNOWN, Intent.RENAME),
        ("Max and Rosie are the same", "en", KNOWN, Intent.MERGE),
        ("Rosie is afraid of thunder", "en", KNOWN, Intent.DESCRIBE),
        ("a Rosie le gusta el queso", "es", Topic(known=("Rosie", "Max"), focus="Max"), Intent.DESCRIBE),
        ("this is bo", "en", STRANGER, Intent.REMEMBER),
        ("Bruno", "en", STRANGER, Intent.REMEMBER),
    ],
)
def test_clear_requests_stay_requests(text: str, language: str, topic: Topic, intent: Intent) -> None:
    assert taken(text, language, topic) == (intent, False)


def test_two_new_names_are_both_heard() -> None:
    topic = Topic(shows=True)
    understood = cautious("these are Anna and Ben", understand("these are Anna and Ben", "en", topic), topic)
    assert [fold(name) for name in understood.names] == ["anna", "ben"]
