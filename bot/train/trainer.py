"""The loop of training: transformers' `Trainer` with our batches, two learning rates and whole checkpoints.

Not trl's `SFTTrainer`: its collator makes prompts by the processor's chat template and prepares pictures by itself, and
then a model would be trained on other tokens and pixels than it is asked with.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from transformers import PrinterCallback, Trainer, TrainingArguments

from bot.train import adapting, checkpoints
from bot.train.curve import Curve
from bot.train.inputs import Example, Reader, Unusable, collate
from bot.train.planning import Item, Progress
from bot.train.profiles import Profile
from core.counting import counted
from core.errors import ConfigError, DataError, RapportError


class Items(Dataset[Example | str]):
    """The examples of a selection, read as they are asked for; in place of one that can't be read, a sentence."""

    def __init__(self, reader: Reader, items: Sequence[Item]) -> None:
        self._reader, self._items = reader, items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, number: int) -> Example | str:
        try:
            return self._reader.example(*self._items[number])
        except (Unusable, RapportError) as error:  # a worker's process couldn't raise it in ours
            return f"The sample {self._items[number][0].id} can't be read any more: {error}"


def batch_of(examples: Sequence[Example | str], padding: int) -> dict[str, Any]:
    """As `collate`, with the `samples`' ids beside the model's inputs; with a `problem` alone where there is one."""
    if problem := next((one for one in examples if isinstance(one, str)), None):
        return {"problem": problem}
    read = [one for one in examples if isinstance(one, Example)]
    return collate(read, padding) | {"samples": [one.sample for one in read]}


class FineTuner(Trainer):
    """Trains what of a model requires a gradient, as a profile says."""

    def __init__(
        self,
        model: Any,
        arguments: TrainingArguments,
        profile: Profile,
        *,
        curve: Curve,
        padding: int,
        progress: Progress,
        **more: Any,
    ) -> None:
        super().__init__(model, arguments, data_collator=partial(batch_of, padding=padding), **more)
        self.optimizer: torch.optim.Optimizer | None
        self.remove_callback(PrinterCallback)  # the curve tells it
        self._profile, self._curve, self._progress = profile, curve, progress
        self._samples = list[str]()

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW with the profile's groups."""
        if self.optimizer is None:
            self.optimizer = torch.optim.AdamW(
                adapting.groups(model or self.model, self._profile), betas=(0.9, self._profile.adam_beta2)
            )
        return self.optimizer

    def training_step(self, model: Any, inputs: dict[str, Any], *more: Any) -> torch.Tensor:
        """As `Trainer`'s; the batch's ids are noted once its step is over. Raises `DataError` for a problem with it."""
        self._samples += _samples_of(inputs)
        loss: torch.Tensor = super().training_step(model, _without_samples(inputs), *more)
        if self.accelerator.sync_gradients:
            self._curve.learnt(self.state.global_step + 1, self._samples)
            self._samples = []
        return loss

    def prediction_step(self, model: Any, inputs: dict[str, Any], *more: Any, **named: Any) -> Any:
        """As `Trainer`'s. Raises `DataError` for a problem with the batch."""
        _samples_of(inputs)
        return super().prediction_step(model, _without_samples(inputs), *more, **named)

    def _save_checkpoint(self, *more: Any) -> None:
        """As `Trainer`'s, which tells nobody when all processes have written theirs; then it is marked as whole."""
        super()._save_checkpoint(*more)
        self.accelerator.wait_for_everyone()
        if self.is_world_process_zero():
            checkpoints.seal(Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}")

    def log(self, logs: dict[str, float], *more: Any) -> None:
        """Add a point to the learning curve."""
        super().log(logs, *more)
        step = self.state.global_step
        self._curve.measured(step, {name: value for name, value in logs.items() if name != "total_flos"})
        if "loss" in logs:
            self._progress("training", step, self.state.max_steps, f"loss {float(logs['loss']):.3f}")


