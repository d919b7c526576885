"""`python -m bot eval` from the command line, with the real lite models."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from tests.support.collections_on_disk import photos
from tests.support.photos import brightened, mirrored, photo, rotated

pytestmark = pytest.mark.xdist_group("evaluate")  # what was looked at once stays in the cache that the tests share


@pytest.fixture(scope="module")
def cats_and_cups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp_path = tmp_path_factory.mktemp("collection")
    for name, about in (("tom", "cat"), ("cup", "coffee"), ("eileen", "astronaut")):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        for number, changes in enumerate([(), (mirrored,), (brightened(0.8), rotated(8))]):
            (folder / f"{number}.png").write_bytes(photo(about, *changes))
    return tmp_path / "data"


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["eval", *(str(word) for word in words)])
    return result.exit_code, result.output


def test_retrieval_prints_a_table_and_writes_json_markdown_and_a_plot(
    cats_and_cups: Path, weights_dir: Path, tmp_path: Path
) -> None:
    options = ["--references", "1", "--seeds", "1", "--out", tmp_path / "out", "--cache", cats_and_cups.parent / "c.db"]
    code, output = run("retrieval", cats_and_cups, *options)
    assert code == 0, output
    assert "Top-1 recall" in output
    written = json.loads((tmp_path / "out" / "retrieval-data.json").read_text())
    assert written["models"]["detector"] == "yolo11n"
    assert written["seeds"] == [0]
    assert written["rows"][0]["1 reference"]["mean"] == 1
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".json", ".md", ".png"}


def test_calibrate_writes_the_file_it_is_given(cats_and_cups: Path, weights_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "calibration.toml"
    options = ["--seeds", "1", "--file", file, "--out", tmp_path / "out", "--cache", cats_and_cups.parent / "c.db"]
    code, output = run("calibrate", cats_and_cups, *options, "--no-plot")
    assert code == 0, output
    assert file.read_text().startswith("[mobilenetv2-")


@pytest.mark.parametrize("experiment", ["retrieval", "robust", "caption", "recognise", "qa", "conflict", "longrun"])
def test_a_wrong_path_is_a_sentence(experiment: str, weights_dir: Path, tmp_path: Path) -> None:
    code, output = run(experiment, tmp_path / "nowhere", "--cache", tmp_path / "c.db")
    assert code == 1
    assert "There is nothing at" in output
    assert "Traceback" not in output


def test_scale_names_the_wrong_path_of_its_crowd(weights_dir: Path, tmp_path: Path) -> None:
    for name, colour in (("bo", "red"), ("kit", "blue")):
        photos(tmp_path / "data" / name, colour, 2)
    code, output = run("scale", tmp_path / "data", "--crowd", tmp_path / "nobody", "--cache", tmp_path / "c.db")
    assert code == 1
    assert "nobody" in output.replace("\n", "")
