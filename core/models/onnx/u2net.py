"""U²-Net's small version as a saliency model: what a photo is about, whatever it is (Qin et al. 2020).

Source of the preparation: xuebinqin/U-2-Net, `data_loader.py` (RescaleT, ToTensorLab) and `u2net_test.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.concepts import Mask
from core.images.decoding import Image, resized
from core.models.onnx.sessions import Session

_SIDE = 320  # pixels that the graph takes, whatever the photo's shape
_CELLS = 80  # to a side of a mask: nobody asks for more than boxes and shares
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


class U2Net:
    """A `core.ports.Saliency`."""

    def __init__(self, weights: Path, *, threads: int = 0, digest: str = "") -> None:
        """Load the graph; `threads` 0 uses every core, `digest` as `Session`'s.

        Raises `core.errors.ModelError` when the file is no model.
        """
        self.identity = weights.stem
        self._session = Session(weights, threads=threads, digest=digest)

    def salient(self, images: Sequence[Image]) -> list[Mask]:
        """The mask of each photo. Raises `core.errors.ModelError` when the model fails."""
        masks, step = list[Mask](), _SIDE // _CELLS
        for image in images:  # one run for each: the graph takes no more at once
            pixels = resized(image, (_SIDE, _SIDE)).pixels.astype(np.float32)
            prepared = (pixels / max(1.0, float(pixels.max())) - _MEAN) / _DEVIATION
            inputs = {self._session.inputs[0]: np.ascontiguousarray(prepared.transpose(2, 0, 1)[None])}
            # The first output is the fused one; the others are those of each depth.
            (found,) = self._session.run(inputs, self._session.outputs[:1])
            masks.append(Mask(found[0, 0].reshape(_CELLS, step, _CELLS, step).mean((1, 3)).clip(0, 1)))
        return masks
