"""YOLO-World v2 on ONNX Runtime, without torch: the graph takes each photo's words as an input.

The export's inputs: images (1, 3, 640, 640) RGB 0…1, txt_feats (1, words, 512) unit rows of CLIP ViT-B/32;
its output: (1, 4 + words, 8400). The weights are AGPL-3.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.concepts import Region
from core.images.decoding import Image
from core.models.boxes import Layout, candidates, letterbox, regions
from core.models.onnx.sessions import Session
from core.models.texts import EncodeTexts, KnownTexts
from core.models.vocabulary import GENERAL, own_first, vocabulary
from core.models.weights.fingerprint import fingerprint
from core.ports import Categories

CONFIDENCE = 0.1  # RAP's
_SIDE = 640  # the export's, square


class OnnxYoloWorld:
    """A `core.ports.Detector` of the words that each photo's chat has, and of everyday things."""

    def __init__(
        self,
        graph: Path,
        texts: EncodeTexts,
        *,
        threads: int = 0,
        general: Categories = GENERAL,
        confidence: float = CONFIDENCE,
        side: int = _SIDE,
    ) -> None:
        """Load a graph; `texts` is the CLIP whose words it knows. Raises `core.errors.ModelError`."""
        self.identity = f"yolo-world-onnx-{fingerprint(graph)}"
        self._session = Session(graph, threads=threads)
        self._texts = KnownTexts(texts)
        self._general, self._confidence, self._side = general, confidence, side

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """Regions of each photo, those of its chat's words first, then the most confident; in its pixels.

        Raises `core.errors.ModelError` when the model fails.
        """
        own = categories or [()] * len(images)
        return [
            own_first(self._regions(image, vocabulary(mine, self._general)), mine)
            for image, mine in zip(images, own, strict=True)
        ]

    def _regions(self, image: Image, words: Categories) -> list[Region]:
        if not words:
            return []
        layout = Layout.of(image, self._side, square=True)
        inputs = {"images": letterbox(image, layout), "txt_feats": self._texts(words)[None]}
        (output,) = self._session.run(inputs)
        return regions(layout, candidates(output[0], self._confidence), words)
