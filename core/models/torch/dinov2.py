"""DINOv2 through transformers (Oquab et al. 2023): tells individuals apart where CLIP tells kinds apart."""

from __future__ import annotations

import json
from pathlib import Path

from transformers import Dinov2Model
from transformers.utils import logging as transformers_logging

from core.errors import ModelError
from core.models.torch.crop_encoder import Tower
from core.models.torch.device import TorchDevice
from core.models.weights.fingerprint import fingerprint

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's
_SIDE = 224


def load(folder: Path, device: TorchDevice) -> Tower:
    """The image side of a DINOv2 in a folder of transformers' layout. Raises `core.errors.ModelError`."""
    transformers_logging.disable_progress_bar()
    try:
        model = Dinov2Model.from_pretrained(folder, local_files_only=True, dtype=device.dtype)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"The encoder in {folder} can't be loaded: {error}") from error
    model = model.to(device.device).eval()
    try:  # the picture's side that the model's own preparation ends with
        crop = json.loads((folder / "preprocessor_config.json").read_text("utf-8")).get("crop_size", _SIDE)
    except (OSError, ValueError):
        crop = _SIDE
    return Tower(
        identity(folder),
        int(model.config.hidden_size),
        int(crop["height"] if isinstance(crop, dict) else crop),
        MEAN,
        DEVIATION,
        lambda pixels: model(pixel_values=pixels).last_hidden_state[:, 0],
        lambda pixels: model(pixel_values=pixels).last_hidden_state,
    )


def identity(folder: Path) -> str:
    """What embeddings made with these weights are filed under, told without loading them."""
    return f"dinov2-{fingerprint(folder)}"
