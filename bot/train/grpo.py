"""A second stage: the model answers, each answer is rewarded, and what was better than its group becomes likelier.

GRPO by TRL's `GRPOTrainer`. It writes prompts by the processor's chat template and prepares pictures by the processor.
So it gets a template that passes on a text as it stands, and each question as the very text, with the very pictures,
that `core.models.vlm.preprocessor` makes of it when serving; the processor pads them alike. The reference that
straying is measured from is the model without its new adapter.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import PIL.Image
from accelerate import PartialState
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from bot.data.samples import Sample, picture_folder, read_samples
from bot.train import adapting, checkpoints
from bot.train.curve import Curve
from bot.train.grpo_profiles import GrpoProfile
from bot.train.inputs import Reader
from bot.train.planning import Item, Progress
from bot.train.rewards import REWARDS, Truth, names_in, truth_of
from bot.train.run import MODEL, Trained, Training, explained, process_of, sample_files, selections, silent, write
from bot.train.trainer import arguments_of, check_numbers
from core.counting import counted
from core.errors import ConfigError
from core.models.vlm.loading import Loaded, load
from core.models.vlm.preprocessor import Preprocessor

AS_IT_IS = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}{% endfor %}"
)
"""A chat template for a whole prompt in one part, the pictures' marks in it."""


@dataclass(frozen=True, slots=True)
class Reinforcing(Training):
    """What is trained on what, by rewards."""

    profile: GrpoProfile


def reinforce(
    plan: Reinforcing,
    tell: Callable[[str], None] = silent,
    progress: Progress = silent,
) -> Trained:
    """Train as planned; a run in the same folder that was stopped goes on. `tell` hears what is worth a line.

    Raises `DataError`, `ConfigError` or `ModelError` with what to change.
    """
    here, device = process_of(plan)
    check_numbers(plan.profile, device, here.num_processes)
    check_groups(plan.profile)
    train, _ = sample_files(plan.data)
    with explained(plan.profile, device):
        loaded = load(plan.model, revision=plan.revision, device=device, quantize=plan.profile.quantize)
        reader = Reader(loaded, plan.profile, picture_folder(train))
        with here.main_process_first():  # the others read what it has written
            samples = [one for one in read_samples(train) if one.image]
            chosen = selections(plan, reader, {"train": samples, "eval": []}, progress)["train"]
            checkpoint, _ = checkpoints.newest(plan.out)
        if not here.is_main_process:
            tell = silent
        questions = Questions(reader, loaded, chosen.items)
        done = checkpoints.step_of(checkpoint) if checkpoint else 0
        tell(f"Going on after step {done}." if done else f"Rewarding answers to {counted(len(questions), 'question')}.")
        curve = Curve(plan.out, done, writes=here.is_main_process)
        trainer = trainer_of(plan, loaded, questions, device=device, callback=Noting(curve, progress))
        result = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        write(plan, trainer, loaded, reader)
    return Trained(plan.out / MODEL, trainer.state.global_step, len(questions), chosen.refused, dict(result.metrics))


class Questions:
    """The questions of samples, each by itself, as TRL's trainer takes them."""

    def __init__(self, reader: Reader, loaded: Loaded, items: Sequence[Item]) -> None:
        self._reader, self._everyone = reader, names_in(sample for sample, _ in items)
        self._preprocessor = Preprocessor(loaded, style=reader.prompt_style, room=loaded.context)
        self._questions = [(sample, turn) for sample, turns in items for turn in turns]

    def __len__(self) -> int:
        return len(self._questions)

    def dataset(self) -> Dataset:
        """Rows that are made when they are asked for."""
        return Dataset.from_dict({"number": [*range(len(self))]}).with_transform(self.rows)

    def rows(self, wanted: Mapping[str, Sequence[int]]) -> dict[str, list[Any]]:
        """The questions by `number` as TRL's trainer takes them: `prompt` with its pictures, and `truth` beside it."""
        asked = [self._questions[number] for number in wanted["number"]]
        return {
            "prompt": [self.prompt(*one) for one in asked],
            "truth": [truth_of(*one, self._everyone) for one in asked],
        }

    def prompt(self, sample: Sample, turn: int) -> list[dict[str, Any]]:
        """The text that serving gives the model, as one message for the template `AS_IT_IS`, and its pictures."""
        asked = self._preprocessor.text(self._reader.prompt(sample, turn))
        pictures = [PIL.Image.open(io.BytesIO(data)).convert("RGB") for data in asked.pictures]
        parts = [{"type": "image", "image": picture} for picture in pictures]
        return [{"role": "user", "content": [{"type": "text", "text": asked.text}, *parts]}]


