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

    rank: int = Field(128, ge=0, description="The LoRA's rank; 0 trains all weights of the model instead.")
    alpha: float = Field(256, gt=0, description="What the LoRA is scaled by, over its rank.")
    dropout: float = Field(0.05, ge=0, lt=1, description="How much of the LoRA's input is left out at random.")
    rate: float = Field(1e-4, gt=0, description="The learning rate of the LoRA, or of all weights.")
    projector_rate: float = Field(
        2e-5, ge=0, description="The learning rate of the projector, which is trained in full; 0 leaves it as it is."
    )
    projector: str = Field("", description="The projector's name in the model; empty: found by itself.")
    vision: bool = Field(False, description="With a rank of 0: train the vision tower, too.")
    epochs: float = Field(1, gt=0, description="How often each sample is seen.")
    steps: int = Field(0, ge=0, description="The number of steps in place of epochs; 0: by the epochs.")
    batch: int = Field(64, ge=1, description="Samples that one step learns from, over all GPUs.")
    at_once: int = Field(4, ge=1, description="Of these, how many a GPU computes at once: memory, not the result.")
    schedule: Literal["cosine", "linear", "constant_with_warmup"] = Field(
        "cosine", description="How the learning rate falls."
    )
    warmup: float = Field(0.03, ge=0, lt=1, description="The share of the steps in which the learning rate rises.")
    weight_decay: float = Field(0, ge=0, description="How much the weights are pulled towards zero.")
    beta2: float = Field(
        0.999,
        gt=0,
        lt=1,
        description="Adam's memory of squared gradients; less where what is learnt changes in between.",
    )
    max_gradient: float = Field(1, gt=0, description="The longest gradient; a longer one is shortened to it.")
    precision: Literal["bf16", "fp16", "fp32"] = Field(
        "bf16", description="The number type of what is computed; trained weights themselves are kept in fp32."
    )
    quantize: Literal["none", "8bit", "4bit"] = Field(
        "none", description="The number type of the weights that aren't trained (QLoRA)."
    )
    recompute: bool = Field(True, description="Compute activations twice rather than keep them: less memory, slower.")
    max_length: int = Field(2048, ge=16, description="The most tokens of a sample, its pictures and answer included.")
    prompt: Literal["auto", "chat", "rap-v1", "rap-v0"] = Field(
        "auto", description="The prompt's layout, as in generator.prompt."
    )
    maybe_present: float = Field(
        0.2, ge=0, le=1, description='The share of concepts in the picture that the prompt calls a "maybe", not sure.'
    )
    maybe_noise: float = Field(0.8, ge=0, le=1, description="The same of concepts that are retrieved but not there.")
    save_every: int = Field(100, ge=1, description="Steps between two checkpoints.")
    keep: int = Field(2, ge=2, description="Checkpoints that are kept: the one before the last may be needed.")
    evaluate_every: int = Field(100, ge=1, description="Steps between two measurements on what is kept aside.")
    log_every: int = Field(1, ge=1, description="Steps between two lines of the learning curve.")
    workers: int = Field(4, ge=0, description="Processes that prepare samples meanwhile; 0: none beside training.")
    output: Literal["adapter", "merged"] = Field(
        "adapter", description="What is written: the adapter alone, or the whole model with it merged in."
    )
    shuffled: bool = Field(True, description="Whether samples come in any order, or as they stand in their file.")
    seed: int = Field(0, ge=0, description="Decides the order of the samples and the adapter's first weights.")


# What may be changed before a run goes on: it decides how soon it is done, what is kept of it, not what is learnt.
WHILE_RUNNING = {"at_once", "recompute", "workers", "save_every", "keep", "evaluate_every", "log_every", "output"}

PROFILES: Mapping[str, Profile] = {
    "rap": Profile(),
    "small": Profile(rank=16, alpha=32, at_once=1, quantize="4bit"),  # a 7B within 16 GB
    "full": Profile(rank=0, rate=2e-5, vision=False, maybe_present=0, maybe_noise=0),
    "cpu": Profile(
        rank=8,
        alpha=16,
        rate=1e-3,
        projector_rate=1e-3,
        batch=4,
        at_once=2,
        precision="fp32",
        recompute=False,
        save_every=5,
        evaluate_every=5,
        workers=0,
    ),
    "demo": Profile(
        rank=0,
        vision=True,
        rate=1e-3,
        batch=32,
        at_once=32,
        weight_decay=0.05,
        beta2=0.98,
        warmup=0.05,
        precision="fp32",
        recompute=False,
        maybe_present=0.1,
        maybe_noise=0.2,
        save_every=500,
        log_every=20,
        workers=1,
        shuffled=False,
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
