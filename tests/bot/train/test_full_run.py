"""Training runs over tiny models of the real classes: what they learn, what they leave, and how they go on."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")

import torch

from bot.data.samples import read_samples
from bot.train.curve import lines_of
from bot.train.inputs import Reader, collate
from bot.train.profiles import PROFILES, profile_of
from bot.train.run import Training, fine_tune
from core.models.vlm.loading import Loaded, load
from tests.support.tiny import samples, vlm

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    return vlm.original(root / "RAP-LLaVA", vlm.original_state(), vlm.tower(root / "clip"))


def loss(loaded: Loaded, data: Path) -> float:
    """Over what is kept aside, as it is read when serving."""
    reader = Reader(loaded, PROFILES["cpu"], data)
    examples = [reader.example(one) for one in read_samples(data / "rap/eval.json")]
    with torch.inference_mode():
        return float(loaded.model(**collate(examples, padding=0)).loss)


@pytest.mark.parametrize("kind", ["converted", "qwen"])
@pytest.mark.parametrize("output", ["adapter", "merged"])
def test_other_kinds_are_trained_and_served_with_the_pixels_they_learnt(
    model: Path, tmp_path: Path, kind: str, output: str
) -> None:
    base = vlm.converted(tmp_path / "model", model) if kind == "converted" else vlm.qwen(tmp_path / "model")
    data = samples.folder_of(tmp_path / "data", 8)
    profile = profile_of("cpu", given={"max_steps": 5, "learning_rate": 1e-2, "output": output})
    before = loss(load(str(base), device="cpu"), data)
    trained = fine_tune(Training(data, str(base), tmp_path / "out", profile, device="cpu"))
    after = load(str(trained.model), device="cpu")
    assert after.prompt == "chat"
    assert loss(after, data) < 0.8 * before
    (measured,) = [line["eval_loss"] for line in lines_of(tmp_path / "out/curve.jsonl") if "eval_loss" in line]
    assert loss(after, data) == pytest.approx(measured, rel=1e-3)


def test_a_merged_model_reads_pictures_as_its_base_did(model: Path, tmp_path: Path) -> None:
    data = samples.folder_of(tmp_path / "data", 4)
    profile = profile_of("cpu", given={"max_steps": 1, "output": "merged"})
    trained = fine_tune(Training(data, str(model), tmp_path / "out", profile, device="cpu"))
    (sample, *_) = read_samples(data / "rap/train.json")
    read = [Reader(load(str(one), device="cpu"), profile, data).example(sample) for one in (model, trained.model)]
    for name, tensor in read[0].prompt.inputs.items():
        assert torch.equal(read[1].prompt.inputs[name], tensor), name
    assert torch.equal(read[0].answer, read[1].answer)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # inside bitsandbytes
def test_an_adapter_over_four_bits_is_trained_and_served_over_four_bits(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="pip install '.[quantize]'")
    data = samples.folder_of(tmp_path / "data", 8)
    profile = profile_of("cpu", given={"max_steps": 10, "learning_rate": 1e-2, "quantize": "4bit", "precision": "bf16"})
    before = loss(load(str(model), device="cpu", quantize="4bit"), data)
    trained = fine_tune(Training(data, str(model), tmp_path / "out", profile, device="cpu"))
    after = load(str(trained.model), device="cpu", quantize="4bit")
    kinds = {type(module).__name__ for module in after.model.model.language_model.modules()}
    assert "Linear4bit" in kinds
    measured = [line["eval_loss"] for line in lines_of(tmp_path / "out/curve.jsonl") if "eval_loss" in line]
    assert loss(after, data) == pytest.approx(measured[-1], rel=0.05)
    assert measured[-1] < before / 2
    assert loss(load(str(trained.model), device="cpu"), data) < 0.7 * before  # and over whole weights


@pytest.mark.parametrize(
    "given",
    [{"gradient_checkpointing": True}, {"output": "merged"}, {"lora_rank": 0}],
    ids=["adapter", "merged", "all weights"],
)
def test_a_model_that_was_trained_is_loaded_and_has_learnt(
    model: Path, tmp_path: Path, given: dict[str, object]
) -> None:
    data = samples.folder_of(tmp_path / "data", 8)
    profile = profile_of("cpu", given={"max_steps": 10, "learning_rate": 1e-2, **given})
    before = loss(load(str(model), device="cpu"), data)
    trained = fine_tune(Training(data, str(model), tmp_path / "out", profile, device="cpu"))
    after = load(str(trained.model), device="cpu")
    assert after.prompt == "rap-v1"
    assert loss(after, data) < before / 2
    curve = lines_of(tmp_path / "out/curve.jsonl")
    assert [line["step"] for line in curve if "loss" in line] == [*range(1, 11)]
    measured = {line["step"]: line["eval_loss"] for line in curve if "eval_loss" in line}
    assert [*measured] == [5, 10]
    assert loss(after, data) == pytest.approx(measured[10], rel=1e-3)  # what is served is what was measured
