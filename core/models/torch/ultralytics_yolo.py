"""Any detector that ultralytics can load: YOLO of all sizes and years, RT-DETR, your own training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from core.concepts import Box, Region
from core.errors import ModelError
from core.images.decoding import Image
from core.models.boxes import distinct
from core.models.torch.device import TorchDevice
from core.models.torch.quiet_ultralytics import ultralytics
from core.models.weights.fingerprint import fingerprint
from core.ports import Categories

CONFIDENCE = 0.25


class UltralyticsYolo:
    """A `core.ports.Detector` of the kinds that its file was trained on."""

    def __init__(
        self, model: Any, device: TorchDevice, *, identity: str, confidence: float = CONFIDENCE, side: int = 640
    ) -> None:
        self.identity = identity
        self._model, self._device = model, device
        self._confidence, self._side = confidence, side

    @classmethod
    def load(cls, weights: Path, device: TorchDevice, **settings: Any) -> Self:
        """Load a checkpoint. Raises `core.errors.ModelError`."""
        models = ultralytics("models")
        kind = models.RTDETR if "rtdetr" in weights.stem.lower() else models.YOLO
        try:
            model = kind(str(weights))
        except (OSError, RuntimeError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
            raise ModelError(f"The detector in {weights.name} can't be loaded: {error}") from error
        return cls(model, device, identity=f"{weights.stem}-{fingerprint(weights)}", **settings)

    def detect(self, images: Sequence[Image], _categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """Regions of each photo, the most confident first; boxes in that photo's pixels.

        Raises `core.errors.ModelError` when the model fails.
        """
        if not images:
            return []
        with self._device.working():
            results = self._model.predict(
                [np.ascontiguousarray(image.pixels[..., ::-1]) for image in images],  # it wants BGR
                conf=self._confidence,
                imgsz=self._side,
                device=str(self._device.device),
                half=self._device.device.type == "cuda",
                save=False,
                verbose=False,
            )
        found = []
        for result, image in zip((one.cpu().numpy() for one in results), images, strict=True):
            order = np.argsort(-result.boxes.conf, kind="stable")
            edges = np.rint(result.boxes.xyxy[order]).astype(np.int64)
            boxes = np.clip(edges, 0, [image.width, image.height] * 2).reshape(-1, 4)
            kinds, scores = result.boxes.cls[order].astype(np.int64), result.boxes.conf[order]
            kept = distinct(boxes, kinds)
            corners = [Box(*(int(edge) for edge in boxes[i])) for i in kept]
            names = [result.names[int(kinds[i])] for i in kept]
            found.append(
                [Region(box, name, float(scores[i])) for i, box, name in zip(kept, corners, names, strict=True)]
            )
        return found
