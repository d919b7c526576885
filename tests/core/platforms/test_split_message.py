"""Long texts as several messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.platforms.split_message import split_message


def in_utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_a_short_text_is_one_piece_and_no_text_is_none() -> None:
    assert split_message(" Hello there. ", 20) == ["Hello there."]
    assert split_message(" \n", 20) == []


def test_it_is_cut_between_sentences() -> None:
    assert split_message("One two three. Four five. Six.", 26) == ["One two three. Four five.", "Six."]
    assert split_message("“Is it?” Yes. It is bo.", 15) == ["“Is it?” Yes.", "It is bo."]


def test_a_paragraphs_end_is_the_best_place_and_a_word_is_broken_last() -> None:
    assert split_message("First. A bit.\n\nSecond. More.", 24) == ["First. A bit.", "Second. More."]
    assert split_message("word word word word", 11) == ["word word", "word word"]
    assert split_message("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_chinese_sentences_end_without_a_space() -> None:
    assert split_message("这是波。它在左边。很好。", 10) == ["这是波。它在左边。", "很好。"]


def test_a_platform_may_measure_in_its_own_way() -> None:
    assert split_message("🐕" * 10, 8, in_utf16) == ["🐕" * 4, "🐕" * 4, "🐕" * 2]


@given(st.text(st.sampled_from("ab .!\n。🐕"), max_size=200), st.integers(2, 40))
def test_every_piece_fits_and_nothing_but_spaces_is_lost(text: str, longest: int) -> None:
    found = split_message(text, longest, in_utf16)
    assert all(0 < in_utf16(piece) <= longest for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())
