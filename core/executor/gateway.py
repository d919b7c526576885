"""The ways of photos to the models: a lane for each model and device, each submission with a deadline."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.config import Config
from bot.running.loading import OnFirstUse
from core.assistant.metrics import Metrics
from core.concepts import Embedding, Region
from core.executor.executor import Executor
from core.executor.replicas import Replicas
from core.images.decoding import Image
from core.messages import Chat
from core.ports import Categories, Detector, Encoder, View
from core.recognition.index import Retriever
from core.recognition.recognizer import Detect, Encode

Vocabulary = Callable[[str], Awaitable[Categories]]
Scene = tuple[Image, Categories]


def worker_of(device: str, work: str) -> str:
    """Which worker runs a model: on the CPU all take turns, as each uses all cores; a GPU overlaps them."""
    return "cpu" if device == "cpu" else f"{device} {work}"


def vocabulary_of(retriever: Retriever) -> Vocabulary:
    """What a chat calls its things, as of now: a category added a second ago is looked for already."""

    async def categories(chat: str) -> Categories:
        index = await retriever.index(Chat.of(chat))
        return tuple(dict.fromkeys(concept.category for concept in index.concepts if concept.category))

    return categories


def detection(
    config: Config,
    executor: Executor,
    detectors: Mapping[str, OnFirstUse[Detector]],
    metrics: Metrics,
    vocabulary: Vocabulary | None,
) -> Detect:
    """Detection by way of the executor, on whichever device has least to do."""

    def run_on(detector: OnFirstUse[Detector]) -> Callable[[Sequence[Scene]], list[list[Region]]]:
        return lambda scenes: detector.get().detect([image for image, _ in scenes], [words for _, words in scenes])

    lanes = Replicas(
        [
            executor.lane(
                one.name,
                run_on(one),
                device=worker_of(device, "detect"),
                max_batch=config.models.batch,
                capacity=config.limits.queue,
            )
            for device, one in detectors.items()
        ]
    )

    async def detect(image: Image, chat: str) -> list[Region]:
        scene = image, (await vocabulary(chat) if vocabulary else ())
        with metrics.stage("detect"):
            return await lanes.submit(scene, chat=chat, deadline=_deadline(config))

    return detect


def encoding(
    config: Config, executor: Executor, encoders: Mapping[str, OnFirstUse[Encoder]], metrics: Metrics
) -> Encode:
    """Encoding by way of the executor, likewise."""

    def run_on(encoder: OnFirstUse[Encoder]) -> Callable[[Sequence[View]], list[list[Embedding]]]:
        return lambda views: encoder.get().encode(views)

    lanes = Replicas(
        [
            executor.lane(
                one.name,
                run_on(one),
                device=worker_of(device, "encode"),
                max_batch=config.models.batch,
                capacity=config.limits.queue,
            )
            for device, one in encoders.items()
        ]
    )

    async def encode(view: View, chat: str) -> list[Embedding]:
        with metrics.stage("encode"):
            return await lanes.submit(view, chat=chat, deadline=_deadline(config))

    return encode


def _deadline(config: Config) -> float:
    return time.monotonic() + config.limits.answer_seconds
