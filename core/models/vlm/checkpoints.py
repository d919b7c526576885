"""Checkpoints in LLaVA's original layout, as `LlavaForConditionalGeneration` of transformers wants them.

`LlavaLlamaForCausalLM` (LLaVA-1.5, RAP-LLaVA) keeps the language model in `model.layers…`, the
projector in `model.mm_projector.0/2`, the CLIP tower by name or in `model.vision_tower.vision_tower…`,
and knows no `<image>` token. LoRA folders hold `adapter_model` and `non_lora_trainables.bin` on top of a
base. Source: https://github.com/haotian-liu/LLaVA/blob/main/llava/model/builder.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig

from core.errors import ModelError

State = dict[str, torch.Tensor]
Find = Callable[[str], Path]
"""The folder of a hub id or path. Raises `ModelError` when it isn't here."""

ORIGIN = "rapport.json"  # what `python -m bot train` tells of a folder that it wrote
EXTRA_ROWS = 64  # as in llava-hf's conversions: `<image>`, padding, and a size that GPUs like
_NAMES = (
    (re.compile(r"^model\.vision_tower\.vision_tower\.(vision_model\.)?"), "model.vision_tower."),
    (re.compile(r"^model\.mm_projector\.0\."), "model.multi_modal_projector.linear_1."),
    (re.compile(r"^model\.mm_projector\.2\."), "model.multi_modal_projector.linear_2."),
    (re.compile(r"^model\.(?=embed_tokens|layers|norm)"), "model.language_model."),
)
_NOT_WEIGHTS = re.compile(r"rotary_emb\.inv_freq$|embeddings\.position_ids$|^model\.image_newline$")
_LLAMA = (
    *("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
    *("num_key_value_heads", "max_position_embeddings", "rms_norm_eps", "rope_theta", "rope_scaling"),
    *("hidden_act", "attention_bias", "bos_token_id", "eos_token_id"),
)


def is_original(folder: Path) -> bool:
    """Whether a folder holds a checkpoint in LLaVA's original layout."""
    file = folder / "config.json"
    return file.is_file() and "mm_vision_tower" in json.loads(file.read_text("utf-8"))


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds a PEFT adapter over a model in any layout; LLaVA's own LoRA folders are merged by name."""
    return (folder / "adapter_config.json").is_file() and not is_original(folder)


def told_of(folder: Path) -> dict[str, Any]:
    """What `python -m bot train` says of a folder that it wrote; nothing of another one.

    `prompt` is the prompt's layout that the model has learnt, `pictures` transformers' backend that prepared them.
    """
    file = folder / ORIGIN
    told: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return told


def config_of(folder: Path, find: Find) -> LlavaConfig:
    """The checkpoint's configuration for transformers. Raises `ModelError` for what can't be mapped."""
    told = json.loads((folder / "config.json").read_text("utf-8"))
    readable = {"mm_projector_type": "mlp2x_gelu", "mm_vision_select_feature": "patch", "mm_use_im_start_end": False}
    for key, value in readable.items():
        if told.get(key, value) != value:
            raise ModelError(f"{folder.name} has {key} = {told[key]!r}; Rapport reads {value!r} alone.")
    if "Llama" not in "".join(told.get("architectures", ["Llama"])):
        raise ModelError(f"{folder.name} is a {told['architectures'][0]}; Rapport reads LLaVA on Llama alone.")
    tower = find(told["mm_vision_tower"])
    vision = CLIPVisionConfig.from_pretrained(tower, local_files_only=True)
    text = LlamaConfig(**{key: told[key] for key in _LLAMA if told.get(key) is not None})
    image_token = text.vocab_size
    text.vocab_size += EXTRA_ROWS
    return LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=image_token,
        image_seq_length=(vision.image_size // vision.patch_size) ** 2,
        projector_hidden_act="gelu",
        vision_feature_layer=told.get("mm_vision_select_layer", -2),
        vision_feature_select_strategy="default",
    )


def state_of(folder: Path, find: Find) -> State:
    """All weights under transformers' names, LoRA merged, rows for `<image>` added. Raises `ModelError`.

    Tensors of .safetensors and .bin files stay mapped from disk until they are used.
    """
    told = json.loads((folder / "config.json").read_text("utf-8"))
    adapted = (folder / "adapter_config.json").is_file()
    weights = _merged(folder, find) if adapted else _read(folder)
    state: State = {}
    for name, tensor in weights.items():
        new_names = (pattern.sub(new, name, count=1) for pattern, new in _NAMES if pattern.search(name))
        if not _NOT_WEIGHTS.search(name):
            state[next(new_names, name)] = tensor
    if not any(name.startswith("model.vision_tower.") for name in state):
        clip = _read(find(told["mm_vision_tower"]))  # a whole CLIP or its vision tower alone
        state |= {
            f"model.vision_tower.{name.removeprefix('vision_model.')}": tensor
            for name, tensor in clip.items()
            if name.startswith("vision_model.") and not _NOT_WEIGHTS.search(name)
        }
    for name in ("model.language_model.embed_tokens.weight", "lm_head.weight"):
        # Rows for tokens that the checkpoint doesn't know; decoding never picks them.
        grown = state[name].new_zeros(told["vocab_size"] + EXTRA_ROWS, state[name].shape[1])
        grown[: len(state[name])] = state[name]
        state[name] = grown
    return state


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def _read(folder: Path) -> State:
    """Every weight file of the folder, sharded or not; safetensors where there are both."""
    for stem, ending in (("model", "safetensors"), ("pytorch_model", "bin")):
        whole, index = folder / f"{stem}.{ending}", folder / f"{stem}.{ending}.index.json"
        files = [whole] if whole.is_file() else []
        if index.is_file():
            files = [folder / name for name in sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))]
        if files:
            state: State = {}
            for file in files:
                state |= _load(file)
            return state
    raise ModelError(f"There are no weights in {folder}: no model.safetensors, no pytorch_model.bin.")


