from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.concepts import Box, Embedding, Mask
from core.errors import ModelError
from core.images.decoding import Image, decode
from core.models.onnx.mobilenet import FIT, NETWORK, MobileNet, MobileNetEncoder, identity
from core.models.parts import Fit, Pose
from core.ports import View
from core.recognition.calibration import Calibration
from core.recognition.similarity import Parts, set_similarity
from tests.support.photos import blurred, brightened, mirrored, photo, resized_to


@pytest.fixture(scope="module")
def encoder() -> MobileNetEncoder:
    return MobileNetEncoder(threads=1)


def embedded(encoder: MobileNetEncoder, data: bytes, *, reference: bool = False) -> Embedding:
    image = decode(data)
    return encoder.encode([View(image, (image.box,), reference=reference)])[0][0]


def test_parts_are_of_unit_length_and_each_knows_how_usual_it_is(encoder: MobileNetEncoder) -> None:
    found = embedded(encoder, photo("cat"))
    assert found.parts.shape[1] == found.vector.size == encoder.dimension
    assert np.allclose(np.linalg.norm(found.parts, axis=1), 1, atol=1e-4)
    assert found.cohort.shape == (len(found.parts), 2)
    assert (found.cohort[:, 0] > 0).all()
    assert (found.cohort[:, 0] < 1).all()


def test_a_reference_is_seen_in_more_ways_than_a_photo(encoder: MobileNetEncoder) -> None:
    glance, study = (embedded(encoder, photo("cat"), reference=way) for way in (False, True))
    assert len(study.parts) > 1.9 * len(glance.parts)


