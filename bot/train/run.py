"""A training run from samples to a model: read, check, train, go on where a run before was stopped, write."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState

from bot.data.samples import Sample, read_samples
from bot.train import adapting, checkpoints, output
from bot.train.curve import Curve
from bot.train.inputs import Reader, Unusable
from bot.train.profiles import Profile
from bot.train.trainer import FineTuner, Question, Questions, Sealing, arguments_of, check_numbers
from core.errors import DataError
from core.models.vlm.loading import Loaded, load
from core.models.weights import hub

MODEL = "model"  # the folder of the trained model in a run's folder


@dataclass(frozen=True, slots=True)
class Training:
    """What is trained on what: `data` is a folder that `data build` wrote, its `rap` folder, or a file of samples."""

    data: Path
    model: str
    out: Path
    profile: Profile
    revision: str = ""
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Trained:
    """The outcome: where the model is, after how many steps, and the questions that were not learnt from, by reason."""

    model: Path
    steps: int
    questions: int
    refused: dict[str, int]
    figures: dict[str, float]


def fine_tune(plan: Training, tell: Callable[[str], None] = lambda _: None) -> Trained:
    """Train as planned; a run in the same folder that was stopped goes on. `tell` hears how far it is.

    Raises `DataError`, `ConfigError` or `ModelError` with what to change.
    """
    train, kept_aside = sample_files(plan.data)
    profile, processes = plan.profile, PartialState(cpu=plan.device == "cpu")
    device = plan.device
    if device == "auto":
        device = f"cuda:{processes.local_process_index}" if torch.cuda.is_available() else "cpu"
    check_numbers(profile, device, processes.num_processes)
    loaded = load(plan.model, revision=plan.revision, device=device, quantize=profile.quantize)
    reader = Reader(loaded, profile, train.parent)
    plan.out.mkdir(parents=True, exist_ok=True)
    questions, refused = usable(reader, read_samples(train), plan.out / "refused.jsonl")
    if not questions:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in refused.items())
        raise DataError(f"There is nothing to learn from in {train}: {reasons or 'it holds no samples'}.")
    aside, _ = usable(reader, read_samples(kept_aside) if kept_aside else [], plan.out / "refused-eval.jsonl")
    checkpoint, torn = checkpoints.newest(plan.out)
    for one in torn:
        tell(f"{one.name} isn't whole and was deleted.")
    done = checkpoints.step_of(checkpoint) if checkpoint else 0
    tell(f"Going on after step {done}." if done else f"Training on {len(questions)} questions.")
    torch.manual_seed(profile.seed)
    folder = Path(plan.model).expanduser()  # an adapter names it by its whole path, which is the same from anywhere
    base = str(folder.resolve()) if folder.is_dir() else plan.model
    trainer = FineTuner(
        adapting.adapted(loaded.model, profile, base, plan.revision),
        arguments_of(profile, plan.out, device=device, processes=processes.num_processes, evaluates=bool(aside)),
        profile,
        Curve(plan.out, done),
        loaded.tokenizer.pad_token_id or 0,
        train_dataset=Questions(reader, questions),
        eval_dataset=Questions(reader, aside) if aside else None,
        callbacks=[Sealing()],
    )
    result = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    write(plan, trainer, loaded, reader)
    return Trained(plan.out / MODEL, trainer.state.global_step, len(questions), refused, dict(result.metrics))


def write(plan: Training, trainer: FineTuner, loaded: Loaded, reader: Reader) -> None:
    """Write the trained model and where it came from; of several processes the first does."""
    if trainer.is_world_process_zero():
        folder = plan.out / MODEL
        output.write(trainer.accelerator.unwrap_model(trainer.model), loaded.processor, folder, plan.profile)
        output.write_origin(
            folder,
            base=hub.find(plan.model, plan.revision),
            data=sample_files(plan.data)[0],
            model=plan.model,
            revision=plan.revision,
            prompt=reader.prompt_style,
            profile=plan.profile.model_dump(),
        )


def sample_files(data: Path) -> tuple[Path, Path | None]:
    """The file of samples to learn from, and the one to measure on where there is one. Raises `DataError`."""
    if data.is_file():
        aside = data.with_name("eval.json")
        return data, aside if aside.is_file() and aside != data else None
    found = next((one for one in (data / "rap", data) if (one / "train.json").is_file()), None)
    if found is None:
        raise DataError(f"There are no samples in {data}: no rap/train.json. `python -m bot data build` writes it.")
    aside = found / "eval.json"
    return found / "train.json", aside if aside.is_file() else None


def usable(reader: Reader, samples: Sequence[Sample], file: Path) -> tuple[list[Question], dict[str, int]]:
    """The questions that can be learnt from, and how many can't by reason; `file` gets each of those with its id."""
    questions: list[Question] = []
    refused: list[dict[str, Any]] = []
    for sample in samples:
        for turn in range(len(sample.turns)):
            try:
                reader.example(sample, turn)
                questions.append((sample, turn))
            except Unusable as error:
                refused.append({"sample": sample.id, "turn": turn, "reason": error.reason})
            except DataError:
                refused.append({"sample": sample.id, "turn": turn, "reason": "a picture can't be read"})
    file.write_text("".join(json.dumps(line) + "\n" for line in refused), "utf-8")
    return questions, dict(Counter(line["reason"] for line in refused))
