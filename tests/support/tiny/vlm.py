"""Small random vision-language models of the real classes, in the layouts that hubs hold them in."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    CLIPModel,
    CLIPTextConfig,
    CLIPVisionConfig,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaForConditionalGeneration,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
    Qwen2VLVideoProcessor,
)

from core.language.prompts import SYSTEM
from core.models.vlm.loading import load
from core.models.vlm.templates import vicuna

VOCABULARY = 480
WIDTH, VISION_WIDTH, IMAGE, PATCH = 64, 32, 28, 7
LANGUAGE = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "intermediate_size": 128,
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
    whole = CLIPModel.config_class(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=16)
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
        "model.layers.2.mlp.down_proj.weight": (torch.randn(4, 128), 0.1 * torch.randn(WIDTH, 4)),
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


# ── in transformers' own layout ───────────────────────────────────────────────────────────────────

LLAVA_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] != 'system' %}{{ message['role'].upper() + ': ' }}"
    "{% endif %}{% for part in message['content'] %}{% if part['type'] == 'image' %}{{ '<image>\n' }}"
    "{% else %}{{ part['text'] + ' ' }}{% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
QWEN_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}"
    "{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def converted(folder: Path, source: Path, *, template: str = LLAVA_TEMPLATE, window: int | None = None) -> Path:
    """A LLaVA in transformers' layout; with `window` on a language model whose attention slides."""
    processor = load(str(source), device="cpu").processor
    processor.chat_template = template
    processor.save_pretrained(folder)
    config = load(str(source), device="cpu").model.config
    if window:
        numbers = {**LANGUAGE, "vocab_size": config.text_config.vocab_size}
        config.text_config = MistralConfig(**numbers, sliding_window=window)
    torch.manual_seed(4)
    model = LlavaForConditionalGeneration(config)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    return folder


def qwen(folder: Path) -> Path:
    """A Qwen2-VL: pictures of any size, places in three dimensions."""
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"]
    marks += ["<|image_pad|>", "<|video_pad|>"]
    words = ByteLevelBPETokenizer()
    words.train_from_iterator([SYSTEM], vocab_size=300, special_tokens=marks)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words._tokenizer,
        **{"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
    )
    images = Qwen2VLImageProcessor(patch_size=4, size={"shortest_edge": 8 * 8, "longest_edge": 64 * 64})
    videos = Qwen2VLVideoProcessor(patch_size=4)
    Qwen2VLProcessor(images, tokenizer, videos, chat_template=QWEN_TEMPLATE).save_pretrained(folder)
    ids = {name: tokenizer.convert_tokens_to_ids(mark) for name, mark in _QWEN_MARKS.items()}
    config = Qwen2VLConfig(
        text_config={
            **LANGUAGE,
            "vocab_size": 320,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]},
            "bos_token_id": None,
            "eos_token_id": ids["eos_token_id"],
        },
        vision_config={"depth": 2, "embed_dim": 32, "hidden_size": WIDTH, "num_heads": 2, "patch_size": 4},
        **ids,
    )
    torch.manual_seed(5)
    model = Qwen2VLForConditionalGeneration(config)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.2)
    model.generation_config.eos_token_id = ids["eos_token_id"]
    model.save_pretrained(folder)
    return folder


_QWEN_MARKS = {
    "image_token_id": "<|image_pad|>",
    "video_token_id": "<|video_pad|>",
    "vision_start_token_id": "<|vision_start|>",
    "vision_end_token_id": "<|vision_end|>",
    "eos_token_id": "<|im_end|>",
}
