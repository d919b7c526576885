"""What people said, as a sentence of the bot's where it reads as one, else quoted."""

import pytest

from core.i18n.translator import Translators
from core.language.told import told, told_in_short


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "afraid of thunder", "Luna is afraid of thunder."),
        ("en", "a border collie", "Luna is a border collie."),
        ("en", "is afraid of thunder", "Luna is afraid of thunder."),
        ("en", "Luna is afraid of thunder", "Luna is afraid of thunder."),
        ("en", "she loves cheese!", "Luna loves cheese!"),
        ("en", "barks loudly", "Luna barks loudly."),
        ("en", "Luna's ears are soft", "I was told about Luna: “Luna's ears are soft”."),
        ("en", "best friend of bo.", "I was told about Luna: “best friend of bo”."),
        ("de", "hat Angst vor Gewitter", "Luna hat Angst vor Gewitter."),
        ("de", "ein Border Collie", "Luna ist ein Border Collie."),
        ("de", "a border collie", "Über Luna hat man mir erzählt: „a border collie“."),
        ("es", "tiene miedo de los truenos", "Luna tiene miedo de los truenos."),
        ("es", "una border collie", "Luna es una border collie."),
        ("es", "afraid of thunder", "Me contaron esto de Luna: «afraid of thunder»."),
        ("zh", "怕打雷", "Luna 怕打雷。"),
        ("zh", "一只边牧", "Luna 是一只边牧。"),
        ("zh", "afraid of thunder", "关于 Luna，你们告诉过我：“afraid of thunder”。"),
    ],
)
def test_a_text_is_a_sentence_of_the_bots_only_where_it_reads_as_one(language: str, text: str, said: str) -> None:
    assert told("Luna", text, Translators.load().of(language)) == said


def test_in_short_it_is_the_first_sentence_cut_where_it_is_long() -> None:
    english = Translators.load().of("en")
    assert told_in_short("Luna", "a border collie. Very clever.", english) == "Luna is a border collie."
    assert told_in_short("Luna", "loves " + "cheese, " * 40, english).endswith("…")
    assert len(told_in_short("Luna", "x" * 1500, english)) < 160
