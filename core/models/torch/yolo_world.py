"""YOLO-World v2: finds whatever has a name (Cheng et al. 2024, arXiv 2401.17270), the paper's detector.

`set_classes` of ultralytics is one vocabulary for the whole model. Here each photo of a batch brings its
own: `WorldModel.predict` takes text features per photo, (batch, words, 512). A shorter vocabulary is
filled up with its own first word: the attention over words takes a maximum, which a word that comes
twice doesn't change, and the copies' scores are dropped. So a photo's regions are the same whatever other
chats' photos it shares a batch with (benchmarks/vision.py compares this with a union of all words).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import resize

from core.concepts import Region
from core.errors import ModelError
from core.images.decoding import Image
from core.models.boxes import CANDIDATES, GREY, Layout, regions
from core.models.texts import EncodeTexts, KnownTexts
from core.models.torch.device import TorchDevice
from core.models.torch.quiet_ultralytics import ultralytics
from core.models.vocabulary import GENERAL, own_first, vocabulary
from core.models.weights.fingerprint import fingerprint
from core.ports import Categories

CONFIDENCE = 0.1  # RAP's


class YoloWorld:
    """A `core.ports.Detector` of the words that each photo's chat has, and of everyday things."""

    def __init__(
        self,
        model: Any,
        texts: EncodeTexts,
        device: TorchDevice,
        *,
        identity: str = "yolo-world",
        general: Categories = GENERAL,
        confidence: float = CONFIDENCE,
        side: int = 640,
        together: bool | None = None,
    ) -> None:
        """`model` is ultralytics' WorldModel, `texts` the CLIP whose words it was trained with (ViT-B/32).

        `together` runs photos of one shape as one batch; None leaves it to the device.
        """
        self.identity = identity
        self._model = model.to(device.device, device.dtype, memory_format=torch.channels_last).eval()
        self._head = model.model[-1]
        self._device, self._texts = device, KnownTexts(texts)
        self._general, self._confidence, self._side = general, confidence, side
        self._together = device.device.type != "cpu" if together is None else together

    @classmethod
    def load(cls, weights: Path, texts: EncodeTexts, device: TorchDevice, **settings: Any) -> Self:
        """Load an ultralytics checkpoint of YOLO-World. Raises `core.errors.ModelError`."""
        tasks = ultralytics("nn.tasks")
        try:
            model, _ = tasks.load_checkpoint(str(weights), fuse=False)
        except (OSError, RuntimeError, TypeError, KeyError, AttributeError) as error:
            raise ModelError(f"The detector in {weights.name} can't be loaded: {error}") from error
        if not isinstance(model, tasks.WorldModel):
            raise ModelError(f"{weights.name} is no YOLO-World; choose it as ultralytics:{weights} instead.")
        named = f"{weights.stem}-{fingerprint(weights)}"
        return cls(model.fuse(verbose=False), texts, device, identity=named, **settings)

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """Regions of each photo, those of its chat's words first, then the most confident; in its pixels.

        A region's category is one of its chat's words, spelled as there, or one of the general list.
        Raises `core.errors.ModelError` when the model fails.
        """
        own = categories or [()] * len(images)
        words = [vocabulary(mine, self._general) for mine in own]
        layouts = {i: Layout.of(image, self._side) for i, image in enumerate(images) if words[i]}
        # On a GPU photos of one shape run together, most being 4:3, 3:4 or square. On a CPU each runs alone: eight
        # together took 0.97 s, one by one 0.71 s (YOLO-World-S, 2 cores).
        groups: dict[object, list[int]] = defaultdict(list)
        for i, layout in layouts.items():
            groups[layout.sheet if self._together else i].append(i)
        found: dict[int, list[Region]] = {}
        with self._device.working():
            for group in groups.values():
                sheets = torch.stack([self._letterbox(images[i], layouts[i]) for i in group])
                batch = self._run(sheets, [layouts[i] for i in group], [words[i] for i in group])
                found.update(zip(group, batch, strict=True))
        return [own_first(found.get(i, []), mine) for i, mine in enumerate(own)]

    def _letterbox(self, image: Image, layout: Layout) -> torch.Tensor:
        """As `core.models.boxes.letterbox`, (3, h, w) bytes on the device: ten times as quick."""
        wide, high = layout.sheet
        width, height = layout.size
        photo = self._device.take(image.pixels).permute(2, 0, 1)
        sheet = torch.full((3, high, wide), GREY, dtype=torch.uint8, device=self._device.device)
        sheet[:, layout.top : layout.top + height, layout.left : layout.left + width] = resize(
            photo, [height, width], InterpolationMode.BICUBIC, antialias=True
        )
        return sheet

    def _run(self, sheets: torch.Tensor, layouts: Sequence[Layout], words: Sequence[Categories]) -> list[list[Region]]:
        """Detect on sheets of one shape, (n, 3, h, w) bytes.

        Candidates are chosen as by `core.models.boxes.candidates`, but on the device: a fiftieth of the output is
        copied from it.
        """
        longest = max(len(mine) for mine in words)
        vectors = [self._texts(mine) for mine in words]
        padded = [np.concatenate([rows, np.repeat(rows[:1], longest - len(rows), axis=0)]) for rows in vectors]
        self._head.nc = longest
        output, _ = self._model.predict(
            sheets.to(self._device.dtype, memory_format=torch.channels_last) / 255,
            txt_feats=self._device.take(np.stack(padded)).to(self._device.dtype),
        )
        found = []
        for layout, raw, mine in zip(layouts, output.float(), words, strict=True):
            scores, kinds = raw[4 : 4 + len(mine)].max(dim=0)
            best, order = scores.topk(min(CANDIDATES, scores.numel()))
            keep = order[best >= self._confidence]
            boxes, kinds, scores = (part.cpu().numpy() for part in (raw[:4, keep].T, kinds[keep], scores[keep]))
            found.append(regions(layout, (boxes, kinds, scores), mine))
        return found
