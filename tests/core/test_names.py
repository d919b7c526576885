import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import BadName
from core.names import _FORBIDDEN, LONGEST, clean, fold, masked, mentioned, redacted

NAMES = st.text(min_size=1, max_size=64)


@pytest.mark.parametrize("name", ["bo", "Бо", "小波", "🐕", "محمد", "bo'; DROP TABLE concepts;--", "R2-D2", "a" * 64])
def test_names_of_every_script_stay_as_they_are(name: str) -> None:
    assert clean(name) == name


@pytest.mark.parametrize("name", ["", "   ", "\u200b\n", "a\nb", "<b>bo</b>", "bo\u202eob", "a" * 65, "x" * 10_000])
def test_a_name_that_breaks_the_rules_gets_a_sentence(name: str) -> None:
    with pytest.raises(BadName) as refused:
        clean(name)
    assert str(refused.value).endswith(".")


@given(NAMES)
def test_folding_is_idempotent(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(NAMES)
def test_a_clean_name_is_short_and_clean_again(name: str) -> None:
    try:
        tidy = clean(name)
    except BadName:
        return
    assert 1 <= len(tidy) <= LONGEST
    assert clean(tidy) == tidy
    assert fold(tidy) == fold(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bo", "bO"), ("Straße", "STRASSE"), ("ﬁdo", "fido"), ("Ｂｏ", "bo"), ("a  b", "A B"), ("İ", "i̇")],
)
def test_names_compare_without_case_and_after_nfkc(one: str, other: str) -> None:
    assert fold(one) == fold(other)


UNSEEN = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"]
UNSEEN += "\u034f\u115f\u1160\u3164\uffa0\u2800\u17b4\u180b\ufe00\ufe0f\U000e0100\U000e01ef\x80\x9f"


def test_names_compare_without_anything_invisible() -> None:
    assert [one for one in UNSEEN if {fold(f"b{one}o"), fold(f"{one}bo"), fold(f"bo{one}")} != {"bo"}] == []
    kept = [one for one in UNSEEN if not _FORBIDDEN.search(one)]
    assert [one for one in kept if {clean(f"b{one}o"), clean(f"{one}bo"), clean(f"bo{one}")} != {"bo"}] == []


@pytest.mark.parametrize(
    ("twins", "plain"),
    [("’‘ʼ'′`´‛ʹ＇‹›", "'"), ('“”„"«»″＂', '"'), ("‐‑‒–—―−-－﹣", "-"), (" \u00a0\u2003\u202f\u3000", " ")],
)
def test_typographic_twins_are_one(twins: str, plain: str) -> None:
    assert {fold(f"Bo{one}Li") for one in twins} == {f"bo{plain}li"}
    for one in twins:
        assert mentioned(f"is this Bo{one}Li?", [f"bo{twins[0]}li"]) == [f"bo{twins[0]}li"]


@pytest.mark.parametrize("name", ["👩‍🚀", "👨‍👩‍👧‍👦", "1️⃣", "❤️‍🔥", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🙂‍↔️", "🏳️‍🌈", "‼️", "میخ‌ها", "क्‍ष", "辻󠄀"])
def test_what_shapes_an_emoji_or_a_letter_is_kept_and_found_without_it(name: str) -> None:
    assert clean(name) == name
    bare = "".join(letter for letter in name if letter not in "\u200c\u200d\ufe0f\U000e0100")
    assert fold(name) == fold(bare)
    assert mentioned(f"is {bare} here?", [name]) == [name]


def test_two_flags_are_two_names() -> None:
    assert fold("🏴󠁧󠁢󠁳󠁣󠁴󠁿") != fold("🏴󠁧󠁢󠁥󠁮󠁧󠁿") != fold("🏴")


@pytest.mark.parametrize("name", ["\u3164", "\u2800\u2800", "\u115f\u1160", "\ufe0f", "\U000e0067"])
def test_a_name_of_which_nothing_is_seen_is_none(name: str) -> None:
    with pytest.raises(BadName):
        clean(name)
    assert mentioned("is this bo?", [name]) == []


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("what about it", ["bo"], []),
        ("tell me about BO!", ["bo"], ["bo"]),
        ("Is this Bo's ball?", ["bo"], ["bo"]),
        ("bobo and bo", ["bo", "bobo"], ["bobo", "bo"]),
        ("bo jackson runs", ["bo", "bo jackson"], ["bo jackson"]),
        ("where is c++?", ["c++", "c"], ["c++"]),
        ("小波在哪里？", ["小波"], ["小波"]),
        ("is 🐕 here", ["🐕"], ["🐕"]),
        ("STRASSE?", ["Straße"], ["Straße"]),
        ("mia, bo and mia", ["bo", "mia"], ["mia", "bo"]),
        ("hello", [], []),
    ],
)
def test_a_name_is_found_as_a_whole_word_or_phrase(text: str, names: list[str], found: list[str]) -> None:
    assert mentioned(text, names) == found


@given(NAMES)
def test_a_name_alone_is_always_found(name: str) -> None:
    try:
        tidy = clean(name)
    except BadName:
        return
    assert mentioned(tidy, [tidy]) == [tidy]


def test_masking_hides_names_and_nothing_else() -> None:
    assert masked("Where is Bo, about now?", ["bo"]) == "where is @, about now?"


@pytest.mark.parametrize(
    ("text", "words", "left"),
    [
        ("Who is Bo? BO, bo!", ["bo"], "Who is X? X, X!"),
        ("Bo's bed, Bo’s bowl and Bos Ball", ["bo"], "X's bed, X’s bowl and Xs Ball"),
        ("Bobby is about", ["bo"], "Bobby is about"),
        ("as a is", ["a"], "as X is"),
        ("O’Brien and O'BRIEN", ["O'Brien"], "X and X"),
        ("Anna‑Lena and Anna-Lena", ["anna-lena"], "X and X"),
        ("ｂｏ and b\u200bo", ["bo"], "X and X"),
        ("cafe\u0301 and café", ["café"], "X and X"),
        ("bo是谁", ["bo"], "X是谁"),
        ("这是小波吗", ["小波"], "这是X吗"),
        ("he  hides\nthe key", ["hides the key"], "he  X"),
        ("bo jackson and bo", ["bo", "bo jackson"], "X and X"),
        ("nobody", ["", "bo"], "nobody"),
    ],
)
def test_words_are_taken_out_of_a_text_that_stays_as_it_was_written(text: str, words: list[str], left: str) -> None:
    assert redacted(text, [fold(word) for word in words], "X") == left


@given(st.text(), st.text(min_size=1), st.text())
def test_a_word_that_is_taken_out_is_not_mentioned_any_more(before: str, word: str, after: str) -> None:
    assume(fold(word) and "?" not in fold(word))
    text = redacted(f"{before} {word} {after}", [fold(word)], "?")
    assert not mentioned(text, [word])
