"""Whom the retriever would mistake for whom."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import PIL.Image

from bot.data.pictures.look_alikes import EncoderOptions, RetrieverLookAlikes
from bot.data.records import Crop
from core.concepts import Embedding
from core.ports import View
from tests.support.tiny.subjects import Person, crop_of

REDS = {"red": (220, 30, 30), "rose": (200, 60, 60), "blue": (30, 30, 220), "navy": (20, 20, 120), "green": (0, 200, 0)}


class ColourEncoder:
    """An encoder whose embedding is the mean colour; counts what it was asked."""

    identity, dimension = "colours", 3

    def __init__(self) -> None:
        self.asked = 0

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        self.asked += len(views)
        colours = [view.image.pixels.reshape(-1, 3).mean(0) for view in views]
        vectors = [(one / np.linalg.norm(one)).astype(np.float32) for one in colours]
        return [[Embedding(one, one[None])] for one in vectors]


def crops(out: Path) -> list[Crop]:
    (out / "crops").mkdir(parents=True, exist_ok=True)
    found = []
    for name, colour in REDS.items():
        for number in range(3):
            PIL.Image.new("RGB", (40, 40), colour).save(out / "crops" / f"{name}{number}.jpg")
            crop = crop_of(Person(f"s/{name}", name), number)
            found.append(crop.model_copy(update={"crop": f"crops/{name}{number}.jpg"}))
    return found


def test_the_most_alike_come_first_and_nobody_is_like_themselves(tmp_path: Path) -> None:
    alike = RetrieverLookAlikes(tmp_path, ColourEncoder, EncoderOptions(identity="colours"))
    like = asyncio.run(alike.like(crops(tmp_path), 2))
    assert like.keys() == {f"s/{name}" for name in REDS}
    assert like["s/red"][0] == "s/rose"
    assert like["s/navy"][0] == "s/blue"
    for who, others in like.items():
        assert len(others) == len(set(others)) == 2
        assert who not in others


def test_what_was_embedded_is_not_embedded_again(tmp_path: Path) -> None:
    encoder = ColourEncoder()
    some = crops(tmp_path)

    def like(identity: str) -> Mapping[str, Sequence[str]]:
        options = EncoderOptions(identity=identity, crops=2)
        return asyncio.run(RetrieverLookAlikes(tmp_path, lambda: encoder, options).like(some, 3))

    first = like("c")
    assert encoder.asked == 2 * len(REDS)
    assert like("c") == first
    assert encoder.asked == 2 * len(REDS)
    like("other")
    assert encoder.asked == 4 * len(REDS)


def test_each_split_has_a_file_of_its_own_and_one_alone_has_no_look_alike(tmp_path: Path) -> None:
    alike = RetrieverLookAlikes(tmp_path, ColourEncoder, EncoderOptions(identity="colours"))
    some = crops(tmp_path)
    kept = [one.model_copy(update={"split": "eval"}) for one in some[:3]]
    asyncio.run(alike.like(some[3:], 2))
    assert asyncio.run(alike.like(kept, 2)) == {}
    assert {file.name for file in tmp_path.glob("embeddings-*[nl].jsonl")} == {
        "embeddings-train.jsonl",
        "embeddings-eval.jsonl",
    }
    assert asyncio.run(alike.like([], 2)) == {}
