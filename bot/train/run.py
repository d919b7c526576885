"""A training run from samples to a model: read, check, train, go on where a run before was stopped, write."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from accelerate import PartialState
from transformers import Trainer

from bot.data.samples import Sample, picture_folder, read_samples
from bot.train import adapting, checkpoints, output
from bot.train.curve import Curve
from bot.train.evaluating import Evaluating, Evaluation
from bot.train.inputs import Reader
from bot.train.planning import Progress, Selection, check_same, select
from bot.train.profiles import WHILE_RUNNING, Profile
from bot.train.trainer import FineTuner, Items, arguments_of, check_numbers
from core.counting import counted
from core.errors import DataError, ModelError
from core.models.vlm.loading import Loaded, load
from core.models.vlm.worker import is_out_of_memory
from core.models.weights import hub

MODEL = "model"  # the folder of the trained model in a run's folder


@dataclass(frozen=True, slots=True)
class Training:
    """What is trained on what: `data` is a folder that `data build` wrote, its `rap` folder, or a file of samples.

    `device` "auto" is the GPU of the process (`CUDA_VISIBLE_DEVICES` chooses), or the CPU where there is none.
    """

    data: Path
    model: str
    out: Path
    profile: Profile
    revision: str = ""
    device: Literal["auto", "cpu"] = "auto"
    evaluation: Evaluation | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """The outcome: where the model is, after how many steps, on how many sequences, what was refused, by reason."""

    model: Path
    steps: int
    sequences: int
    refused: dict[str, int]
    figures: dict[str, float]


def silent(*_: object) -> None:
    """Hears and says nothing."""


def fine_tune(
    plan: Training,
    tell: Callable[[str], None] = silent,
    progress: Progress = silent,
) -> Trained:
    """Train as planned; a run in the same folder that was stopped goes on. `tell` hears what is worth a line.

    Raises `DataError`, `ConfigError` or `ModelError` with what to change.
    """
    train, kept_aside = sample_files(plan.data)
    here, device = process_of(plan)
    check_numbers(plan.profile, device, here.num_processes)
    with explained(plan.profile, device):
        loaded = load(plan.model, revision=plan.revision, device=device, quantize=plan.profile.quantize)
        reader = Reader(loaded, plan.profile, picture_folder(train))
        with here.main_process_first():  # the others read what it has written
            samples = {"train": read_samples(train), "eval": read_samples(kept_aside) if kept_aside else []}
            chosen = selections(plan, reader, samples, progress)
            checkpoint, torn = checkpoints.newest(plan.out)
        if not here.is_main_process:
            tell = silent
        for one in torn:
            tell(f"{one.name} isn't whole and was deleted.")
        done = checkpoints.step_of(checkpoint) if checkpoint else 0
        tell(
            f"Going on after step {done}."
            if done
            else f"Training on {counted(len(chosen['train'].items), 'sequence')}."
        )
        trainer = trainer_of(plan, loaded, reader, chosen, device=device, step=done, progress=progress)
        result = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        write(plan, trainer, loaded, reader)
    steps, selection = trainer.state.global_step, chosen["train"]
    return Trained(plan.out / MODEL, steps, len(selection.items), selection.refused, dict(result.metrics))


def process_of(plan: Training) -> tuple[PartialState, str]:
    """This process among those that train, and the device that it trains on."""
    here = PartialState(cpu=plan.device == "cpu")
    on_cpu = plan.device == "cpu" or not torch.cuda.is_available()
    return here, "cpu" if on_cpu else f"cuda:{here.local_process_index}"


def selections(
    plan: Training, reader: Reader, samples: dict[str, list[Sample]], progress: Progress
) -> dict[str, Selection]:
    """What the run learns from and is measured on.

    Raises `ConfigError` where the run's folder has a run of something else, `DataError` with nothing to learn.
    """
    plan.out.mkdir(parents=True, exist_ok=True)
    train, _ = sample_files(plan.data)
    noted = plan.out / "run.json"
    told = plan.profile.model_dump(mode="json", exclude=WHILE_RUNNING)
    check_same(noted, {"model": plan.model, "revision": plan.revision, "data_hash": output.digest([train]), **told})
    chosen = {name: select(reader, those, plan.out, name, progress) for name, those in samples.items()}
    if not chosen["train"].items:
        for file in (noted, *plan.out.glob("*.plan.jsonl")):  # the data can be mended, and the same command tried again
            file.unlink()
        reasons = ", ".join(f"{reason} ({count})" for reason, count in chosen["train"].refused.items())
        raise DataError(f"There is nothing to learn from in {train}: {reasons or 'it holds no samples'}.")
    return chosen


def trainer_of(
    plan: Training,
    loaded: Loaded,
    reader: Reader,
    chosen: dict[str, Selection],
    *,
    device: str,
    step: int,
    progress: Progress,
) -> FineTuner:
    """The trainer of what was planned, after so many steps."""
    profile, here, aside = plan.profile, PartialState(), chosen["eval"].items
    torch.manual_seed(profile.seed)
    curve = Curve(plan.out, step, writes=here.is_main_process)
    callbacks = [Evaluating(plan.evaluation, loaded, profile, curve, plan.out)] if plan.evaluation else []
    return FineTuner(
        adapting.adapted(loaded.model, profile),
        arguments_of(profile, plan.out, device=device, processes=here.num_processes, evaluates=bool(aside)),
        profile,
        curve=curve,
        padding=loaded.tokenizer.pad_token_id or 0,
        progress=progress,
        train_dataset=Items(reader, chosen["train"].items),
        eval_dataset=Items(reader, aside) if aside else None,
        callbacks=callbacks,
    )


def base_of(plan: Training) -> str:
    """What an adapter is put on: a hub id, or a folder by its whole path, which is the same from anywhere."""
    folder = Path(plan.model).expanduser()
    return str(folder.resolve()) if folder.is_dir() else plan.model


@contextmanager
def explained(profile: Profile, device: str) -> Iterator[None]:
    """A memory that is too small as a sentence that says which numbers of the profile to change."""
    try:
        yield
    except (RuntimeError, MemoryError, ModelError) as error:
        cause = error.__cause__ if isinstance(error, ModelError) else error
        if cause is None or not is_out_of_memory(cause):
            raise
        first = (
            [f"--per-device-batch-size {profile.per_device_batch_size // 2}"]
            if profile.per_device_batch_size > 1
            else []
        )
        first += [] if profile.gradient_checkpointing else ["--gradient-checkpointing"]
        then = [] if profile.quantize == "4bit" else ["--quantize 4bit"]
        then += (
            [f"--lora-rank {profile.lora_rank // 2}"]
            if profile.lora_rank > 8
            else []
            if profile.lora_rank
            else ["--lora-rank 16"]
        )
        then += [f"a --max-length below {profile.max_length}"]
        same = f"Try {' or '.join(first)}: the run goes on in its folder. " if first else ""
        raise ModelError(
            f"The memory of {device} is too small for this. {same}In a new folder, try {', or '.join(then)}."
        ) from error


def write(plan: Training, trainer: Trainer, loaded: Loaded, reader: Reader) -> None:
    """Write the trained model and where it came from, whole or not at all; of several processes the first does."""
    if not trainer.is_world_process_zero():
        return
    folder, new = plan.out / MODEL, plan.out / f"{MODEL}.new"
    shutil.rmtree(new, ignore_errors=True)
    model = trainer.accelerator.unwrap_model(trainer.model)
    if plan.profile.lora_rank:
        adapting.name_base(model, base_of(plan), plan.revision)
    output.write(model, loaded.processor, new, plan.profile)
    images = type(loaded.processor.image_processor).__name__
    output.write_origin(
        new,
        base=hub.find(plan.model, plan.revision),
        data=sample_files(plan.data)[0],
        model=plan.model,
        revision=plan.revision,
        prompt=reader.prompt_style,
        pictures="pil" if images.endswith("Pil") else "torchvision",
        profile=plan.profile.model_dump(),
    )
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


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
