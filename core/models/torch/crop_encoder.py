"""Encoders of crops: the boxes of all photos of a batch, cut, resized and embedded together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as pixels_of

from core.concepts import Box, Embedding, Vectors
from core.models.patches import PatchNetwork
from core.models.torch.device import Chunks, TorchDevice
from core.ports import View

_AT_ONCE = 64  # crops; fewer once the memory has run out


@dataclass(frozen=True, slots=True, eq=False)
class Tower:
    """An image model: what it is called, what it takes and what it gives.

    `embed` turns (n, 3, side, side), normalised by `mean` and `deviation` of RGB 0…1, into (n, dimension), `patches`
    into the last tokens (n, t, c) of `core.models.patches.PatchNetwork`.
    """

    identity: str
    dimension: int
    side: int
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    embed: Callable[[torch.Tensor], torch.Tensor]
    patches: Callable[[torch.Tensor], torch.Tensor]


class CropEncoder:
    """A `core.ports.Encoder` of one vector per box."""

    def __init__(self, tower: Tower, device: TorchDevice, *, at_once: int = _AT_ONCE) -> None:
        self.identity, self.dimension = tower.identity, tower.dimension
        self._tower, self._device = tower, device
        self._chunks = Chunks(at_once)
        shape = 1, 3, 1, 1
        self._mean = torch.tensor(tower.mean, device=device.device).reshape(shape)
        self._deviation = torch.tensor(tower.deviation, device=device.device).reshape(shape)

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """For each view one embedding per box. Raises `core.errors.ModelError` when the model fails."""
        counts = [len(view.boxes) for view in views]
        if not sum(counts):
            return [[] for _ in views]
        crops = []
        with self._device.working():
            for view in views:
                if view.boxes:
                    photo = self._device.take(view.image.pixels).permute(2, 0, 1)
                    crops += [_middle_square(photo, box, self._tower.side) for box in view.boxes]
            found = self._chunks.run(self._embedded, crops)
            rows = torch.nn.functional.normalize(found.float(), dim=1).cpu().numpy()
        no_parts = np.zeros((0, rows.shape[1]), np.float32)
        per_view = np.split(rows, np.cumsum(counts)[:-1])
        return [[Embedding(row, no_parts) for row in own] for own in per_view]

    def _embedded(self, crops: Sequence[torch.Tensor]) -> torch.Tensor:
        pixels = torch.stack(list(crops)).float() / 255
        return self._tower.embed(((pixels - self._mean) / self._deviation).to(self._device.dtype))


def patches_of(tower: Tower, device: TorchDevice) -> PatchNetwork:
    """A tower's patches, to compare part by part."""

    def tokens(pixels: Vectors) -> Vectors:
        with device.working():
            found = tower.patches(torch.from_numpy(pixels).to(device.device, device.dtype))
            return np.asarray(found.float().cpu().numpy(), np.float32)

    return PatchNetwork(tokens, tower.side, tower.mean, tower.deviation)


def _middle_square(photo: torch.Tensor, box: Box, side: int) -> torch.Tensor:
    """The middle square of a box, (3, side, side) uint8: CLIP's and DINOv2's own way with a photo.

    Their preparation resizes the shorter side and cuts the middle out; cutting first gives the same
    picture, and a long thin box doesn't grow to a gigabyte on the way.
    """
    width, height = box.x1 - box.x0, box.y1 - box.y0
    length = max(1, min(width, height))
    top, left = box.y0 + (height - length) // 2, box.x0 + (width - length) // 2
    square = photo[:, top : top + length, left : left + length]
    return pixels_of.resize(square, [side, side], InterpolationMode.BICUBIC, antialias=True)
