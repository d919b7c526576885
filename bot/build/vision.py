"""Builds the models that see. What needs torch is imported when it is chosen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog

from bot.config import Config
from core.errors import ConfigError, ModelError
from core.models import parts
from core.models.fused import FusedEncoder, fused_identity
from core.models.onnx import crop_encoder, mobilenet
from core.models.onnx.crop_encoder import OnnxEncoder
from core.models.onnx.faces import face_api
from core.models.onnx.faces.face_api import FaceApi
from core.models.onnx.mobilenet import MobileNetEncoder
from core.models.onnx.text_encoder import OnnxTexts
from core.models.onnx.u2net import U2Net
from core.models.onnx.yolo11 import Yolo11
from core.models.onnx.yolo_world import OnnxYoloWorld
from core.models.parts import Fit, PartsEncoder
from core.models.patches import PatchNetwork
from core.models.weights import hub, sources
from core.models.weights.catalogue import find
from core.models.weights.fingerprint import fingerprint
from core.models.weights.sources import Source
from core.ports import Detector, Encoder, FaceFinder, Saliency
from core.recognition.calibration import Calibration
from core.recognition.learning import Learned

if TYPE_CHECKING:
    from core.models.torch.clip import Clip, Clips
    from core.models.torch.crop_encoder import Tower
    from core.models.torch.device import TorchDevice

_log = structlog.get_logger(__name__)
_ON_TORCH = frozenset({"yolo-world", "ultralytics", "zero-shot", "open_clip", "dinov2"})
_PREPARATIONS = {"dinov2-onnx": crop_encoder.DINOV2, "clip-onnx": crop_encoder.CLIP}


# ── detectors ─────────────────────────────────────────────────────────────────────────────────────


def threads_of(config: Config) -> int:
    """How many cores a model of ONNX Runtime takes: unless the host says so half of them, since two look at a photo.

    Measured on two cores: a photo 156 ms with one each, 172 with two each that wait for each other.
    """
    return config.models.threads or max(1, (os.cpu_count() or 1) // 2)


def detector_of(config: Config, device: str, clips: SharedClips) -> Detector:
    """Load the configured detector. Blocks. Raises `ConfigError` or `ModelError` with what to do."""
    source = sources.source(config.models.detector, "detector", config.models.cache)
    settings: dict[str, Any] = {"confidence": config.models.confidence} if config.models.confidence else {}
    if source.family == "yolo11":
        return Yolo11(source.path, threads=threads_of(config), digest=source.digest(), **settings)
    if source.family == "yolo-world-onnx":
        threads, path = threads_of(config), source.path
        texts = OnnxTexts(
            path / "texts.onnx",
            path / "tokenizer.json",
            threads=threads,
            digest=source.digest("texts.onnx"),
            tokenizer_digest=source.digest("tokenizer.json"),
        )
        graph, digest = path / "detector.onnx", source.digest("detector.onnx")
        return OnnxYoloWorld(graph, texts, threads=threads, digest=digest, **settings)
    with _torch_needed(), source.unchanged():
        torch_device = _torch_device(config, device)
        if source.family == "zero-shot":
            from core.models.torch.zero_shot import ZeroShotDetector  # noqa: PLC0415 - torch

            return ZeroShotDetector.load(source.path, torch_device, **settings)
        settings["side"] = config.models.image_size
        if source.family == "yolo-world":
            from core.models.torch.yolo_world import YoloWorld  # noqa: PLC0415 - torch

            clip = clips.get(_source(config, config.models.words), torch_device)
            return YoloWorld.load(source.path, clip.encode_texts, torch_device, **settings)
        from core.models.torch.ultralytics_yolo import UltralyticsYolo  # noqa: PLC0415 - torch

        return UltralyticsYolo.load(source.path, torch_device, **settings)


def open_vocabulary(config: Config) -> bool:
    """Whether the configured detector looks for any word."""
    return sources.family_of(config.models.detector, "detector") in sources.OPEN


def finds_subjects(config: Config) -> bool:
    """Whether the configured saliency model is wanted and here."""
    return sources.saliency(config.models.saliency, config.models.cache) is not None


def saliency_of(config: Config) -> Saliency:
    """Load the configured saliency model. Blocks. Raises `ConfigError` or `ModelError`."""
    source = sources.source(config.models.saliency, "saliency", config.models.cache)
    return U2Net(source.path, threads=threads_of(config), digest=source.digest())


# ── encoders ──────────────────────────────────────────────────────────────────────────────────────


def encoder_of(config: Config, device: str, clips: SharedClips) -> Encoder:
    """Load the configured encoder, or several as one. Blocks. Raises `ConfigError` or `ModelError`."""
    chosen = sources.parts(config.models.encoder)
    each = [_encoder(_source(config, name), config, device, clips) for _, name in chosen]
    return each[0] if len(each) == 1 else FusedEncoder(each, [weight for weight, _ in chosen])


def encoder_identity(config: Config) -> str:
    """What the encoder's embeddings are filed under. Raises `ModelError` when its weights aren't here."""
    chosen, fit = sources.parts(config.models.encoder), _fit_of(config)
    each = [_identity(_source(config, name), config, fit) for _, name in chosen]
    if fit and not any(_fits(one, fit) for one in each):
        raise ConfigError(
            f"models.fit = {config.models.fit!r} was made for {fit.network or 'MobileNetV2'}, which isn't configured. "
            "Leave it empty, or make one: python -m benchmarks.fit_mobilenet --configured."
        )
    return each[0] if len(each) == 1 else fused_identity(each, [weight for weight, _ in chosen])


def surveys(config: Config) -> bool:
    """Whether the encoder sees most of what it needs before it is known where to look: one that compares parts."""
    names = [name for _, name in sources.parts(config.models.encoder)]
    return bool(config.models.fit) or any(sources.family_of(name, "encoder") == "mobilenetv2" for name in names)


def _source(config: Config, name: str) -> Source:
    return sources.source(name, "encoder", config.models.cache)


def _fit_of(config: Config) -> Fit | None:
    return Fit.load(Path(config.models.fit).expanduser()) if config.models.fit else None


def _fits(identity: str, fit: Fit) -> bool:
    """Whether an encoder's parts, by their identity, are those of a fit."""
    return bool(fit.network) and identity.startswith(f"{fit.network}-parts-")