class Reward:
    """A reward as TRL calls it; the learning curve tells it by its name."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, completions: Sequence[Any], truth: Sequence[Truth], **_: Any) -> list[float | None]:
        """The worth of each answer."""
        worth = REWARDS[self.__name__]
        return [worth(one[0]["content"], right) for one, right in zip(completions, truth, strict=True)]


class Noting(TrainerCallback):
    """Adds points to the learning curve: the rewards, how far the model has strayed, and how long answers are."""

    def __init__(self, curve: Curve, progress: Progress) -> None:
        self._curve, self._progress = curve, progress

    def on_log(self, _args: Any, state: Any, _control: Any, logs: Mapping[str, Any], **_: Any) -> None:
        """See `TrainerCallback`; a reward that none of a step's questions has is left out."""
        told = {name: value for name, value in logs.items() if value is not None and name != "total_flos"}
        self._curve.measured(state.global_step, told)
        if "reward" in told:
            self._progress("rewarding", state.global_step, state.max_steps, f"reward {float(told['reward']):.3f}")


class Reinforcer(GRPOTrainer):
    """TRL's trainer whose checkpoints are marked once they are whole."""

    def _save_checkpoint(self, *more: Any) -> None:
        super()._save_checkpoint(*more)
        self.accelerator.wait_for_everyone()
        if self.is_world_process_zero():
            checkpoints.seal(Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}")


def trainer_of(
    plan: Reinforcing, loaded: Loaded, questions: Questions, *, device: str, callback: TrainerCallback
) -> Reinforcer:
    """The trainer of a new adapter on the model."""
    profile = plan.profile
    kind = partial(
        GRPOConfig,
        num_generations=profile.group,
        max_completion_length=profile.answer_tokens,
        temperature=profile.temperature,
        beta=profile.kl,
        epsilon=profile.clip,
        loss_type="grpo",
        reward_weights=[getattr(profile, name) for name in REWARDS],
        generation_kwargs={"suppress_tokens": loaded.suppressed_tokens},
    )
    processes = PartialState().num_processes
    arguments = arguments_of(profile, plan.out, device=device, processes=processes, evaluates=False, kind=kind)
    processor = copy(loaded.processor)  # the questions are written with its own template
    processor.chat_template = AS_IT_IS
    trainer = Reinforcer(
        loaded.model,
        [Reward(name) for name in REWARDS],
        args=arguments,
        train_dataset=questions.dataset(),
        processing_class=processor,
        peft_config=adapting.lora_of(loaded.model, profile),
        callbacks=[callback],
    )
    adapting.name_base(trainer.model, "")
    trainer.remove_callback(PrinterCallback)  # the curve tells it
    return trainer


def check_groups(profile: GrpoProfile) -> None:
    """Raise `ConfigError` for numbers that don't go together, or that this stage doesn't have."""
    if profile.batch_size % profile.group:
        raise ConfigError(
            f"A batch of {counted(profile.batch_size, 'answer')} can't be divided into groups of {profile.group}: "
            "change --batch-size or --group."
        )
    if not profile.lora_rank:
        raise ConfigError("This stage trains an adapter: its --lora-rank is at least 1.")
