"""CLIP by open_clip: one copy of it encodes photos' regions and the words for categories.

RAP's retriever is ViT-L/14 at 336 px (arXiv 2410.13360, section 3.2); YOLO-World's words are ViT-B/32's.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import open_clip
import torch
from open_clip.model import get_model_preprocess_cfg

from core.concepts import Vectors
from core.errors import ConfigError, ModelError
from core.models.torch.crop_encoder import Tower
from core.models.torch.device import TorchDevice
from core.models.weights.fingerprint import fingerprint

_TEXTS_AT_ONCE = 256


class Clip:
    """A loaded CLIP. `dimension` is that of its embeddings, of pictures and of words alike."""

    def __init__(self, model: Any, tokenize: Any, identity: str, device: TorchDevice) -> None:
        self._model, self._tokenize, self._device = model.eval(), tokenize, device
        self.identity = identity
        self.dimension = int(model.text_projection.shape[-1])
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name: str, weights: Path, device: TorchDevice) -> Clip:
        """Load a model that open_clip knows by `name` ("ViT-L-14-336-quickgelu") from a file.

        A folder with an `open_clip_config.json` needs no name. Raises `core.errors.ModelError`.
        """
        source = f"local-dir:{weights}" if weights.is_dir() else name
        if not weights.is_dir() and name not in open_clip.list_models():
            raise ConfigError(f"open_clip knows no model {name!r}; `open_clip.list_models()` names them.")
        precision = "fp16" if device.dtype == torch.float16 else "fp32"
        try:
            model = open_clip.create_model(
                source,
                pretrained=None if weights.is_dir() else str(weights),
                precision=precision,
                device=device.device,
                require_pretrained=True,
            )
        except (RuntimeError, OSError, ValueError, KeyError) as error:
            raise ModelError(f"The CLIP in {weights} can't be loaded: {error}") from error
        return cls(model, open_clip.get_tokenizer(source), identity(name, weights), device)

    def tower(self) -> Tower:
        """Its image side."""
        prepared = get_model_preprocess_cfg(self._model)
        size = prepared["size"]
        return Tower(
            self.identity,
            self.dimension,
            size if isinstance(size, int) else size[0],
            prepared["mean"],
            prepared["std"],
            self.encode_images,
            self.encode_patches,
        )

    def encode_images(self, pixels: torch.Tensor) -> torch.Tensor:
        """Prepared pictures (n, 3, side, side) → (n, dimension), inside of `TorchDevice.working`."""
        return self._model.encode_image(pixels)

    def encode_patches(self, pixels: torch.Tensor) -> torch.Tensor:
        """Prepared pictures → their patches' last tokens (n, patches, width), inside of `TorchDevice.working`."""
        found = self._model.visual.forward_intermediates(
            pixels, indices=1, normalize_intermediates=True, intermediates_only=True, output_fmt="NLC"
        )
        return found["image_intermediates"][-1]

    def encode_texts(self, words: Sequence[str]) -> Vectors:
        """(n, dimension) unit rows for words or phrases. Raises `core.errors.ModelError`."""
        with self._lock, self._device.working():  # its tokenizer keeps a table of what it has seen
            tokens = self._tokenize(list(words)).to(self._device.device)
            rows = [self._model.encode_text(part, normalize=True).float() for part in tokens.split(_TEXTS_AT_ONCE)]
            return np.asarray(torch.cat(rows).cpu().numpy(), np.float32)


class Clips:
    """One copy of each CLIP on each device, for as long as a detector or an encoder holds it."""

    def __init__(self) -> None:
        self._loaded: WeakValueDictionary[tuple[Path, str], Clip] = WeakValueDictionary()
        self._lock = threading.Lock()

    def get(self, name: str, weights: Path, device: TorchDevice) -> Clip:
        """As `Clip.load`, but loaded only where no other has it. Blocks."""
        key = weights.resolve(), str(device.device)
        with self._lock:
            clip = self._loaded.get(key)
            if clip is None:
                clip = self._loaded[key] = Clip.load(name, weights, device)
            return clip


def identity(name: str, weights: Path) -> str:
    """What embeddings made with these weights are filed under, told without loading them."""
    return f"{name or 'open_clip'}-{fingerprint(weights)}"
