"""Requests about names that the chat doesn't know, and what only looks like one."""

import pytest

from benchmarks.understanding import EDITS, TOPICS
from core.intents import Intent
from core.language.understanding import understand

NOBODY = TOPICS["none"]


@pytest.mark.parametrize(
    ("language", "text", "intent", "names"),
    [
        ("en", "forget kettel", Intent.FORGET, ("kettel",)),
        ("en", "could you delete Mr Snowball please", Intent.FORGET, ("Mr Snowball",)),
        ("en", "show me a photo of Rosie", Intent.SHOW, ("Rosie",)),
        ("en", "tell me about rosie", Intent.ABOUT, ("rosie",)),
        ("en", "rename kettel to Max", Intent.RENAME, ("kettel", "Max")),
        ("en", "when did you last see rosie?", Intent.LAST_SEEN, ("rosie",)),
        ("en", "note that Rosie is afraid of thunder", Intent.DESCRIBE, ("Rosie",)),
        ("de", "vergiss kettel", Intent.FORGET, ("kettel",)),
        ("de", "zeig mir Rosie", Intent.SHOW, ("Rosie",)),
        ("de", "benenn Kettel in Max um", Intent.RENAME, ("Kettel", "Max")),
        ("de", "wann hast du Rosie zuletzt gesehen?", Intent.LAST_SEEN, ("Rosie",)),
        ("es", "olvida a kettel", Intent.FORGET, ("kettel",)),
        ("es", "muéstrame a Rosie", Intent.SHOW, ("Rosie",)),
        ("zh", "把王小明忘了吧", Intent.FORGET, ("王小明",)),
        ("zh", "给我看小明的照片", Intent.SHOW, ("小明",)),
        ("zh", "忘了Rosie", Intent.FORGET, ("Rosie",)),
    ],
)
def test_a_clear_request_may_name_whom_the_chat_does_not_know(
    language: str, text: str, intent: Intent, names: tuple[str, ...]
) -> None:
    understood = understand(text, language, NOBODY)
    assert (understood.intent, understood.names) == (intent, names)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "forget it"),
        ("en", "forget that"),
        ("en", "forget him"),
        ("en", "forget my keys"),
        ("en", "forget the meeting"),
        ("en", "don't forget kettel"),
        ("en", "I forgot Rosie's toy"),
        ("en", "never forget Paris"),
        ("en", "call me maybe"),
        ("en", "remember to buy milk"),
        ("de", "vergiss den Termin"),
        ("de", "gib mir Bescheid"),
        ("de", "vergiss kettel nicht"),
        ("es", "olvida la reunión"),
        ("es", "acuérdate de comprar leche"),
        ("es", "Mia, olvídalo"),
        ("zh", "忘了带钥匙"),
        ("zh", "忘掉烦恼吧"),
        ("zh", "记得早点睡"),
    ],
)
def test_what_only_sounds_like_a_request_stays_talk(language: str, text: str) -> None:
    understood = understand(text, language, NOBODY)
    assert understood.intent not in EDITS
    assert understood.intent is not Intent.SHOW


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "esto es Madrid en invierno"),
        ("de", "das ist Prag im Winter"),
        ("en", "name one thing"),
        ("en", "es regnet"),
    ],
)
def test_places_and_orders_are_no_names(language: str, text: str) -> None:
    assert understand(text, language, TOPICS["photo"]).intent not in EDITS


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "was kannst du noch?"), ("de", "was kannst du alles?"), ("de", "wer bist du?"), ("zh", "你好，你是谁？")],
)
def test_who_the_bot_is_and_what_it_can_do_is_help(language: str, text: str) -> None:
    assert understand(text, language, NOBODY).intent is Intent.HELP


@pytest.mark.parametrize(("language", "text"), [("de", "kennst du sie jetzt?"), ("zh", "你现在认识她了吗？")])
def test_whether_she_is_known_is_asked_of_a_photo(language: str, text: str) -> None:
    assert understand(text, language, TOPICS["photo"]).intent is Intent.WHO
    assert understand(text, language, NOBODY).intent is Intent.NONE


def test_a_change_of_mind_is_no_answer() -> None:
    assert understand("doch nicht", "de", TOPICS["photo"]).intent is Intent.NONE
