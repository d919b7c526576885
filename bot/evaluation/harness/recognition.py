"""The product's recognizer over photo files and cached models, so that what chats get is what is measured.

References are made as `/remember` makes them, queries are looked at as for an answer, and concepts are ranked by
the probabilities that the recognizer grades.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np
from rich.progress import Progress

from bot.build.loading import OnFirstUse
from bot.build.models import Models, recognizer_over
from bot.config import Config
from bot.evaluation.data.datasets import Collection, Subject
from bot.evaluation.harness.cache import Cache, CachedDetector, CachedEncoder, CachedSaliency
from bot.evaluation.harness.similarities import KnownSimilarities
from core.concepts import Concept, Embedding, FaceVector, Grade, Info, Mask, Region, Sighting, Vectors
from core.errors import BadPhoto
from core.images.decoding import Image, decode
from core.messages import Chat
from core.ports import Detector, Encoder, Saliency, View
from core.recognition import assignment
from core.recognition.calibration import Calibration
from core.recognition.index import ChatIndex, Similar, similarities
from core.recognition.recognizer import PhotoFeatures, Recognizer
from core.recognition.subject import EnrolmentSample
from core.store.values import Memory, StoredEmbedding

__all__ = [
    "CHAT",
    "FileRecognizer",
    "Identification",
    "direct_recognizer",
    "index_of",
    "matched_names",
    "open_image",
    "scores",
]

CHAT = Chat("eval", "eval")
_NO_SUBJECTS: Mapping[str, Subject] = MappingProxyType({})
_NO_FACES: Mapping[str, Sequence[FaceVector]] = MappingProxyType({})


class EmptyMemory:
    """The memory of a chat without concepts: enrolment then has nothing to warn of."""

    async def revision(self, chat: Chat) -> int:  # noqa: ARG002 - the port's signature
        """Always 0."""
        return 0

    async def memory(self, chat: Chat) -> Memory:  # noqa: ARG002
        """No concepts and no embeddings."""
        return Memory(0, (), ())

    async def memory_changes(self, chat: Chat, since: int) -> None:
        """Nothing ever changes."""


@dataclass(frozen=True, slots=True)
class Identification:
    """A photo's sightings, and the probability of each concept by name, the most probable first."""

    sightings: tuple[Sighting, ...]
    probabilities: Mapping[str, float]

    @property
    def best(self) -> tuple[str | None, float]:
        """The most probable concept and its probability; `(None, 0.0)` where no concept is known."""
        return next(iter(self.probabilities.items()), (None, 0.0))


def scores(index: ChatIndex, features: PhotoFeatures) -> tuple[Vectors, Vectors | None, Vectors]:
    """The similarity of a photo's regions and the concepts (regions, concepts), as recognition uses them.

    Beside it `own` and `against`, as `Calibration.terms` takes them.
    """
    found = index.compare(features.embeddings)
    seen = assignment.scores(features.regions, features.embeddings, found, features.places)
    return seen.who, found.own, np.asarray(seen.against)


