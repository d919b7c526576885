import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.commands import COMMANDS
from core.assistant.commands.remember import Aim, Confirm, Remember
from core.commands.registry import Command
from core.concepts import Box
from core.errors import UserError


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("/remember bo", "remember", Remember("bo")),
        ("  /REMEMBER  bo jackson ", "remember", Remember("bo jackson")),
        ("/remember bo | dog | loves | snow", "remember", Remember("bo", "dog", "loves | snow")),
        ("/remember bo || eats fish", "remember", Remember("bo", None, "eats fish")),
        ("/remember@rapport_bot bo", "remember", Remember("bo")),
        ("/forget bo jackson", "forget", "bo jackson"),
        ("/rename bo | Bobby", "rename", ("bo", "Bobby")),
        ("/rename bo Bobby", "rename", ("bo", "Bobby")),
        ("/describe bo | a Shiba\nwho sings", "describe", ("bo", "a Shiba\nwho sings")),
        ("/category bo | dog", "category", ("bo", "dog")),
        ("/category bo |", "category", ("bo", "")),
        ("/show bo", "show", "bo"),
        ("/wrong", "wrong", None),
        ("/wrong bo", "wrong", "bo"),
        ("/undo", "undo", (None, False)),
        ("/undo 12", "undo", (12, False)),
        (f"/undo {'9' * 5000}", "undo", (10**18 - 1, False)),
        ("/list", "list", None),
        ("/forgetall", "forgetall", (False, None)),
        ("/forgetall YES", "forgetall", (True, None)),
        ("/forgetall yes 7", "forgetall", (True, 7)),
        ("/settings", "settings", None),
        ("/settings replies KNOWN", "settings", ("replies", "known", False)),
        ("/settings replies", "settings", ("replies", None, False)),
        ("/confirm yes ab12 0 3 17", "confirm", Confirm("ab12", 0, 3, 17, yes=True)),
        ("/aim 17 1 2 30 40", "aim", Aim(17, Box(1, 2, 30, 40))),
        ("/help", "help", ""),
    ],
)
def test_a_command_is_read_with_its_arguments(text: str, name: str, arguments: object) -> None:
    call = COMMANDS.read(text)
    assert call is not None
    assert (call.command.name, call.arguments) == (name, arguments)


@pytest.mark.parametrize("text", ["who is this?", "", "/", "/etc/passwd", "1/2 of it"])
def test_what_is_no_command_is_none(text: str) -> None:
    assert COMMANDS.read(text) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("/rember bo", "Did you mean /remember?"),
        ("/forgot bo", "Did you mean /forget?"),
        ("/lst", "Did you mean /list?"),
        ("/xyzzy", "/help lists"),
        ("/forget", "/forget bo"),
        ("/rename bo", "/rename bo | Bobby"),
        ("/describe", "/describe bo"),
        ("/confirm", "/wrong NAME"),
        ("/aim 1 2 3", "/remember NAME"),
        (f"/confirm yes ab 0 0 {'9' * 20}", "/wrong NAME"),
        ("/undo bo", "needs nothing after it"),
    ],
)
def test_a_command_that_is_wrong_or_incomplete_gets_a_hint(text: str, hint: str) -> None:
    with pytest.raises(UserError, match=hint.replace("?", r"\?").replace("|", r"\|")):
        COMMANDS.read(text)


@given(st.text())
def test_any_text_is_a_command_a_question_or_a_sentence(text: str) -> None:
    try:
        call = COMMANDS.read(text)
    except UserError as refused:
        assert str(refused)
    else:
        assert call is None or text.lstrip().startswith("/")


@given(st.sampled_from(COMMANDS.listed), st.text(max_size=30))
def test_every_command_in_the_help_is_understood(command: Command, rest: str) -> None:
    try:
        call = COMMANDS.read(f"/{command.name} {rest}")
        assert call is not None
        assert call.command is command
    except UserError as refused:
        assert "I don't know /" not in str(refused)
