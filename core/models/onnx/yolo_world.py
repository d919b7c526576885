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
        digest: str = "",
    ) -> None:
        """Load a graph; `texts` is the CLIP whose words it knows, `digest` as `Session`'s. Raises `ModelError`."""
        self.identity = f"yolo-world-onnx-{fingerprint(graph)}"
        self._session = Session(graph, threads=threads, digest=digest)
        self._texts = KnownTexts(texts)
        self._general, self._confidence, self._side = general, confidence, side

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """Regions of each photo, those of its chat's words first, then the most confident; in its pixels.

        Raises `core.errors.ModelError` when the model fails.
        """
        found: list[list[Region]] = []
        for image, own in zip(images, categories or [()] * len(images), strict=True):
            words = vocabulary(own, self._general)
            if not words:
                found.append([])
                continue
            layout = Layout.of(image, self._side, square=True)
            (output,) = self._session.run({"images": letterbox(image, layout), "txt_feats": self._texts(words)[None]})
            found.append(own_first(regions(layout, candidates(output[0], self._confidence), words), own))
        return found
