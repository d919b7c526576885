"""Asking the generator as chats do: with what was really retrieved, with the truth, or with a lie."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from rich.progress import Progress

from bot.evaluation.data.datasets import Collection
from bot.evaluation.harness.cache import Cache, CachedGenerator
from bot.evaluation.harness.eyes import Eyes, opened
from core.assistant.answering import prompt_of
from core.concepts import Concept, Grade, Match, Reference, Sighting
from core.i18n.translator import ENGLISH
from core.images.decoding import Limits
from core.images.pictures import Pictures
from core.names import mentioned
from core.ports import Generator, Prompt
from core.recognition.index import ChatIndex
from core.recognition.recognizer import PhotoFeatures

T = TypeVar("T")


class Retrieval(StrEnum):
    """What the generator is told: what recognition found, the truth, somebody else, or nothing at all."""

    REAL = "real retrieval"
    PERFECT = "perfect retrieval"
    WRONG = "wrong retrieval"
    NONE = "without retrieval"


@dataclass(frozen=True, slots=True, eq=False)
class Notes:
    """A chat's memory for asking: its index, and each concept's first reference."""

    index: ChatIndex
    references: Mapping[str, Reference]

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody known."""
        return tuple(one.name for one in self.index.concepts)

    def concept(self, name: str) -> Concept:
        """The concept of that name, which must be known."""
        return next(one for one in self.index.concepts if one.name == name)

    def another(self, name: str) -> str:
        """Somebody else: the next one."""
        return self.names[(self.names.index(name) + 1) % len(self.names)]


async def answers(
    asked: Sequence[T], ask: Callable[[T, Retrieval], Awaitable[str]], progress: Progress
) -> dict[Retrieval, list[str]]:
    """Ask everything once with each kind of retrieval."""
    return {
        retrieval: [await ask(one, retrieval) for one in progress.track(asked, description=f"{retrieval}")]
        for retrieval in Retrieval
    }


class Talk:
    """Makes prompts of photos and questions and has them answered, each once ever (`cache`)."""

    def __init__(self, eyes: Eyes, generator: Generator, cache: Cache) -> None:
        self.sees, self.identity = generator.sees, generator.identity
        self._eyes, self._generator = eyes, CachedGenerator(generator, cache)
        self._pictures = Pictures(Limits())

    @property
    def identities(self) -> dict[str, str]:
        """Of all models that take part."""
        return {**self._eyes.identities, "generator": self.identity}

    async def remember(self, collection: Collection, references: Mapping[str, Sequence[Path]]) -> Notes:
        """What a chat knows after `/remember` with these photos and the collection's texts."""
        told = {one.name: one for one in collection.subjects}
        index = await self._eyes.remember(references, told)
        if not self.sees:
            return Notes(index, {})
        return Notes(index, {name: await self._reference(paths[0]) for name, paths in references.items()})

    async def ask(self, notes: Notes, question: str, path: Path | None, retrieval: Retrieval, seen: str | None) -> str:
        """The answer; `seen` is who perfect or wrong retrieval finds, None for nobody."""
        look = await self._eyes.look(path) if path else None
        prompt = self._prompt(notes, question, look, retrieval, seen)
        if self.sees:
            prompt = await self._illustrated(notes, prompt, path)
        return "".join([piece async for piece in self._generator.generate(prompt)]).strip()

    def _prompt(
        self, notes: Notes, question: str, look: PhotoFeatures | None, retrieval: Retrieval, seen: str | None
    ) -> Prompt:
        size = look.size if look else (0, 0)
        if retrieval is Retrieval.NONE:
            return Prompt(question, size=size)
        sightings: tuple[Sighting, ...] = ()
        if look and retrieval is Retrieval.REAL:
            sightings = self._eyes.identify(notes.index, look).sightings
        elif look and seen:
            sightings = (self._forced(notes, look, seen),)
        named = mentioned(question, notes.names)
        if not look and seen and retrieval is Retrieval.WRONG:
            named = [seen]
        return prompt_of(question, ENGLISH, sightings, size, notes.index.concepts, named)

    def _forced(self, notes: Notes, look: PhotoFeatures, name: str) -> Sighting:
        """The region that looks most like the concept, surely named after it."""
        concept = notes.concept(name)
        column = notes.index.concepts.index(concept)
        region = look.regions[int(self._eyes.probabilities(notes.index, look)[:, column].argmax())]
        return Sighting(region, Grade.SURE, Match(concept.id, name, 1.0), 1.0)

    async def _illustrated(self, notes: Notes, prompt: Prompt, path: Path | None) -> Prompt:
        known = tuple(
            [replace(one, picture=await self._pictures.portrait(notes.references[one.name])) for one in prompt.known]
        )
        photo = await self._pictures.preview(opened(path)) if path else None
        return replace(prompt, known=known, photo=photo)

    async def _reference(self, path: Path) -> Reference:
        image = opened(path)
        studies = await self._eyes.study([path])
        stored = await self._pictures.stored(image)
        box = (studies[0].region.box if studies else image.box).scaled(stored.factor)
        return Reference(0, 0, False, stored.jpeg, box, (), "", datetime.now(UTC))
