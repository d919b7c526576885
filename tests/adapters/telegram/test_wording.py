"""Text as Telegram takes it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telegram.wording import bold, keyboard, split_for_telegram, units
from core.messages import Button, Card, Reply

WIDE = st.text(alphabet=st.sampled_from("ab .!?。\n🐕é𝔹'"), max_size=400)


@given(WIDE, st.integers(4, 60))
@settings(deadline=None)
def test_every_piece_fits_and_no_letter_is_lost(text: str, longest: int) -> None:
    found = split_for_telegram(text, longest)
    assert all(0 < len(one.encode("utf-16-le")) // 2 <= longest for one in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_text_is_cut_after_a_sentence_rather_than_in_it() -> None:
    assert split_for_telegram("One two three. Four five six. Seven.", 22) == ["One two three.", "Four five six. Seven."]
    assert split_for_telegram("一二三四。五六七八。九", 8) == ["一二三四。", "五六七八。九"]
    assert split_for_telegram('He said "stop." And went on and on.', 20) == ['He said "stop."', "And went on and on."]


def test_a_paragraph_is_a_better_place_than_a_sentence_and_a_word_than_none() -> None:
    assert split_for_telegram("One. Two.\n\nThree. Four", 16) == ["One. Two.", "Three. Four"]
    assert split_for_telegram("many words without any end", 12) == ["many words", "without any", "end"]
    assert split_for_telegram("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_an_early_end_of_a_sentence_does_not_make_a_tiny_piece() -> None:
    assert split_for_telegram("Hi. a long sentence that goes on", 20)[0] == "Hi. a long sentence"


def test_lengths_are_telegrams() -> None:
    assert units("a🐕é") == 4


def test_names_are_bold_as_whole_words_the_longest_first() -> None:
    cards = tuple(Card(name, "") for name in ("bo", "bo jackson", ""))
    text = "🐕 bo jackson, bo's about bobo"
    spans = [(one.offset, one.length) for one in bold(text, Reply("", cards=cards))]
    assert spans == [(3, 10), (15, 2)]
    assert bold("nobody", Reply("")) == []


def test_short_buttons_share_a_row_and_long_ones_do_not() -> None:
    markup = keyboard([Button("Yes", "/a"), Button("No", "/b"), Button("a label that fills a phone's width", "/c")])
    assert markup is not None
    assert [[one.callback_data for one in row] for row in markup.inline_keyboard] == [["/a", "/b"], ["/c"]]
    assert keyboard([]) is None
    many = keyboard([Button("x", f"/{number}") for number in range(20)])
    assert many is not None
    assert max(len(row) for row in many.inline_keyboard) <= 8
