from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.data.output.looking import SampleBook
from bot.data.samples import Kind, to_rap
from core.errors import DataError
from tests.support.samples_on_disk import BOX, SIZE, concept, sample, small_build

SAMPLES = [
    sample("1", concept("bo"), concept("Mia", noise=True)),
    sample("ö 2", concept("Mia", noise=True), kind=Kind.RECOGNITION, answer="Nobody — 谁也不认识."),
    sample("3", kind=Kind.INSTRUCTION, image=""),
]


def test_samples_are_found_by_number_and_filtered(tmp_path: Path) -> None:
    book = SampleBook(small_build(tmp_path, {"train": SAMPLES[:2], "eval": SAMPLES[2:]}))
    assert [book.sample(number) for number in range(3)] == SAMPLES
    assert book.numbers({}) == [0, 1, 2]
    assert book.numbers({"split": "train", "retrieved": "only wrong concepts"}) == [1]
    book.judge(1, False, "blurred")
    assert (book.numbers({"judged": "left out"}), book.numbers({"judged": "not judged"})) == ([1], [0, 2])
    assert book.summary()["kind"] == {"caption": 1, "recognition": 1, "instruction": 1}
    with pytest.raises(LookupError):
        book.sample(3)


def test_a_sample_is_told_with_boxes_in_its_pictures_pixels(tmp_path: Path) -> None:
    told = SampleBook(small_build(tmp_path, {"train": SAMPLES})).shown(0)
    assert (told["size"], told["concepts"][0]["box"], told["concepts"][1]["noise"]) == (SIZE, BOX, True)
    assert told["concepts"][0]["info"] == "bo likes snow."
    assert told["from"]["licence"] == "CC0-1.0"


@pytest.mark.parametrize("indent", [None, 1])
def test_other_peoples_layout_is_shown_too(tmp_path: Path, indent: int | None) -> None:
    (tmp_path / "rap").mkdir()
    (tmp_path / "rap/train.json").write_text(json.dumps([to_rap(one) for one in SAMPLES], indent=indent))
    book = SampleBook(tmp_path)
    assert [book.sample(number) for number in range(3)] == SAMPLES
    assert book.shown(0)["size"] is None


def test_where_there_are_no_samples_a_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There are no samples at"):
        SampleBook(tmp_path)
    result = CliRunner().invoke(app, ["data", "look", str(tmp_path)])
    assert (result.exit_code, "There are no samples at" in result.output) == (1, True)
