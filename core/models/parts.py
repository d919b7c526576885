"""Embeddings of a photo's parts: a network's feature map, max-pooled over windows at several scales, whitened.

R-MAC (Tolias et al. 2016, arXiv 1511.05879) computed once per photo: each box takes its windows out of the photo's one
feature map. Each part also says how alike it is to photos of other things, which is score normalisation against a
cohort, part by part. Any network that gives a map will do; docs/recognition.md says what was measured with which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core.concepts import Box, Embedding, Mask, Vectors
from core.errors import ModelError
from core.images.decoding import Image
from core.models.windows import windows
from core.ports import Survey, View

MASKED = "-masked"
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
    """How a photo is shown to the network: its longer side in pixels, whether mirrored, and how much of it is blur."""

    longest: int
    mirrored: bool = False
    blurred: float = 0.0


@dataclass(frozen=True, slots=True)
class Poses:
    """In which ways photos are looked at: any photo, the whole of one besides, and a reference."""

    usual: Pose
    whole: tuple[Pose, ...]
    reference: tuple[Pose, ...]


FeatureMap = tuple[Vectors, float]
"""A photo's features (rows, columns, channels), and how many of their cells a photo's pixel spans."""


class Network(Protocol):
    """What gives a photo's feature map; mirrored ones turned back, so that boxes mean the same cells in every pose."""

    @property
    def poses(self) -> Poses:
        """The ways in which it is worth looking at a photo."""
        ...

    @property
    def channels(self) -> int:
        """The features of a cell."""
        ...

    def features(self, image: Image, pose: Pose) -> FeatureMap:
        """The map of a photo. Raises `core.errors.ModelError` when the model fails."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What was learnt from a collection of photos, by `python -m benchmarks.fit_mobilenet`.

    Whitening takes the `mean` (c,) off L2-normalised pooled features and scales their principal
    directions alike: `projection` (c, e). `cohort` (n, e) are whitened parts of photos of all sorts
    of things, each as it is and blurred; photo i's begin at row `starts[i]`. Nothing learnt: features as they are, and
    no cohort.
    `network` is what encoder's it is, as embeddings of its whole crops are filed; empty for MobileNetV2's.
    """

    mean: Vectors
    projection: Vectors
    cohort: Vectors
    starts: NDArray[np.int64]
    network: str = ""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a committed fit. Raises `core.errors.ModelError` when it can't be read."""
        try:
            with path.open("rb") as file, np.load(file) as arrays:
                mean, projection, cohort = (arrays[key].astype(np.float32) for key in ("mean", "projection", "cohort"))
                network = str(arrays["network"]) if "network" in arrays else ""
                return cls(mean, projection, cohort, arrays["starts"].astype(np.int64), network)
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise ModelError(
                f"The encoder's fit {path.name} can't be read; make it anew, or reinstall Rapport."
            ) from error

    @classmethod
    def none(cls, channels: int) -> Self:
        """That of a network of which nothing was learnt."""
        nothing, identity = np.zeros((0, channels), np.float32), np.eye(channels, dtype=np.float32)
        return cls(np.zeros(channels, np.float32), identity, nothing, np.zeros(0, np.int64))

    def tobytes(self) -> bytes:
        """The numbers, for a hash of them."""
        return b"".join(array.tobytes() for array in (self.mean, self.projection, self.cohort))

    def whiten(self, features: Vectors) -> Vectors:
        """Whiten rows of pooled features (n, c) to unit rows (n, e)."""
        return unit((unit(features) - self.mean) @ self.projection)

    def cohort_statistics(self, parts: Vectors) -> Vectors:
        """Mean and deviation of the best likeness of parts (n, e) in the cohort's photos: (n, 2); (0, 2) without one.

        The photos most alike don't count: they may show the very thing.
        """
        if not len(self.starts):
            return np.zeros((0, 2), np.float32)
        best = np.sort(np.maximum.reduceat(parts @ self.cohort.T, self.starts, axis=1), axis=1)
        best = best[:, : best.shape[1] - round(best.shape[1] * _TOO_ALIKE)]
        return np.stack([best.mean(1), best.std(1)], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """What has been seen of a photo: a map for each pose, and the parts (n, e) of windows that were looked at.

    `met` says for each pose which part is which window's, `cohort` are the parts' statistics (n, 2).
    """

    maps: tuple[FeatureMap, ...]
    met: tuple[dict[Box, int], ...]
    parts: Vectors
    cohort: Vectors


class PartsEncoder:
    """A `core.ports.Encoder` of the parts that a box has, over any network's feature map.

    Where it is known later where to look, `survey` sees to the maps meanwhile, and to the boxes that are known.
    """

    def __init__(self, network: Network, fit: Fit, identity: str) -> None:
        self.identity, self.dimension = identity, int(fit.projection.shape[1])
        self._network, self._fit = network, fit

    def survey(self, views: Sequence[View]) -> list[Survey]:
        """The feature maps of each view's photo, and the parts of its boxes, for `View.survey`."""
        return [(self._parts(view, self._look(view))[0],) for view in views]

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """For each view one embedding per box, then one per place; see `core.ports.Encoder`."""
        return [self._embedded(view) if view.boxes else [] for view in views]

    def _embedded(self, view: View) -> list[Embedding]:
        seen, groups = self._parts(view, view.survey[0] if view.survey else self._look(view))
        return [
            Embedding(unit(parts.sum(0)), parts, seen.cohort[group] if len(seen.cohort) else seen.cohort)
            for group in groups
            for parts in [seen.parts[group]]
        ]

    def _look(self, view: View) -> _Looked:
        """The maps alone. The usual pose comes last: the detector has most likely resampled the photo to it by then."""
        poses = self._network.poses
        asked = poses.reference if view.reference else (poses.usual, *poses.whole)
        maps = [self._network.features(view.image, pose) for pose in reversed(asked)][::-1]
        none = np.zeros((0, self.dimension), np.float32)
        return _Looked(tuple(maps), tuple({} for _ in maps), none, np.zeros((0, 2), np.float32))

    def _parts(self, view: View, seen: _Looked) -> tuple[_Looked, list[list[int]]]:
        """What has been seen with the parts of the view's boxes and places added, and which of all parts are whose."""
        boxes, count, met = (*view.boxes, *view.places), len(view.boxes), tuple(dict(one) for one in seen.met)
        groups: list[list[int]] = [[] for _ in boxes]
        rows: list[Vectors] = []
        for number, ((cells, scale), known) in enumerate(zip(seen.maps, met, strict=True)):
            whole = Box(0, 0, cells.shape[1], cells.shape[0])
            for index, (box, group) in enumerate(zip(boxes, groups, strict=True)):
                if number and not view.reference and box != view.image.box:
                    continue  # of a part of a photo one look is enough
                touched = _touched(box, scale, whole)
                spans = _windows(touched, whole, view.reference, view.mask)
                for span in spans if index < count else windows(touched, _PLACE_LEVELS):
                    if span not in known:
                        known[span] = len(seen.parts) + len(rows)
                        rows.append(cells[span.y0 : span.y1, span.x0 : span.x1].max((0, 1)))
                    group.append(known[span])
        if not rows:
            return seen, groups
        parts = self._fit.whiten(np.stack(rows))
        cohort = np.concatenate([seen.cohort, self._fit.cohort_statistics(parts)])
        return _Looked(seen.maps, met, np.concatenate([seen.parts, parts]), cohort), groups


def identity(network: str, fit: Fit, *, masked: bool) -> str:
    """What a transformer's parts are filed under; `masked` is whether references come with their photos' masks."""
    return f"{network}-parts-{hashlib.sha256(fit.tobytes()).hexdigest()[:8]}{MASKED if masked else ''}"


def _touched(box: Box, scale: float, whole: Box) -> Box:
    """The cells that a box touches; at least one."""
    x0, y0 = min(int(box.x0 * scale), whole.x1 - 1), min(int(box.y0 * scale), whole.y1 - 1)
    x1, y1 = min(int(np.ceil(box.x1 * scale)), whole.x1), min(int(np.ceil(box.y1 * scale)), whole.y1)
    return Box(max(0, x0), max(0, y0), max(x0 + 1, x1), max(y0 + 1, y1))


def _windows(cells: Box, whole: Box, reference: bool, mask: Mask | None) -> tuple[Box, ...]:
    """The windows over which the features of a rectangle of cells are pooled.

    A reference's surroundings come along as far as they share a window with it: they tell as much of
    a thing on its shelf as the thing itself, and a detector's box is often wrong about statues and toys.
    """
    if not reference:
        return windows(cells, _WHOLE_LEVELS if cells == whole else _REGION_LEVELS)
    around = [one for one in windows(whole, _WHOLE_LEVELS) if one.common(cells) >= _ON_SUBJECT * one.area]
    if len(around) < _ENOUGH and cells != whole:
        around = list(dict.fromkeys([*around, *windows(cells, _REGION_LEVELS)]))
    salient = [one for one in around if mask.share(one, whole) >= _SALIENT] if mask else []
    # A mask that has next to nothing of the box is about something else.
    return tuple(salient if len(salient) >= _LEAST_SALIENT else around)


def unit(rows: NDArray[Any]) -> Vectors:
    """The rows at length 1."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-9), np.float32)
