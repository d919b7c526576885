"""What `python -m bot doctor` finds out, with real stores, ports, weights and servers."""

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.config import Config
from bot.running.doctor import examine

Sections = Mapping[str, Mapping[str, object]]


@pytest.fixture
def healthy(tmp_path: Path, weights_dir: Path) -> Sections:
    return {
        "store": {"url": f"sqlite+aiosqlite:///{tmp_path / 'doctor.db'}"},
        "models": {"cache": weights_dir},
        "web": {"port": 0},
    }


async def told(capsys: pytest.CaptureFixture[str], sections: Sections, **ill: Mapping[str, object]) -> tuple[bool, str]:
    well = await examine(Config(**{**sections, **ill}))  # type: ignore[arg-type]
    return well, " ".join(capsys.readouterr().out.split())


async def test_all_is_well_where_all_is_well(healthy: Sections, capsys: pytest.CaptureFixture[str]) -> None:
    well, said = await told(capsys, healthy)
    assert well
    assert "✗" not in said


async def test_missing_weights_are_named_with_the_remedy(
    healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    well, said = await told(capsys, healthy, models={"cache": tmp_path / "nothing"})
    assert not well
    assert "python -m bot models pull" in said


async def test_a_file_that_is_no_store_is_told_and_left_alone(
    healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "[my] letter.db"
    other.write_text("Dear bo, " * 500)
    well, said = await told(capsys, healthy, store={"url": f"sqlite+aiosqlite:///{other}"})
    assert not well
    assert "/[my] letter.db is not a Rapport store" in said
    assert other.read_text() == "Dear bo, " * 500


@pytest.mark.parametrize("web", [{"host": "0.0.0.0"}, {"public_url": "https://chat.example"}, {"token": "short"}])  # noqa: S104
async def test_a_page_open_to_everybody_is_no_tick(
    healthy: Sections, capsys: pytest.CaptureFixture[str], web: Mapping[str, object]
) -> None:
    well, said = await told(capsys, healthy, web={"port": 0, **web})
    assert not well
    assert "web.token" in said


async def test_a_port_in_use_is_told(healthy: Sections, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        well, said = await told(capsys, healthy, web={"port": taken.getsockname()[1]})
    assert not well
    assert "choose another with web.port" in said


async def test_a_language_model_that_is_not_running_is_told(
    healthy: Sections, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = {"kind": "openai", "base_url": "http://127.0.0.1:9/v1"}
    well, said = await told(capsys, healthy, generator=dead)
    assert not well
    assert "There is no connection to the model's server at http://127.0.0.1:9/v1" in said
