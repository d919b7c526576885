"""Loads a vision-language model with its processor: by hub id or folder, converted or in LLaVA's layout."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForImageTextToText,
    AutoProcessor,
    BitsAndBytesConfig,
    GenerationConfig,
    LlamaTokenizer,
    LlavaForConditionalGeneration,
    LlavaImageProcessorPil,
    LlavaProcessor,
)
from transformers.utils import logging as transformers_logging

from core.errors import ConfigError, ModelError
from core.models.vlm import checkpoints
from core.models.weights import hub

# What stays in half precision where weights are quantised: the vision tower is small and sensitive.
_WHOLE = ["lm_head", r"(model\.)?(vision_tower|vision_model|visual|multi_modal_projector|connector)"]


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model ready to decode, and the processor of its inputs.

    `original`: in LLaVA's layout; `trained_prompt` is the prompt's layout that `python -m bot train` has taught it,
    empty for a model that it didn't train.
    """

    model: Any
    processor: Any
    original: bool
    trained_prompt: str = ""

    @property
    def prompt(self) -> str:
        """The layout of the prompts that the model knows: "chat", "rap-v1" or "rap-v0"."""
        return self.trained_prompt or ("rap-v1" if self.original else "chat")

    @property
    def tokenizer(self) -> Any:
        """The processor's tokenizer."""
        return self.processor.tokenizer

    @property
    def end_tokens(self) -> frozenset[int]:
        """Tokens that end an answer."""
        named = self.model.generation_config.eos_token_id
        several = named if isinstance(named, list) else [named]
        return frozenset(one for one in (*several, self.tokenizer.eos_token_id) if one is not None)

    @property
    def suppressed_tokens(self) -> list[int]:
        """Tokens that are never generated: the picture's mark, and rows beyond the tokenizer's last word."""
        rows = self.model.get_output_embeddings().weight.shape[0]
        mark = getattr(self.model.config, "image_token_id", None)
        beyond = range(len(self.tokenizer), rows)
        return sorted({*beyond, *([] if mark is None else [mark])})

    @property
    def context(self) -> int:
        """The most tokens of prompt and answer together."""
        return int(self.model.config.get_text_config().max_position_embeddings)


