"""The full stack's other detectors and encoders, and how the configuration brings them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.build import vision
from bot.build.models import Models, models_of
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Box
from core.errors import ConfigError, ModelError
from core.images.decoding import Image, decode
from core.messages import Chat, Message, Photo, Sender
from core.models.onnx.text_encoder import OnnxTexts
from core.models.onnx.yolo_world import OnnxYoloWorld
from core.models.weights import sources
from core.ports import View
from core.recognition.calibration import Calibration
from tests.support.photos import photo, resized_to
from tests.support.tiny import onnx

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small weights of every family."""
    from tests.support.tiny import vision  # noqa: PLC0415 - torch

    folder = tmp_path_factory.mktemp("models")
    vision.clip_folder(folder / "clip")
    vision.clip_folder(folder / "other-clip", dimension=32, seed=1)
    vision.world_file(folder / "world.pt")
    vision.dinov2_folder(folder / "dino")
    vision.owlv2_folder(folder / "owl", ["cat", "dog", "red cup"])
    vision.grounding_dino_folder(folder / "grounding-dino", ["cat", "dog", "red cup"])
    vision.yolo_file(folder / "plain.pt")
    return folder


def opened(name: str, *changes: Any) -> Image:
    return decode(photo(name, *changes))


def configured(home: Path, **models: object) -> Config:
    chosen = {"cache": home, "device": "cpu", "threads": 1, "image_size": 320, **models}
    return Config(
        store={"url": f"sqlite+aiosqlite:///{home / 'models.db'}"},
        models=chosen,
        generator={"kind": "composer"},
    )


# ── by configuration ──────────────────────────────────────────────────────────────────────────────


async def test_the_rap_preset_with_weights_of_ones_own_tells_the_story(home: Path) -> None:
    config = configured(
        home,
        preset="rap",
        detector=f"yolo-world:{home / 'world.pt'}",
        words=f"open_clip:{home / 'clip'}",
        encoder=f"2 * open_clip:{home / 'other-clip'} + dinov2:{home / 'dino'}",
    )
    chat, ann = Chat("test", "home"), Sender("u1", "Ann")
    curve = Calibration(bias=-43.0, slope=44.0, lead=0.0, sure=0.7, maybe=0.5)
    async with rapport(config, models_of(config, curve)) as running:

        async def say(text: str, *pictures: str) -> str:
            photos = tuple(Photo(photo(name)) for name in pictures)
            replies = running.assistant.answer(Message(chat, ann, text, photos))
            return [reply async for reply in replies][-1].text

        assert "Nice to meet bo!" in await say("/remember bo | axolotl", "cat")
        assert "That's bo." in await say("", "cat")
        await say("/forget bo")
        assert "That's bo" not in await say("", "cat")
        assert {lane.name for lane in running.executor.stats()} >= {"detect", "encode"}


def test_a_detector_and_an_encoder_with_the_same_clip_hold_one_copy_of_it(home: Path) -> None:
    clip = f"open_clip:{home / 'clip'}"
    config = configured(home, detector=f"yolo-world:{home / 'world.pt'}", words=clip, encoder=clip)
    clips = vision.SharedClips()
    detector = vision.detector_of(config, "cpu", clips)
    encoder = vision.encoder_of(config, "cpu", clips)
    assert clips._clips is not None
    assert len(clips._clips._loaded) == 1
    assert encoder.identity == vision.encoder_identity(config)
    del detector
    assert len(clips._clips._loaded) == 1  # the encoder holds it
    del encoder
    assert len(clips._clips._loaded) == 0


@pytest.mark.parametrize("encoder", ["open_clip:{}/clip", "dinov2:{}/dino", "3 * dinov2:{0}/dino + mobilenetv2"])
def test_an_encoders_identity_is_known_before_it_is_loaded(home: Path, weights_dir: Path, encoder: str) -> None:
    config = configured(home, cache=weights_dir, encoder=encoder.format(home))
    loaded = vision.encoder_of(config, "cpu", vision.SharedClips())
    assert vision.encoder_identity(config) == loaded.identity
    ((found,),) = loaded.encode([View(opened("cat"), (Box(0, 0, 100, 100),))])
    assert found.vector.shape == (loaded.dimension,)
    assert np.linalg.norm(found.vector) == pytest.approx(1, abs=1e-3)


def test_an_encoder_that_nobody_fitted_asks_and_never_claims(home: Path) -> None:
    config = configured(home, encoder=f"dinov2:{home / 'dino'}")
    models: Models = models_of(config)
    assert models.calibration.grade(1.0) == "maybe"


def test_models_are_placed_and_replicated_by_configuration(home: Path) -> None:
    config = configured(
        home,
        device="cuda:0",
        detector=f"yolo-world:{home / 'world.pt'}",
        encoder=f"dinov2:{home / 'dino'}",
        detector_device="cuda:1, cuda:2",
    )
    models = models_of(config)
    assert list(models.detectors) == ["cuda:1", "cuda:2"]
    assert list(models.encoders) == ["cuda:0"]


