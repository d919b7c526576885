"""The lite encoder: MobileNetV2 feature maps, max-pooled over windows at several scales, whitened.

R-MAC (Tolias et al. 2016, arXiv 1511.05879) computed once per photo: each box takes its windows out
of the photo's one feature map. Each part also says how alike it is to photos of other things, which is
score normalisation against a cohort, part by part. docs/recognition.md says what else was measured.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core.concepts import Box, Embedding, Mask, Vectors
from core.errors import ModelError
from core.images.decoding import Image, resized
from core.models.onnx.sessions import Session
from core.models.onnx.windows import windows
from core.ports import View

NETWORK = Path(__file__).with_name("mobilenetv2.onnx")
FIT = Path(__file__).with_name("mobilenet_fit.npz")
CHANNELS = 1280
STRIDE = 32  # pixels a cell of the feature map
PREPARATION = "rmac3"
MASKED = "-masked"
# The network was once read out of a checkpoint in single precision. Embeddings agree (cosine of the same photo's:
# 0.9998 at least, 0.9999 in the median of 60), so those of these files are filed under the same name.
_SAME_AS = {"f79c74538539": "b38f6d599d2f"}
_WHOLE_LEVELS = (1, 2, 3, 4)
_REGION_LEVELS = (1, 2, 3)
_PLACE_LEVELS = (1, 2)
_ON_SUBJECT = 0.3  # of a window: what a reference's window must share with its box to say something of it
_SALIENT = 0.15  # of a window: what of it must be what the photo is about
_LEAST_SALIENT = 4  # windows: where fewer are, all count
_ENOUGH = 8  # windows around a reference's box; a small one adds its own
_TOO_ALIKE = 1 / 8  # of the cohort: the closest photos may show the very thing


@dataclass(frozen=True, slots=True)
class Pose:
    """How a photo is shown to the network: its longer side in pixels, and whether mirrored."""

    longest: int
    mirrored: bool = False


# A reference is looked at from nearer and farther and from the other side; a photo once, and the whole of
# it, which tells who it is, once more from farther.
_USUAL = Pose(640)
_FARTHER = Pose(448)
_OF_A_REFERENCE = (_USUAL, _FARTHER, Pose(832), Pose(640, mirrored=True))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What was learnt from a collection of photos, by `python -m benchmarks.fit_mobilenet`.

    Whitening takes the `mean` (1280,) off L2-normalised pooled features and scales their principal
    directions alike: `projection` (1280, e). `cohort` (n, e) are whitened parts of photos of all sorts
    of things; photo i's begin at row `starts[i]`.
    """

    mean: Vectors
    projection: Vectors
    cohort: Vectors
    starts: NDArray[np.int64]

    @classmethod
    def load(cls, path: Path = FIT) -> Self:
        """Read a committed fit. Raises `core.errors.ModelError` when it can't be read."""
        try:
            with path.open("rb") as file, np.load(file) as arrays:
                mean, projection, cohort = (arrays[key].astype(np.float32) for key in ("mean", "projection", "cohort"))
                return cls(mean, projection, cohort, arrays["starts"].astype(np.int64))
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise ModelError(f"The encoder's fit {path.name} can't be read; reinstall Rapport.") from error

    def whiten(self, features: Vectors) -> Vectors:
        """Whiten rows of pooled features (n, 1280) to unit rows (n, e)."""
        return _unit((_unit(features) - self.mean) @ self.projection)

    def cohort_statistics(self, parts: Vectors) -> Vectors:
        """Mean and deviation of the best likeness of parts (n, e) in the cohort's photos: (n, 2).

        The photos most alike don't count: they may show the very thing.
        """
        best = np.sort(np.maximum.reduceat(parts @ self.cohort.T, self.starts, axis=1), axis=1)
        best = best[:, : best.shape[1] - round(best.shape[1] * _TOO_ALIKE)]
        return np.stack([best.mean(1), best.std(1)], axis=1).astype(np.float32)


