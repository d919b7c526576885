from pathlib import Path

import numpy as np
import pytest

from core.concepts import Box, Mask
from core.errors import ModelError
from core.images.decoding import decode
from core.models.onnx.u2net import U2Net
from core.models.weights.catalogue import find
from tests.support.photos import mirrored, photo, resized_to


@pytest.fixture(scope="module")
def saliency(weights_dir: Path) -> U2Net:
    return U2Net(find("u2netp").path(weights_dir), threads=1)


@pytest.mark.parametrize(
    ("name", "where"),
    [("coffee", Box(75, 25, 480, 385)), ("rocket", Box(304, 130, 336, 406)), ("motorcycle", Box(105, 80, 690, 455))],
)
def test_what_a_photo_is_about_is_found_whether_or_not_there_is_a_word_for_it(
    saliency: U2Net, name: str, where: Box
) -> None:
    image = decode(photo(name))
    (mask,) = saliency.salient([image])
    assert mask.boxes(image.box)[0].overlap(where) > 0.6
    assert mask.share(where, image.box) > 0.4
    assert mask.share(Box(0, 0, 20, 20), image.box) < 0.1


def test_each_photo_has_its_own_mask_whatever_its_size(saliency: U2Net) -> None:
    plain, turned, small = saliency.salient(
        [decode(photo("rocket", *change)) for change in ((), (mirrored,), (resized_to(200),))]
    )
    assert plain.cells.min() >= 0
    assert plain.cells.max() <= 1
    assert np.abs(plain.cells - turned.cells[:, ::-1]).mean() < 0.05
    assert np.abs(plain.cells - small.cells).mean() < 0.05


def test_a_mask_of_nothing_has_no_boxes_and_small_pieces_are_noise() -> None:
    cells = np.zeros((10, 10), np.float32)
    frame = Box(0, 0, 200, 100)
    assert Mask(cells).boxes(frame) == ()
    cells[1:4, 1:3] = cells[6:8, 7:10] = 1
    cells = np.kron(cells, np.ones((4, 4), np.float32))
    cells[0, -1] = 1
    found = Mask(cells).boxes(frame)
    assert found == (Box(20, 10, 60, 40), Box(140, 60, 200, 80))
    assert Mask(cells).share(Box(20, 10, 60, 40), frame) == 1
    assert Mask(cells).share(Box(20, 10, 100, 40), frame) == 0.5
    assert Mask(cells).share(Box(0, 0, 0, 0), Box(0, 0, 0, 0)) == 0  # of a photo without an area


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "u2netp.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="models verify"):
        U2Net(tmp_path / "u2netp.onnx")