def _load(file: Path) -> State:
    if not file.is_file():
        raise ModelError(f"{file.parent} is not complete: {file.name} is missing. Please pull it again.")
    if file.suffix == ".safetensors":
        return dict(load_file(file))
    loaded: State = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    return loaded


# ── LoRA on a base ────────────────────────────────────────────────────────────────────────────────


def base_of(folder: Path, find: Find) -> Path:
    """The folder of the base that a LoRA folder builds on. Raises `ModelError`."""
    file = folder / "adapter_config.json"
    if not file.is_file():
        raise ModelError(f"{folder} holds no tokenizer. Please pull it again.")
    return find(json.loads(file.read_text("utf-8"))["base_model_name_or_path"])


def _merged(folder: Path, find: Find) -> State:
    """The base's weights with `W + scale · B A` where the adapter has A and B, and the others replaced."""
    told = json.loads((folder / "adapter_config.json").read_text("utf-8"))
    state = _read(base_of(folder, find))
    extra = folder / "non_lora_trainables.bin"
    if extra.is_file():
        state |= {_base_name(name): tensor for name, tensor in _load(extra).items()}
    safe = folder / "adapter_model.safetensors"
    adapter = safe if safe.is_file() else folder / "adapter_model.bin"
    scale = told["lora_alpha"] / (told["r"] ** 0.5 if told.get("use_rslora") else told["r"])
    factors = _load(adapter)
    for key, down in factors.items():
        name, is_factor = re.subn(r"\.lora_A(\.default)?\.weight$", ".weight", key)
        if not is_factor:
            continue
        name, up = _base_name(name), factors[key.replace(".lora_A.", ".lora_B.")]
        if name not in state:
            raise ModelError(f"{folder.name} adapts {name}, which its base doesn't have. Is it the right base?")
        weight = state[name]
        state[name] = (weight.float() + scale * (up.float() @ down.float())).to(weight.dtype)
    return state


def _base_name(name: str) -> str:
    """`base_model.model.model.layers…` as the base itself calls it: `model.layers…`."""
    return name.removeprefix("base_model.model.").removeprefix("base_model.")