class MobileNetEncoder:
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
        self._fit = fit or Fit.load()
        self._session = Session(weights, threads=threads, digest=digest)
        self.dimension = int(self._fit.projection.shape[1])
        self.identity = identity(weights, self._fit, masked=masked)

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """For each view one embedding per box, then one per place; see `core.ports.Encoder`."""
        embeddings: list[list[Embedding]] = []
        for view in views:
            if not view.boxes:
                embeddings.append([])
                continue
            seen = [self._pooled(view, pose) for pose in (_OF_A_REFERENCE if view.reference else (_USUAL,))]
            pooled = [np.concatenate(groups) for groups in zip(*seen, strict=True)]
            whole = view.image.box
            if whole in view.boxes and not view.reference:
                (farther,) = self._pooled(View(view.image, (whole,)), _FARTHER)
                pooled = [
                    np.concatenate([rows, farther]) if box == whole else rows
                    for rows, box in zip(pooled, (*view.boxes, *view.places), strict=True)
                ]
            parts = self._fit.whiten(np.concatenate(pooled))
            cohort = self._fit.cohort_statistics(parts)
            ends = np.cumsum([len(rows) for rows in pooled])[:-1]
            embeddings.append(
                [
                    Embedding(_unit(rows.sum(0)), rows, usual)
                    for rows, usual in zip(np.split(parts, ends), np.split(cohort, ends), strict=True)
                ]
            )
        return embeddings

    def features(self, image: Image, pose: Pose = _USUAL) -> tuple[Vectors, float]:
        """The photo's feature map (rows, columns, 1280), and how many of its cells a photo's pixel spans."""
        factor = pose.longest / max(image.width, image.height)
        size = max(32, round(image.width * factor)), max(32, round(image.height * factor))
        pixels = resized(image, size).pixels
        (found,) = self._session.run(
            {"photo": np.ascontiguousarray(pixels[None, :, ::-1] if pose.mirrored else pixels[None])}
        )
        # Turned back, so that boxes mean the same cells in every pose.
        return found[0][:, ::-1] if pose.mirrored else found[0], factor / STRIDE

    def _pooled(self, view: View, pose: Pose) -> list[Vectors]:
        """For each box, then each place, the largest value of each feature in each of its windows."""
        cells, scale = self.features(view.image, pose)
        rows, columns = cells.shape[:2]
        whole = Box(0, 0, columns, rows)

        def touched(box: Box) -> Box:
            """The cells that a box touches; at least one."""
            x0, y0 = min(int(box.x0 * scale), columns - 1), min(int(box.y0 * scale), rows - 1)
            x1, y1 = min(int(np.ceil(box.x1 * scale)), columns), min(int(np.ceil(box.y1 * scale)), rows)
            return Box(max(0, x0), max(0, y0), max(x0 + 1, x1), max(y0 + 1, y1))

        spans = [_windows(touched(box), whole, view.reference, view.mask) for box in view.boxes]
        spans += [windows(touched(place), _PLACE_LEVELS) for place in view.places]
        largest = {span: cells[span.y0 : span.y1, span.x0 : span.x1].max((0, 1)) for span in set().union(*spans)}
        return [np.stack([largest[span] for span in group]) for group in spans]


def _windows(cells: Box, whole: Box, reference: bool, mask: Mask | None) -> tuple[Box, ...]:
    """The windows over which the features of a rectangle of cells are pooled.

    A reference's surroundings come along as far as they share a window with it: they tell as much of
    a thing on its shelf as the thing itself, and a detector's box is often wrong about statues and toys.
    """
    if not reference:
        return windows(cells, _WHOLE_LEVELS if cells == whole else _REGION_LEVELS)
    around = []
    for one in windows(whole, _WHOLE_LEVELS):
        shared = Box(max(one.x0, cells.x0), max(one.y0, cells.y0), min(one.x1, cells.x1), min(one.y1, cells.y1))
        if shared.area >= _ON_SUBJECT * one.area:
            around.append(one)
    if len(around) < _ENOUGH and cells != whole:
        around = list(dict.fromkeys([*around, *windows(cells, _REGION_LEVELS)]))
    salient = [one for one in around if mask.share(one, whole) >= _SALIENT] if mask else []
    # A mask that has next to nothing of the box is about something else.
    return tuple(salient if len(salient) >= _LEAST_SALIENT else around)


def _unit(rows: NDArray[Any]) -> Vectors:
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-9), np.float32)


def identity(weights: Path = NETWORK, fit: Fit | None = None, *, masked: bool = False) -> str:
    """What embeddings made with these weights are filed under, told without loading the model."""
    fit = fit or Fit.load()
    digest = hashlib.sha256(weights.read_bytes())
    for array in (fit.mean, fit.projection, fit.cohort):
        digest.update(array.tobytes())
    short = digest.hexdigest()[:12]
    return f"mobilenetv2-{_SAME_AS.get(short, short)}-{PREPARATION}{MASKED if masked else ''}"
