"""How photos reach the models: a lane for each model and device, each submission with a deadline."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar, cast

from core.concepts import Embedding, Face, Mask, Region
from core.executor.batch_lane import BatchLane
from core.executor.executor import Executor
from core.images.decoding import Image
from core.ports import Categories, Detector, Encoder, FaceFinder, Saliency, Survey, Surveyor, View

M_co = TypeVar("M_co", covariant=True)
M = TypeVar("M")
T = TypeVar("T")
R = TypeVar("R")

Vocabulary = Callable[[str], Awaitable[Categories]]
"""The words that a chat, given by its key, has for its things at this moment."""

Stage = Callable[[str], AbstractContextManager[None]]
"""Times what is done inside, under the stage's name."""


class Replica(Protocol[M_co]):
    """A model on one device, which may not be loaded yet."""

    @property
    def name(self) -> str:
        """What its lane is called in figures, logs and sentences."""
        ...

    @property
    def device(self) -> str:
        """Where it runs, "cpu" or as torch names devices."""
        ...

    @property
    def loading(self) -> bool:
        """Whether it is just being loaded."""
        ...

    def get(self) -> M_co:
        """The model, loaded if need be. Blocking; called on the executor's worker."""
        ...


def worker_of(device: str, work: str) -> str:
    """Which worker runs a model: detector and encoder side by side, which keeps all cores at work between two layers.

    On the CPU the others take turns with the detector.
    """
    return device if device == "cpu" and work != "encode" else f"{device} {work}"


def least_loaded(lanes: Sequence[BatchLane[T, R]]) -> BatchLane[T, R]:
    """Of lanes that run the same model, the one with the least to do whose device responds."""
    return min(lanes, key=lambda one: (one.dead, one.load))


@dataclass(frozen=True, slots=True)
class _Lanes:
    """Makes the lanes of models: `max_batch` photos at once, of which `capacity` wait."""

    executor: Executor
    max_batch: int
    capacity: int

    def __call__(
        self,
        work: str,
        models: Sequence[Replica[M]],
        run: Callable[[M, Sequence[T]], list[R]],
        what: str = "",
        *,
        alone: bool = False,
    ) -> list[BatchLane[T, R]]:
        """One for each replica; `what` follows its name, and `alone` has it take one photo at a time."""

        def run_on(model: Replica[M]) -> Callable[[Sequence[T]], list[R]]:
            return lambda items: run(model.get(), items)

        return [
            self.executor.lane(
                f"{one.name} {what}".strip(),
                run_on(one),
                device=worker_of(one.device, work),
                max_batch=1 if alone else self.max_batch,
                capacity=self.capacity,
                loading=partial(getattr, one, "loading"),
            )
            for one in models
        ]


class ModelGateway:
    """Detection, saliency and encoding by way of the executor, on whichever replica has least to do.

    `max_batch` photos are run together at most, `capacity` wait for each model, and one that has waited
    for `patience` seconds is refused. `vocabulary` is given for detectors that look for any word, `faces` where faces
    are compared, `surveys` is whether the encoders are surveyors.
    """

    def __init__(
        self,
        executor: Executor,
        detectors: Sequence[Replica[Detector]],
        encoders: Sequence[Replica[Encoder]],
        saliencies: Sequence[Replica[Saliency]] = (),
        *,
        max_batch: int,
        capacity: int,
        patience: float,
        stage: Stage,
        vocabulary: Vocabulary | None = None,
        faces: Sequence[Replica[FaceFinder]] = (),
        surveys: bool = False,
    ) -> None:
        self._patience, self._stage, self._vocabulary = patience, stage, vocabulary

        lanes = _Lanes(executor, max_batch, capacity)
        self._detectors = lanes("detect", detectors, _detect)
        self._saliencies, self._faces = lanes("salient", saliencies, _salient), lanes("faces", faces, _find)
        self._encoders = lanes("encode", encoders, _encode)
        # References take several times as long. One at a time, in turn with the other lanes of the device: nobody's
        # photo waits for a whole album that is being learnt.
        self._studies = lanes("encode", encoders, _encode, "references", alone=True)
        surveyors = encoders if surveys else ()
        self._surveys = lanes("encode", surveyors, _survey, "maps")
        self._long_surveys = lanes("encode", surveyors, _survey, "reference maps", alone=True)

    async def find_faces(self, view: View, chat: str) -> list[Face]:
        """The faces of the people in the view's boxes. Raises likewise."""
        with self._stage("faces"):
            return await least_loaded(self._faces).submit(view, chat=chat, deadline=self._deadline)

    @property
    def _deadline(self) -> float:
        return time.monotonic() + self._patience

    async def detect(self, image: Image, chat: str) -> list[Region]:
        """The photo's regions, boxes in its pixels. Raises `Busy` or `ModelError`, as `BatchLane.submit`."""
        scene = image, (await self._vocabulary(chat) if self._vocabulary else ())
        with self._stage("detect"):
            return await least_loaded(self._detectors).submit(scene, chat=chat, deadline=self._deadline)

    async def salient(self, image: Image, chat: str) -> Mask:
        """What the photo is about. Raises likewise; called where there are models of it."""
        with self._stage("salient"):
            return await least_loaded(self._saliencies).submit(image, chat=chat, deadline=self._deadline)

    async def survey(self, view: View, chat: str) -> Survey:
        """What the encoder sees of the view's photo before all boxes are known; called where there are surveyors."""
        lanes = self._long_surveys if view.reference else self._surveys
        with self._stage("survey"):
            return await least_loaded(lanes).submit(view, chat=chat, deadline=self._deadline)

    async def encode(self, view: View, chat: str) -> list[Embedding]:
        """An embedding for each of the view's boxes, in order, and perhaps for its places. Raises likewise."""
        lanes = self._studies if view.reference else self._encoders
        with self._stage("encode"):
            return await least_loaded(lanes).submit(view, chat=chat, deadline=self._deadline)


def _detect(detector: Detector, scenes: Sequence[tuple[Image, Categories]]) -> list[list[Region]]:
    return detector.detect([image for image, _ in scenes], [words for _, words in scenes])


def _salient(saliency: Saliency, images: Sequence[Image]) -> list[Mask]:
    return saliency.salient(images)


def _find(finder: FaceFinder, views: Sequence[View]) -> list[list[Face]]:
    return finder.find(views)


def _encode(encoder: Encoder, views: Sequence[View]) -> list[list[Embedding]]:
    return encoder.encode(views)


def _survey(encoder: Encoder, views: Sequence[View]) -> list[Survey]:
    return cast(Surveyor, encoder).survey(views)
