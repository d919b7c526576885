"""`python -m bot data build` from folders to samples."""

from pathlib import Path

import PIL.Image
from typer.testing import CliRunner

from bot.__main__ import app
from bot.data.samples import read_samples
from tests.support.collections_on_disk import colours


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["data", *(str(word) for word in words)])
    return result.exit_code, result.output


def test_photos_become_samples_whose_pictures_are_there(tmp_path: Path) -> None:
    code, output = run("build", tmp_path / "out", "--from", colours(tmp_path / "photos", 3), "--licence", "CC0-1.0")
    assert code == 0, output
    samples = [one for split in ("train", "eval") for one in read_samples(tmp_path / "out" / "rap" / f"{split}.json")]
    assert {subject for one in samples for subject in one.subjects} >= {"photos/red", "photos/black"}
    for one in samples:
        assert one.provenance.licence == "CC0-1.0"
        for path in filter(None, (one.image, *(concept.crop for concept in one.concepts))):
            with PIL.Image.open(tmp_path / "out" / path) as picture:
                assert picture.format == "JPEG"


def test_a_subject_that_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    photos = colours(tmp_path / "photos", 3)
    assert run("build", tmp_path / "out", "--from", photos)[0] == 0
    before = {file.name for file in (tmp_path / "out" / "pictures").iterdir()}
    for file in (photos / "red").iterdir():
        file.unlink()
    (photos / "red").rmdir()
    assert run("build", tmp_path / "out", "--from", photos)[0] == 0
    after = {file.name for file in (tmp_path / "out" / "pictures").iterdir()}
    assert after < before
    assert not [
        file
        for file in (tmp_path / "out").rglob("*.json*")
        if "red lives" in file.read_text() or "photos/red" in file.read_text()
    ]
