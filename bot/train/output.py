"""What a run leaves: an adapter, or a whole model, which `generator.model` loads; and where it came from."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from bot import __version__
from bot.train.profiles import Profile
from core.models.vlm.checkpoints import ORIGIN

_LIBRARIES = ("torch", "transformers", "peft", "accelerate")


_NUMBERS = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def write(model: Any, processor: Any, folder: Path, profile: Profile) -> None:
    """Write the model: the adapter alone, or, without one or where it is to be merged, all weights as they computed."""
    model.config.use_cache = True
    if profile.lora_rank and profile.output == "adapter":
        model.save_pretrained(
            folder, save_embedding_layers=False
        )  # "auto" would ask a hub where the base is an adapter
        return
    whole = (model.merge_and_unload() if profile.lora_rank else model).to(_NUMBERS[profile.precision])
    whole.save_pretrained(folder)
    processor.save_pretrained(folder)


def write_origin(folder: Path, *, base: Path, data: Path, **told: Any) -> None:
    """Write where a trained model came from, beside it: hashes of the base's files and of the data, and versions."""
    origin = {
        **told,
        "base_hash": digest([one for one in base.iterdir() if one.is_file()]),
        "data": str(data),
        "data_hash": digest([data]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "rapport": __version__,
        **{name: version(name) for name in _LIBRARIES},
    }
    (folder / ORIGIN).write_text(json.dumps(origin, indent=1) + "\n", "utf-8")


def digest(paths: list[Path]) -> str:
    """A hash over files' names and contents."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(path.name.encode())
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()