def test_a_device_that_is_not_there_is_told(home: Path) -> None:
    config = configured(home, encoder=f"dinov2:{home / 'dino'}")
    for device in ("cuda:7", "warp"):
        with pytest.raises(ConfigError, match=device):
            vision.encoder_of(config, device, vision.SharedClips())


def test_a_clip_that_open_clip_does_not_know_is_told(home: Path) -> None:
    config = configured(home, encoder=f"open_clip:ViT-Z:{home / 'clip' / 'open_clip_model.safetensors'}")
    with pytest.raises(ConfigError, match="ViT-Z"):
        vision.encoder_of(config, "cpu", vision.SharedClips())


# ── other detectors ───────────────────────────────────────────────────────────────────────────────


def test_any_ultralytics_detector_finds_the_kinds_of_its_file(home: Path) -> None:
    config = configured(home, detector=f"ultralytics:{home / 'plain.pt'}", confidence=0.001, image_size=64)
    detector = vision.detector_of(config, "cpu", vision.SharedClips())
    images = [opened("cat"), opened("coffee", resized_to(90))]
    for image, regions in zip(images, detector.detect(images, [("axolotl",), ()]), strict=True):
        assert regions
        assert all(one.box.within(image.box) == one.box and one.box.area for one in regions)
        assert "axolotl" not in {one.category for one in regions}
        assert sorted(regions, key=lambda one: -one.confidence) == regions
    assert detector.detect([]) == []
    assert not (Path.cwd() / "runs").exists()


@pytest.mark.parametrize("name", ["owl", "grounding-dino"])
def test_owlv2_and_grounding_dino_find_each_chats_own_words(home: Path, name: str) -> None:
    from core.models.torch.zero_shot import ZeroShotDetector  # noqa: PLC0415
    from tests.support.tiny.vision import CPU  # noqa: PLC0415

    detector = ZeroShotDetector.load(home / name, CPU, general=("dog",), confidence=0.0)
    found = detector.detect([opened("cat"), opened("coffee"), opened("cat")], [("cat",), (), ("red cup",)])
    kinds = [{one.category for one in regions} for regions in found]
    assert "cat" in kinds[0]
    assert kinds[0] <= {"cat", "dog"}
    assert kinds[1] <= {"dog"}
    assert "cat" not in kinds[2]
    assert all(one.box.area for regions in found for one in regions)
    assert ZeroShotDetector.load(home / name, CPU, general=()).detect([opened("cat")]) == [[]]


def test_a_folder_without_a_detector_is_told(home: Path) -> None:
    config = configured(home, detector=f"zero-shot:{home / 'clip'}")
    with pytest.raises(ModelError, match="can't be loaded"):
        vision.detector_of(config, "cpu", vision.SharedClips())


# ── without torch, but made by it ─────────────────────────────────────────────────────────────────


def test_an_exported_yolo_world_sees_what_it_sees_on_torch(home: Path, tmp_path: Path) -> None:
    from core.models.torch.yolo_world import YoloWorld  # noqa: PLC0415
    from tests.support.tiny.vision import CPU, export_world  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own
        graph = export_world(home / "world.pt", tmp_path / "world.onnx", side=128)
    clip = vision.SharedClips().get(sources.source(f"open_clip:{home / 'clip'}", "encoder", home), CPU)
    image = Image(np.ascontiguousarray(opened("cat").pixels[:256, :256]))
    words = [("tabby", "sofa", "newt")]
    ours = OnnxYoloWorld(graph, clip.encode_texts, threads=1, side=128)
    torchs = YoloWorld.load(home / "world.pt", clip.encode_texts, CPU, side=128)
    (here,), (there,) = ours.detect([image], words), torchs.detect([image], words)
    assert here[0].category == there[0].category
    assert here[0].box.overlap(there[0].box) > 0.95
    assert here[0].confidence == pytest.approx(there[0].confidence, abs=0.01)


def test_words_are_tokenised_and_embedded_without_torch(tmp_path: Path) -> None:
    import tokenizers  # noqa: PLC0415

    vocabulary = {"<|endoftext|>": 0, "a": 1, "cat": 2, "dog": 3, "[UNK]": 4}
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    words.save(str(tmp_path / "tokenizer.json"))
    graph = onnx.texts_graph(tmp_path / "texts.onnx", len(vocabulary))
    texts = OnnxTexts(graph, tmp_path / "tokenizer.json", threads=1)
    rows = texts(["cat", "dog", "a cat", "cat", "cat " * 200])
    assert rows.shape == (5, 8)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.array_equal(rows[0], rows[3])
    assert not np.allclose(rows[0], rows[1])
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ModelError, match=r"broken\.json can't be read"):
        OnnxTexts(graph, tmp_path / "broken.json")
