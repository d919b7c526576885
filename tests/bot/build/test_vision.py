from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from bot.build import vision
from bot.build.models import models_of
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Box
from core.errors import ConfigError, ModelError
from core.images.decoding import decode
from core.messages import Chat, Message, Photo, Sender
from core.models.onnx.crop_encoder import DINOV2, OnnxEncoder
from core.models.parts import Fit
from core.models.weights import sources
from core.models.weights.catalogue import find
from core.models.weights.presets import PRESETS
from core.ports import View
from tests.support.photos import photo
from tests.support.tiny import onnx


def test_an_empty_name_is_the_presets_and_any_part_can_be_another() -> None:
    plain, rap = Config(), Config(models={"preset": "rap", "encoder": "dinov2-base"})
    assert (plain.models.detector, plain.models.encoder) == ("yolo11n", "mobilenetv2")
    assert plain.generator.kind == "composer"
    assert (rap.models.detector, rap.models.encoder) == (PRESETS["rap"].detector, "dinov2-base")
    assert (rap.generator.kind, rap.generator.model) == ("transformers", "Hoar012/RAP-LLaVA-13b")
    served = Config(models={"preset": "rap"}, generator={"kind": "openai"})
    assert (served.generator.kind, served.generator.model) == ("openai", "llava-hf/llava-1.5-7b-hf")


def test_only_a_detector_with_an_open_vocabulary_is_said_to_have_one() -> None:
    assert [vision.open_vocabulary(Config(models={"preset": name})) for name in PRESETS] == [
        False,
        True,
        True,
    ]


def test_what_needs_no_torch_is_on_the_cpu_whatever_the_device() -> None:
    settings = {"device": "cuda:1"}
    assert vision.detector_devices(Config(models=settings)) == ("cpu",)
    assert vision.encoder_devices(Config(models={**settings, "preset": "rap"})) == ("cuda:1",)
    several = Config(models={**settings, "preset": "rap", "encoder_device": "cuda:0, cuda:1"})
    assert vision.encoder_devices(several) == ("cuda:0", "cuda:1")
    assert vision.detector_devices(several) == ("cuda:1",)


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed: nothing is missing")
def test_a_library_that_is_not_installed_is_told_at_the_start() -> None:
    with pytest.raises(ConfigError, match=r"needs torch.*pip install '\.\[rap\]'"):
        models_of(Config(models={"encoder": "dinov2-base"}))


async def test_weights_that_were_changed_are_not_loaded_and_the_host_reads_what_to_do(
    tmp_path: Path, weights_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(
        models={"cache": tmp_path / "cache"}, store={"url": f"sqlite+aiosqlite:///{tmp_path / 'changed.db'}"}
    )
    entry = find("yolo11n")
    copy = entry.path(tmp_path / "cache")
    copy.parent.mkdir()
    data = bytearray(entry.path(weights_dir).read_bytes())
    data[-1000] ^= 1  # a weight, no structure: it would be loaded
    copy.write_bytes(data)
    assert entry.is_here(tmp_path / "cache")
    with pytest.raises(ModelError, match="checksum differs"):
        vision.detector_of(config, "cpu", vision.SharedClips())
    async with rapport(config) as running:
        message = Message(Chat("test", "home"), Sender("ann"), "", (Photo(photo("cat")),))
        said = [reply.text async for reply in running.assistant.answer(message)][-1]
        health = await running.health()
    assert said == "That went wrong. My host can find the reason in my log."
    assert "isn't the one that was fetched" in caplog.text
    assert "python -m bot models verify" in caplog.text
    assert "python -m bot models verify" in str(health["chores"])
    assert str(tmp_path) not in caplog.text


def test_every_file_of_the_standard_models_is_checked_by_what_it_is_loaded_from(
    tmp_path: Path, weights_dir: Path
) -> None:
    (tmp_path / "dinov2-base").mkdir()
    file = tmp_path / "dinov2-base" / "model.safetensors"
    sums = {"model.safetensors": "0" * 64}
    for name in ("config.json", "preprocessor_config.json", "model.safetensors"):
        (file.parent / name).write_text("{}")
    (file.parent / "checksums.json").write_text(json.dumps(sums))
    source = sources.source("dinov2-base", "encoder", tmp_path)
    assert source.digest("model.safetensors") == "0" * 64
    with pytest.raises(ModelError, match="checksum differs"), source.unchanged():
        pytest.fail("it was loaded")
    graph = onnx.tokens_graph(tmp_path / "dino.onnx")
    good = hashlib.sha256(graph.read_bytes()).hexdigest()
    assert OnnxEncoder(graph, DINOV2, digest=good).dimension == 3
    with pytest.raises(ModelError, match="checksum differs"):
        OnnxEncoder(graph, DINOV2, digest="0" * 64)


def test_encoders_of_ones_own_are_fused_with_the_lite_one(tmp_path: Path, weights_dir: Path) -> None:
    graph = onnx.tokens_graph(tmp_path / "dino.onnx")
    config = Config(models={"cache": weights_dir, "encoder": f"2 * dinov2-onnx:{graph} + mobilenetv2"})
    encoder = vision.encoder_of(config, "cpu", vision.SharedClips())
    assert encoder.identity == vision.encoder_identity(config)
    ((found,),) = encoder.encode([View(decode(photo("cat")), (Box(0, 0, 100, 100),))])
    assert found.vector.size == encoder.dimension
    assert len(found.parts)  # mobilenet's windows
    assert not models_of(config).fitted  # so nobody is named surely before there are answers to learn from


def test_an_encoder_with_a_fit_of_its_own_compares_parts(tmp_path: Path, weights_dir: Path) -> None:
    graph = onnx.tokens_graph(tmp_path / "dino.onnx")
    whole = Config(models={"cache": weights_dir, "encoder": f"dinov2-onnx:{graph}"})
    identity, network = vision.patches_of(whole)
    assert identity == vision.encoder_identity(whole)
    assert not vision.surveys(whole)
    fit = Fit.none(network.channels)
    for name, made_for in (("own", identity), ("other", "clip-onnx-123")):
        numbers = {"mean": fit.mean, "projection": fit.projection, "cohort": fit.cohort, "starts": fit.starts}
        np.savez(tmp_path / f"{name}.npz", network=np.array(made_for), **cast(Any, numbers))
    parted = Config(models={**whole.models.model_dump(), "fit": str(tmp_path / "own.npz")})
    encoder = vision.encoder_of(parted, "cpu", vision.SharedClips())
    assert encoder.identity == vision.encoder_identity(parted) != identity
    assert vision.surveys(parted)
    ((found,),) = encoder.encode([View(decode(photo("cat")), (Box(0, 0, 100, 100),))])
    assert len(found.parts)
    with pytest.raises(ConfigError, match="was made for clip-onnx-123"):
        vision.encoder_identity(Config(models={**whole.models.model_dump(), "fit": str(tmp_path / "other.npz")}))
