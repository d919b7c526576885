"""`python -m bot models` on a narrow terminal, and with names that there aren't."""

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from core.models.weights.catalogue import catalogue
from core.models.weights.presets import PRESETS


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
