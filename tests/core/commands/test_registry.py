import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commands.registry import (
    USAGES,
    Ask,
    Categorise,
    Command,
    Confirm,
    Describe,
    Forget,
    ForgetAll,
    Help,
    List,
    Move,
    Remember,
    Rename,
    Settings,
    Show,
    Undo,
    Wrong,
    parse,
)
from core.concepts import Box
from core.errors import UserError


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/remember bo", Remember("bo")),
        ("  /REMEMBER  bo jackson ", Remember("bo jackson")),
        ("/remember bo | dog | loves | snow", Remember("bo", "dog", "loves | snow")),
        ("/remember bo || eats fish", Remember("bo", None, "eats fish")),
        ("/remember@rapport_bot bo", Remember("bo")),
        ("/forget bo jackson", Forget("bo jackson")),
        ("/rename bo | Bobby", Rename("bo", "Bobby")),
        ("/rename bo Bobby", Rename("bo", "Bobby")),
        ("/describe bo | a Shiba\nwho sings", Describe("bo", "a Shiba\nwho sings")),
        ("/category bo | dog", Categorise("bo", "dog")),
        ("/category bo |", Categorise("bo", "")),
        ("/show bo", Show("bo")),
        ("/wrong", Wrong()),
        ("/wrong bo", Wrong("bo")),
        ("/undo", Undo()),
        ("/undo 12", Undo(12)),
        (f"/undo {'9' * 5000}", Undo(10**18 - 1)),
        ("/list", List()),
        ("/forgetall", ForgetAll()),
        ("/forgetall YES", ForgetAll(confirmed=True)),
        ("/settings", Settings()),
        ("/settings replies KNOWN", Settings("replies", "known")),
        ("/confirm yes ab12 0 3 17", Confirm("ab12", 0, 3, 17, yes=True)),
        ("/move 17 1 2 30 40", Move(17, Box(1, 2, 30, 40))),
        ("/help", Help()),
        ("who is this?", Ask("who is this?")),
        ("", Ask("")),
        ("/", Ask("/")),
        ("/etc/passwd", Ask("/etc/passwd")),
        ("1/2 of it", Ask("1/2 of it")),
    ],
)
def test_a_text_becomes_what_the_person_wants(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("/rember bo", "Did you mean /remember?"),
        ("/forgot bo", "Did you mean /forget?"),
        ("/lst", "Did you mean /list?"),
        ("/xyzzy", "/help lists"),
        ("/remember", "/remember bo"),
        ("/forget", "/forget bo"),
        ("/rename bo", "/rename bo | Bobby"),
        ("/describe", "/describe bo"),
        ("/confirm", "/wrong NAME"),
        ("/move 1 2 3", "/remember NAME"),
        (f"/confirm yes ab 0 0 {'9' * 20}", "/wrong NAME"),
        ("/undo bo", "needs nothing after it"),
    ],
)
def test_a_command_that_is_wrong_or_incomplete_gets_a_hint(text: str, hint: str) -> None:
    with pytest.raises(UserError, match=hint.replace("?", r"\?").replace("|", r"\|")):
        parse(text)


@given(st.text())
def test_any_text_is_a_command_a_question_or_a_sentence(text: str) -> None:
    try:
        assert parse(text) is not None
    except UserError as refused:
        assert str(refused)


@given(st.sampled_from(USAGES), st.text(max_size=30))
def test_every_command_in_the_help_is_understood(usage: object, rest: str) -> None:
    word = usage.word  # type: ignore[attr-defined]
    try:
        assert not isinstance(parse(f"/{word} {rest}"), Ask)
    except UserError as refused:
        assert "I don't know /" not in str(refused)
