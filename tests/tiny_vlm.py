"""Small random vision-language models of the real classes, in the layouts that hubs hold them in."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from safetensors.torch import save_file
from transformers import CLIPModel, CLIPTextConfig, CLIPVisionConfig, LlamaConfig, LlamaForCausalLM

from core.models.vlm.wording import vicuna
from core.prompts import SYSTEM

VOCABULARY = 480
WIDTH, VISION_WIDTH, IMAGE, PATCH = 64, 32, 28, 7
LANGUAGE = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-5,
}

State = dict[str, torch.Tensor]


def tokenizer_model() -> bytes:
    """A sentencepiece model like Llama's: pairs of bytes merged, and bytes to fall back on."""
    out = io.BytesIO()
    words = [*SYSTEM.split("\n"), vicuna("v1").system, vicuna("v0").system, "1. Name: <bo>, Info: Who is it?"]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(words * 4),
        model_writer=out,
        model_type="bpe",
        vocab_size=VOCABULARY,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        hard_vocab_limit=True,
        minloglevel=2,
    )
    return out.getvalue()


def tower(folder: Path, seed: int = 1) -> Path:
    """A whole CLIP, as `openai/clip-vit-large-patch14-336` is one."""
    torch.manual_seed(seed)
    vision = CLIPVisionConfig(
        hidden_size=VISION_WIDTH,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        image_size=IMAGE,
        patch_size=PATCH,
        projection_dim=16,
    )
    text = CLIPTextConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, vocab_size=50
    )
    whole = CLIPModel.config_class(
        text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=16
    )
    CLIPModel(whole).save_pretrained(folder)
    return folder


def original_state(seed: int = 2) -> State:
    """The language model and the projector under their original names."""
    torch.manual_seed(seed)
    state = {
        name: (0.3 * torch.randn_like(tensor) if tensor.ndim > 1 else tensor)
        for name, tensor in LlamaForCausalLM(LlamaConfig(**LANGUAGE)).state_dict().items()
    }
    state["model.mm_projector.0.weight"] = 0.3 * torch.randn(WIDTH, VISION_WIDTH)
    state["model.mm_projector.0.bias"] = 0.1 * torch.randn(WIDTH)
    state["model.mm_projector.2.weight"] = 0.3 * torch.randn(WIDTH, WIDTH)
    state["model.mm_projector.2.bias"] = 0.1 * torch.randn(WIDTH)
    return state


def original(folder: Path, state: State, tower_folder: Path, *, ending: str = "bin", shards: int = 1) -> Path:
    """A checkpoint in LLaVA's original layout."""
    folder.mkdir()
    told: dict[str, Any] = {
        **LANGUAGE,
        "architectures": ["LlavaLlamaForCausalLM"],
        "model_type": "llava_llama",
        "mm_vision_tower": str(tower_folder),
        "mm_projector_type": "mlp2x_gelu",
        "mm_vision_select_layer": -2,
        "mm_vision_select_feature": "patch",
        "mm_use_im_start_end": False,
        "mm_use_im_patch_token": False,
        "image_aspect_ratio": "pad",
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    (folder / "config.json").write_text(json.dumps(told))
    (folder / "tokenizer.model").write_bytes(tokenizer_model())
    write_weights(folder, state, ending=ending, shards=shards)
    return folder


def write_weights(folder: Path, state: State, *, ending: str, shards: int) -> None:
    stem = "model" if ending == "safetensors" else "pytorch_model"
    names = [*state]
    parts = [{name: state[name] for name in names[number::shards]} for number in range(shards)]
    files = [f"{stem}-{number:05d}-of-{shards:05d}.{ending}" for number in range(1, shards + 1)]
    if shards == 1:
        files = [f"{stem}.{ending}"]
    else:
        weight_map = {name: file for file, part in zip(files, parts, strict=True) for name in part}
        (folder / f"{stem}.{ending}.index.json").write_text(json.dumps({"weight_map": weight_map}))
    for file, part in zip(files, parts, strict=True):
        if ending == "safetensors":
            save_file(part, folder / file)
        else:
            torch.save(part, folder / file)


def lora_pairs() -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """A (4, in) and B (out, 4) for one attention and one feed-forward matrix."""
    torch.manual_seed(3)
    return {
        "model.layers.0.self_attn.q_proj.weight": (torch.randn(4, WIDTH), 0.1 * torch.randn(WIDTH, 4)),
        "model.layers.2.mlp.down_proj.weight": (torch.randn(4, 96), 0.1 * torch.randn(WIDTH, 4)),
    }


def lora(folder: Path, base: Path, projector: State, *, ending: str) -> Path:
    """What LLaVA's LoRA training leaves: adapter, the projector in full, the configuration."""
    folder.mkdir()
    (folder / "config.json").write_bytes((base / "config.json").read_bytes())
    told = {"base_model_name_or_path": str(base), "r": 4, "lora_alpha": 16, "peft_type": "LORA"}
    (folder / "adapter_config.json").write_text(json.dumps(told))
    adapter: State = {}
    for name, (down, up) in lora_pairs().items():
        stem = "base_model.model." + name.removesuffix(".weight")
        adapter |= {f"{stem}.lora_A.weight": down, f"{stem}.lora_B.weight": up}
    if ending == "safetensors":
        save_file(adapter, folder / "adapter_model.safetensors")
    else:
        torch.save(adapter, folder / "adapter_model.bin")
    extra = {f"base_model.model.{name}": tensor for name, tensor in projector.items()}
    torch.save(extra, folder / "non_lora_trainables.bin")
    return folder
