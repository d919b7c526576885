"""Puts all the parts of Rapport together; `bot.running.rapport` sets them to work."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector

from bot.build import vision
from bot.build.assistant import assistant_of, conversations_of
from bot.build.loading import OnFirstUse
from bot.build.models import Models, aclose_generator, asks_servers, models_of, recognizer_by
from bot.build.pool import with_pool
from bot.config import Config
from core.assistant.assistant import Assistant
from core.assistant.conversations import Conversations
from core.assistant.metrics import Metrics
from core.assistant.suggestions import Suggesting
from core.chores import ChoreCondition, Chores
from core.errors import StoreError
from core.executor.executor import Executor
from core.executor.gateway import ModelGateway
from core.i18n.translator import Translators
from core.images.decoders import Decoders
from core.images.decoding import Limits
from core.images.pictures import Pictures
from core.messages import Chat
from core.platforms.status import PlatformStatus
from core.ports import Categories, Generator
from core.recognition.learning import Learned
from core.recognition.recognizer import Recognizer
from core.recognition.retriever import Retriever
from core.store import moving, opening
from core.store.keys.folder import KeyFolder
from core.store.keys.host import KEYRING, HostKeyPlace
from core.store.store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rapport:
    """The parts that the program's commands and platforms speak to.

    `vision_models` are all models that see, on all devices, `learned` what people's answers make of the grades,
    `platform_status` how the platforms do, `chores` what goes on in the background.
    """

    assistant: Assistant
    store: Store
    executor: Executor
    recognizer: Recognizer
    learned: Learned
    vision_models: tuple[OnFirstUse[Any], ...]
    generator: Generator
    platform_status: PlatformStatus
    metrics: Metrics
    translators: Translators
    suggesting: Suggesting
    conversations: Conversations
    chores: Chores = field(default_factory=Chores)

    async def health(self) -> dict[str, object]:
        """Whether the store answers, what lanes and chores have done, how platforms stand, which models are loaded.

        All is well while nothing is wrong with the store: a messenger's outage is nothing that a restart would mend.
        """
        with suppress(StoreError):  # of which the store knows
            await self.store.ping()
        fault = self.store.fault
        return {
            "ok": fault is None,
            "store": "ok" if fault is None else {"fault": fault.fault, "reason": str(fault)},
            "platforms": {
                one.name: {"condition": one.condition, "reason": one.reason, "failures": one.failures}
                for one in self.platform_status.all()
            },
            "lanes": {
                lane.name: {"waiting": lane.waiting, "running": lane.running, "answered": lane.answered}
                for lane in self.executor.stats()
            },
            "generator": self._generator_health(),
            "models": {model.name: model.state for model in self.vision_models},
            "encryption": self._encryption(),
            "chores": {
                one.name: {"condition": one.condition, "reason": one.reason, "failures": one.failures}
                for one in self.chores.all()
            },
        }

    def parts(self) -> dict[str, bool]:
        """Whether the store, what answers and each chore are well, as far as is known at this moment."""
        silent = asks_servers(self.generator) and self.generator.silent_for is not None
        chores = {one.name: one.condition is not ChoreCondition.RETRYING for one in self.chores.all()}
        return {"store": self.store.fault is None, "generator": not silent, **chores}

    def _encryption(self) -> dict[str, object]:
        """Whether an older store is just being encrypted, and how far that is."""
        under_way = self.store.encryption
        return {"condition": "ok"} if under_way is None else {"condition": "under way", **under_way._asdict()}

    def _generator_health(self) -> dict[str, object]:
        """Whether what answers is asked, or left alone for so many seconds since it didn't answer."""
        silent = self.generator.silent_for if asks_servers(self.generator) else None
        state: dict[str, object] = (
            {"condition": "ok"} if silent is None else {"condition": "down", "again_in": round(silent)}
        )
        return {"identity": self.generator.identity, **state}


@asynccontextmanager
async def opened(
    config: Config,
    models: Models | None = None,
    translators: Translators | None = None,
    decoders: Decoders | None = None,
) -> AsyncIterator[Rapport]:
    """The parts, put together, with the store open and the executor started; ended in order.

    `models`, `translators` and `decoders` take the place of the configured ones. Raises `ConfigError`, `StoreError` or
    `ModelError` with a sentence that says what to do.
    """
    models = with_pool(config, models or models_of(config))
    reserve = config.store.reserve_megabytes << 20
    store = await Store.open(
        config.store.url,
        encoder=models.encoder_identity,
        faces=models.faces_identity,
        reserve=reserve,
        keys=keys_of(config),
    )
    try:
        if translators is None:
            translators = await asyncio.to_thread(Translators.load)
        async with AsyncExitStack() as stack:
            if decoders is None:
                decoders = await stack.enter_async_context(Decoders(photo_limits(config)))
            executor = await stack.enter_async_context(Executor())
            yield _put_together(config, models, store, executor, translators, decoders)
    finally:
        await aclose_generator(models.generator)
        await store.aclose()


