from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np

from bot.evaluation.harness.cache import Cache, CachedDetector, CachedEncoder, CachedGenerator
from core.concepts import Embedding, Region
from core.images.decoding import Image, decode
from core.ports import Categories, Prompt, View
from tests.support.fakes import BlockDetector, ColourEncoder, blocks


class CountingDetector(BlockDetector):
    def __init__(self) -> None:
        self.photos = 0

    def detect(self, images: Sequence[Image], _categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        self.photos += len(images)
        return super().detect(images)


class CountingEncoder(ColourEncoder):
    def __init__(self) -> None:
        self.photos = 0

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        self.photos += len(views)
        return super().encode(views)


class CountingGenerator:
    identity, sees = "counting", False

    def __init__(self) -> None:
        self.prompts = 0

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        self.prompts += 1
        yield "It is "
        yield prompt.question


def image(*colours: str) -> Image:
    return decode(blocks(*colours).data)


def test_what_was_seen_in_an_earlier_run_is_not_looked_for_again(tmp_path: Path) -> None:
    real = CountingDetector()
    for _ in range(2):
        with Cache(tmp_path / "cache.db") as cache:
            detector = CachedDetector(lambda: real, "blocks", cache)
            found = detector.detect([image("red"), image("red", "blue")])
            assert found == BlockDetector().detect([image("red"), image("red", "blue")])
    assert real.photos == 2


def test_an_embedding_is_kept_by_photo_boxes_and_encoder(tmp_path: Path) -> None:
    real, one = CountingEncoder(), image("red")
    half = one.box._replace(x1=one.width // 2)
    with Cache(tmp_path / "cache.db") as cache:
        encoder = CachedEncoder(lambda: real, "colours", cache)
        first = encoder.encode([View(one, (one.box, half))])
        again = encoder.encode([View(one, (one.box, half))])
        assert real.photos == 1
        encoder.encode([View(one, (half,))])
        encoder.encode([View(image("blue"), (one.box, half))])
        CachedEncoder(lambda: real, "colours-2", cache).encode([View(one, (one.box, half))])
    assert real.photos == 4
    for ours, theirs in zip(first[0], ColourEncoder().encode([View(one, (one.box, half))])[0], strict=True):
        np.testing.assert_allclose(ours.vector, theirs.vector, atol=1e-3)
    assert all(np.array_equal(a.vector, b.vector) for a, b in zip(first[0], again[0], strict=True))


def test_the_models_are_not_built_for_what_is_known(tmp_path: Path) -> None:
    def build() -> BlockDetector:
        raise AssertionError("built")

    with Cache(tmp_path / "cache.db") as cache:
        CachedDetector(BlockDetector, "blocks", cache).detect([image("red")])
        assert CachedDetector(build, "blocks", cache).detect([image("red")])[0][0].category == "dog"


async def test_a_prompt_is_answered_once(tmp_path: Path) -> None:
    real = CountingGenerator()
    with Cache(tmp_path / "cache.db") as cache:
        generator = CachedGenerator(real, cache)
        for question in ("red", "red", "blue"):
            said = [piece async for piece in generator.generate(Prompt(question))]
            assert "".join(said) == f"It is {question}"
        await anext(generator.generate(Prompt("red", photo=b"a photo")))
    assert real.prompts == 3