def test_the_whole_photo_is_looked_at_from_farther_too(encoder: MobileNetEncoder) -> None:
    image = decode(photo("cat"))
    width, height = image.width, image.height
    almost = Box(0, 0, width, height - 32)  # some cells less
    whole, less, most = encoder.encode([View(image, (image.box, Box(0, 0, width // 2, height), almost))])[0]
    assert len(whole.parts) > 1.5 * len(most.parts)
    assert len(less.parts) < len(whole.parts)


def test_places_come_behind_the_boxes_and_take_fewer_parts(encoder: MobileNetEncoder) -> None:
    image = decode(photo("cat"))
    place = Box(0, 0, image.width // 2, image.height // 2)
    boxes = (place, image.box)
    plain = encoder.encode([View(image, boxes)])[0]
    *again, coarse = encoder.encode([View(image, boxes, places=(place,))])[0]
    assert all(np.allclose(one.parts, other.parts, atol=1e-5) for one, other in zip(plain, again, strict=True))
    assert 1 < len(coarse.parts) < len(plain[0].parts)
    # The largest windows of a place are the box's own.
    assert np.allclose(coarse.parts, plain[0].parts[: len(coarse.parts)], atol=1e-5)


def test_what_was_surveyed_before_is_not_looked_at_again(encoder: MobileNetEncoder) -> None:
    image = decode(photo("cat"))
    boxes = (Box(0, 0, image.width // 2, image.height), image.box)
    for reference, known in ((False, ()), (False, boxes[1:]), (True, boxes)):
        (survey,) = encoder.survey([View(image, known, reference=reference)])
        blank = View(Image(np.zeros_like(image.pixels)), boxes, reference=reference, survey=survey)
        (late,), (plain,) = encoder.encode([blank]), encoder.encode([View(image, boxes, reference=reference)])
        assert all(np.allclose(one.parts, other.parts, atol=1e-5) for one, other in zip(late, plain, strict=True))


def test_the_mirrored_and_darker_cat_is_the_cat_and_the_cup_is_not(encoder: MobileNetEncoder) -> None:
    cat = embedded(encoder, photo("cat"), reference=True)
    photos = [photo("cat", mirrored, brightened(0.6)), photo("coffee"), photo("rocket")]
    same, *others = set_similarity(Parts.of([embedded(encoder, one) for one in photos]), Parts.of([cat])).ravel()
    assert same > 0.5
    assert max(others) < same / 2


def test_the_cat_at_night_is_the_cat(encoder: MobileNetEncoder) -> None:
    cat = embedded(encoder, photo("cat"), reference=True)
    photos = [photo("cat", mirrored), photo("cat", mirrored, brightened(0.05)), photo("coffee", brightened(0.05))]
    day, night, other = set_similarity(Parts.of([embedded(encoder, one) for one in photos]), Parts.of([cat])).ravel()
    assert night > 0.7 * day
    assert other < night / 2


def test_a_blurred_photo_is_known_and_no_blur_takes_another_for_it(encoder: MobileNetEncoder) -> None:
    references = Parts.of([embedded(encoder, photo(name), reference=True) for name in ("cat", "coffee", "rocket")])
    for number, name in enumerate(("cat", "coffee", "rocket")):
        shaky = embedded(encoder, photo(name, resized_to(640), blurred(14)))
        found = set_similarity(Parts.of([shaky]), references).ravel()
        assert found.argmax() == number
        assert found[number] > 0.2 + np.delete(found, number).max()


def test_of_a_masked_photo_only_the_windows_on_its_subject_count(encoder: MobileNetEncoder) -> None:
    image = decode(photo("cat"))
    cells = np.zeros((80, 80), np.float32)

    def parts(mask: Mask | None, *, reference: bool = True) -> int:
        return len(encoder.encode([View(image, (image.box,), reference=reference, mask=mask)])[0][0].parts)

    everything = parts(None)
    assert parts(Mask(cells + 1)) == everything
    assert parts(Mask(cells)) == everything  # it is about nothing that the photo shows
    cells[:, :30] = 1
    left = parts(Mask(cells))
    assert everything / 4 < left < everything
    assert parts(Mask(cells), reference=False) == parts(None, reference=False)


def test_masked_references_are_filed_apart(encoder: MobileNetEncoder) -> None:
    masked = MobileNetEncoder(threads=1, masked=True)
    assert masked.identity == identity(masked=True) != encoder.identity
    assert Calibration.load(masked.identity)


def test_a_mirrored_feature_map_is_turned_back() -> None:
    network = MobileNet(threads=1)
    plain, _ = network.features(decode(photo("cat")))
    turned, _ = network.features(decode(photo("cat", mirrored)), Pose(640, mirrored=True))
    assert turned.shape == plain.shape
    alike = np.corrcoef(plain[:, ::-1].ravel(), turned.ravel())[0, 1]
    assert np.corrcoef(plain.ravel(), turned.ravel())[0, 1] < alike


def test_each_box_gets_what_is_in_it(encoder: MobileNetEncoder) -> None:
    image = decode(photo("cat"))
    half = Box(0, 0, image.width // 2, image.height)
    whole, left = encoder.encode([View(image, (image.box, half))])[0]
    assert len(left.parts) < len(whole.parts)
    assert encoder.encode([View(image, ())]) == [[]]


def test_stored_embeddings_and_grades_are_those_of_the_shipped_network(encoder: MobileNetEncoder) -> None:
    assert encoder.identity == identity() == "mobilenetv2-513caac8238e-rmac5"
    assert Calibration.load(encoder.identity)


def test_another_network_or_fit_files_its_embeddings_elsewhere(tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(NETWORK.read_bytes() + b"\x00")
    fit = Fit.load(FIT)
    assert len({identity(), identity(other), identity(fit=replace(fit, mean=fit.mean + 1))}) == 3


def test_a_fit_that_is_cut_short_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "fit.npz"
    broken.write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelError, match="reinstall Rapport"):
        Fit.load(broken)


def test_the_photos_most_alike_do_not_count_as_usual() -> None:
    axes = np.eye(16, dtype=np.float32)
    cohort = Fit(np.zeros(16, np.float32), axes, axes, np.arange(16))
    # Like one photo of the cohort, which may show the very thing, and like no other.
    assert np.allclose(cohort.cohort_statistics(axes[:1]), [[0, 0]])
