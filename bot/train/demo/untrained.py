"""A LLaVA of a million parameters that knows nothing yet, in transformers' own layout, with a tokenizer of its own."""

from __future__ import annotations

import json
import string
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
)

from bot.train.demo.words import SYLLABLES, vocabulary
from core.models.vlm.checkpoints import ORIGIN
from core.models.vlm.loading import llava_processor
from core.models.vlm.templates import vicuna

IMAGE_SIDE, PATCH = 64, 16  # pixels: 16 tokens a picture
_SPACE = "▁"  # as sentencepiece writes it
_LAYOUT = ("USER:", "ASSISTANT:", "\n[1.", "\n2.", "\n3.", "\n Name: <", ">, Info:", "\n]", "\n")
_MARKS = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
_CONTEXT = 1024  # tokens
_WEIGHTS = 0.06  # their spread at first: the usual 0.02 is for wide layers, narrow ones would hardly learn


def write_untrained(folder: Path, *, width: int = 128, layers: int = 4, seed: int = 0) -> Path:
    """Write the model, its tokenizer and its processor; `core.models.vlm.loading.load` reads them."""
    tokenizer = new_tokenizer()
    torch.manual_seed(seed)
    model = LlavaForConditionalGeneration(_config(tokenizer, width, layers))
    for name, weight in model.named_parameters():
        if "multi_modal_projector" in name and weight.ndim > 1:
            torch.nn.init.normal_(weight, std=_WEIGHTS)
    model.generation_config = GenerationConfig(**_ends(tokenizer))
    model.save_pretrained(folder)
    llava_processor(tokenizer, IMAGE_SIDE, PATCH).save_pretrained(folder)
    # So that it is trained and served with RAP's prompt, as if it were in LLaVA's own layout.
    (folder / ORIGIN).write_text(json.dumps({"prompt": "rap-v1", "pictures": "pil"}) + "\n", "utf-8")
    return folder


def _config(tokenizer: PreTrainedTokenizerFast, width: int, layers: int) -> LlavaConfig:
    vision = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=IMAGE_SIDE,
        patch_size=PATCH,
        initializer_factor=1.5,
    )
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=5 * width // 2,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=_CONTEXT,
        initializer_range=_WEIGHTS,
        tie_word_embeddings=True,
        **_ends(tokenizer),
    )
    return LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
        image_seq_length=(IMAGE_SIDE // PATCH) ** 2,
        tie_word_embeddings=True,
    )


def _ends(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    return {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}


def new_tokenizer() -> PreTrainedTokenizerFast:
    """Whole words of the demo's world, syllables for names, letters and bytes for all else.

    A text becomes the fewest tokens (a unigram model whose pieces of a kind are equally probable). Vicuna's system
    sentence is one token, since it is the same in every prompt.
    """
    pieces = dict.fromkeys(_MARKS.values(), 0.0)
    pieces |= {f"<0x{byte:02X}>": -30.0 for byte in range(256)}
    letters = string.ascii_letters + string.digits + string.punctuation
    kinds = (
        ([*_LAYOUT, *(f" {one}" for one in (*_LAYOUT[:2], *vocabulary()))], -10.0),
        (["[", "]", *(".", "?", ","), *_beginnings(), " "], -10.0),
        (SYLLABLES, -11.0),
        (letters, -12.0),
    )
    for texts, score in kinds:
        for text in texts:
            pieces.setdefault(text.replace(" ", _SPACE), score)
    words = Tokenizer(models.Unigram([*pieces.items()], unk_id=3, byte_fallback=True))
    words.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_SPACE, prepend_scheme="never", split=False)
    words.decoder = decoders.Sequence([decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, **_MARKS)
    tokenizer.add_tokens(["<image>"], special_tokens=True)
    tokenizer.add_tokens([AddedToken(vicuna("v1").system, normalized=False)])
    return tokenizer


def _beginnings() -> list[str]:
    """Words that a question begins with, which in RAP's prompt follow the list without a space."""
    return [word for word in vocabulary() if word[0].isupper()]
