"""What of a model is trained: a LoRA on its language model with the projector in full, or all weights."""

from __future__ import annotations

import re
from typing import Any

import torch
from peft import LoraConfig, get_peft_model

from bot.train.profiles import Profile
from core.errors import ConfigError

_PROJECTORS = ("multi_modal_projector", "visual.merger", "connector")  # LLaVA's kinds, Qwen-VL's, SmolVLM's
_VISION = ("vision_tower", "visual", "vision_model")


def adapted(model: Any, profile: Profile) -> Any:
    """The model with what the profile trains switched on, in fp32; a PEFT model where that is a LoRA.

    Weights of 16 bits are too coarse for steps of a learning rate of 1e-5, so that only frozen ones have them. Raises
    `ConfigError` for a model whose parts aren't known.
    """
    model.config.use_cache = False
    if profile.precision == "fp32":
        model = model.to(torch.float32)
    if profile.lora_rank:
        model = get_peft_model(model, lora_of(model, profile))
        name_base(model, "")
    else:
        projector = projector_of(model, profile)
        model.requires_grad_(True)
        for name, parameter in model.named_parameters():
            if not profile.vision and any(part in name.split(".") for part in _VISION) and projector not in name:
                parameter.requires_grad_(False)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.to(torch.float32)
    return model


def lora_of(model: Any, profile: Profile) -> LoraConfig:
    """The profile's LoRA for this model; the projector is trained in full where it has a learning rate."""
    return LoraConfig(
        r=profile.lora_rank,
        lora_alpha=profile.lora_alpha,
        lora_dropout=profile.lora_dropout,
        target_modules=language_layers(model),
        modules_to_save=[projector_of(model, profile)] if profile.projector_learning_rate else None,
        task_type="CAUSAL_LM",
    )


def name_base(model: Any, base: str, revision: str = "") -> None:
    """Say in the adapter's configuration what it is to be put on: nothing while it is trained, the base at the end.

    For each checkpoint PEFT would ask a hub for the base's configuration where it isn't in a folder, as an adapter's.
    """
    model.peft_config["default"].base_model_name_or_path = base
    model.peft_config["default"].revision = revision or None


def groups(model: Any, profile: Profile) -> list[dict[str, Any]]:
    """The optimizer's groups: the projector has a learning rate of its own beside a LoRA."""
    trained = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
    saved = [one for name, one in trained if ".modules_to_save." in name]
    others = [one for name, one in trained if ".modules_to_save." not in name]
    parts = ((others, profile.learning_rate), (saved, profile.projector_learning_rate))
    return [{"params": part, "lr": rate, "weight_decay": profile.weight_decay} for part, rate in parts if part]


def language_layers(model: Any) -> str:
    """A pattern for the linear layers of the language model, which a quantised layer is, too."""
    inside = re.compile(r"(^|\.)language_model\.")
    leaves = {
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if inside.search(name) and isinstance(module, torch.nn.Linear)
    }
    if not leaves:
        raise ConfigError(
            f"{type(model).__name__} has no language_model whose layers a LoRA could adapt; use rank = 0."
        )
    return rf"(.*\.)?language_model\..*\.({'|'.join(sorted(leaves))})"


def projector_of(model: Any, profile: Profile) -> str:
    """The name of what takes pictures into the language model. Raises `ConfigError` where none is known."""
    names = [name for name, _ in model.named_modules()]
    wanted = [profile.projector] if profile.projector else [*_PROJECTORS]
    found = next((one for one in wanted if any(name == one or name.endswith(f".{one}") for name in names)), None)
    if found is None:
        raise ConfigError(
            f"{type(model).__name__} has no {' or '.join(wanted)}: name its projector with --projector, "
            "or leave it as it is with --projector-learning-rate 0."
        )
    return found
