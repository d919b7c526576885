"""The only place where adapters, models and the store are constructed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector

from bot.build import lanes, messengers, vision
from bot.config import Config
from bot.running.loading import OnFirstUse, let_go_when_idle, warm
from core.assistant.answering import Answering
from core.assistant.assistant import Assistant
from core.assistant.conversations import Conversations
from core.assistant.edit import Keeping
from core.assistant.metrics import Metrics
from core.assistant.remember import Teaching
from core.assistant.stats import Reporting
from core.assistant.suggestions import Suggesting
from core.assistant.transfer import Importing
from core.commands.settings import Options
from core.errors import RapportError, StoreError
from core.executor.executor import Executor
from core.i18n.translator import Translators
from core.images.decoding import Limits
from core.images.pictures import Pictures
from core.language.composer import Composer
from core.models.openai.generator import OpenAIGenerator
from core.models.vlm.generator import TransformersGenerator
from core.models.vlm.options import Writing
from core.platforms.status import Platform, PlatformStatus
from core.policy.access import Access
from core.policy.quotas import Quota, Quotas
from core.ports import Detector, Encoder, Generator
from core.recognition.calibration import Calibration
from core.recognition.index import MemoryReader, Retriever
from core.recognition.recognizer import Detect, Encode, Recognizer
from core.recognition.reembedding import reembed
from core.store.store import Store

if TYPE_CHECKING:
    from adapters.web.server import WebChat

_log = structlog.get_logger(__name__)
_RETRIES = 4  # of a busy server, within about eight seconds or as long as it asks for
_MESSENGERS = frozenset({"telegram", "discord"})  # where anybody can find the bot
_TICK = 2.0  # seconds between looks for forgotten concepts whose time is over
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Models:
    """What sees and what answers. Detector and encoder are built on first use, on the worker thread.

    `encoder_identity` is what embeddings are filed under, `calibration` is fitted for that encoder.
    A detector with an `open_vocabulary` is told each chat's own categories. `detectors` and `encoders` are
    one for each device, where that is another than the CPU, or several.
    """

    detector: Callable[[], Detector]
    encoder: Callable[[], Encoder]
    encoder_identity: str
    calibration: Calibration
    generator: Generator
    open_vocabulary: bool = False
    detectors: Mapping[str, Callable[[], Detector]] = field(default_factory=dict)
    encoders: Mapping[str, Callable[[], Encoder]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rapport:
    """The running parts that the program's commands speak to; `platform_status` is how the platforms do."""

    assistant: Assistant
    store: Store
    executor: Executor
    generator: Generator
    platform_status: PlatformStatus
    metrics: Metrics
    translators: Translators
    suggesting: Suggesting
    seeing: tuple[OnFirstUse[Any], ...] = ()


async def check_store(config: Config) -> int:
    """Open the configured store, ask it, close it; returns how many photos wait to be embedded anew.

    Raises `StoreError` or `ModelError` with a sentence.
    """
    store = await Store.open(config.store.url, encoder=vision.encoder_identity(config))
    try:
        await store.ping()
        return await store.count_stale()
    finally:
        await store.aclose()


def models_of(config: Config, calibration: Calibration | None = None) -> Models:
    """The configured models. Raises `ModelError` when their weights aren't here, `ConfigError` for a library.

    `calibration` stands in for the encoder's own, which may have to be fitted first.
    """
    vision.check_libraries(config)
    identity = vision.encoder_identity(config)
    clips = vision.SharedClips()
    detectors = {
        device: partial(vision.detector_of, config, device, clips) for device in vision.detector_devices(config)
    }
    encoders = {device: partial(vision.encoder_of, config, device, clips) for device in vision.encoder_devices(config)}
    return Models(
        next(iter(detectors.values())),
        next(iter(encoders.values())),
        identity,
        calibration or vision.calibration_of(identity),
        generator_of(config),
        open_vocabulary=vision.open_vocabulary(config),
        detectors=detectors,
        encoders=encoders,
    )


@asynccontextmanager
async def rapport(
    config: Config, models: Models | None = None, translators: Translators | None = None
) -> AsyncIterator[Rapport]:
    """Put the parts together, start them, and end them in order.

    `models` and `translators` take the place of the configured ones. Raises `ConfigError`, `StoreError` or
    `ModelError` with a sentence that says what to do.
    """
    models = models or models_of(config)
    store = await Store.open(config.store.url, encoder=models.encoder_identity)
    async with _closing(store, models.generator), Executor() as executor:
        retriever = Retriever(store)
        platform_status, metrics = PlatformStatus(), _metrics()
        metrics.watch(executor.stats, platform_status)
        recognizer, seeing = _recognizer(config, models, executor, retriever, metrics)
        if translators is None:
            translators = await asyncio.to_thread(Translators.load)
        parts = Core(
            config, executor, store, retriever, recognizer, models.generator, platform_status, metrics, translators
        )
        assistant = _assistant(parts)
        chores = [
            asyncio.create_task(warm(seeing)),
            asyncio.create_task(_let_go(config, seeing)),
            asyncio.create_task(_load(models.generator)),
            asyncio.create_task(_erase_in_time(store)),
            asyncio.create_task(reembed(store, recognizer)),
        ]
        suggesting = Suggesting(store, _access(config))
        try:
            yield Rapport(
                assistant, store, executor, models.generator, platform_status, metrics, translators, suggesting, seeing
            )
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)


