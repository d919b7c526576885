"""How a model is trained: the numbers, in profiles that are named on the command line, each number to be overridden.

`rap` has the numbers of the paper's `train_rap_llava.sh` (arXiv 2410.13360, https://github.com/Hoar012/RAP-MLLM).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

from pydantic import Field, ValidationError

from core.errors import ConfigError
from core.options import Section, closest


class Profile(Section):
    """The numbers of a training run. A rank of 0 trains all weights, without an adapter."""

    lora_rank: int = Field(128, ge=0, description="The LoRA's rank; 0 trains all weights of the model instead.")
    lora_alpha: float = Field(256, gt=0, description="What the LoRA is scaled by, over its rank.")
    lora_dropout: float = Field(0.05, ge=0, lt=1, description="How much of the LoRA's input is left out at random.")
    learning_rate: float = Field(1e-4, gt=0, description="The learning rate of the LoRA, or of all weights.")
    projector_learning_rate: float = Field(
        2e-5, ge=0, description="The learning rate of the projector, which is trained in full; 0 leaves it as it is."
    )
    projector: str = Field("", description="The projector's name in the model; empty: found by itself.")
    vision: bool = Field(False, description="With a rank of 0: train the vision tower, too.")
    epochs: float = Field(1, gt=0, description="How often each sample is seen.")
    max_steps: int = Field(0, ge=0, description="The number of steps in place of epochs; 0: by the epochs.")
    batch_size: int = Field(64, ge=1, description="Samples that one step learns from, over all GPUs.")
    per_device_batch_size: int = Field(
        4, ge=1, description="Of these, how many a GPU computes at once: memory, not the result."
    )
    lr_scheduler: Literal["cosine", "linear", "constant_with_warmup"] = Field(
        "cosine", description="How the learning rate falls."
    )
    warmup_ratio: float = Field(
        0.03, ge=0, lt=1, description="The share of the steps in which the learning rate rises."
    )
    weight_decay: float = Field(0, ge=0, description="How much the weights are pulled towards zero.")
    adam_beta2: float = Field(
        0.999,
        gt=0,
        lt=1,
        description="Adam's memory of squared gradients; less where what is learnt changes in between.",
    )
    max_grad_norm: float = Field(1, gt=0, description="The longest gradient; a longer one is shortened to it.")
    precision: Literal["bf16", "fp16", "fp32"] = Field(
        "bf16", description="The number type of what is computed; trained weights themselves are kept in fp32."
    )
    quantize: Literal["none", "8bit", "4bit"] = Field(
        "none", description="The number type of the weights that aren't trained (QLoRA)."
    )
    gradient_checkpointing: bool = Field(
        True, description="Compute activations twice rather than keep them: less memory, slower."
    )
    max_length: int = Field(2048, ge=16, description="The most tokens of a sample, its pictures and answer included.")
    prompt: Literal["auto", "chat", "rap-v1", "rap-v0"] = Field(
        "auto", description="The prompt's layout, as in generator.prompt."
    )
    maybe_present: float = Field(
        0.2, ge=0, le=1, description='The share of concepts in the picture that the prompt calls a "maybe", not sure.'
    )
    maybe_noise: float = Field(0.8, ge=0, le=1, description="The same of concepts that are retrieved but not there.")
    save_steps: int = Field(100, ge=1, description="Steps between two checkpoints.")
    save_total_limit: int = Field(
        2, ge=2, description="Checkpoints that are kept: the one before the last may be needed."
    )
    eval_steps: int = Field(100, ge=1, description="Steps between two measurements on what is kept aside.")
    logging_steps: int = Field(1, ge=1, description="Steps between two lines of the learning curve.")
    dataloader_workers: int = Field(
        4, ge=0, description="Processes that prepare samples meanwhile; 0: none beside training."
    )
    output: Literal["adapter", "merged"] = Field(
        "adapter", description="What is written: the adapter alone, or the whole model with it merged in."
    )
    shuffle: bool = Field(True, description="Whether samples come in any order, or as they stand in their file.")
    seed: int = Field(0, ge=0, description="Decides the order of the samples and the adapter's first weights.")


# What may be changed before a run goes on: it decides how soon it is done, what is kept of it, not what is learnt.
WHILE_RUNNING = {
    *("per_device_batch_size", "gradient_checkpointing", "dataloader_workers", "output"),
    *("save_steps", "save_total_limit", "eval_steps", "logging_steps"),
}

PROFILES: Mapping[str, Profile] = {
    "rap": Profile(),
    "small": Profile(lora_rank=16, lora_alpha=32, per_device_batch_size=1, quantize="4bit"),  # a 7B within 16 GB
    "full": Profile(lora_rank=0, learning_rate=2e-5, vision=False, maybe_present=0, maybe_noise=0),
    "cpu": Profile(
        lora_rank=8,
        lora_alpha=16,
        learning_rate=1e-3,
        projector_learning_rate=1e-3,
        batch_size=4,
        per_device_batch_size=2,
        precision="fp32",
        gradient_checkpointing=False,
        save_steps=5,
        eval_steps=5,
        dataloader_workers=0,
    ),
    "demo": Profile(
        lora_rank=0,
        vision=True,
        learning_rate=1e-3,
        batch_size=32,
        per_device_batch_size=32,
        weight_decay=0.05,
        adam_beta2=0.98,
        warmup_ratio=0.05,
        precision="fp32",
        gradient_checkpointing=False,
        maybe_present=0.1,
        maybe_noise=0.2,
        save_steps=100,
        logging_steps=20,
        dataloader_workers=1,
        shuffle=False,
    ),
}


P = TypeVar("P", bound=Profile)


@overload
def profile_of(name: str, file: Path | None = None, given: Mapping[str, Any] | None = None) -> Profile: ...
@overload
def profile_of(
    name: str, file: Path | None = None, given: Mapping[str, Any] | None = None, *, profiles: Mapping[str, P]
) -> P: ...
def profile_of(
    name: str,
    file: Path | None = None,
    given: Mapping[str, Any] | None = None,
    *,
    profiles: Mapping[str, Any] = PROFILES,
) -> Any:
    """A profile by name, with what a TOML file and then `given` put in its place.

    Raises `ConfigError` for a profile or a number that there isn't, with what there is.
    """
    if name not in profiles:
        meant = closest(name, profiles)
        hint = f" Did you mean {meant}?" if meant else ""
        raise ConfigError(f"There is no profile {name}; there are {', '.join(profiles)}.{hint}")
    told: dict[str, Any] = {}
    if file is not None:
        try:
            told = tomllib.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{file} can't be read as TOML: {error}.") from error
    kind = type(profiles[name])
    try:
        return kind.model_validate({**profiles[name].model_dump(), **told, **(given or {})})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        meant = closest(key, kind.model_fields) if first["type"] == "extra_forbidden" else ""
        hint = f" Did you mean {meant}?" if meant else ""
        raise ConfigError(f"{key} of the profile: {first['msg']}.{hint}") from error
