"""Names that are offered while somebody types."""

from __future__ import annotations

from core.assistant.suggestions import ranked

NAMES = ["bo", "Bobby", "jim bo", "limbo", "Mia", "Ångström"]


def test_without_a_word_all_names_stay_in_their_order() -> None:
    assert ranked(" ", NAMES) == NAMES


def test_beginnings_come_first_then_words_then_the_rest() -> None:
    assert ranked("BO", NAMES)[:4] == ["bo", "Bobby", "jim bo", "limbo"]


def test_a_misspelt_name_is_found() -> None:
    assert ranked("miia", NAMES) == ["Mia"]


def test_names_are_compared_as_the_store_compares_them() -> None:
    assert ranked("ÅNG", NAMES) == ["Ångström"]


def test_what_is_nothing_like_any_name_finds_none() -> None:
    assert ranked("zzzz", NAMES) == []
