from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.concepts import Box, Embedding, Vectors
from core.errors import ModelError
from core.images.decoding import Image
from core.models.fused import FusedEncoder
from core.models.onnx import crop_encoder
from core.models.onnx.crop_encoder import OnnxEncoder
from core.models.onnx.mobilenet import MobileNetEncoder
from core.models.onnx.yolo_world import OnnxYoloWorld
from core.models.parts import Fit, PartsEncoder
from core.ports import View
from core.recognition.similarity import Parts, set_similarity
from tests.support.tiny import onnx

# 128 × 128: a red, a green, a blue and a black quarter.
_PIXELS = np.zeros((128, 128, 3), np.uint8)
_PIXELS[:64, :64, 0] = _PIXELS[:64, 64:, 1] = _PIXELS[64:, :64, 2] = 255
QUARTERS = Image(_PIXELS)
RED, GREEN, BLUE = Box(0, 0, 64, 64), Box(64, 0, 128, 64), Box(0, 64, 64, 128)


@pytest.fixture
def detector(tmp_path: Path) -> OnnxYoloWorld:
    graph = onnx.world_graph(tmp_path / "world.onnx")
    return OnnxYoloWorld(graph, onnx.colour_words, threads=1, general=("green",), side=onnx.SIDE)


@pytest.fixture
def clip(tmp_path: Path) -> OnnxEncoder:
    return OnnxEncoder(onnx.embeds_graph(tmp_path / "clip.onnx"), crop_encoder.CLIP, threads=1)


@pytest.fixture
def dino(tmp_path: Path) -> OnnxEncoder:
    return OnnxEncoder(onnx.tokens_graph(tmp_path / "dino.onnx"), crop_encoder.DINOV2, threads=1)


def test_each_photo_is_searched_for_its_own_chats_words_and_the_general_ones(detector: OnnxYoloWorld) -> None:
    found = detector.detect([QUARTERS] * 3, [("red",), (), ("blue", "red")])
    assert [{(one.category, one.box) for one in regions} for regions in found] == [
        {("red", RED), ("green", GREEN)},
        {("green", GREEN)},
        {("blue", BLUE), ("red", RED), ("green", GREEN)},
    ]


def test_what_a_chat_has_a_word_for_comes_first(detector: OnnxYoloWorld) -> None:
    half_lit = Image((QUARTERS.pixels * np.array([0.5, 1, 1])).astype(np.uint8))
    (regions,) = detector.detect([half_lit], [("red",)])
    assert [one.category for one in regions] == ["red", "green"]
    assert regions[0].confidence < regions[1].confidence


def test_boxes_are_in_pixels_of_a_photo_that_is_no_square(detector: OnnxYoloWorld) -> None:
    wide = Image(np.ascontiguousarray(np.repeat(QUARTERS.pixels[:64], 2, axis=1)))  # 256 × 64
    (regions,) = detector.detect([wide], [("red",)])
    assert sorted((one.box.x0, one.box.y0) for one in regions) == [(0, 0), (0, 32), (128, 0), (128, 32)]
    assert all(one.box.within(wide.box) == one.box for one in regions)


def test_without_a_word_there_is_nothing_to_look_for(tmp_path: Path) -> None:
    graph = onnx.world_graph(tmp_path / "world.onnx")
    detector = OnnxYoloWorld(graph, onnx.colour_words, general=(), side=onnx.SIDE)
    assert detector.detect([QUARTERS]) == [[]]


def test_a_region_is_embedded_by_what_is_in_it(clip: OnnxEncoder, dino: OnnxEncoder) -> None:
    for encoder in (clip, dino):
        ((whole, red, again),) = encoder.encode([View(QUARTERS, (QUARTERS.box, RED, Box(8, 8, 40, 60)))])
        assert red.vector @ again.vector > 0.999
        assert red.vector @ whole.vector < 0.99 or encoder is dino  # its first token is the red quarter
        assert np.linalg.norm(red.vector) == pytest.approx(1, abs=1e-5)
        assert red.vector.shape == (encoder.dimension,)


def test_more_boxes_than_run_at_once_come_back_to_their_photos(clip: OnnxEncoder) -> None:
    views = [View(QUARTERS, (RED,) * 17), View(QUARTERS, ()), View(QUARTERS, (BLUE,) * 5)]
    reds, none, blues = clip.encode(views)
    assert (len(reds), none, len(blues)) == (17, [], 5)
    assert blues[0].vector @ blues[4].vector > 0.999 > reds[0].vector @ blues[0].vector


def test_another_models_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no output 'image_embeds'"):
        OnnxEncoder(onnx.tokens_graph(tmp_path / "dino.onnx"), crop_encoder.CLIP)


def test_weights_have_their_own_identity(tmp_path: Path, dino: OnnxEncoder) -> None:
    other = onnx.tokens_graph(tmp_path / "b.onnx")
    other.write_bytes(other.read_bytes() + b"\x00")
    assert crop_encoder.identity(tmp_path / "dino.onnx", crop_encoder.DINOV2) == dino.identity
    assert crop_encoder.identity(other, crop_encoder.DINOV2) != dino.identity


