"""The lite encoder: MobileNetV2's feature maps and colours, compared part by part (`core.models.parts`)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from core.images.decoding import Image, blurred, seen_at
from core.models.colours import COLOURS, colours
from core.models.onnx.sessions import Session
from core.models.parts import MASKED, FeatureMap, Fit, PartsEncoder, Pose, Poses

NETWORK = Path(__file__).with_name("mobilenetv2.onnx")
FIT = Path(__file__).with_name("mobilenet_fit.npz")
CHANNELS = 1280  # the network's; the colours come behind them
_BY_COLOUR = 1.0  # the length of a cell's colours, in lengths of its features
STRIDE = 32  # pixels a cell of the feature map
PREPARATION = "rmac5"
_USUAL, _FARTHER = Pose(640), Pose(448)
_SHAKY = Pose(448, blurred=0.02)
# A reference is looked at from nearer and farther, from the other side, and as a shaky hand would show it; a photo
# once, and the whole of it, which tells who it is, once more from farther.
POSES = Poses(_USUAL, (_FARTHER,), (_USUAL, _FARTHER, Pose(832), Pose(640, mirrored=True), _SHAKY))


class MobileNet:
    """MobileNetV2 as a `core.models.parts.Network`; `threads` 0 uses every core, `digest` as `Session`'s."""

    poses, channels = POSES, CHANNELS + COLOURS

    def __init__(self, weights: Path = NETWORK, *, threads: int = 0, digest: str = "") -> None:
        self._session = Session(weights, threads=threads, digest=digest)

    def features(self, image: Image, pose: Pose = POSES.usual) -> FeatureMap:
        """The photo's map (rows, columns, `channels`), and how many of its cells a photo's pixel spans."""
        factor = pose.longest / max(image.width, image.height)
        size = max(32, round(image.width * factor)), max(32, round(image.height * factor))
        shown = seen_at(image, size)
        if pose.blurred:
            shown = blurred(shown, pose.blurred * pose.longest)
        pixels = shown.pixels
        (found,) = self._session.run(
            {"photo": np.ascontiguousarray(pixels[None, :, ::-1] if pose.mirrored else pixels[None])}
        )
        # Turned back, so that boxes mean the same cells in every pose.
        cells = found[0][:, ::-1] if pose.mirrored else found[0]
        usual = _BY_COLOUR * float(np.sqrt(np.square(cells).sum(-1).mean()))
        return np.concatenate([cells, usual * colours(shown, *cells.shape[:2])], axis=-1), factor / STRIDE


class MobileNetEncoder(PartsEncoder):
    """Embeds regions with MobileNetV2.

    `threads` is how many cores one call may use (0: all), `digest` as `Session`'s, `masked` whether references come
    with the masks of their photos.
    """

    def __init__(
        self,
        weights: Path = NETWORK,
        *,
        fit: Fit | None = None,
        threads: int = 0,
        digest: str = "",
        masked: bool = False,
    ) -> None:
        fit = fit or Fit.load(FIT)
        super().__init__(MobileNet(weights, threads=threads, digest=digest), fit, identity(weights, fit, masked=masked))


def identity(weights: Path = NETWORK, fit: Fit | None = None, *, masked: bool = False) -> str:
    """What embeddings made with these weights are filed under, told without loading the model."""
    digest = hashlib.sha256(weights.read_bytes())
    digest.update((fit or Fit.load(FIT)).tobytes())
    short = digest.hexdigest()[:12]
    return f"mobilenetv2-{short}-{PREPARATION}{MASKED if masked else ''}"
