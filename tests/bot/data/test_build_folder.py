"""A build's folder: one build at a time, and a sentence where it can't be written."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.data.build_folder import claimed
from bot.data.samples import read_samples
from core.errors import DataError
from tests.support.collections_on_disk import colours

FULL = Path("/dev/full")
HOLDS = """
import sys, time
from pathlib import Path
from bot.data.build_folder import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def build(out: Path, photos: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["data", "build", str(out), "--from", str(photos)])
    return result.exit_code, " ".join(result.output.split())


def test_a_second_build_in_the_same_folder_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    out, photos = tmp_path / "out", colours(tmp_path / "photos", 3)
    with claimed(out):
        before = sorted(out.iterdir())
        code, output = build(out, photos)
        assert code == 1
        assert "Another build is at work in" in output
        assert sorted(out.iterdir()) == before
        assert build(tmp_path / "other", photos)[0] == 0
    assert build(out, photos)[0] == 0


def test_a_killed_build_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(DataError, match="Another build"), claimed(tmp_path):
            pass
        other.kill()
    with claimed(tmp_path):
        pass


def test_a_file_is_no_folder_to_build_in(tmp_path: Path) -> None:
    photos = colours(tmp_path / "photos", 3)
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        code, output = build(out, photos)
        assert code == 1
        assert "is no folder, or lies in a file" in output
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("name", ["crops.jsonl", "sources.refused.jsonl", "pictures.jsonl", "README.md"])
def test_what_stands_in_a_files_place_is_named_and_the_same_command_goes_on(tmp_path: Path, name: str) -> None:
    out, photos = tmp_path / "out", colours(tmp_path / "photos", 3)
    (out / name / "in the way").mkdir(parents=True)
    code, output = build(out, photos)
    assert code == 1
    assert f"out/{name}" in output
    assert "the same command goes on" in output
    (out / name / "in the way").rmdir()
    (out / name).rmdir()
    assert build(out, photos)[0] == 0


@pytest.mark.skipif(not FULL.exists(), reason="Linux's device without room")
@pytest.mark.parametrize("name", ["pictures.jsonl", "exchanges.jsonl", "card.json.new"])
def test_a_full_disk_is_told_and_what_was_made_stays(tmp_path: Path, name: str) -> None:
    out, photos = tmp_path / "out", colours(tmp_path / "photos", 3)
    out.mkdir()
    (out / name).symlink_to(FULL)
    code, output = build(out, photos)
    assert code == 1
    assert "There is no room left on the disk" in output
    crops = (out / "crops.jsonl").read_bytes()
    assert crops
    (out / name).unlink()
    assert build(out, photos)[0] == 0
    assert (out / "crops.jsonl").read_bytes() == crops
    assert read_samples(out / "rap" / "train.json")


def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    photos = colours(tmp_path / "photos", 3)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "teacher.db").write_bytes(b"no database" * 100)
    words = ["data", "build", str(tmp_path / "out"), "--from", str(photos), "--teacher", "m"]
    result = CliRunner().invoke(app, [*words, "--teacher-url", "http://127.0.0.1:9/v1"])
    assert result.exit_code == 1
    assert "A database in" in result.output


def test_a_failed_connection_is_no_matter_of_the_folders(tmp_path: Path) -> None:
    with pytest.raises(ConnectionRefusedError), claimed(tmp_path):
        raise ConnectionRefusedError
