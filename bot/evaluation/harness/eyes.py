"""The product's own recogniser, over models that remember: what chats get is what is measured.

`Eyes.remember` makes references as `/remember` does (study), `Eyes.look` looks as an answer does, and
`probabilities` are the probabilities that identify grades.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np

from bot.build.loading import OnFirstUse
from bot.build.models import Models, recognizer_over
from bot.config import Config
from bot.evaluation.data.datasets import Subject
from bot.evaluation.harness.cache import Cache, CachedDetector, CachedEncoder
from core.concepts import Concept, Embedding, Info, Region, Sighting
from core.errors import BadPhoto
from core.images.decoding import Image, decode
from core.messages import Chat
from core.ports import View
from core.recognition.calibration import Calibration
from core.recognition.index import ChatIndex
from core.recognition.recognizer import PhotoFeatures, scores
from core.recognition.subject import EnrolmentSample
from core.store.values import Memory, StoredEmbedding

__all__ = ["CHAT", "Eyes", "NoMemories", "Seen", "index_of", "opened", "scores"]

CHAT = Chat("eval", "eval")
_NOTHING = Memory(0, (), ())


class NoMemories:
    """A chat that knows nobody: `study` warns of references that resemble those already there."""

    async def revision(self, chat: Chat) -> int:  # noqa: ARG002 - the port's signature
        """It never changes."""
        return 0

    async def memory(self, chat: Chat) -> Memory:  # noqa: ARG002
        """Nobody."""
        return _NOTHING


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo's sightings, and the probability of each concept by name, the most probable first."""

    sightings: tuple[Sighting, ...]
    probabilities: Mapping[str, float]

    @property
    def best(self) -> tuple[str | None, float]:
        """The most probable concept and its probability; None where nobody is known."""
        return next(iter(self.probabilities.items()), (None, 0.0))


class Eyes:
    """Looks at files. Each file is looked at once; each is embedded once ever (`cache`)."""

    def __init__(self, models: Models, cache: Cache, *, detector: str) -> None:
        """`detector` names the detector, which can't be asked before it is built."""
        self.calibration: Calibration = models.calibration
        self.identities = {"detector": detector, "encoder": models.encoder_identity}
        self.detector = CachedDetector(OnFirstUse(models.detector).get, detector, cache)
        self.encoder = CachedEncoder(OnFirstUse(models.encoder).get, models.encoder_identity, cache)
        self.recognizer = recognizer_over(NoMemories(), self._detect, self._encode, models)
        self._looks: dict[Path, PhotoFeatures] = {}
        self._learnt: dict[tuple[Path, ...], list[Embedding]] = {}

    @classmethod
    def of(cls, config: Config, models: Models, cache: Cache) -> Eyes:
        """The configured ones."""
        return cls(models, cache, detector=config.models.detector)

    async def look(self, path: Path) -> PhotoFeatures:
        """A photo's regions and embeddings. Raises `BadPhoto`."""
        if path not in self._looks:
            self._looks[path] = await self.look_at(opened(path))
        return self._looks[path]

    async def look_at(self, image: Image) -> PhotoFeatures:
        """The same for pixels; not kept."""
        return await self.recognizer.look(CHAT, image)

    async def study(self, paths: Iterable[Path]) -> list[EnrolmentSample]:
        """What `/remember` with these photos stores: refused ones are left out."""
        studies: list[EnrolmentSample] = []
        for path in paths:
            study = await self.recognizer.enrolment_sample(CHAT, opened(path), beside=studies)
            if study.refusal is None:
                studies.append(study)
        return studies

    async def remember(
        self, references: Mapping[str, Sequence[Path]], told: Mapping[str, Subject] = MappingProxyType({})
    ) -> ChatIndex:
        """An index that knows these concepts by these photos, with categories and texts from `told`."""
        return index_of({name: await self.learn(paths) for name, paths in references.items()}, told)

    async def learn(self, paths: Sequence[Path]) -> list[Embedding]:
        """The embeddings that `/remember` with these photos stores."""
        key = tuple(paths)
        if key not in self._learnt:
            self._learnt[key] = [study.embedding for study in await self.study(key)]
        return self._learnt[key]

    def identify(self, index: ChatIndex, look: PhotoFeatures) -> Seen:
        """Who is in a photo, graded, and how probable each concept is."""
        sightings = self.recognizer.identify(index, look)
        best = self.probabilities(index, look).max(0, initial=0)
        ranked = sorted(zip(index.concepts, best.tolist(), strict=True), key=lambda one: -one[1])
        return Seen(sightings, {concept.name: probability for concept, probability in ranked})

    def probabilities(self, index: ChatIndex, look: PhotoFeatures) -> np.ndarray:
        """What identify grades (regions, concepts): calibrated, before regions are assigned."""
        return np.asarray(self.calibration.probabilities(scores(index, look)))

    async def _detect(self, image: Image, chat: str) -> list[Region]:  # noqa: ARG002 - the port's signature
        return self.detector.detect([image])[0]

    async def _encode(self, view: View, chat: str) -> list[Embedding]:  # noqa: ARG002
        return self.encoder.encode([view])[0]


def opened(path: Path) -> Image:
    """A file's pixels. Raises `BadPhoto`."""
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise BadPhoto(f"{path} can't be read.") from error


def index_of(
    embeddings: Mapping[str, Sequence[Embedding]], told: Mapping[str, Subject] = MappingProxyType({})
) -> ChatIndex:
    """An index of concepts by name, their embeddings as exact as the store keeps them."""
    concepts = tuple(
        _concept(number, name, told.get(name), len(rows)) for number, (name, rows) in enumerate(embeddings.items(), 1)
    )
    owners = [one.id for one in concepts for _ in embeddings[one.name]]
    rows = [Embedding.from_bytes(row.to_bytes()) for one in concepts for row in embeddings[one.name]]
    stored = tuple(
        StoredEmbedding(number, owner, False, row)
        for number, (owner, row) in enumerate(zip(owners, rows, strict=True), 1)
    )
    index = ChatIndex()
    index.update(Memory(1, concepts, stored))
    return index


def _concept(number: int, name: str, told: Subject | None, photos: int) -> Concept:
    now = datetime.now(UTC)
    infos = (Info(told.info, "", now),) if told and told.info else ()
    return Concept(number, name, (told.category or None) if told else None, infos, "", "", now, photos)
