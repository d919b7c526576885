"""The only place where adapters, models and the store are constructed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector

from adapters.web.options import WebOptions
from adapters.web.server import WebChat
from bot.config import Config
from core.access import Access
from core.answering import Answering
from core.assistant import Assistant
from core.calibration import Calibration
from core.composer import Composer
from core.concepts import Embedding, Region
from core.conversations import Conversations
from core.errors import ConfigError, ModelError, RapportError, StoreError
from core.executor import Executor
from core.images import Image, Limits
from core.importing import Importing
from core.keeping import Keeping
from core.metrics import Metrics
from core.models import catalogue, mobilenet
from core.models.mobilenet import MobileNetEncoder
from core.models.openai_server import OpenAIGenerator
from core.models.yolo import Yolo11
from core.options import Options
from core.pictures import Pictures
from core.platforms import Platform, Standing
from core.ports import Detector, Encoder, Generator, View
from core.quotas import Quota, Quotas
from core.recognition import Detect, Encode, Recognizer
from core.reembedding import reembed
from core.reporting import Reporting
from core.retrieval import Memories, Retriever
from core.store import Store
from core.suggesting import Suggesting
from core.teaching import Teaching
from core.voices import Voices

if TYPE_CHECKING:
    from adapters.discord.options import DiscordOptions
    from adapters.discord.platform import DiscordChat

_log = structlog.get_logger(__name__)
_MESSENGERS = frozenset({"telegram", "discord"})  # where anybody can find the bot
_TICK = 2.0  # seconds between looks for forgotten concepts whose time is over
T = TypeVar("T")


class OnFirstUse(Generic[T]):
    """Builds a model on the worker thread that needs it first, so that the program starts at once.

    A build that failed is tried again at the next use: the weights may have arrived meanwhile.
    """

    def __init__(self, build: Callable[[], T]) -> None:
        self._build, self._lock = build, Lock()
        self._built: T | None = None

    def get(self) -> T:
        """The model. Raises what building it raises. Blocking."""
        with self._lock:
            if self._built is None:
                self._built = self._build()
            return self._built


@dataclass(frozen=True, slots=True)
class Models:
    """What sees and what answers. Detector and encoder are built on first use, on the worker thread.

    `encoder_identity` is what embeddings are filed under, `calibration` is fitted for that encoder.
    """

    detector: Callable[[], Detector]
    encoder: Callable[[], Encoder]
    encoder_identity: str
    calibration: Calibration
    generator: Generator


@dataclass(frozen=True, slots=True)
class Rapport:
    """The running parts that the program's commands speak to; `standing` is how the platforms do."""

    assistant: Assistant
    store: Store
    executor: Executor
    generator: Generator
    standing: Standing
    metrics: Metrics
    voices: Voices
    suggesting: Suggesting


def models_of(config: Config, calibration: Calibration | None = None) -> Models:
    """The configured models. Raises `ModelError` when their weights aren't here.

    `calibration` stands in for the encoder's own, which may have to be fitted first.
    """
    identity = encoder_identity(config)
    return Models(
        lambda: Yolo11(_weights(config, config.models.detector, "detector"), threads=config.models.threads),
        lambda: MobileNetEncoder(
            _weights(config, config.models.encoder, "encoder"), threads=config.models.threads
        ),
        identity,
        calibration or Calibration.load(identity),
        generator_of(config),
    )


@asynccontextmanager
async def rapport(
    config: Config, models: Models | None = None, voices: Voices | None = None
) -> AsyncIterator[Rapport]:
    """Put the parts together, start them, and end them in order.

    `models` and `voices` take the place of the configured ones. Raises `ConfigError`, `StoreError` or
    `ModelError` with a sentence that says what to do.
    """
    models = models or models_of(config)
    detector, encoder = OnFirstUse(models.detector), OnFirstUse(models.encoder)
    store = await Store.open(config.store.url, encoder=models.encoder_identity)
    async with _closing(store, models.generator), Executor() as executor:
        retriever = Retriever(store)
        standing, metrics = Standing(), _metrics()
        metrics.watch(executor.stats, standing)
        detect, encode = _lanes(config, executor, detector, encoder, metrics)
        recognizer = Recognizer(detect, encode, retriever, models.calibration)
        if voices is None:
            voices = await asyncio.to_thread(Voices.load)
        core = Core(
            config, executor, store, retriever, recognizer, models.generator, standing, metrics, voices
        )
        assistant = _assistant(core)
        chores = [
            asyncio.create_task(_warm(detector, encoder)),
            asyncio.create_task(_erase_in_time(store)),
            asyncio.create_task(reembed(store, recognizer)),
        ]
        suggesting = Suggesting(store, _access(config))
        try:
            yield Rapport(assistant, store, executor, models.generator, standing, metrics, voices, suggesting)
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)


