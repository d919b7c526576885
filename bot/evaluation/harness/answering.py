"""Asks the generator about photos with different results of retrieval: the real one, the truth, a false one, none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from rich.progress import Progress

from bot.evaluation.data.annotations import MissingPicture
from bot.evaluation.data.datasets import Collection
from bot.evaluation.harness.cache import Cache, CachedGenerator
from bot.evaluation.harness.recognition import CHAT, FileRecognizer, open_image
from bot.evaluation.harness.report import Report
from core.assistant.answering import prompt_of
from core.concepts import Concept, Grade, Match, Reference, Sighting
from core.i18n.translator import ENGLISH
from core.images.decoders import Decoders
from core.images.decoding import Limits
from core.images.pictures import Pictures
from core.language.spoken import Spoken
from core.names import mentioned
from core.ports import Generator, Prompt
from core.recognition.index import ChatIndex
from core.recognition.recognizer import PhotoFeatures

T = TypeVar("T")


class Retrieval(StrEnum):
    """What the generator is told of a photo: what was recognized, the truth, another concept, or nothing."""

    REAL = "real retrieval"
    PERFECT = "perfect retrieval"
    WRONG = "wrong retrieval"
    NONE = "without retrieval"


@dataclass(frozen=True, slots=True, eq=False)
class KnownConcepts:
    """The concepts that questions are asked about: their index, and each one's first reference by name.

    There are references only for a generator that sees pictures.
    """

    index: ChatIndex
    references: Mapping[str, Reference]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all concepts."""
        return tuple(one.name for one in self.index.concepts)

    def concept(self, name: str) -> Concept:
        """The concept with a name, which must be known."""
        return next(one for one in self.index.concepts if one.name == name)

    def another(self, name: str) -> str:
        """The name of the concept that follows the one with this name; the first follows the last."""
        return self.names[(self.names.index(name) + 1) % len(self.names)]


@dataclass(frozen=True, slots=True)
class QuestionPlan:
    """What is asked, and after remembering what.

    `file` is a question file and the folder of its pictures; without it, questions are made of at most `photos`
    photos of each concept. `references` is the number of photos that are remembered of each concept.
    """

    file: tuple[Path, Path] | None = None
    references: int = 1
    photos: int = 3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """The outcome with one kind of retrieval: its row of the table, figures by concept, and the answers.

    Each of the `answers` is what was asked (photo, question or both), followed by the generator's answer.
    """

    figures: dict[str, float]
    by_concept: Mapping[str, Any]
    answers: Sequence[tuple[str, ...]]


class QuestionAnswerer:
    """Makes prompts of photos and questions and has each of them answered once (`cache`).

    An answer is what a chat would see of the model's words, at most `most_letters` of them.
    """

    def __init__(self, recognizer: FileRecognizer, generator: Generator, cache: Cache, most_letters: int) -> None:
        self.sees, self.identity = generator.sees, generator.identity
        self._recognizer, self._generator = recognizer, CachedGenerator(generator, cache)
        self._pictures = Pictures(Decoders(Limits()))
        self._most_letters = most_letters
        self._thinks_first = False  # whether the last answer began with thoughts that nothing opened

    @property
    def identities(self) -> dict[str, str]:
        """The identities of detector, encoder and generator, by role."""
        return {**self._recognizer.identities, "generator": self.identity}

    async def remember(self, collection: Collection, references: Mapping[str, Sequence[Path]]) -> KnownConcepts:
        """What a chat knows after `/remember` with these photos and the collection's categories and texts."""
        index = await self._recognizer.index(references, {one.name: one for one in collection.subjects})
        first: dict[str, Reference] = {}
        for name, paths in references.items() if self.sees else ():
            image, samples = open_image(paths[0]), await self._recognizer.enrol(paths[:1])
            stored = await self._pictures.stored(CHAT, image)
            box = (samples[0].region.box if samples else image.box).scaled(stored.factor)
            first[name] = Reference(0, 0, False, stored.jpeg, box, (), "", datetime.now(UTC))
        return KnownConcepts(index, first)

    async def ask(
        self, known: KnownConcepts, question: str, path: Path | None, retrieval: Retrieval, target: str | None
    ) -> str:
        """The answer to a question about a photo, or without one.

        `target` is the concept that perfect or wrong retrieval finds, None for none.
        """
        features = await self._recognizer.features(path) if path else None
        prompt = self._prompt(known, question, features, retrieval, target)
        if self.sees:
            illustrated = [
                replace(one, picture=await self._pictures.portrait(CHAT, known.references[one.name]))
                for one in prompt.known
            ]
            photo = await self._pictures.preview(CHAT, open_image(path)) if path else None
            prompt = replace(prompt, known=tuple(illustrated), photo=photo)
        spoken = Spoken(prompt.names, most=self._most_letters, thinks_first=self._thinks_first)  # as a chat sees it
        async for piece in self._generator.generate(prompt):
            spoken.add(piece)
        self._thinks_first = spoken.end()
        return spoken.text.strip()

    def _prompt(
        self,
        known: KnownConcepts,
        question: str,
        features: PhotoFeatures | None,
        retrieval: Retrieval,
        target: str | None,
    ) -> Prompt:
        size = features.size if features else (0, 0)
        if retrieval is Retrieval.NONE:
            return Prompt(question, size=size)
        sightings: tuple[Sighting, ...] = ()
        if features and retrieval is Retrieval.REAL:
            sightings = self._recognizer.identify(known.index, features).sightings
        elif features and target:
            # The region that is most probably the target is surely matched with it.
            concept = known.concept(target)
            column = self._recognizer.probabilities(known.index, features)[:, known.index.concepts.index(concept)]
            match = Match(concept.id, target, 1.0)
            sightings = (Sighting(features.regions[int(column.argmax())], Grade.SURE, match, 1.0),)
        named = mentioned(question, known.names)
        if not features and target and retrieval is Retrieval.WRONG:
            named = [target]
        return prompt_of(question, ENGLISH, sightings, size, known.index.concepts, named)


async def compare_retrievals(
    experiment: str,
    column: str,
    questions: Sequence[T],
    ask: Callable[[T, Retrieval], Awaitable[str]],
    result: Callable[[list[str]], RetrievalResult],
    *,
    collection: Collection,
    models: Mapping[str, str],
    seed: int,
    conditions: tuple[str, ...],
    skipped: Iterable[object],
    progress: Progress,
) -> Report:
    """Have all questions answered with each kind of retrieval, and report a row for each.

    `result` makes a row of the answers, given in the order of the questions; `column` heads the first column.
    Of `skipped`, the missing pictures are reported.
    """
    results: dict[Retrieval, RetrievalResult] = {}
    for retrieval in Retrieval:
        tracked = progress.track(questions, description=f"{retrieval}")
        results[retrieval] = result([await ask(one, retrieval) for one in tracked])
    return Report(
        experiment,
        collection.name,
        tuple({column: str(retrieval)} | one.figures for retrieval, one in results.items()),
        models,
        (seed,),
        conditions,
        (*collection.skipped, *(one.message for one in skipped if isinstance(one, MissingPicture))),
        {str(retrieval): {"by_concept": one.by_concept, "answers": one.answers} for retrieval, one in results.items()},
    )