class FileRecognizer:
    """Recognizes photo files. Detector and encoder see each photo once (`cache`), as many at a time as there are cores.

    Features, references and how alike they are stay in memory.
    """

    def __init__(self, models: Models, cache: Cache, *, detector: str, saliency: str = "") -> None:
        """`detector` and `saliency` are the identities of models that can't be asked before they are built."""
        self.calibration: Calibration = models.calibration
        self.identities = {"detector": detector, "encoder": models.encoder_identity}
        self.detector = CachedDetector(OnFirstUse(models.detector).get, detector, cache)
        self.encoder = CachedEncoder(OnFirstUse(models.encoder).get, models.encoder_identity, cache)
        self._saliency = CachedSaliency(OnFirstUse(models.saliency).get, saliency, cache) if models.saliencies else None
        self.recognizer = direct_recognizer(self.detector, self.encoder, self._saliency, models)
        self._features: dict[Path, PhotoFeatures] = {}
        self._samples: dict[Path, EnrolmentSample] = {}
        self._similar, self._turns = KnownSimilarities(), asyncio.Semaphore(os.cpu_count() or 1)

    @classmethod
    def of(cls, config: Config, models: Models, cache: Cache) -> FileRecognizer:
        """A recognizer over the configured models."""
        return cls(models, cache, detector=config.models.detector, saliency=config.models.saliency)

    async def features(self, path: Path) -> PhotoFeatures:
        """A photo's regions and their embeddings. Raises `BadPhoto`."""
        if path not in self._features:
            async with self._turns:
                self._features[path] = await self.features_of(await asyncio.to_thread(open_image, path))
        return self._features[path]

    async def readable(self, collection: Collection, progress: Progress) -> Collection:
        """A copy without the photos that can't be read; the features of all others are made, which takes the time.

        Raises `DataError` when too little of the collection can be read.
        """
        bad, task = [], progress.add_task("Looking at photos", total=len(collection.photos))

        async def look(path: Path) -> None:
            try:
                await self.features(path)
            except BadPhoto:
                bad.append(path)
            progress.advance(task)

        await asyncio.gather(*map(look, collection.photos))
        return collection.without(bad)

    async def features_of(self, image: Image) -> PhotoFeatures:
        """The regions and embeddings of pixels, not kept in memory."""
        return await self.recognizer.look(CHAT, image)

    def mask(self, image: Image) -> Mask | None:
        """What a photo is about, None where no model tells."""
        return self._saliency.salient([image])[0] if self._saliency else None

    async def enrol(self, paths: Iterable[Path]) -> list[EnrolmentSample]:
        """The samples that `/remember` with these photos stores; refused ones are left out."""

        async def study(path: Path) -> EnrolmentSample:
            if path not in self._samples:
                async with self._turns:
                    image = await asyncio.to_thread(open_image, path)
                    self._samples[path] = await self.recognizer.enrolment_sample(CHAT, image)
            return self._samples[path]

        return [one for one in await asyncio.gather(*map(study, paths)) if one.refusal is None]

    async def reference_embeddings(self, paths: Sequence[Path]) -> list[Embedding]:
        """The embeddings that `/remember` with these photos stores."""
        return [sample.embedding for sample in await self.enrol(paths)]

    async def index(
        self, references: Mapping[str, Sequence[Path]], subjects: Mapping[str, Subject] = _NO_SUBJECTS
    ) -> ChatIndex:
        """An index of concepts by name with these reference photos; `subjects` as in `index_of`."""
        each = await asyncio.gather(*map(self.reference_embeddings, references.values()))
        return index_of(dict(zip(references, each, strict=True)), subjects, similar=self._similar)

    def compare(self, index: ChatIndex, photos: Sequence[PhotoFeatures]) -> None:
        """Compare whole photos with all references of an index at once, before each is identified by itself."""
        self._similar.compare([one.embeddings[-1] for one in photos], [row.embedding for row in index.positives()])

    def identify(self, index: ChatIndex, features: PhotoFeatures) -> Identification:
        """The graded sightings of a photo, and the best probability of each concept over the regions."""
        sightings = self.recognizer.identify(index, features)
        best = self.probabilities(index, features).max(0, initial=0)
        ranked = sorted(zip(index.concepts, best.tolist(), strict=True), key=lambda one: -one[1])
        return Identification(sightings, {concept.name: probability for concept, probability in ranked})

    def probabilities(self, index: ChatIndex, features: PhotoFeatures) -> Vectors:
        """Calibrated probabilities (regions, concepts), before regions are assigned to concepts."""
        return self.calibration.probabilities(*scores(index, features))


def direct_recognizer(detector: Detector, encoder: Encoder, saliency: Saliency | None, models: Models) -> Recognizer:
    """A recognizer that calls the models without an executor, for a chat without concepts."""

    async def detect(image: Image, _: str) -> list[Region]:
        return (await asyncio.to_thread(detector.detect, [image]))[0]

    async def encode(view: View, _: str) -> list[Embedding]:
        return (await asyncio.to_thread(encoder.encode, [view]))[0]

    async def salient(image: Image, _: str) -> Mask:
        assert saliency is not None  # noqa: S101 - it is handed over only then
        return (await asyncio.to_thread(saliency.salient, [image]))[0]

    return recognizer_over(EmptyMemory(), detect, encode, salient if saliency else None, models)


def matched_names(sightings: Iterable[Sighting], *grades: Grade) -> set[str]:
    """The names of the concepts matched in sightings; with `grades`, only in those that are graded so."""
    return {one.match.name for one in sightings if one.match and (not grades or one.grade in grades)}


def open_image(path: Path) -> Image:
    """A file's pixels. Raises `BadPhoto`."""
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise BadPhoto(f"{path} can't be read.") from error


def index_of(
    embeddings: Mapping[str, Sequence[Embedding]],
    subjects: Mapping[str, Subject] = _NO_SUBJECTS,
    faces: Mapping[str, Sequence[FaceVector]] = _NO_FACES,
    similar: Similar = similarities,
) -> ChatIndex:
    """An index of concepts by name with these embeddings, rounded as the store rounds them.

    `subjects` give categories and texts to the concepts that they name, `faces` the first embeddings a face each;
    `similar` tells how alike two embeddings are.
    """
    now = datetime.now(UTC)
    concepts, rows = [], list[StoredEmbedding]()
    for number, (name, vectors) in enumerate(embeddings.items(), 1):
        category, info = (subjects[name].category, subjects[name].info) if name in subjects else ("", "")
        infos = (Info(info, "", now),) if info else ()
        concepts.append(Concept(number, name, category or None, infos, "", "", now, len(vectors)))
        # Those that are rounded already stay the objects that they are.
        rounded = [one if one.parts.dtype == np.float16 else Embedding.from_bytes(one.to_bytes()) for one in vectors]
        own = [*faces.get(name, ()), *[None] * len(rounded)]
        rows += [
            StoredEmbedding(row, number, False, one, face)
            for row, (one, face) in enumerate(zip(rounded, own, strict=False), len(rows) + 1)
        ]
    return ChatIndex(Memory(1, tuple(concepts), tuple(rows)), similar)
