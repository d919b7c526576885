"""From a folder of photos to a model that answers, by the commands."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("transformers")
pytest.importorskip("peft")

from bot.__main__ import app
from bot.build.models import aclose_generator, generator_of
from bot.config import Config
from bot.train.curve import lines_of
from core.ports import Prompt, StatusMessage
from tests.support.collections_on_disk import block, colours
from tests.support.tiny import vlm

pytestmark = pytest.mark.full


def run(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


async def answer(config: Config) -> str:
    generator = generator_of(config)
    photo = Prompt("Who is it?", photo=block("red", 9), size=(214, 184))
    try:
        return "".join([one async for one in generator.generate(photo) if not isinstance(one, StatusMessage)])
    finally:
        await aclose_generator(generator)


def test_what_was_built_of_photos_is_learnt_and_served(tmp_path: Path) -> None:
    photos, built, out = colours(tmp_path / "photos", 3), tmp_path / "built", tmp_path / "run"
    model = vlm.original(tmp_path / "RAP-LLaVA", vlm.original_state(), vlm.tower(tmp_path / "clip"))
    numbers = ["--profile", "cpu", "--device", "cpu", "--max-steps", "2", "--max-length", "1800"]
    run("data", "build", built, "--from", photos, "--no-datasets")
    said = run("train", "run", built, out, "--model", model, *numbers)
    assert "in 2 steps" in said
    assert f'generator.model = "{out / "model"}"' in said
    assert len(lines_of(out / "train.plan.jsonl")) > 20
    assert lines_of(out / "train.refused.jsonl") == []
    told = {"kind": "transformers", "model": str(out / "model"), "device": "cpu", "max_tokens": 3}
    assert asyncio.run(answer(Config.model_validate({"generator": told})))