def test_fused_encoders_agree_as_much_as_their_weighted_mean(clip: OnnxEncoder, dino: OnnxEncoder) -> None:
    fused = FusedEncoder([clip, dino], [1, 3])
    view = View(QUARTERS, (RED, QUARTERS.box))
    ((a, b),), ((c, d),), ((red, whole),) = clip.encode([view]), dino.encode([view]), fused.encode([view])
    assert red.vector @ whole.vector == pytest.approx(
        0.25 * (a.vector @ b.vector) + 0.75 * (c.vector @ d.vector), abs=1e-5
    )
    assert fused.dimension == red.vector.size == 6
    assert clip.identity in fused.identity
    assert dino.identity in fused.identity
    assert fused.identity != FusedEncoder([clip, dino], [1, 1]).identity


class Parted:
    """An encoder of two parts per box, which are the box's top left corner."""

    identity, dimension = "parted", 2

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        return [[self._embed(box) for box in view.boxes] for view in views]

    def _embed(self, box: Box) -> Embedding:
        return Embedding(unit(1, 0), np.stack([unit(box.x0 + 1, box.y0), unit(1, 1)]))


def unit(*numbers: float) -> Vectors:
    return np.asarray(np.array(numbers) / np.linalg.norm(numbers), np.float32)


def test_each_part_is_compared_together_with_the_other_encoders_opinion(dino: OnnxEncoder) -> None:
    fused = FusedEncoder([Parted(), dino], [1, 3])
    view = View(QUARTERS, (GREEN, BLUE))
    ((a, b),), ((c, d),), ((green, blue),) = (
        Parted().encode([view]),
        dino.encode([view]),
        fused.encode([view]),
    )
    assert green.parts.shape == (2, fused.dimension)
    assert np.allclose(np.linalg.norm(green.parts, axis=1), 1, atol=1e-5)
    expected = 0.25 * set_similarity(Parts.of([a]), Parts.of([b])) + 0.75 * (c.vector @ d.vector)
    assert set_similarity(Parts.of([green]), Parts.of([blue])) == pytest.approx(expected, abs=1e-5)


def test_of_fused_encoders_each_gets_back_what_it_has_surveyed(dino: OnnxEncoder) -> None:
    fused = FusedEncoder([dino, MobileNetEncoder(threads=1)], [1, 1])
    (survey,) = fused.survey([View(QUARTERS, ())])
    assert [len(one) for one in survey] == [0, 1]
    (plain,), (late,) = (
        fused.encode([View(QUARTERS, (RED, QUARTERS.box), places=(BLUE,), survey=seen)]) for seen in ((), survey)
    )
    assert len(plain) == 2
    assert all(np.allclose(one.parts, other.parts, atol=1e-5) for one, other in zip(plain, late, strict=True))


def test_a_transformers_patches_lie_where_they_are_in_the_photo(tmp_path: Path) -> None:
    network = crop_encoder.patches_of(onnx.tokens_graph(tmp_path / "dino.onnx"), crop_encoder.DINOV2, threads=1)
    poses = network.poses
    cells, scale = network.features(QUARTERS, poses.usual)
    assert (cells.shape, scale) == ((2, 2, network.channels), 2 / 128)
    assert [[int(cell.argmax()) for cell in row] for row in cells[:1]] == [[0, 1]]  # red, green
    assert cells[1, 0].argmax() == 2
    mirrored, _ = network.features(QUARTERS, next(one for one in poses.reference if one.mirrored))
    assert np.allclose(mirrored, cells, atol=1e-5)
    wide, scale = network.features(Image(np.ascontiguousarray(QUARTERS.pixels[:64])), poses.usual)
    assert (wide.shape[:2], scale) == ((1, 2), 2 / 128)


def test_patches_are_compared_part_by_part_as_the_lite_encoders_cells(tmp_path: Path) -> None:
    network = crop_encoder.patches_of(onnx.tokens_graph(tmp_path / "dino.onnx"), crop_encoder.DINOV2, threads=1)
    encoder = PartsEncoder(network, Fit.none(network.channels), "dino-parts")
    boxes = (RED, QUARTERS.box)
    ((red, whole),) = encoder.encode([View(QUARTERS, boxes)])
    assert 1 <= len(red.parts) < len(whole.parts)
    assert red.parts.shape[1] == red.vector.size == encoder.dimension
    assert not len(whole.cohort)  # nothing was learnt of other things
    ((reference,),) = encoder.encode([View(QUARTERS, (QUARTERS.box,), reference=True)])
    assert len(reference.parts) > len(whole.parts)
    one, other = set_similarity(Parts.of([red, whole]), Parts.of([reference]))
    assert min(one, other) > 0.8


def test_an_export_without_patches_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"leave models\.fit empty"):
        crop_encoder.patches_of(onnx.embeds_graph(tmp_path / "clip.onnx"), crop_encoder.CLIP)
