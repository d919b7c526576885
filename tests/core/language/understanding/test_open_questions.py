"""Questions about kinds of things, and about names that nobody knows."""

import pytest

from core.intents import Intent
from core.language.understanding import understand
from core.language.understanding.topic import Topic

PHOTO = Topic(("Bo", "Mia"), shows=True, seen=("Bo",))


@pytest.mark.parametrize(
    ("language", "text", "intent", "names"),
    [
        ("en", "is there a dog?", Intent.PRESENT, ("dog",)),
        ("en", "are there any animals?", Intent.PRESENT, ("animal",)),
        ("en", "do you see a puppy", Intent.PRESENT, ("dog",)),
        ("en", "where is the kitty?", Intent.WHERE, ("cat",)),
        ("en", "what do you see?", Intent.WHO, ()),
        ("en", "who is kai?", Intent.ABOUT, ("kai",)),
        ("en", "where is kai?", Intent.WHERE, ("kai",)),
        ("en", "where is Kai from?", Intent.WHERE, ("Kai",)),
        ("en", "where is Anna Maria?", Intent.WHERE, ("Anna Maria",)),
        ("de", "Ist da ein Hund?", Intent.PRESENT, ("dog",)),
        ("de", "Siehst du Tiere?", Intent.PRESENT, ("animal",)),
        ("de", "Wo ist das Hündchen?", Intent.WHERE, ("dog",)),
        ("de", "Wer ist Kai?", Intent.ABOUT, ("Kai",)),
        ("es", "¿Hay un perro?", Intent.PRESENT, ("dog",)),
        ("es", "¿Dónde está el gatito?", Intent.WHERE, ("cat",)),
        ("es", "¿Quién es Kai?", Intent.ABOUT, ("Kai",)),
        ("zh", "有狗吗？", Intent.PRESENT, ("dog",)),
        ("zh", "小猫在哪里？", Intent.WHERE, ("cat",)),
        ("zh", "小明是谁？", Intent.ABOUT, ("小明",)),
    ],
)
def test_kinds_and_strangers_are_asked_about(language: str, text: str, intent: Intent, names: tuple[str, ...]) -> None:
    understood = understand(text, language, PHOTO)
    assert (understood.intent, understood.names) == (intent, names)


@pytest.mark.parametrize("text", ["what is he doing?", "is she happy?", "who is the man in the hat?"])
def test_what_takes_eyes_stays_so(text: str) -> None:
    assert understand(text, "en", PHOTO).intent is Intent.BEYOND


@pytest.mark.parametrize(("language", "text"), [("es", "es un perro"), ("zh", "是一只狗"), ("zh", "这里有一只狗")])
def test_a_statement_about_a_kind_asks_nothing(language: str, text: str) -> None:
    assert understand(text, language, PHOTO).intent is Intent.NONE


def test_the_phone_is_not_looked_for_without_a_photo() -> None:
    assert understand("where is my phone?", "en", Topic(("Bo",))).intent is Intent.NONE
