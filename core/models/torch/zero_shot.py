"""Grounding DINO and OWLv2 through transformers: slower than YOLO-World, and better at rare words.

Each photo has its own run: its words are part of the input, and so differ in length from chat to chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import PIL.Image
from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor
from transformers.utils import logging as transformers_logging

from core.concepts import Box, Region
from core.errors import ModelError
from core.images.decoding import Image
from core.models.boxes import CANDIDATES, distinct
from core.models.torch.device import TorchDevice
from core.models.vocabulary import GENERAL, own_first, vocabulary
from core.models.weights.fingerprint import fingerprint
from core.ports import Categories

CONFIDENCE = 0.2
_MOST_WORDS = 60  # Grounding DINO reads 256 tokens and forgets the rest


class ZeroShotDetector:
    """A `core.ports.Detector` of the words that each photo's chat has, and of everyday things."""

    def __init__(
        self,
        model: Any,
        processor: Any,
        device: TorchDevice,
        *,
        identity: str,
        general: Categories = GENERAL,
        confidence: float = CONFIDENCE,
    ) -> None:
        self.identity = identity
        self._model, self._processor, self._device = model.eval(), processor, device
        self._general, self._confidence = general, confidence

    @classmethod
    def load(cls, folder: Path, device: TorchDevice, **settings: Any) -> Self:
        """Load a zero-shot detector of transformers from a folder. Raises `core.errors.ModelError`."""
        transformers_logging.disable_progress_bar()
        try:
            processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
            model = AutoModelForZeroShotObjectDetection.from_pretrained(
                folder, local_files_only=True, dtype=device.dtype
            )
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise ModelError(f"The detector in {folder} can't be loaded: {error}") from error
        named = f"{model.config.model_type}-{fingerprint(folder)}"
        return cls(model.to(device.device), processor, device, identity=named, **settings)

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """Regions of each photo, those of its chat's words first, then the most confident; in its pixels.

        Raises `core.errors.ModelError` when the model fails.
        """
        own = categories or [()] * len(images)
        with self._device.working():
            return [
                own_first(self._regions(image, vocabulary(mine, self._general)[:_MOST_WORDS]), mine)
                for image, mine in zip(images, own, strict=True)
            ]

    def _regions(self, image: Image, words: Categories) -> list[Region]:
        if not words:
            return []
        inputs = self._processor(
            images=PIL.Image.fromarray(image.pixels),
            text=[[word.lower() for word in words]],
            return_tensors="pt",
            padding=True,
            truncation=True,
        ).to(self._device.device)
        inputs["pixel_values"] = inputs["pixel_values"].to(self._device.dtype)
        (found,) = self._processor.post_process_grounded_object_detection(
            self._model(**inputs),
            threshold=self._confidence,
            target_sizes=[(image.height, image.width)],
            text_labels=[list(words)],
        )
        return _regions(found, image, words)


def _regions(found: dict[str, Any], image: Image, words: Categories) -> list[Region]:
    """The best of what was found, each thing once."""
    best = found["scores"].argsort(descending=True)[:CANDIDATES].tolist()
    named = [(index, kind) for index in best if (kind := _word_index(found["text_labels"][index], words)) >= 0]
    indexes, kinds = [index for index, _ in named], np.array([kind for _, kind in named], np.int64)
    scores = found["scores"].float().cpu().numpy()[indexes]
    edges = np.rint(found["boxes"].float().cpu().numpy()[indexes]).astype(np.int64).reshape(-1, 4)
    boxes = np.clip(edges, 0, [image.width, image.height] * 2)
    return [
        Region(Box(*(int(edge) for edge in boxes[i])), words[kinds[i]], float(scores[i]))
        for i in distinct(boxes, kinds)
    ]


def _word_index(label: str, words: Categories) -> int:
    """The index of the word that a label means, −1 for none: Grounding DINO's may be a piece of one, or of two."""
    said = label.casefold().strip()
    spelled = [word.casefold() for word in words]
    if said in spelled:
        return spelled.index(said)
    shared = [len(set(said.split()) & set(word.split())) for word in spelled]
    return int(np.argmax(shared)) if any(shared) else -1
