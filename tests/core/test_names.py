import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadName
from core.names import LONGEST, clean, fold, masked, mentioned

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