def platforms(
    config: Config, running: Rapport, announce: Callable[[str], None] = lambda _: None
) -> dict[str, Callable[[], Platform]]:
    """How to make each platform that is turned on; `announce` gets the web page's address."""
    builds: dict[str, Callable[[], Platform]] = {}
    if config.web.enabled:
        builds["web"] = lambda: web_chat(config, running, announce)
    if config.discord.token.get_secret_value():
        builds["discord"] = lambda: discord_of(config, running)
    return builds


def discord_of(config: Config, running: Rapport) -> DiscordChat:
    """Discord before the running assistant, not connected yet."""
    from adapters.discord.platform import DiscordChat  # noqa: PLC0415 - only who turns it on waits for it

    return DiscordChat(running.assistant, running.suggesting, running.store, discord_options(config))


async def sync_discord(config: Config, guild_id: int | None) -> int:
    """Tell Discord which commands there are, on one server or everywhere; returns how many.

    Raises `PlatformError` with what to do.
    """
    from adapters.discord.client import RapportClient  # noqa: PLC0415 - as above
    from adapters.discord.syncing import sync  # noqa: PLC0415 - as above

    options = discord_options(config)
    return await sync(RapportClient(options), options.token, await asyncio.to_thread(Voices.load), guild_id)


async def introduce_discord(config: Config) -> str:
    """Ask Discord whose token it is; a sentence for the host. Raises `PlatformError` with what to do."""
    from adapters.discord.client import RapportClient  # noqa: PLC0415 - as above
    from adapters.discord.syncing import introduce  # noqa: PLC0415 - as above

    options = discord_options(config)
    return await introduce(RapportClient(options), options.token)


def discord_options(config: Config) -> DiscordOptions:
    """The Discord adapter's settings."""
    from adapters.discord.options import DiscordOptions  # noqa: PLC0415 - as above

    chosen = config.discord
    return DiscordOptions(
        token=chosen.token.get_secret_value(),
        memory=chosen.memory,
        message_content=chosen.message_content,
        shards=chosen.shards,
        largest_file=_bytes(config.limits.photo_megabytes),
        photo_minutes=config.chat.photo_minutes,
        left_days=config.chat.left_days,
        stop_seconds=config.limits.stop_seconds,
    )


