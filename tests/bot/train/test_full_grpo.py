"""The second stage over tiny models of the real classes: what they are asked, what they learn, and what is left."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

pytest.importorskip("trl")

import torch
from transformers import TrainerCallback

from bot.data.samples import Sample, Turn, read_samples, write_samples
from bot.train.curve import lines_of
from bot.train.grpo import Questions, Reinforcing, reinforce, trainer_of
from bot.train.grpo_profiles import GRPO_PROFILES, GrpoProfile
from bot.train.inputs import Reader, collate
from bot.train.profiles import PROFILES
from bot.train.run import Training, fine_tune
from core.errors import ConfigError, DataError
from core.models.vlm.loading import Loaded, load
from core.models.vlm.preprocessor import Preprocessor
from tests.support.tiny import samples, vlm

pytestmark = pytest.mark.full

KINDS = ("original", "converted", "qwen")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    original = vlm.original(root / "RAP-LLaVA", vlm.original_state(), vlm.tower(root / "clip"))
    folders = original, vlm.converted(root / "llava-hf", original), vlm.qwen(root / "qwen")
    return dict(zip(KINDS, folders, strict=True))


def numbers(**given: Any) -> GrpoProfile:
    return GRPO_PROFILES["cpu"].model_copy(update=given)


def answering(one: Sample, answer: str) -> Sample:
    return one.model_copy(update={"turns": (Turn(question="Who is it?", answer=answer),)})


@pytest.fixture(scope="module")
def undecided(models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Samples in which it is always bo, and a model that has learnt to say bo as often as mia."""
    root = tmp_path_factory.mktemp("undecided")
    data = samples.folder_of(root / "data", 8, aside=0)
    right = read_samples(data / "rap/train.json")
    torn = [answering(one, f"That's <{name}>.") for one in right for name in ("bo", "mia")]
    write_samples(data / "rap/torn.json", torn)
    profile = PROFILES["cpu"].model_copy(
        update={"max_steps": 24, "batch_size": 16, "per_device_batch_size": 16, "learning_rate": 1e-2, "save_steps": 99}
    )
    first = fine_tune(Training(data / "rap/torn.json", str(models["original"]), root / "first", profile, device="cpu"))
    return data, first.model


def test_what_was_better_than_its_group_becomes_likelier(undecided: tuple[Path, Path], tmp_path: Path) -> None:
    data, first = undecided
    profile = numbers(
        max_steps=10, batch_size=32, per_device_batch_size=32, group=16, learning_rate=5e-3, answer_tokens=12
    )
    trained = reinforce(Reinforcing(data, str(first), tmp_path / "out", profile, device="cpu"))
    curve = [line for line in lines_of(tmp_path / "out/curve.jsonl") if "reward" in line]
    assert [line["step"] for line in curve] == [*range(1, 11)]
    begin, end = (mean(line["rewards/names/mean"] for line in part) for part in (curve[:3], curve[-3:]))
    assert begin < 0.65
    assert end > begin + 0.15
    assert curve[-1]["rewards/false_names/mean"] > curve[0]["rewards/false_names/mean"]
    assert curve[0]["kl"] == pytest.approx(0, abs=1e-4)  # a new adapter changes nothing
    assert curve[-1]["kl"] > 1e-3
    assert "rewards/box/mean" not in curve[0]  # no sample has a box
    origin = json.loads((trained.model / "rapport.json").read_text())
    assert origin["model"] == str(first)
    assert origin["profile"]["group"] == 16
    served, before = load(str(trained.model), device="cpu"), load(str(first), device="cpu")
    assert served.processor.chat_template == before.processor.chat_template
    one = read_samples(data / "rap/train.json")[0]
    assert said(served, data, one, "That's bo.") > said(before, data, one, "That's bo.")
    assert said(served, data, one, "That's mia.") < said(before, data, one, "That's mia.")


def said(loaded: Loaded, data: Path, one: Sample, answer: str) -> float:
    """How likely an answer is to the sample's question as it is served: the mean log-probability of its tokens."""
    reader = Reader(loaded, PROFILES["cpu"], data)
    with torch.inference_mode():
        return -float(loaded.model(**collate([reader.example(answering(one, answer))], padding=0)).loss)


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_is_asked_with_the_tokens_and_pixels_of_serving(
    models: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    loaded = load(str(models[kind]), device="cpu")
    profile = numbers(max_steps=1, batch_size=4, per_device_batch_size=4, group=2, answer_tokens=2)
    data = samples.folder_of(tmp_path / "data", 2)
    reader = Reader(loaded, profile, data)
    asked = read_samples(data / "rap/train.json")
    questions = Questions(reader, loaded, [(one, (0,)) for one in asked])
    plan = Reinforcing(data, str(models[kind]), tmp_path / "out", profile, device="cpu")
    seen: list[dict[str, Any]] = []
    loaded.model.register_forward_pre_hook(lambda _, __, given: seen.append(given), with_kwargs=True)
    trainer = trainer_of(plan, loaded, questions, device="cpu", callback=TrainerCallback())
    trainer.train()
    preprocessor = Preprocessor(loaded, style="auto", room=loaded.context)
    served = [preprocessor.read(reader.prompt(one)).inputs for one in asked]
    tokens = [inputs["input_ids"][0].tolist() for inputs in served]

    def rows(given: dict[str, Any]) -> list[list[int]]:
        pairs = zip(given["input_ids"], given["attention_mask"], strict=True)
        return [row[mask.bool()].tolist() for row, mask in pairs]

    assert sorted(rows(seen[0])) == sorted(tokens * 2)  # what it answers to
    learnt = next(given for given in seen if given.get("pixel_values") is not None)  # and answers with it, in any order
    order = [next(n for n, those in enumerate(tokens) if row[: len(those)] == those) for row in rows(learnt)]
    assert sorted(order) == [0, 0, 1, 1]
    assert torch.equal(learnt["pixel_values"], torch.cat([served[number]["pixel_values"] for number in order]))


def test_a_stopped_run_goes_on(models: dict[str, Path], tmp_path: Path) -> None:
    data, told = samples.folder_of(tmp_path / "data", 4), list[str]()
    plan = Reinforcing(
        data,
        str(models["original"]),
        tmp_path / "out",
        numbers(max_steps=3, answer_tokens=3, save_steps=2),
        device="cpu",
    )

    def stop(activity: str, done: int, *_: object) -> None:
        if activity == "rewarding" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reinforce(plan, progress=stop)
    trained = reinforce(plan, told.append)
    assert told == ["Going on after step 2."]
    assert trained.steps == 3
    assert [line["step"] for line in lines_of(tmp_path / "out/curve.jsonl") if "reward" in line] == [1, 2, 3]
    load(str(trained.model), device="cpu")


def test_what_shows_no_picture_is_not_asked(models: dict[str, Path], tmp_path: Path) -> None:
    data = samples.folder_of(tmp_path / "data", 2)
    texts = [one.model_copy(update={"image": ""}) for one in read_samples(data / "rap/train.json")]
    write_samples(data / "rap/train.json", texts)
    with pytest.raises(DataError, match="nothing to learn"):
        reinforce(Reinforcing(data, str(models["original"]), tmp_path / "out", numbers(), device="cpu"))


@pytest.mark.parametrize(("given", "change"), [({"group": 3}, "--group"), ({"lora_rank": 0}, "--lora-rank")])
def test_numbers_that_dont_go_together_are_told(tmp_path: Path, given: dict[str, int], change: str) -> None:
    with pytest.raises(ConfigError, match=change):
        reinforce(Reinforcing(tmp_path, "none", tmp_path / "out", numbers(**given), device="cpu"))