def _samples_of(inputs: dict[str, Any]) -> list[str]:
    if problem := inputs.get("problem"):
        raise DataError(f"{problem} Mend it, and the same command goes on from the last checkpoint.")
    samples: list[str] = inputs["samples"]
    return samples


def _without_samples(inputs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in inputs.items() if name != "samples"}


def check_numbers(profile: Profile, device: str, processes: int) -> None:
    """Raise `ConfigError` for a batch that can't be divided, and for a number type that the device doesn't have."""
    if profile.batch_size % (profile.per_device_batch_size * processes):
        raise ConfigError(
            f"A batch of {profile.batch_size} can't be divided into {profile.per_device_batch_size} at once "
            f"on {counted(processes, 'process', 'processes')}: change --batch-size or --per-device-batch-size."
        )
    if profile.precision == "bf16" and device.startswith("cuda") and not torch.cuda.is_bf16_supported():
        raise ConfigError("This GPU doesn't compute in bf16: train with --precision fp16.")
    if profile.precision == "fp32" and profile.quantize != "none":
        raise ConfigError(f"--quantize {profile.quantize} computes in 16 bits: train with --precision bf16.")
    if profile.output == "merged" and profile.quantize != "none":
        raise ConfigError(
            f"Merged into weights of {profile.quantize}, the adapter would be rounded away: use --output adapter. "
            "It is served over quantised weights and over whole ones."
        )
    if profile.precision == "fp16" and device == "cpu":
        raise ConfigError("A CPU doesn't train in fp16: train with --precision bf16 or fp32.")


def arguments_of(
    profile: Profile, out: Path, *, device: str, processes: int, evaluates: bool, kind: Any = TrainingArguments
) -> Any:
    """The trainer's arguments, or what makes another kind of them: one GPU a process."""
    arguments = kind(
        output_dir=str(out),
        num_train_epochs=profile.epochs,
        max_steps=profile.max_steps or -1,
        per_device_train_batch_size=profile.per_device_batch_size,
        per_device_eval_batch_size=profile.per_device_batch_size,
        gradient_accumulation_steps=profile.batch_size // (profile.per_device_batch_size * processes),
        learning_rate=profile.learning_rate,
        lr_scheduler_type=profile.lr_scheduler,
        warmup_steps=profile.warmup_ratio,  # below 1 it is a share
        weight_decay=profile.weight_decay,
        max_grad_norm=profile.max_grad_norm,
        bf16=profile.precision == "bf16",
        fp16=profile.precision == "fp16",
        **_recomputing(profile),
        use_cpu=device == "cpu",
        save_steps=profile.save_steps,
        save_total_limit=profile.save_total_limit,
        eval_strategy="steps" if evaluates else "no",
        eval_steps=profile.eval_steps,
        prediction_loss_only=True,
        logging_steps=profile.logging_steps,
        logging_nan_inf_filter=False,  # a loss that isn't a number is to be seen
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,  # our batches are no columns
        dataloader_num_workers=profile.dataloader_workers,
        dataloader_pin_memory=device.startswith("cuda"),
        ddp_find_unused_parameters=processes > 1,  # a batch without a picture has no use for the projector
        train_sampling_strategy="random" if profile.shuffle else "sequential",
        seed=profile.seed,
    )
    if arguments.n_gpu > 1:  # else `Trainer` copies the model to all of them at each step (`DataParallel`)
        arguments._n_gpu = 1
    return arguments


def _recomputing(profile: Profile) -> dict[str, Any]:
    new = (
        "activation_checkpointing" in TrainingArguments.__dataclass_fields__
    )  # what transformers 5.17 doesn't know yet
    name = "activation_checkpointing" if new else "gradient_checkpointing"
    return {
        name: profile.gradient_checkpointing,
        f"{name}_kwargs": {"use_reentrant": False} if profile.gradient_checkpointing else None,
    }
