"""The command's options, and what it says before any model library is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.cli.train import check_libraries, make_folder, shown_progress
from bot.train.profiles import PROFILES, Profile
from core.errors import ConfigError


def lacking(*libraries: str) -> Callable[[str], object]:
    return lambda name: None if name in libraries else object()


def test_each_number_of_a_profile_is_an_option() -> None:
    told = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["train", "run", "--help"])
    assert told.exit_code == 0
    for name in Profile.model_fields:
        assert f"--{name.replace('_', '-')}" in told.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--profile", "lap"], f"There is no profile lap; there are {', '.join(PROFILES)}. Did you mean rap?"),
        (["--lora-rank", "-3"], "lora_rank of the profile"),
        (["--numbers", "missing.toml"], "missing.toml can't be read"),
    ],
)
def test_a_wrong_number_is_a_sentence(tmp_path: Path, options: list[str], said: str) -> None:
    told = CliRunner().invoke(app, ["train", "run", str(tmp_path), str(tmp_path / "out"), "--model", "m", *options])
    assert told.exit_code == 1
    assert said in " ".join(told.output.split())


def test_a_missing_library_is_named_with_what_to_run() -> None:
    with pytest.raises(ConfigError, match=r"needs peft, .* pip install '\.\[rap,quantize,train\]'"):
        check_libraries(PROFILES["rap"], lacking("peft"))
    with pytest.raises(ConfigError, match=r"needs bitsandbytes, .* Or train with --quantize none"):
        check_libraries(PROFILES["small"], lacking("bitsandbytes"))
    check_libraries(PROFILES["rap"], lacking("bitsandbytes"))


def test_without_a_terminal_each_tenth_of_an_activity_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress() as show:
        for done in range(301):
            show("learning", done, 300, f"step {done}")
        show("asking", 0, 1, "")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "learning, 0 of 300 step 0"
    assert lines[10:] == ["learning, 300 of 300 step 300", "asking, 0 of 1"]


def test_of_several_processes_one_tells(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    with shown_progress() as show:
        show("learning", 1, 2, "")
    assert capsys.readouterr().err == ""


def test_a_folder_that_cant_be_written_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    make_folder(tmp_path / "new" / "one")
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/rapport")):
        with pytest.raises(ConfigError, match="choose another folder"):
            make_folder(out)
    assert not list((tmp_path / "new" / "one").iterdir())
