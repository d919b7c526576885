"""`python -m bot models` on a narrow terminal, and with names that there aren't."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.cli.models import with_preset
from bot.config import Config
from core.models.weights.catalogue import catalogue
from core.models.weights.presets import PRESETS
from tests.support.tiny import onnx


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["models", *words], env={"COLUMNS": "80"})
    return result.exit_code, result.output


def test_the_list_fits_eighty_columns_and_cuts_nothing_off() -> None:
    code, output = run("list")
    assert code == 0
    assert max(map(len, output.splitlines())) <= 80
    assert "…" not in output
    said = " ".join(output.split())
    for weights in catalogue():
        assert weights.name in said
        assert weights.about in said
        assert weights.licence in said
    assert all(name in said for name in PRESETS)


@pytest.mark.parametrize("command", ["pull", "verify", "remove"])
def test_a_name_that_there_is_not_gets_those_that_there_are(command: str) -> None:
    code, output = run(command, "nonsense")
    assert code == 1
    assert "no model called nonsense" in output
    for name in (*PRESETS, *(weights.name for weights in catalogue())):
        assert name in output
    assert "owner/name" in output
    assert max(map(len, output.splitlines())) <= 80
    assert "Did you mean" not in output


def test_a_mistyped_name_gets_the_one_that_is_close() -> None:
    assert "Did you mean dinov2-small?" in run("pull", "dinov2-smal")[1]
    assert "Did you mean standard?" in run("pull", "Standart")[1]


def test_a_preset_that_can_not_be_had_is_told_in_one_sentence_and_the_usual_one_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = Config(models={"cache": tmp_path})
    wanted = Config(models={"cache": tmp_path, "preset": "standard"})
    assert with_preset(wanted, usual, lambda: False) is usual
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("Going on with lite, not standard: ")


def test_a_preset_that_is_here_says_what_it_changes(
    tmp_path: Path, weights_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = onnx.tokens_graph(tmp_path / "dino.onnx")
    usual = Config(models={"cache": weights_dir})
    own = {"detector": "yolo11n", "encoder": f"dinov2-onnx:{graph}"}
    wanted = Config(models={"cache": weights_dir, "preset": "standard", **own})
    assert with_preset(wanted, usual, lambda: False) is wanted
    said = capsys.readouterr().err
    assert f"tells them apart by dinov2-onnx:{graph}, not mobilenetv2." in said
    assert "finds things with" not in said
    assert "embedded anew" in said
    assert with_preset(usual, usual, lambda: False) is usual
    assert not capsys.readouterr().err