def web_chat(config: Config, running: Rapport, announce: Callable[[str], None] = lambda _: None) -> WebChat:
    """The local web chat before the running assistant. Raises `ConfigError` when it would be open to all."""

    async def health() -> dict[str, object]:
        return await health_of(running)

    options = WebOptions(
        host=config.web.host,
        port=config.web.port,
        token=config.web.token.get_secret_value(),
        hosts=config.web.hosts,
        max_photos=config.limits.photos,
        max_photo_bytes=_bytes(config.limits.photo_megabytes),
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
    """Whether the store answers, what the executor's lanes have done, and how the platforms stand.

    All is well while the store answers: a messenger's outage is nothing that a restart would mend.
    """
    try:
        await running.store.ping()
    except StoreError as error:
        return {"ok": False, "store": str(error)}
    standing = {
        one.name: {"condition": one.condition, "reason": one.reason, "failures": one.failures}
        for one in running.standing.all()
    }
    lanes = {
        lane.name: {"waiting": lane.waiting, "running": lane.running, "answered": lane.answered}
        for lane in running.executor.stats()
    }
    return {"ok": True, "store": "ok", "platforms": standing, "lanes": lanes}


def encoder_identity(config: Config) -> str:
    """What the encoder's embeddings are filed under. Raises `ModelError` when its weights aren't here."""
    return mobilenet.identity(_weights(config, config.models.encoder, "encoder"))


def recognizer_over(memories: Memories, detect: Detect, encode: Encode, models: Models) -> Recognizer:
    """A recogniser without a bot around it, for measuring: the one that chats get, calibrated alike."""
    return Recognizer(detect, encode, Retriever(memories), models.calibration)


def fetch_weights(config: Config, progress: Callable[[str, int, int], None]) -> None:
    """Fetch what isn't there yet; `progress` gets name, bytes done and bytes in all. Blocking.

    Raises `ModelError` with a sentence that says what to do.
    """
    for name in (config.models.detector, config.models.encoder):
        catalogue.fetch(name, config.models.cache, partial(progress, name))


# ── the parts ─────────────────────────────────────────────────────────────────────────────────────


def _weights(config: Config, name: str, kind: str) -> Path:
    entry = catalogue.find(name)
    if entry.kind != kind:
        raise ConfigError(f"models.{kind} is set to {name}, which is a {entry.kind}.")
    if not catalogue.installed(entry, config.models.cache):
        raise ModelError(
            f"The weights of {name} aren't here yet. My host can fetch them: python -m bot models pull"
        )
    return entry.path(config.models.cache)


def generator_of(config: Config) -> Generator:
    """What answers, as configured; it speaks to no server yet."""
    chosen = config.generator
    if chosen.kind == "composer":
        return Composer()
    return OpenAIGenerator(
        base_url=chosen.base_url,
        model=chosen.model,
        api_key=chosen.api_key.get_secret_value(),
        max_tokens=chosen.max_tokens,
        temperature=chosen.temperature,
        timeout=chosen.timeout,
    )


def _lanes(
    config: Config,
    executor: Executor,
    detector: OnFirstUse[Detector],
    encoder: OnFirstUse[Encoder],
    metrics: Metrics,
) -> tuple[Detect, Encode]:
    """Detection and encoding by way of the executor, each with a deadline, and timed."""
    limits = config.limits

    def detect(images: Sequence[Image]) -> list[list[Region]]:
        return detector.get().detect(images)

    def encode(views: Sequence[View]) -> list[list[Embedding]]:
        return encoder.get().encode(views)

    detection = executor.lane("detect", detect, capacity=limits.queue)
    encoding = executor.lane("encode", encode, capacity=limits.queue)

    async def detect_one(image: Image, chat: str) -> list[Region]:
        with metrics.stage("detect"):
            return await detection.submit(image, chat=chat, deadline=time.monotonic() + limits.answer_seconds)

    async def encode_one(view: View, chat: str) -> list[Embedding]:
        with metrics.stage("encode"):
            return await encoding.submit(view, chat=chat, deadline=time.monotonic() + limits.answer_seconds)

    return detect_one, encode_one


@dataclass(frozen=True, slots=True)
class Core:
    """What the assistant is put together from."""

    config: Config
    executor: Executor
    store: Store
    retriever: Retriever
    recognizer: Recognizer
    generator: Generator
    standing: Standing
    metrics: Metrics
    voices: Voices


def _assistant(core: Core) -> Assistant:
    config, store, generator = core.config, core.store, core.generator
    options = _options(config, generator)
    pictures = Pictures(
        Limits(size=_bytes(config.limits.photo_megabytes), pixels=round(config.limits.photo_megapixels * 1e6))
    )
    conversations = Conversations(minutes=config.chat.photo_minutes, turns=config.chat.history)
    access = _access(config)
    quotas = _quotas(config, store, access)
    teaching = Teaching(store, core.retriever, core.recognizer, conversations, pictures, quotas)
    importing = Importing(store, core.recognizer, pictures, quotas)
    keeping = Keeping(store, conversations, pictures, importing, core.voices, options)
    reporting = Reporting(store, access, core.metrics, core.standing, core.executor.stats)
    answering = _answering(core, conversations, pictures)
    return Assistant(
        store,
        conversations,
        answering,
        teaching,
        keeping,
        reporting,
        access,
        quotas,
        core.metrics,
        core.voices,
        options,
    )


def _answering(core: Core, conversations: Conversations, pictures: Pictures) -> Answering:
    config, generator = core.config, core.generator
    generation = core.executor.stream_lane(
        "generate",
        generator.generate,
        concurrency=config.generator.concurrency,
        capacity=config.limits.queue,
    )
    return Answering(
        core.store,
        core.retriever,
        core.recognizer,
        generation,
        conversations,
        pictures,
        core.metrics,
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


async def _warm(*models: OnFirstUse[Any]) -> None:
    """Load the models before the first photo comes; a failure will be told to whoever sends one."""
    for model in models:
        try:
            await asyncio.to_thread(model.get)
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
        if isinstance(generator, OpenAIGenerator):
            await generator.aclose()
        await store.aclose()