def _recognizer(
    config: Config, models: Models, executor: Executor, retriever: Retriever, metrics: Metrics
) -> tuple[Recognizer, tuple[OnFirstUse[Any], ...]]:
    """The recogniser on its lanes, and the models behind it, which load when they are first needed."""
    detectors = _loading("detect", models.detectors or {"cpu": models.detector})
    encoders = _loading("encode", models.encoders or {"cpu": models.encoder})
    vocabulary = lanes.vocabulary_of(retriever) if models.open_vocabulary else None
    detect = lanes.detection(config, executor, detectors, metrics, vocabulary)
    encode = lanes.encoding(config, executor, encoders, metrics)
    recognizer = Recognizer(detect, encode, retriever, models.calibration)
    return recognizer, (*detectors.values(), *encoders.values())


def platforms(
    config: Config, running: Rapport, announce: Callable[[str], None] = lambda _: None
) -> dict[str, Callable[[], Platform]]:
    """How to make each platform that is turned on; `announce` gets the web page's address."""
    builds: dict[str, Callable[[], Platform]] = {}
    if config.web.enabled:
        builds["web"] = lambda: web_chat(config, running, announce)
    if config.telegram.token.get_secret_value():
        builds["telegram"] = lambda: messengers.telegram_of(config, running)
    if config.discord.token.get_secret_value():
        builds["discord"] = lambda: messengers.discord_of(config, running)
    return builds


def web_chat(config: Config, running: Rapport, announce: Callable[[str], None] = lambda _: None) -> WebChat:
    """The local web chat before the running assistant. Raises `ConfigError` when it would be open to all."""
    # Imported here: console and pipe start a tenth of a second sooner without a web server.
    from adapters.web.options import WebOptions  # noqa: PLC0415
    from adapters.web.server import WebChat  # noqa: PLC0415

    async def health() -> dict[str, object]:
        return await health_of(running)

    options = WebOptions(
        host=config.web.host,
        port=config.web.port,
        token=config.web.token.get_secret_value(),
        hosts=config.web.hosts,
        max_photos=config.limits.photos,
        max_photo_bytes=config.limits.photo_bytes,
        photo_minutes=config.chat.photo_minutes,
        stop_seconds=config.limits.stop_seconds,
    )
    return WebChat(
        running.assistant,
        options=options,
        health=health,
        metrics=running.metrics.exposition,
        announce=announce,
    )


async def health_of(running: Rapport) -> dict[str, object]:
    """Whether the store answers, what the lanes have done, how platforms stand, which models are loaded.

    All is well while the store answers: a messenger's outage is nothing that a restart would mend.
    """
    try:
        await running.store.ping()
    except StoreError as error:
        return {"ok": False, "store": str(error)}
    platform_status = {
        one.name: {"condition": one.condition, "reason": one.reason, "failures": one.failures}
        for one in running.platform_status.all()
    }
    lanes = {
        lane.name: {"waiting": lane.waiting, "running": lane.running, "answered": lane.answered}
        for lane in running.executor.stats()
    }
    states = {model.name: model.state for model in running.seeing}
    return {"ok": True, "store": "ok", "platforms": platform_status, "lanes": lanes, "models": states}


def recognizer_over(memories: MemoryReader, detect: Detect, encode: Encode, models: Models) -> Recognizer:
    """A recogniser without a bot around it, for measuring: the one that chats get, calibrated alike."""
    return Recognizer(detect, encode, Retriever(memories), models.calibration)


# ── the parts ─────────────────────────────────────────────────────────────────────────────────────


def _loading(work: str, builds: Mapping[str, Callable[[], T]]) -> dict[str, OnFirstUse[T]]:
    """Models by device; where there are several their names tell the devices."""
    return {
        device: OnFirstUse(build, name=work if len(builds) == 1 else f"{work} on {device}")
        for device, build in builds.items()
    }