def _identity(source: Source, config: Config, fit: Fit | None) -> str:
    """The same as the loaded encoder's, without loading it."""
    masked = finds_subjects(config)
    if source.family == "mobilenetv2":
        return mobilenet.identity(source.path, masked=masked)
    whole = _whole_identity(source)
    return parts.identity(whole, fit, masked=masked) if fit and fit.network == whole else whole


def _whole_identity(source: Source) -> str:
    """What whole crops are filed under."""
    label = source.architecture if source.family == "open_clip" and source.architecture else source.family
    return f"{label}-{fingerprint(source.path)}"


def _encoder(source: Source, config: Config, device: str, clips: SharedClips) -> Encoder:
    threads = threads_of(config)
    if source.family == "mobilenetv2":
        return MobileNetEncoder(source.path, threads=threads, digest=source.digest(), masked=finds_subjects(config))
    if (fit := _fit_of(config)) and _fits(identity := _identity(source, config, fit), fit):
        return PartsEncoder(_patches(source, config, device, clips), fit, identity)
    if source.family in _PREPARATIONS:
        preparation = _PREPARATIONS[source.family]
        return OnnxEncoder(source.path, preparation, threads=threads, digest=source.digest())
    with _torch_needed():
        from core.models.torch.crop_encoder import CropEncoder  # noqa: PLC0415 - torch

        return CropEncoder(_tower(source, config, device, clips), _torch_device(config, device))


def patches_of(config: Config) -> tuple[str, PatchNetwork]:
    """The first configured encoder's identity and patches, for a fit. Blocks. Raises `ConfigError` or `ModelError`."""
    source = _source(config, sources.parts(config.models.encoder)[0][1])
    if source.family == "mobilenetv2":
        raise ConfigError("MobileNetV2 has a fit already; --configured is for another encoder.")
    return _whole_identity(source), _patches(source, config, encoder_devices(config)[0], SharedClips())


def _patches(source: Source, config: Config, device: str, clips: SharedClips) -> PatchNetwork:
    if source.family in _PREPARATIONS:
        preparation, threads = _PREPARATIONS[source.family], threads_of(config)
        return crop_encoder.patches_of(source.path, preparation, threads=threads, digest=source.digest())
    with _torch_needed():
        from core.models.torch.crop_encoder import patches_of  # noqa: PLC0415 - torch

        return patches_of(_tower(source, config, device, clips), _torch_device(config, device))


def _tower(source: Source, config: Config, device: str, clips: SharedClips) -> Tower:
    from core.models.torch import dinov2  # noqa: PLC0415 - torch

    torch_device = _torch_device(config, device)
    if source.family != "dinov2":
        return clips.get(source, torch_device).tower()
    with source.unchanged():
        return dinov2.load(source.path, torch_device)