def _put_together(
    config: Config, models: Models, store: Store, executor: Executor, translators: Translators, decoders: Decoders
) -> Rapport:
    ProcessCollector(registry=(registry := CollectorRegistry()))  # of this program's own
    metrics, platform_status = Metrics(registry), PlatformStatus()
    learned = vision.learned_of(models.calibration, fitted=models.fitted)
    retriever = Retriever(store, learned.correction)
    detectors, encoders = _on_each("detect", models.detectors), _on_each("encode", models.encoders)
    saliencies, face_finders = _on_each("salient", models.saliencies), _on_each("faces", models.face_finders)
    gateway = ModelGateway(
        executor,
        detectors,
        encoders,
        saliencies,
        max_batch=config.models.batch,
        capacity=config.limits.queue,
        patience=config.limits.answer_seconds,
        stage=metrics.stage,
        vocabulary=_vocabulary(retriever) if models.open_vocabulary else None,
        faces=face_finders,
        surveys=models.surveys,
    )
    recognizer = recognizer_by(gateway, retriever, models)
    parts = store, retriever, recognizer, Pictures(decoders), conversations_of(config, models.generator)
    running = Rapport(
        assistant=assistant_of(config, executor, parts, models.generator, platform_status, metrics, translators),
        store=store,
        executor=executor,
        recognizer=recognizer,
        learned=learned,
        vision_models=(*detectors, *encoders, *saliencies, *face_finders),
        generator=models.generator,
        platform_status=platform_status,
        metrics=metrics,
        translators=translators,
        suggesting=Suggesting(store, config.access),
        conversations=parts[-1],
    )
    metrics.watch(executor.stats, platform_status, running.parts)
    return running


def _vocabulary(retriever: Retriever) -> Callable[[str], Awaitable[Categories]]:
    """What a chat calls its things, as of now: a category added a second ago is looked for already."""

    async def categories(chat: str) -> Categories:
        index = await retriever.index(Chat.of(chat))
        return tuple(dict.fromkeys(concept.category for concept in index.concepts if concept.category))

    return categories


def photo_limits(config: Config) -> Limits:
    """What a photo may be and take, as the host has set it."""
    limits = config.limits
    return Limits(limits.photo_bytes, round(limits.photo_megapixels * 1e6), seconds=limits.photo_seconds)


def _on_each(work: str, builds: Mapping[str, Callable[[], T]]) -> tuple[OnFirstUse[T], ...]:
    """A model on each device; where there are several their names tell the devices."""
    return tuple(
        OnFirstUse(build, name=work if len(builds) == 1 else f"{work} on {device}", device=device)
        for device, build in builds.items()
    )


@asynccontextmanager
async def opened_store(config: Config) -> AsyncIterator[Store]:
    """The configured store alone, beside a bot that may be running on it. Raises `StoreError` where there is none."""
    if any(not file.exists() for file in opening.files(config.store.url)[:1]):
        raise StoreError(f"There is no store at {opening.files(config.store.url)[0]}: name it in store.url.")
    store = await Store.open(config.store.url, encoder="", keys=keys_of(config))
    try:
        yield store
    finally:
        await store.aclose()


async def move_store(
    source: str, target: str, tell: Callable[[str], None], config: Config, **options: int
) -> moving.Moved:
    """Carry everything from a store to another place, as `core.store.moving.move` does, which has the `options`.

    Both are brought up to date before, and nothing that was to be erased is carried over. Rows are carried as they are,
    with their keys. Raises `StoreError`.
    """
    moving.refuse_the_same(source, target)
    keys, there = keys_of(config, source), keys_of(config, target)
    await (await Store.open(source, encoder="", keys=keys)).aclose()
    if not await moving.is_begun(target):  # an empty one has no keys yet: those that are carried there are its own
        await (
            await Store.open(target, encoder="", keys=there if there is not None and there.exists else None)
        ).aclose()
    if keys is not None and there is not None and keys.exists:
        await asyncio.to_thread(keys.copy_to, there.path)
    return await moving.move(source, target, tell, **options)


def keys_of(config: Config, url: str | None = None) -> KeyFolder | None:
    """The keys of the configured store, or of the one at a URL; None where nothing is to be encrypted."""
    chosen = config.keys
    if not chosen.encrypt:
        return None
    files = opening.files(url or config.store.url)
    home = Path(os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser())
    beside = Path(f"{files[0]}-keys") if files else home / "rapport" / "keys"
    folder = Path(chosen.folder).expanduser() if chosen.folder else beside
    file = chosen.host_file if chosen.host_file == KEYRING else str(host_key_file(config))
    return KeyFolder(folder, HostKeyPlace(chosen.host_key.get_secret_value(), file))


def host_key_file(config: Config) -> Path:
    """Where the host key is, if it is in a file."""
    return Path(config.keys.host_file).expanduser()


async def learned_so_far(config: Config) -> Learned:
    """What people's answers make of the grades of the configured encoder. Raises `StoreError` or `ModelError`."""
    identity = vision.encoder_identity(config)
    learned = vision.learned_of(vision.calibration_of(identity), fitted=vision.fitted(identity))
    if all(file.exists() for file in opening.files(config.store.url)[:1]):
        store = await Store.open(config.store.url, encoder=identity, keys=keys_of(config))
        try:
            learned.answers = await store.answers()
        finally:
            await store.aclose()
    return learned


async def check_store(config: Config) -> int:
    """Open the configured store, read all of it, close it; returns how many photos wait to be embedded anew.

    Raises `StoreError` or `ModelError` with a sentence.
    """
    store = await Store.open(config.store.url, encoder=vision.encoder_identity(config), keys=keys_of(config))
    try:
        await store.ping()
        await store.check()
        return await store.count_stale()
    finally:
        await store.aclose()
