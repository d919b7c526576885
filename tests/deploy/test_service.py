from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config import Config
from tests.deploy.programs import output_of, program
from tests.house.source import HOUSE

UNIT = HOUSE / "deploy/rapport.service"
_MOST_EXPOSED = 15  # tenths: systemd calls 0 to 20 "safe" or "ok"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that there is, since systemd looks for it."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/rapport/.venv/bin/rapport", "/usr/bin/true"))
    return unit


@pytest.mark.deploy
def test_systemd_understands_every_line_of_the_unit(unit: Path) -> None:
    assert output_of(program("systemd-analyze", "systemd"), "verify", "--man=no", unit) == ""


@pytest.mark.deploy
def test_the_service_is_shut_in_as_far_as_a_bot_can_be(unit: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    output_of(analyze, "security", "--offline=true", "--no-pager", f"--threshold={_MOST_EXPOSED}", unit)


def test_every_credential_is_a_setting_and_every_secret_setting_a_credential() -> None:
    named = re.findall(r"^LoadCredentialEncrypted=([\w.]+):rapport\.\1$", UNIT.read_text(), re.MULTILINE)
    sections = {name: type(field.default) for name, field in Config.model_fields.items()}
    secret = {
        f"{name}.{key}"
        for name, section in sections.items()
        for key, field in section.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert set(named) == {*secret, "store.url"}


def test_stopping_has_the_time_that_answers_under_way_get() -> None:
    stop = re.search(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    assert stop
    assert int(stop[1]) > Config().limits.stop_seconds