def load(source: str, *, revision: str = "", device: str = "auto", quantize: str = "none") -> Loaded:
    """Load the model onto its device; takes from seconds to minutes, and blocks.

    `quantize` is "none", "8bit" or "4bit". Raises `ConfigError` or `ModelError` with what to do.
    """
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()  # what it only warns of, `_check_complete` refuses
    find = cache(hub.sound)  # several ask for the same folder
    folder = find(source, revision)
    if checkpoints.is_adapter(folder):
        return _adapted(folder, device, quantize)
    if device == "auto":
        other = "mps" if torch.backends.mps.is_available() else "cpu"
        device = "cuda" if torch.cuda.is_available() else other
    placement = _placement(device, quantize)
    original, told = checkpoints.is_original(folder), checkpoints.told_of(folder)
    try:
        if original:
            model, processor = _load_original(folder, find, placement)
        else:
            model, processor = _load_converted(folder, told.get("pictures", ""), placement)
    except torch.OutOfMemoryError as error:
        raise ModelError(
            f'{source} doesn\'t fit into the memory of {device}. Try generator.quantize = "4bit".'
        ) from error
    except (RuntimeError, ImportError) as error:
        if quantize == "none":
            raise
        raise ConfigError(
            f'generator.quantize = "{quantize}" doesn\'t work on {device} here ({error}). Set it to "none".'
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{source} can't be loaded from {folder}: {error}") from error
    if processor.tokenizer.pad_token is None:
        processor.tokenizer.pad_token = processor.tokenizer.eos_token
    return Loaded(model, processor, original, told.get("prompt", ""))


def _adapted(folder: Path, device: str, quantize: str) -> Loaded:
    """The base of a PEFT adapter with the adapter: merged into its weights, or beside them where they are quantised.

    Merging into 4 bits would round the adapter away.
    """
    if find_spec("peft") is None:
        raise ConfigError(hub.missing(f"The adapter in {folder}", "peft"))
    from peft import PeftConfig, PeftModel, get_peft_model_state_dict  # noqa: PLC0415
    from peft.utils import load_peft_weights  # noqa: PLC0415

    config = PeftConfig.from_pretrained(str(folder))
    base = load(config.base_model_name_or_path, revision=config.revision or "", device=device, quantize=quantize)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Found missing adapter keys")  # they are refused below
            adapted = PeftModel.from_pretrained(base.model, str(folder))
    except (RuntimeError, ValueError, KeyError) as error:
        raise ModelError(f"The adapter in {folder} doesn't fit its base: {error}") from error
    held, wanted = (
        load_peft_weights(str(folder), device="cpu"),
        get_peft_model_state_dict(adapted, save_embedding_layers=False),
    )
    if wrong := sorted(held.keys() ^ wanted.keys()):
        raise ModelError(f"The adapter in {folder} doesn't fit its base: it differs in {wrong[0]}.")
    model = adapted.merge_and_unload() if quantize == "none" else adapted.get_base_model()
    model.requires_grad_(False)
    return replace(base, model=model, trained_prompt=checkpoints.told_of(folder).get("prompt", ""))


def _placement(device: str, quantize: str) -> dict[str, Any]:
    """Where the weights go, and their number type: half precision but on the CPU."""
    old = device.startswith("cuda") and not torch.cuda.is_bf16_supported()
    half = torch.float16 if old or device == "mps" else torch.bfloat16
    dtype = torch.float32 if device == "cpu" and quantize == "none" else half
    dtype = torch.float16 if quantize == "8bit" else dtype  # bitsandbytes multiplies in it
    # "cuda" without a number may spread over all GPUs; a named one is that one alone.
    placement: dict[str, Any] = {"dtype": dtype, "device_map": "auto" if device == "cuda" else {"": device}}
    if quantize == "none":
        return placement
    try:
        import bitsandbytes  # type: ignore[import-not-found,unused-ignore]  # noqa: F401, PLC0415
    except ImportError:
        raise ConfigError(
            "generator.quantize needs bitsandbytes, which isn't installed. "
            "My host can run: pip install '.[rap,quantize]', or set generator.quantize = \"none\"."
        ) from None
    four_bits: dict[str, Any] = {
        "load_in_4bit": True,
        "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_use_double_quant": True,
        "bnb_4bit_compute_dtype": dtype,
    }
    options = {"load_in_8bit": True} if quantize == "8bit" else four_bits
    return placement | {"quantization_config": BitsAndBytesConfig(llm_int8_skip_modules=_WHOLE, **options)}


def _load_converted(folder: Path, backend: str, placement: dict[str, Any]) -> tuple[Any, Any]:
    """A model in transformers' layout; its backends scale pictures a little differently, "" is its default."""
    chosen = {"backend": backend} if backend else {}
    processor = AutoProcessor.from_pretrained(folder, local_files_only=True, **chosen)
    model, report = AutoModelForImageTextToText.from_pretrained(
        folder, local_files_only=True, output_loading_info=True, **placement
    )
    _check_complete(folder, report)
    return model, processor


def _load_original(folder: Path, find: checkpoints.Find, placement: dict[str, Any]) -> tuple[Any, Any]:
    config = checkpoints.config_of(folder, find)
    state = checkpoints.state_of(folder, find)
    model, report = LlavaForConditionalGeneration.from_pretrained(
        None, config=config, state_dict=state, output_loading_info=True, **placement
    )
    _check_complete(folder, report)
    tokenizer = _tokenizer(folder, find, config.image_token_index)
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    model.generation_config = GenerationConfig(**ends)
    return model, llava_processor(tokenizer, config.vision_config.image_size, config.vision_config.patch_size)


def llava_processor(tokenizer: Any, side: int, patch: int) -> LlavaProcessor:
    """LLaVA-1.5's processor: pictures are padded to a square of `side` pixels, in patches of `patch`."""
    return LlavaProcessor(
        LlavaImageProcessorPil(do_pad=True, size={"shortest_edge": side}, crop_size={"height": side, "width": side}),
        tokenizer,
        patch_size=patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )


def _tokenizer(folder: Path, find: checkpoints.Find, image_token: int) -> Any:
    """The checkpoint's tokenizer (a LoRA's is its base's), with `<image>` as its next word."""
    home = folder
    if not any((folder / name).is_file() for name in ("tokenizer.model", "tokenizer.json")):
        home = checkpoints.base_of(folder, find)
    # legacy: each text between two `<image>` begins anew, as in LLaVA's `tokenizer_image_token`
    tokenizer = LlamaTokenizer.from_pretrained(home, local_files_only=True, legacy=True, add_bos_token=True)
    for number in range(len(tokenizer), image_token):
        tokenizer.add_tokens(f"<unused_{number}>", special_tokens=True)
    tokenizer.add_tokens("<image>", special_tokens=True)
    if tokenizer.convert_tokens_to_ids("<image>") != image_token:
        raise ModelError(f"The tokenizer of {home} has more words than the checkpoint's vocab_size.")
    tokenizer.pad_token = tokenizer.unk_token
    return tokenizer


def _check_complete(folder: Path, report: dict[str, Any]) -> None:
    """What is missing would be made up at random, silently."""
    missing = sorted(report["missing_keys"])
    wrong = sorted(str(one) for one in report.get("mismatched_keys", ()))
    if missing or wrong:
        what = ", ".join((missing or wrong)[:3])
        raise ModelError(
            f"The checkpoint in {folder} is not complete: {what} and {len(missing or wrong) - 1} more "
            "are missing or of another size. Please pull it again."
        )