# ── faces ─────────────────────────────────────────────────────────────────────────────────────────


def faces_identity(config: Config) -> str:
    """What the embeddings of faces are filed under; "" where none are wanted, or what makes them isn't here."""
    weights = find(sources.FACES)
    if not config.models.faces or not weights.is_here(config.models.cache):
        return ""
    return face_api.identity(weights.files[0].sha256)


def face_finder_of(config: Config) -> FaceFinder:
    """Load what finds faces. Blocks. Raises `ModelError`."""
    weights = find(sources.FACES)
    return FaceApi(weights.path(config.models.cache), threads=threads_of(config), digest=weights.files[0].sha256)


# ── where, and how sure ───────────────────────────────────────────────────────────────────────────

# A fit needs labelled photos seen through the encoder (`python -m bot eval calibrate`). Until there is one the bot asks
# and learns from the answers: nothing is believed of this curve that would reach `sure` (core.recognition.learning).
GENERAL = Calibration(bias=-6.0, slope=10.0, lead=5.0, sure=0.92, maybe=0.25)


def calibration_of(identity: str) -> Calibration:
    """The numbers fitted for an encoder; where there are none, cautious ones, and a line in the log."""
    if fitted(identity):
        return Calibration.load(identity)
    _log.warning("calibration.missing", encoder=identity, remedy="python -m bot eval calibrate")
    return GENERAL


def learned_of(calibration: Calibration, *, fitted: bool) -> Learned:
    """What answers make of a curve."""
    return Learned(calibration.terms_of, calibration.coefficients, fitted=fitted)


def fitted(identity: str) -> bool:
    """Whether an encoder's grades have been fitted."""
    try:
        Calibration.load(identity)
    except ModelError:
        return False
    return True


def detector_devices(config: Config) -> tuple[str, ...]:
    """Where the detector runs; several are replicas. What ONNX Runtime runs is on the CPU."""
    on_torch = sources.family_of(config.models.detector, "detector") in _ON_TORCH
    return _devices(config.models.detector_device or config.models.device) if on_torch else ("cpu",)


def encoder_devices(config: Config) -> tuple[str, ...]:
    """Where the encoder runs, likewise."""
    families = {sources.family_of(name, "encoder") for _, name in sources.parts(config.models.encoder)}
    return _devices(config.models.encoder_device or config.models.device) if families & _ON_TORCH else ("cpu",)


def _devices(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip())) or ("auto",)


_LIBRARIES = {
    "yolo-world": ("torch", "ultralytics", "open_clip"),
    "ultralytics": ("torch", "ultralytics"),
    "zero-shot": ("torch", "transformers"),
    "open_clip": ("torch", "open_clip"),
    "dinov2": ("torch", "transformers"),
    "yolo-world-onnx": ("tokenizers",),
}


def check_libraries(config: Config) -> None:
    """Raise `ConfigError` with what to install when the configured models need a library that isn't here."""
    encoders = [("encoder", name) for _, name in sources.parts(config.models.encoder)]
    for kind, name in [("detector", config.models.detector), *encoders]:
        family = sources.family_of(name, kind)
        missing = [one for one in _LIBRARIES.get(family, ()) if find_spec(one) is None]
        if missing:
            extra = "rap" if family in _ON_TORCH else "standard"
            raise ConfigError(
                f"models.{kind} = {name!r} needs {missing[0]}, which isn't installed. Run: pip install '.[{extra}]'"
            )


# ── torch ─────────────────────────────────────────────────────────────────────────────────────────


class SharedClips:
    """One copy of each CLIP for detector and encoder; torch is imported when the first is loaded."""

    def __init__(self) -> None:
        self._clips: Clips | None = None
        self._lock = Lock()

    def get(self, source: Source, device: TorchDevice) -> Clip:
        """Load it, or share it. Blocks. Raises `ModelError`."""
        from core.models.torch.clip import Clips  # noqa: PLC0415 - torch

        with self._lock:
            self._clips = self._clips or Clips()
        with source.unchanged():
            return self._clips.get(source.architecture, source.path, device)


def _torch_device(config: Config, device: str) -> TorchDevice:
    from core.models.torch.device import TorchDevice  # noqa: PLC0415 - torch

    return TorchDevice(device, threads=config.models.threads)


@contextmanager
def _torch_needed() -> Iterator[None]:
    """A library that isn't here is a `ConfigError` that says what to install."""
    try:
        yield
    except ImportError as error:
        raise ConfigError(hub.missing("The chosen model", error.name or "torch")) from error
