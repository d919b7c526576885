from pathlib import Path

import numpy as np
import pytest

from core.concepts import Box
from core.errors import ModelError
from core.images.decoding import Image, decode
from core.models.onnx.yolo11 import CATEGORIES, Yolo11
from core.models.weights.catalogue import find
from tests.support.photos import cropped, mirrored, photo, resized_to, shifted


@pytest.fixture(scope="module")
def detector(weights_dir: Path) -> Yolo11:
    return Yolo11(find("yolo11n").path(weights_dir), threads=1)


def opened(name: str) -> Image:
    return decode(photo(name))


def test_there_is_a_plain_word_for_each_of_the_80_classes() -> None:
    assert len(set(CATEGORIES)) == 80
    assert (CATEGORIES[0], CATEGORIES[15], CATEGORIES[77], CATEGORIES[79]) == (
        "person",
        "cat",
        "teddy bear",
        "toothbrush",
    )
    assert all(word == " ".join(word.split()) for word in CATEGORIES)


@pytest.mark.parametrize(
    ("name", "category", "where"),
    [
        ("cat", "cat", Box(0, 0, 400, 300)),
        ("astronaut", "person", Box(15, 15, 365, 512)),
        ("coffee", "cup", Box(170, 17, 420, 315)),
        ("motorcycle", "motorcycle", Box(105, 25, 690, 455)),
    ],
)
def test_the_subject_of_a_real_photo_is_found_in_its_place(
    detector: Yolo11, name: str, category: str, where: Box
) -> None:
    (regions,) = detector.detect([opened(name)])
    assert regions[0].category == category
    assert regions[0].confidence > 0.6
    assert regions[0].box.overlap(where) > 0.85


def test_a_mirrored_photo_has_its_box_mirrored(detector: Yolo11) -> None:
    plain, turned = detector.detect([opened("astronaut"), decode(photo("astronaut", mirrored))])
    box = plain[0].box
    assert turned[0].box.overlap(Box(512 - box.x1, box.y0, 512 - box.x0, box.y1)) > 0.85


@pytest.mark.parametrize("longest", [160, 640, 1500])
def test_boxes_are_in_pixels_of_the_photo_whatever_its_size(detector: Yolo11, longest: int) -> None:
    small, large = detector.detect([decode(photo("motorcycle", resized_to(longest))), opened("motorcycle")])
    assert small[0].box.scaled(741 / longest).overlap(large[0].box) > 0.85


def test_a_tall_photo_is_placed_right(detector: Yolo11) -> None:
    tall = decode(photo("astronaut", cropped(0.05, 0, 0.6, 1)))
    assert tall.height > 1.7 * tall.width
    (regions,) = detector.detect([tall])
    assert (regions[0].category, regions[0].box.overlap(tall.box) > 0.8) == ("person", True)


def test_boxes_stay_inside_the_photo_and_are_never_empty(detector: Yolo11) -> None:
    images = [opened("cat"), decode(photo("motorcycle", shifted(0.3, 0.3))), opened("rocket")]
    for image, regions in zip(images, detector.detect(images), strict=True):
        for region in regions:
            box = region.box
            assert 0 <= box.x0 < box.x1 <= image.width
            assert 0 <= box.y0 < box.y1 <= image.height


def test_the_most_confident_comes_first(weights_dir: Path) -> None:
    detector = Yolo11(find("yolo11n").path(weights_dir), threads=1, confidence=0.05)
    (regions,) = detector.detect([opened("motorcycle")])
    confidences = [region.confidence for region in regions]
    assert len(confidences) > 2
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[-1] >= 0.05


def test_no_two_boxes_show_the_same_thing(weights_dir: Path) -> None:
    detector = Yolo11(find("yolo11n").path(weights_dir), threads=1, confidence=0.01)
    names = ("motorcycle", "astronaut", "coffee")
    for regions in detector.detect([opened(name) for name in names]):
        for i, one in enumerate(regions):
            for other in regions[i + 1 :]:
                limit = 0.6 if one.category == other.category else 0.8
                assert one.box.overlap(other.box) <= limit + 0.01


def test_results_belong_to_their_photos_in_order(detector: Yolo11) -> None:
    names = ("coffee", "cat", "motorcycle")
    together = detector.detect([opened(name) for name in names])
    alone = [detector.detect([opened(name)])[0] for name in names]
    assert together == alone


def test_no_photos_give_no_results(detector: Yolo11) -> None:
    assert detector.detect([]) == []


@pytest.mark.parametrize("size", [(16, 16), (16, 3000), (3000, 16)])
def test_an_empty_photo_of_any_shape_has_no_regions(detector: Yolo11, size: tuple[int, int]) -> None:
    assert detector.detect([Image(np.full((*size, 3), 128, np.uint8))]) == [[]]


def test_the_identity_names_the_weights(detector: Yolo11) -> None:
    assert detector.identity == "yolo11n-c130b90b1d81"


@pytest.mark.parametrize("content", [b"", b"not a model", None])
def test_weights_that_are_none_get_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"broken\.onnx can't be loaded"):
        Yolo11(path)
