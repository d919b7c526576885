"""The face networks against the answers of the package that their weights are from."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
from numpy.typing import NDArray

from core.concepts import FACES, Box
from core.errors import ModelError
from core.images.decoding import Image, decode
from core.models.onnx.faces.face_api import FaceApi, identity
from core.models.onnx.faces.networks import FaceNetworks, Pixels, chip
from core.models.weights.catalogue import find
from core.ports import View
from tests.support.photos import photo

# What @vladmandic/face-api 1.7.15 gives on TensorFlow.js 4.22 (CPU) for `pattern`.
ANSWERS = json.loads(Path(__file__).with_name("face_api_answers.json").read_text("utf-8"))


def pattern(side: int) -> Pixels:
    """A picture that needs no file: waves of whole numbers, alike in Python and JavaScript."""
    y, x, channel = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing="ij")

    def wave(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(np.minimum(255, np.abs(values % 256 - 128) * 2))

    found = (wave(3 * x + 2 * y + 40 * channel) + wave(5 * y - x + 90 * channel)) >> 1
    return np.asarray(found, np.uint8)


@pytest.fixture(scope="module")
def weights(weights_dir: Path) -> Path:
    return find("face-api").path(weights_dir)


@pytest.fixture(scope="module")
def networks(weights: Path) -> FaceNetworks:
    return FaceNetworks(weights.read_bytes(), threads=1)


def test_each_network_gives_what_the_package_gives(networks: FaceNetworks) -> None:
    (cells,) = networks._detector.run({"photo": pattern(224)[None]})
    assert np.abs(cells[0].transpose(1, 2, 0)[:2] - ANSWERS["detector"]).max() < 1e-3
    (points,) = networks._landmarks.run({"photo": pattern(112)[None]})
    assert np.abs(points[0] - ANSWERS["landmarks"]).max() < 1e-4
    assert np.abs(networks.embed(pattern(150)[None])[0] - ANSWERS["embedding"]).max() < 1e-4


def test_a_face_is_found_and_known_again_in_a_mirror_and_smaller(weights: Path) -> None:
    finder = FaceApi(weights, threads=1, digest=find("face-api").files[0].sha256)
    image = decode(photo("astronaut"))
    half = PIL.Image.fromarray(image.pixels).resize((image.width * 2 // 3, image.height * 2 // 3))
    seen = [image, Image(image.pixels[:, ::-1].copy()), Image(np.asarray(half))]
    (plain,), (mirrored,), (small,) = finder.find([View(one, (one.box,)) for one in seen])
    assert plain.embedding.shape == (128,)
    assert np.linalg.norm(plain.embedding - mirrored.embedding) < 0.3
    assert np.linalg.norm(plain.embedding - small.embedding) < 0.4
    assert (
        mirrored.box.overlap(Box(image.width - plain.box.x1, plain.box.y0, image.width - plain.box.x0, plain.box.y1))
        > 0.6
    )


def test_where_nobody_is_there_is_no_face(weights: Path) -> None:
    finder = FaceApi(weights, threads=1)
    image = decode(photo("coffee"))
    assert finder.find([View(image, (image.box,)), View(image, ())]) == [[], []]


def test_the_eyes_of_a_chip_are_level() -> None:
    canvas = PIL.Image.new("RGB", (400, 400), "white")
    draw = PIL.ImageDraw.Draw(canvas)
    points = np.zeros((68, 2), np.float32)
    points[36:42], points[42:48], points[48:68] = (150, 160), (230, 200), (160, 250)  # a head that is leant
    for x, y in (points[36], points[42]):
        draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill="black")
    upright = chip(np.asarray(canvas), points).mean(2)
    dark = np.argwhere(upright < 100)
    left, right = dark[dark[:, 1] < 75], dark[dark[:, 1] >= 75]
    assert abs(left[:, 0].mean() - right[:, 0].mean()) < 2
    assert upright.shape == (150, 150)


def test_other_weights_are_not_loaded(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "faces.bin").write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="models verify"):
        FaceApi(tmp_path / "faces.bin", digest=find("face-api").files[0].sha256)
    assert identity("0" * 64).startswith(FACES)
