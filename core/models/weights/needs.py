"""What a checkpoint needs beside its own folder."""

from __future__ import annotations

import json
from pathlib import Path


def needed_beside(folder: Path) -> list[str]:
    """The hub ids or folders that a checkpoint in LLaVA's layout names: its CLIP tower, a LoRA's base."""
    named = (("config.json", "mm_vision_tower"), ("adapter_config.json", "base_model_name_or_path"))
    told = [(folder / file, key) for file, key in named]
    beside = [json.loads(file.read_text("utf-8")).get(key) for file, key in told if file.is_file()]
    return [one for one in beside if one]
