"""What goes wrong ends a run with a sentence that says what to change, and mended, the same command goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")

import torch

from bot.data.samples import Turn, read_samples, write_samples
from bot.train.profiles import PROFILES, profile_of
from bot.train.run import Training, explained, fine_tune
from core.errors import ConfigError, DataError, ModelError
from tests.support.tiny import samples, vlm

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    return vlm.original(root / "RAP-LLaVA", vlm.original_state(), vlm.tower(root / "clip"))


def training(data: Path, model: Path | str, **given: object) -> Training:
    profile = profile_of("cpu", given={"epochs": 1, **given})
    return Training(data, str(model), data.parent / "out", profile, device="cpu")


def test_no_data(tmp_path: Path, model: Path) -> None:
    with pytest.raises(DataError, match=r"no samples in .*data: no rap/train\.json.*bot data build"):
        fine_tune(training(tmp_path / "data", model))


def test_data_without_answers_and_then_with(tmp_path: Path, model: Path) -> None:
    data = samples.folder_of(tmp_path / "data", 4, aside=0)
    whole = read_samples(data / "rap/train.json")
    mute = [one.model_copy(update={"turns": (Turn(question="Who?", answer=" "),)}) for one in whole]
    write_samples(data / "rap/train.json", mute)
    with pytest.raises(DataError, match=r"nothing to learn from in .*train\.json: there is no answer \(4\)"):
        fine_tune(training(data, model))
    write_samples(data / "rap/train.json", [*mute[:1], *whole[1:]])
    trained = fine_tune(training(data, model, batch_size=2))
    assert (trained.sequences, trained.refused) == (3, {"there is no answer": 1})
    assert '"sample": "sample-0"' in (tmp_path / "out/train.refused.jsonl").read_text()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_picture_that_cannot_be_read_in_the_middle_of_a_run(tmp_path: Path, model: Path, workers: int) -> None:
    data = samples.folder_of(tmp_path / "data", 8, aside=0)
    plan = training(data, model, batch_size=2, save_steps=1, dataloader_workers=workers)
    picture = data / "photos/3.jpg"
    whole = picture.read_bytes()
    picture.write_bytes(whole[: len(whole) // 2])  # its header can be read
    with pytest.raises(DataError, match=r"The sample sample-3 can't be read any more: .* the same command goes on"):
        fine_tune(plan)
    picture.write_bytes(whole)
    told: list[str] = []
    assert fine_tune(plan, told.append).steps == 4
    assert told[0].startswith(("Going on after step", "Training on"))


def test_another_run_in_the_same_folder(tmp_path: Path, model: Path) -> None:
    data = samples.folder_of(tmp_path / "data", 4, aside=0)
    fine_tune(training(data, model))
    with pytest.raises(ConfigError, match=r"holds a run with something else \(learning_rate was 0\.001, now 0\.5\)"):
        fine_tune(training(data, model, learning_rate=0.5))
    assert fine_tune(training(data, model, per_device_batch_size=1, output="merged")).steps == 1  # this may change
    write_samples(data / "rap/train.json", read_samples(data / "rap/train.json")[:3])
    with pytest.raises(ConfigError, match="data_hash was"):
        fine_tune(training(data, model))


def test_a_model_that_is_not_here(tmp_path: Path) -> None:
    data = samples.folder_of(tmp_path / "data", 2, aside=0)
    with pytest.raises(ModelError, match="models pull nobody/llava"):
        fine_tune(training(data, "nobody/llava"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"batch_size": 5}, "A batch of 5 can't be divided into 2 at once on 1 process"),
        ({"precision": "fp16"}, "A CPU doesn't train in fp16"),
        ({"quantize": "4bit"}, "computes in 16 bits: train with --precision bf16"),
        ({"quantize": "4bit", "precision": "bf16", "output": "merged"}, "use --output adapter"),
        ({"projector": "bridge"}, "has no bridge: name its projector with --projector"),
    ],
)
def test_numbers_that_do_not_go_together(tmp_path: Path, model: Path, given: dict[str, object], said: str) -> None:
    data = samples.folder_of(tmp_path / "data", 2, aside=0)
    with pytest.raises(ConfigError, match=said):
        fine_tune(training(data, model, **given))


def test_a_memory_that_is_too_small() -> None:
    with (
        pytest.raises(
            ModelError,
            match=r"memory of cpu is too small.*Try --per-device-batch-size 2: .*--quantize 4bit, or --lora-rank 64",
        ),
        explained(PROFILES["rap"], "cpu"),
    ):
        torch.empty(1 << 60)
    with pytest.raises(RuntimeError, match="of another kind"), explained(PROFILES["rap"], "cpu"):
        raise RuntimeError("of another kind")