def generator_of(config: Config) -> Generator:
    """What answers, as configured; it speaks to no server yet."""
    chosen = config.generator
    if chosen.kind == "composer":
        return Composer()
    if chosen.kind == "transformers":
        return TransformersGenerator(
            model=chosen.model,
            revision=chosen.revision,
            device=chosen.device,
            quantize=chosen.quantize,
            writing=Writing(
                style=chosen.prompt,
                max_tokens=chosen.max_tokens,
                temperature=chosen.temperature,
                seconds=chosen.timeout,
                batch=chosen.concurrency,
                kept_tokens=chosen.kept_tokens,
            ),
        )
    return OpenAIGenerator(
        base_url=chosen.base_url,
        model=chosen.model,
        api_key=chosen.api_key.get_secret_value(),
        max_tokens=chosen.max_tokens,
        temperature=chosen.temperature,
        timeout=chosen.timeout,
        retries=_RETRIES,
    )


async def aclose_generator(generator: Generator) -> None:
    """End a generator's connections, where it has some."""
    if isinstance(generator, OpenAIGenerator | TransformersGenerator):
        await generator.aclose()


@dataclass(frozen=True, slots=True)
class Core:
    """What the assistant is put together from."""

    config: Config
    executor: Executor
    store: Store
    retriever: Retriever
    recognizer: Recognizer
    generator: Generator
    platform_status: PlatformStatus
    metrics: Metrics
    translators: Translators


def _assistant(parts: Core) -> Assistant:
    config, store, generator = parts.config, parts.store, parts.generator
    options = _options(config, generator)
    pictures = Pictures(Limits(size=config.limits.photo_bytes, pixels=round(config.limits.photo_megapixels * 1e6)))
    conversations = Conversations(minutes=config.chat.photo_minutes, turns=config.chat.history)
    access = _access(config)
    quotas = _quotas(config, store, access)
    teaching = Teaching(store, parts.retriever, parts.recognizer, conversations, pictures, quotas)
    importing = Importing(store, parts.recognizer, pictures, quotas)
    keeping = Keeping(store, conversations, pictures, importing, parts.translators, options)
    reporting = Reporting(store, access, parts.metrics, parts.platform_status, parts.executor.stats)
    answering = _answering(parts, conversations, pictures)
    return Assistant(
        store,
        conversations,
        answering,
        teaching,
        keeping,
        reporting,
        access,
        quotas,
        parts.metrics,
        parts.translators,
        options,
    )


def _answering(parts: Core, conversations: Conversations, pictures: Pictures) -> Answering:
    config, generator = parts.config, parts.generator
    generation = parts.executor.stream_lane(
        "generate",
        generator.generate,
        concurrency=config.generator.concurrency,
        capacity=config.limits.queue,
    )
    return Answering(
        parts.store,
        parts.retriever,
        parts.recognizer,
        generation,
        conversations,
        pictures,
        parts.metrics,
        sees=generator.sees,
        patience=config.limits.answer_seconds,
    )


def _options(config: Config, generator: Generator) -> Options:
    return Options(
        undo_seconds=config.chat.undo_seconds,
        photos=config.limits.photos,
        photo_minutes=config.chat.photo_minutes,
        remote=generator.sees,
    )


def _access(config: Config) -> Access:
    chosen = config.access
    return Access(frozenset(chosen.owners), frozenset(chosen.allow), frozenset(chosen.block), _MESSENGERS)


def _quotas(config: Config, store: Store, access: Access) -> Quotas:
    most = config.quotas
    return Quotas(
        store,
        access,
        person=Quota(most.person_photos_minute, most.person_names, _bytes(most.person_megabytes)),
        chat=Quota(most.chat_photos_minute, most.chat_names, _bytes(most.chat_megabytes)),
        platforms=_MESSENGERS | {"web"},
    )


def _metrics() -> Metrics:
    """Figures in a registry of this program's own, with those of its process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return Metrics(registry)


def _bytes(megabytes: float) -> int:
    return round(megabytes * 1e6)


# ── chores ────────────────────────────────────────────────────────────────────────────────────────


async def _let_go(config: Config, models: Sequence[OnFirstUse[Any]]) -> None:
    """Give memory back when nobody has sent a photo for `models.keep_alive` minutes; 0 keeps it."""
    if config.models.keep_alive:
        await let_go_when_idle(models, config.models.keep_alive * 60)


async def _load(generator: Generator) -> None:
    """Load a language model of this machine before the first question; it has a thread of its own."""
    if isinstance(generator, TransformersGenerator):
        try:
            await generator.load()
        except RapportError as error:
            _log.warning("model.not_loaded", reason=str(error))


async def _erase_in_time(store: Store) -> None:
    """Erase what was forgotten once it can't be undone any more."""
    while True:
        await asyncio.sleep(_TICK)
        try:
            await store.erase_expired(datetime.now(UTC))
        except StoreError as error:
            _log.error("erase.failed", reason=str(error))


@asynccontextmanager
async def _closing(store: Store, generator: Generator) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await aclose_generator(generator)
        await store.aclose()
