from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.gpu.figures import FILE, as_line, keep


def test_figures_are_on_disk_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "vision.json"
    monkeypatch.setenv(FILE, str(file))
    keep({"benchmark": "vision", "first": 1.23456})
    assert json.loads(file.read_text()) == {"benchmark": "vision", "first": 1.23}
    keep({"benchmark": "vision", "first": 1.23456, "second": 2})
    assert json.loads(file.read_text()) == {"benchmark": "vision", "first": 1.23, "second": 2}
    assert [one.name for one in tmp_path.iterdir()] == ["vision.json"]


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FILE, raising=False)
    monkeypatch.chdir(tmp_path)
    keep({"a": 1.0})
    assert list(tmp_path.iterdir()) == []


def test_a_line_has_three_digits_and_whole_numbers_stay() -> None:
    assert as_line({"peak": 989123456789012.0, "chats": 32, "rate": [0.123456], "none": None}) == (
        '{"peak": 989000000000000.0, "chats": 32, "rate": [0.123], "none": null}'
    )
