"""The folder for trainers, read as a trainer reads it."""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path

import PIL.Image
import pytest

from bot.data.output.card import BuildFacts, write_card
from bot.data.output.folder import write_folder
from bot.data.prompts import conversation_of, prompt_of
from bot.data.records import Split
from bot.data.samples import Kind, Sample, Turn
from core.concepts import Grade
from core.errors import DataError
from core.language.prompts import typed_messages
from tests.support.samples_on_disk import concept, sample, small_build

pytestmark = pytest.mark.full
datasets = pytest.importorskip("datasets")

TURNS = (Turn(question="Who is it?", answer="<bo>."), Turn(question="What does <bo> like?", answer="Snow."))
ONE = sample("1", concept("bo"), concept("Mia", noise=True), turns=TURNS)
TEXT = sample("2", concept("bo"), image="", kind=Kind.TEXT)
OTHER = sample("3", concept("Kai"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return small_build(tmp_path / "out", {"train": [ONE, TEXT], "eval": [OTHER]})


def rows(out: Path, split: str) -> list[dict[str, object]]:
    files = str(out / "datasets" / split / "*.parquet")
    return list(datasets.load_dataset("parquet", data_files=files, cache_dir=str(out / "cache"), split="train"))


def test_a_row_has_the_words_and_the_pictures_that_serving_gives(out: Path) -> None:
    assert write_folder(out, {"train": [ONE, TEXT], "eval": [OTHER]}) == {"train": 2, "eval": 1}
    first, second = rows(out, "train")
    messages, pictures = conversation_of(ONE, out)
    for typed, said in zip(first["messages"], messages, strict=True):  # type: ignore[call-overload]
        parts = ("<image>" if part["type"] == "image" else part["text"] for part in typed["content"])
        assert (typed["role"], "".join(parts)) == (said["role"], said["content"])
    for shown, data in zip(first["images"], pictures, strict=True):  # type: ignore[call-overload]
        assert shown.tobytes() == PIL.Image.open(io.BytesIO(data)).tobytes()
    assert (first["id"], first["type"], first["licence"]) == ("1", "caption", "CC0-1.0")
    assert len(second["images"]) == 1  # type: ignore[arg-type]
    assert [one["id"] for one in rows(out, "eval")] == ["3"]


def test_in_the_chat_style_a_row_has_the_chat_messages(out: Path) -> None:
    write_folder(out, {"train": [ONE]}, "chat")
    (row,) = rows(out, "train")
    messages, pictures = typed_messages(prompt_of(ONE, out, grade=Grade.MAYBE))
    told = [
        {
            **one,
            "content": [{key: value for key, value in part.items() if value is not None} for part in one["content"]],
        }
        for one in row["messages"]  # type: ignore[attr-defined]
    ]
    assert told == [*messages, {"role": "assistant", "content": [{"type": "text", "text": "Snow."}]}]
    assert len(row["images"]) == len(pictures) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("style", ["rap", "chat"])
def test_trl_finds_a_picture_for_each_mark(out: Path, style: str) -> None:
    pytest.importorskip("trl")
    write_folder(out, {"train": [ONE, TEXT]}, style)  # type: ignore[arg-type]
    for row in rows(out, "train"):
        prepared = import_module("trl.data_utils").prepare_multimodal_messages(row["messages"], row["images"])
        shown = [part["image"] for one in prepared for part in one["content"] if part["type"] == "image"]
        assert shown == row["images"]


def test_the_whole_folder_loads_by_its_splits(out: Path) -> None:
    write_folder(out, {"train": [ONE, TEXT], "eval": [OTHER]})
    loaded = datasets.load_dataset(str(out / "datasets"), cache_dir=str(out / "cache"))
    assert {split: len(some) for split, some in loaded.items()} == {"train": 2, "test": 1}  # what it calls "eval"


def test_a_picture_that_is_gone_leaves_the_old_folder(out: Path) -> None:
    write_folder(out, {"train": [ONE]})
    (out / TEXT.concepts[0].crop).unlink()
    with pytest.raises(DataError, match=r"bo\.jpg can't be read"):
        write_folder(out, {"train": [TEXT]})
    assert [one["id"] for one in rows(out, "train")] == ["1"]


def test_many_samples_go_into_several_files(out: Path) -> None:
    many = [Sample.model_validate(TEXT.model_dump() | {"id": str(number), "concepts": ()}) for number in range(2001)]
    assert write_folder(out, {"train": many}) == {"train": 2001}
    assert sorted(one.name for one in (out / "datasets/train").iterdir()) == ["00000.parquet", "00001.parquet"]
    assert len(rows(out, "train")) == 2001


def test_a_build_loads_by_its_card(out: Path) -> None:
    samples: dict[Split, list[Sample]] = {"train": [ONE, TEXT], "eval": [OTHER]}
    write_folder(out, samples)
    write_card(out, samples, BuildFacts())
    loaded = datasets.load_dataset(str(out), cache_dir=str(out / "cache"))
    assert {split: len(some) for split, some in loaded.items()} == {"train": 2, "eval": 1}
