"""The faces of people in photos, by the networks of @vladmandic/face-api: found, made upright, embedded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.concepts import FACES, Box, Face
from core.images.decoding import Image
from core.models.onnx.faces.networks import FaceNetworks, Pixels, chip
from core.models.weights.fingerprint import read_checked
from core.ports import View

DIMENSION = 128
PREPARATION = "upright1"
_LONGEST = 416  # pixels at which a person is looked at
_CONFIDENCE = 0.5  # the package's own
_UNLIKE_ITSELF = 0.33  # distance of a face from its mirror image: what is no face, or hardly to be seen
_AROUND = 0.1  # of a person's box: a detector cuts heads off
_SAME = 0.4  # intersection over union of two faces that are one, seen in the boxes of two people
_LEAST = 24  # pixels of a face's longer side: smaller ones look all alike
_NEARER = 1.5  # times as large as among all others: then looking at somebody alone shows more
_MOST = 8  # faces that are embedded in one photo


class FaceApi:
    """A `core.ports.FaceFinder`."""

    def __init__(self, weights: Path, *, threads: int = 0, digest: str = "") -> None:
        """Load the networks; `digest` is the SHA-256 of their weights. Raises `core.errors.ModelError`."""
        data = read_checked(weights, digest) if digest else weights.read_bytes()
        self._networks = FaceNetworks(data, threads=threads)
        self.identity = identity(digest)

    def find(self, views: Sequence[View]) -> list[list[Face]]:
        """The faces within each view's boxes, each once, the largest first. Raises `core.errors.ModelError`."""
        return [self._find(view) for view in views]

    def _find(self, view: View) -> list[Face]:
        if not view.boxes:
            return []
        x0, y0, x1, y1 = zip(*view.boxes, strict=True)
        everybody = _around(Box(min(x0), min(y0), max(x1), max(y1)), view.image)
        found = self._look(view.image, everybody)
        for person in view.boxes:  # who is small among the others is looked at alone
            there = any(_inside(face, person) for face, *_ in found)
            if not there and _NEARER * _longer(part := _around(person, view.image)) <= _longer(everybody):
                for one in self._look(view.image, part):
                    if all(one[0].overlap(other) <= _SAME for other, *_ in found):
                        found.append(one)
        found = sorted(found, key=lambda one: -one[0].area)[:_MOST]
        if not found:
            return []
        chips = np.stack([drawn for *_, drawn in found])
        # Seen in a mirror, too: both together say more, and what differs much from its mirror image is a poor face.
        plain, mirrored = self._networks.embed(np.concatenate([chips, chips[:, :, ::-1]])).reshape(2, len(found), -1)
        fit = np.linalg.norm(plain - mirrored, axis=1) <= _UNLIKE_ITSELF
        return [
            Face(box, embedding, score)
            for (box, score, _), embedding, good in zip(found, (plain + mirrored) / 2, fit, strict=True)
            if good
        ]

    def _look(self, image: Image, part: Box) -> list[tuple[Box, float, Pixels]]:
        """The faces in a part of a photo: where, how sure, and the picture that is embedded."""
        pixels = image.pixels[part.y0 : part.y1, part.x0 : part.x1]
        boxes, scores = self._networks.detect(pixels, _CONFIDENCE, _LONGEST)
        large = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0) >= _LEAST
        if not large.any():
            return []
        found = []
        points = self._networks.points(pixels, boxes[large])
        for edges, score, of_face in zip(boxes[large], scores[large], points, strict=True):
            x0, y0, x1, y1 = (round(float(edge)) for edge in edges)
            box = Box(part.x0 + x0, part.y0 + y0, part.x0 + x1, part.y0 + y1).within(image.box)
            found.append((box, float(score), chip(pixels, of_face)))
        return found


def identity(digest: str) -> str:
    """What embeddings made with the weights of that SHA-256 are filed under."""
    return f"{FACES}face-api-{digest[:12]}-{PREPARATION}"


def _around(person: Box, image: Image) -> Box:
    wide, high = (round(_AROUND * length) for length in (person.x1 - person.x0, person.y1 - person.y0))
    return Box(person.x0 - wide, person.y0 - high, person.x1 + wide, person.y1 + high).within(image.box)


def _inside(face: Box, person: Box) -> bool:
    """Whether a face's middle is in a person's box."""
    x, y = (face.x0 + face.x1) / 2, (face.y0 + face.y1) / 2
    return person.x0 <= x <= person.x1 and person.y0 <= y <= person.y1


def _longer(box: Box) -> int:
    return max(box.x1 - box.x0, box.y1 - box.y0)
