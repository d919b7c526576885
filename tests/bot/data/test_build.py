"""`python -m bot data build` from folders to samples."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.data.output.folder import installed
from bot.data.output.judging import Judgements
from bot.data.records import Description
from bot.data.samples import read_samples
from bot.data.steps import Refusal, read_lines, write_lines
from tests.support.annotations import photo
from tests.support.collections_on_disk import colours
from tests.support.fakes import COLOURS


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


def shows_red(file: Path) -> bool:
    with PIL.Image.open(file) as picture:
        away = np.abs(np.asarray(picture.convert("RGB"), int) - COLOURS["red"]).max(2)
    return float((away < 40).mean()) > 0.05


def test_a_subject_that_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    photos = colours(tmp_path / "photos", 3)
    plan = tmp_path / "plan.toml"
    plan.write_text(
        "[augmentation]\ncopies = 0\n[backgrounds]\nshare = 0\n[mix]\nlook_alikes = 0\n"
    )  # which may be red by chance
    assert run("build", tmp_path / "out", "--from", photos, "--plan", plan)[0] == 0
    assert any(shows_red(file) for file in (tmp_path / "out").rglob("*.jpg"))
    for file in (photos / "red").iterdir():
        file.unlink()
    (photos / "red").rmdir()
    assert run("build", tmp_path / "out", "--from", photos, "--plan", plan)[0] == 0
    assert not any(shows_red(file) for file in (tmp_path / "out").rglob("*.jpg"))
    assert not [
        file
        for file in (tmp_path / "out").rglob("*.json*")
        if "red lives" in file.read_text() or "photos/red" in file.read_text()
    ]


def test_a_build_leaves_a_card_and_heeds_what_people_left_out(tmp_path: Path) -> None:
    out, photos = tmp_path / "out", colours(tmp_path / "photos", 3)
    (out / "datasets/train").mkdir(parents=True)  # of an earlier build
    assert run("build", out, "--from", photos, "--no-datasets")[0] == 0
    assert not (out / "datasets").exists()
    first, *_ = read_samples(out / "rap" / "train.json")
    Judgements(out).add(first, False, "too dark")
    code, output = run("build", out, "--from", photos, "--no-datasets")
    assert (code, "samples: 1 refused, left out by hand" in output) == (0, True)
    assert first.id not in {one.id for one in read_samples(out / "rap" / "train.json")}
    assert "| samples | left out by hand | 1 |" in (out / "README.md").read_text("utf-8")
    assert "too dark" in (out / "samples.refused.jsonl").read_text("utf-8")


@pytest.mark.skipif(installed(), reason="the library is here")
def test_a_folder_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    code, output = run("build", tmp_path / "out", "--from", colours(tmp_path / "photos", 3), "--datasets")
    assert (code, "--no-datasets" in output) == (1, True)
    assert not (tmp_path / "out").exists()


def test_what_was_refused_is_counted_and_filed(tmp_path: Path) -> None:
    photos = colours(tmp_path / "photos", 3)
    with PIL.Image.open(photo(photos / "pattern" / "once.jpg")) as picture:
        picture.save(photos / "pattern" / "again.jpg", quality=80)
    (photos / "red" / "broken.png").write_bytes(b"nothing")
    (photos / "red" / "copy.png").write_bytes((photos / "red" / "0.png").read_bytes())
    code, output = run("build", tmp_path / "out", "--from", photos)
    assert code == 0, output
    for step, subject, reason in (
        ("sources", "photos/red", "the same photo twice"),
        ("crops", "photos/red/", "no picture that can be read"),
        ("views", "photos/pattern/", "almost the same view"),
    ):
        filed = [one for one in read_lines(tmp_path / "out" / f"{step}.refused.jsonl", Refusal) if one.reason == reason]
        assert f"{step}: {len(filed)} refused, {reason}" in output
        assert [one for one in filed if one.of.startswith(subject)]
        assert step != "crops" or str(photos / "red" / "broken.png") in filed[0].detail


def test_a_build_that_makes_nothing_leaves_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    photos = colours(tmp_path / "photos", 3)
    assert run("build", tmp_path / "out", "--from", photos)[0] == 0
    (tmp_path / "plan.toml").write_text("[crops]\nsmallest = 5000\n")
    code, output = run("build", tmp_path / "out", "--from", photos, "--plan", tmp_path / "plan.toml")
    assert code == 1
    assert "No sample could be made" in output
    assert not [*(tmp_path / "out" / "pictures").iterdir(), *(tmp_path / "out" / "crops").iterdir()]
    assert read_samples(tmp_path / "out" / "rap" / "train.json") == []


def test_names_that_cannot_be_are_drawn_and_told(tmp_path: Path) -> None:
    photos = colours(tmp_path / "photos", 3)
    for old, new in (("red", "[INST]"), ("black", "image")):
        (photos / old).rename(photos / new)
    code, output = run("build", tmp_path / "out", "--from", photos, "--no-datasets")
    assert code == 0, output
    told = {one.subject: one for one in read_lines(tmp_path / "out" / "descriptions.jsonl", Description)}
    assert not {"image", "[INST]"} & {one.name for one in told.values()}
    assert "theirs are marks of prompts" in " ".join(output.split())
    assert run("check", tmp_path / "out", "--allow", "share", "--allow", "leak")[1].count("mark:") == 0


def test_one_name_written_for_two_by_hand_is_told(tmp_path: Path) -> None:
    photos, out = colours(tmp_path / "photos", 3), tmp_path / "out"
    assert run("build", out, "--from", photos, "--no-datasets")[0] == 0
    first, second, *rest = read_lines(out / "descriptions.jsonl", Description)
    write_lines(out / "descriptions.jsonl", [first, second.model_copy(update={"name": first.name.upper()}), *rest])
    code, output = run("build", out, "--from", photos, "--no-datasets")
    output = " ".join(output.split())
    assert code == 1
    assert f"{first.subject} and {second.subject} are both called {first.name.upper()}." in output
    assert "descriptions.jsonl" in output


def test_a_usual_build_has_nothing_that_is_too_long(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("build", out, "--from", colours(tmp_path / "photos", 3), "--no-datasets")[0] == 0
    assert "too long" not in run("check", out)[1]
    assert "too long" in run("check", out, "--tokens", 1000)[1]
