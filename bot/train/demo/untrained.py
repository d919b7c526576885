"""A LLaVA of a million parameters that knows nothing yet, in transformers' own layout, with a tokenizer of its own.

Its weights are random but for where attention begins. The first layer looks a few tokens back; the second attends to
what came after the same tokens, or followed them (induction heads, https://arxiv.org/abs/2209.11895); in the later
ones a token attends to those that are like it (mimetic initialisation, https://arxiv.org/abs/2305.09828). Trained on
whole libraries a model finds these by itself; in some thousand steps this small one didn't.
"""

from __future__ import annotations

import json
import math
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

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

from bot.train.demo.words import NOBODY, PHRASES, SYLLABLES, WHERE, vocabulary
from core.models.vlm.checkpoints import ORIGIN
from core.models.vlm.loading import llava_processor
from core.models.vlm.templates import vicuna

IMAGE_SIDE, PATCH = 32, 16  # pixels: 4 tokens a picture, one for each quarter
_SPACE = "▁"  # as sentencepiece writes it
_LAYOUT = ("USER:", "ASSISTANT:", "\n[1.", "\n2.", "\n3.", "\n Name: <", ">, Info:", "\n]", "\n")
_MARKS = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
_HEADS = 4
_CONTEXT = 1024  # tokens
_WEIGHTS = 0.06  # their spread at first: the usual 0.02 is for wide layers, narrow ones would hardly learn
_LIKENESS = 0.1  # the same of queries and keys of the later layers
_SAME = 0.9  # how much of a key's weights are the query's
_KEPT = 0.7  # of what is attended to, the part that is handed on as it is, squared
_HANDED_ON = 0.3  # of a token, to those that look back to it
_SOUGHT = 0.7  # the size of queries and keys of the second layer
_ADDED = 0.1  # of what a layer's two matrices would add at first, which is noise
_BACK = (1, 2, 3, 4)  # tokens that the heads of the first layer look back
_SLOWEST = 1e8  # RoPE's base: most pairs of dimensions hardly turn, so that likeness counts from any distance
_SHARP = (10.0, 8.0, 6.0, 3.0)  # how strongly, by pair of dimensions: the first ones turn most from token to token


def write_untrained(
    folder: Path,
    *,
    width: int = 128,
    layers: int = 4,
    seed: int = 0,
    teach: Callable[[LlavaForConditionalGeneration, PreTrainedTokenizerFast], None] = lambda *_: None,
) -> Path:
    """Write the model, its tokenizer and its processor, after `teach`; `core.models.vlm.loading.load` reads them.

    `ORIGIN` is written last.
    """
    tokenizer = new_tokenizer()
    torch.manual_seed(seed)
    model = LlavaForConditionalGeneration(_config(tokenizer, width, layers))
    first, second, *_ = layers_of_text = model.model.language_model.layers
    size = width // _HEADS
    with torch.no_grad():
        for layer in layers_of_text:
            layer.mlp.down_proj.weight.mul_(_ADDED)
            _attend_to_like(layer.self_attn)
        _look_back(first.self_attn, size)
        _attend_to_same(second.self_attn, size, first.self_attn.v_proj.weight[:size] / math.sqrt(_HANDED_ON))
    teach(model, tokenizer)
    model.generation_config = GenerationConfig(**_ends(tokenizer))
    model.save_pretrained(folder)
    llava_processor(tokenizer, IMAGE_SIDE, PATCH).save_pretrained(folder)
    # So that it is trained and served with RAP's prompt, as if it were in LLaVA's own layout.
    (folder / ORIGIN).write_text(json.dumps({"prompt": "rap-v1", "pictures": "pil"}) + "\n", "utf-8")
    return folder


def _look_back(attention: Any, size: int) -> None:
    """Let each head of `size` dimensions look so many tokens back, whatever they are, by its biases.

    Turned by their positions, a query and a key agree most where they are as far apart as the key was turned back.
    All heads hand on the same of a token, each to dimensions of its own.
    """
    for name in ("q_proj", "k_proj"):
        torch.nn.init.normal_(getattr(attention, name).weight, std=0.02)
    half, pairs = size // 2, len(_SHARP)
    turns = _SLOWEST ** (-torch.arange(pairs) * 2 / size)  # radians a token
    for head, back in enumerate(_BACK):
        begin, strength = head * size, torch.tensor(_SHARP)
        attention.q_proj.bias[begin : begin + pairs] = strength
        attention.k_proj.bias[begin : begin + pairs] = strength * torch.cos(turns * back)
        attention.k_proj.bias[begin + half : begin + half + pairs] = strength * torch.sin(turns * back)
    handed_on = torch.linalg.qr(torch.randn(attention.v_proj.weight.shape[1], size)).Q.T
    attention.v_proj.weight.copy_(math.sqrt(_HANDED_ON) * handed_on.repeat(len(_BACK), 1))
    attention.o_proj.weight.copy_(math.sqrt(_HANDED_ON) * torch.eye(len(attention.o_proj.weight)))


def _attend_to_like(attention: Any) -> None:
    """Let a token attend to those that are like it, and take over what they are."""
    query, key = attention.q_proj.weight, attention.k_proj.weight
    torch.nn.init.normal_(query, std=_LIKENESS)
    torch.nn.init.normal_(key, std=_LIKENESS)
    key.copy_(_SAME * query + math.sqrt(1 - _SAME**2) * key)
    turned = torch.linalg.qr(torch.randn_like(query)).Q
    attention.v_proj.weight.copy_(_KEPT * turned)
    attention.o_proj.weight.copy_(_KEPT * turned.T)


def _attend_to_same(attention: Any, size: int, before: torch.Tensor) -> None:
    """Let a token attend to those that came after the same as it, and half of the heads to those that came one later.

    The latter find what followed the last time. `before` (size × width) is what each head of the layer before hands on
    of a token, the nearest one's first.
    """
    nothing = torch.zeros(size, size)
    for head in range(_HEADS):
        rows = slice(head * size, (head + 1) * size)
        turned = [_SOUGHT * torch.linalg.qr(torch.randn(size, size)).Q for _ in _BACK]
        if head % 2:
            query = torch.cat([*turned[1:], nothing], dim=1) + turned[0] @ before
        else:
            turned[-1] = nothing
            query = torch.cat(turned, dim=1)
        attention.q_proj.weight[rows] = query
        attention.k_proj.weight[rows] = torch.cat(turned, dim=1)


def _config(tokenizer: PreTrainedTokenizerFast, width: int, layers: int) -> LlavaConfig:
    vision = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=3,
        num_attention_heads=_HEADS,
        image_size=IMAGE_SIDE,
        patch_size=PATCH,
        initializer_factor=1.5,
    )
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=5 * width // 2,
        num_hidden_layers=layers,
        num_attention_heads=_HEADS,
        num_key_value_heads=_HEADS,
        attention_bias=True,
        max_position_embeddings=_CONTEXT,
        initializer_range=_WEIGHTS,
        rope_parameters={"rope_type": "default", "rope_theta": _SLOWEST},
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
    # words that a question begins with, which in RAP's prompt follow the list without a space
    beginnings = [word for word in vocabulary() if word[0].isupper()]
    kinds = (
        ([*_LAYOUT, NOBODY, *WHERE, *(f" {one}" for one in (*_LAYOUT[:2], *WHERE, *PHRASES, *vocabulary()))], -10.0),
        (["[", "]", *(".", "?", ","), *beginnings, " "], -10.0),
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
