"""The configured models: what sees (loaded on first use) and what answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeGuard

from bot.build import vision
from bot.config import Config
from core.executor.gateway import ModelGateway
from core.language.composer import Composer
from core.models.openai.generator import OpenAIGenerator
from core.models.openai.servers import OpenAIServers
from core.models.options import GeneratorOptions
from core.models.vlm.generator import TransformersGenerator
from core.ports import Detector, Encoder, FaceFinder, Generator, Saliency
from core.recognition.calibration import Calibration
from core.recognition.recognizer import Detect, Encode, FindFaces, Recognizer, Salient
from core.recognition.retriever import MemoryReader, Retriever

if TYPE_CHECKING:
    from core.models.vlm.loading import Loaded

_RETRIES = 4  # of a busy server, within about eight seconds or as long as it asks for


@dataclass(frozen=True, slots=True)
class Models:
    """What sees and what answers. Detectors and encoders are built on first use, on the worker thread.

    `detectors` and `encoders` build the same model on each device. `encoder_identity` is what embeddings are
    filed under, `calibration` is fitted for that encoder. A detector with an `open_vocabulary` is told each
    chat's own categories. `fitted` is whether the calibration was fitted to photos. `saliencies` are none where their
    weights aren't here, nor are `face_finders` where nobody is known by their face; then `faces_identity` is "".
    `surveys` is whether the encoder is a `core.ports.Surveyor`.
    """

    detectors: Mapping[str, Callable[[], Detector]]
    encoders: Mapping[str, Callable[[], Encoder]]
    encoder_identity: str
    calibration: Calibration
    generator: Generator
    open_vocabulary: bool = False
    fitted: bool = True
    saliencies: Mapping[str, Callable[[], Saliency]] = field(default_factory=dict)
    face_finders: Mapping[str, Callable[[], FaceFinder]] = field(default_factory=dict)
    faces_identity: str = ""
    surveys: bool = False

    def detector(self) -> Detector:
        """The detector on its first device. Blocking. Raises what building it raises."""
        return next(iter(self.detectors.values()))()

    def encoder(self) -> Encoder:
        """The encoder on its first device. Blocking. Raises what building it raises."""
        return next(iter(self.encoders.values()))()

    def saliency(self) -> Saliency:
        """The saliency model on its first device, where there is one. Blocking. Raises what building it raises."""
        return next(iter(self.saliencies.values()))()


def models_of(config: Config, calibration: Calibration | None = None) -> Models:
    """The configured models. Raises `ModelError` when their weights aren't here, `ConfigError` for a library.

    `calibration` stands in for the encoder's own, which may have to be fitted first.
    """
    vision.check_libraries(config)
    identity = vision.encoder_identity(config)
    clips = vision.SharedClips()
    return Models(
        {device: partial(vision.detector_of, config, device, clips) for device in vision.detector_devices(config)},
        {device: partial(vision.encoder_of, config, device, clips) for device in vision.encoder_devices(config)},
        identity,
        calibration or vision.calibration_of(identity),
        generator_of(config),
        open_vocabulary=vision.open_vocabulary(config),
        fitted=calibration is not None or vision.fitted(identity),
        saliencies={"cpu": partial(vision.saliency_of, config)} if vision.finds_subjects(config) else {},
        face_finders={"cpu": partial(vision.face_finder_of, config)}
        if (faces := vision.faces_identity(config))
        else {},
        faces_identity=faces,
        surveys=vision.surveys(config),
    )


def recognizer_over(
    memories: MemoryReader,
    detect: Detect,
    encode: Encode,
    salient: Salient | None,
    models: Models,
    find_faces: FindFaces | None = None,
) -> Recognizer:
    """A recogniser without a bot around it, for measuring: the one that chats get, calibrated alike."""
    return Recognizer(detect, encode, Retriever(memories), models.calibration, salient, find_faces)


def recognizer_by(gateway: ModelGateway, retriever: Retriever, models: Models) -> Recognizer:
    """The recogniser that chats get: by way of the executor, with what there is of the models."""
    return Recognizer(
        gateway.detect,
        gateway.encode,
        retriever,
        models.calibration,
        gateway.salient if models.saliencies else None,
        gateway.find_faces if models.face_finders else None,
        gateway.survey if models.surveys else None,
    )


WITHOUT_MODEL = (
    "It says who is in a photo, where and how many. For what else a photo shows (what is bo doing?) turn on a language "
    'model that sees, with generator.kind = "openai" or "transformers": docs/servers.md.'
)


def generator_of(config: Config) -> Generator:
    """What answers, as configured; it speaks to no server yet."""
    chosen = config.generator
    if chosen.kind == "composer":
        return Composer()
    if chosen.kind == "transformers":
        return TransformersGenerator(chosen)
    servers = [chosen.model_copy(update={"base_url": url}) for url in chosen.base_urls] or [chosen]
    retries = _RETRIES if len(servers) == 1 else 0  # where there is another, that one is asked instead
    each = [OpenAIGenerator(one, retries=retries) for one in servers]
    return each[0] if len(each) == 1 else OpenAIServers(each)


def asks_servers(generator: Generator) -> TypeGuard[OpenAIGenerator | OpenAIServers]:
    """Whether what answers is a server, or several."""
    return isinstance(generator, OpenAIGenerator | OpenAIServers)


def generator_over(load: Callable[[], Loaded], options: GeneratorOptions) -> Generator:
    """What answers by a model that is here already, such as one that is being trained; `load` gives it."""
    return TransformersGenerator(options, loader=load)


def forgets(generator: Generator) -> Callable[[], None]:
    """What lets a generator's own copies of earlier questions go, where it has some."""
    return generator.forget if isinstance(generator, TransformersGenerator) else lambda: None


async def aclose_generator(generator: Generator) -> None:
    """End a generator's connections, where it has some."""
    if asks_servers(generator) or isinstance(generator, TransformersGenerator):
        await generator.aclose()
