"""A vision transformer's patches as a feature map for `core.models.parts`: DINOv2's and CLIP's, on either runtime."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt

import numpy as np

from core.concepts import Vectors
from core.images.decoding import Image, seen_at
from core.models.parts import FeatureMap, Pose, Poses

_FARTHER = 0.75  # of the sheet: how large a photo is that is looked at from farther


class PatchNetwork:
    """A `core.models.parts.Network` over whatever gives the last tokens of a square picture.

    A photo lies on a sheet of the size that the model was trained with, which any export takes, and only its own
    patches count. `tokens` turns a sheet (1, 3, side, side), normalised by `mean` and `deviation` of RGB 0…1, into
    tokens (1, t, c), the patches row by row and last; what comes before them (the class, registers) is left out.
    """

    def __init__(
        self,
        tokens: Callable[[Vectors], Vectors],
        side: int,
        mean: tuple[float, float, float],
        deviation: tuple[float, float, float],
    ) -> None:
        self._tokens, self._side = tokens, side
        self._mean, self._deviation = np.array(mean, np.float32), np.array(deviation, np.float32)
        _, count, self.channels = tokens(np.zeros((1, 3, side, side), np.float32)).shape
        self._cells = isqrt(count)  # to a side
        self._patch = side // self._cells
        usual, farther = Pose(side), Pose(round(_FARTHER * self._cells) * self._patch)
        self.poses = Poses(usual, (farther,), (usual, farther, Pose(side, mirrored=True)))

    def features(self, image: Image, pose: Pose) -> FeatureMap:
        """The photo's patches (rows, columns, c), and how many of them one of its pixels spans."""
        factor = pose.longest / max(image.width, image.height)
        columns, rows = (max(1, round(edge * factor / self._patch)) for edge in (image.width, image.height))
        width, height = columns * self._patch, rows * self._patch
        pixels = seen_at(image, (width, height)).pixels
        sheet = np.zeros((self._side, self._side, 3), np.float32)
        sheet[:height, :width] = pixels[:, ::-1] if pose.mirrored else pixels
        sheet[:height, :width] = (sheet[:height, :width] / 255 - self._mean) / self._deviation
        (found,) = self._tokens(np.ascontiguousarray(sheet.transpose(2, 0, 1)[None]))
        cells = found[-(self._cells**2) :].reshape(self._cells, self._cells, -1)[:rows, :columns]
        return (cells[:, ::-1] if pose.mirrored else cells), factor / self._patch
