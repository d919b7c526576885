"""How well the demo's models use what was retrieved: asked as the bot asks, with the bot's own recognizer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.build.models import aclose_generator, generator_of
from bot.config import Config
from bot.data.prompts import unmarked
from bot.evaluation.harness.metrics import mean
from bot.evaluation.harness.recognition import FileRecognizer
from bot.train.demo import questions, words, world
from bot.train.demo.questions import Exam, jpeg
from bot.train.demo.world import Figure
from core.ports import Generator, Prompt, PromptConcept, StatusMessage

_AT_ONCE = 8  # questions
_LONGEST = 80  # tokens of an answer
_RETRIEVED = 2  # RAP's K: concepts that are handed to the model


@dataclass(frozen=True, slots=True)
class Examination:
    """How much is asked: questions of each kind, and the sizes of the store with the photos asked about at each."""

    questions: int = 100
    sizes: tuple[int, ...] = (10, 100, 500)
    photos: int = 40
    seed: int = 0


@asynccontextmanager
async def opened(config: Config, model: Path) -> AsyncIterator[Generator]:
    """The generator over a trained model, as the bot has it."""
    chosen = {"kind": "transformers", "model": str(model), "device": "cpu", "temperature": 0.0, "max_tokens": _LONGEST}
    options = config.generator.model_copy(update=chosen)
    generator = generator_of(config.model_copy(update={"generator": options}))
    try:
        yield generator
    finally:
        await aclose_generator(generator)


async def answers(generator: Generator, asked: Sequence[Exam]) -> list[str]:
    """The answers, in order."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def answer(one: Exam) -> str:
        async with turns:
            pieces = [piece async for piece in generator.generate(one.prompt) if not isinstance(piece, StatusMessage)]
        return "".join(pieces).strip()

    return list(await asyncio.gather(*(answer(one) for one in asked)))


async def judge(generator: Generator, kept: Sequence[Figure], plan: Examination) -> dict[str, float]:
    """Each measure of each kind of question."""
    found: dict[str, float] = {}
    for kind, (asked, measure) in questions.groups(kept, plan.questions, plan.seed).items():
        said = await answers(generator, asked)
        found |= {f"{kind}: {name}": value for name, value in measure(asked, said).items()}
    return found


class GrowingMemory:
    """A growing store of figures that are remembered by the bot's recognizer; the first ten are asked about."""

    def __init__(self, recognizer: FileRecognizer, folder: Path, figures: Sequence[Figure], plan: Examination) -> None:
        self._recognizer, self._folder, self._plan = recognizer, folder, plan
        self._draw = random.Random(f"{plan.seed} store")  # noqa: S311 - no secret
        self._named = [words.named(one, self._draw) for one in figures[: max(plan.sizes)]]
        taken: set[str] = set()
        for number, one in enumerate(self._named):
            while one.name in taken:
                one = words.named(one.figure, self._draw)  # noqa: PLW2901 - another name
            taken.add(one.name)
            self._named[number] = one

    async def questions(self) -> dict[int, tuple[list[Exam], float]]:
        """By size of the store: who is in each photo, given what is retrieved, and the share of those who are."""
        self._folder.mkdir(parents=True, exist_ok=True)
        references: dict[str, list[Path]] = {}
        for number, one in enumerate(self._named):
            path = self._folder / f"reference-{number}.jpg"
            path.write_bytes(jpeg(world.portrait(one.figure, self._draw.randrange(1 << 40))))
            references[one.name] = [path]
        scenes = []
        for number in range(self._plan.photos):
            present = self._draw.sample(self._named[: min(self._plan.sizes)], self._draw.choice([1, 2]))
            path = self._folder / f"photo-{number}.jpg"
            path.write_bytes(jpeg(world.scene([one.figure for one in present], self._draw.randrange(1 << 40)).picture))
            scenes.append((path, frozenset(one.name for one in present)))
        found = {}
        for size in self._plan.sizes:
            index = await self._recognizer.index({name: references[name] for name in [*references][:size]})
            asked, hits = [], []
            for path, there in scenes:
                identified = self._recognizer.identify(index, await self._recognizer.features(path))
                retrieved = [*identified.probabilities][:_RETRIEVED]
                hits += [name in retrieved for name in there]
                asked.append(Exam(self._prompt(path, retrieved, references), there))
            found[size] = (asked, mean(hits))
        return found

    def _prompt(self, photo: Path, retrieved: Sequence[str], references: Mapping[str, Sequence[Path]]) -> Prompt:
        by_name = {one.name: one for one in self._named}
        known = tuple(
            PromptConcept(number, name, None, unmarked(by_name[name].info), references[name][0].read_bytes())
            for number, name in enumerate(retrieved, 1)
        )
        side = world.PHOTO_SIDE
        return Prompt(words.WHO[0], photo=photo.read_bytes(), size=(side, side), known=known, names=tuple(by_name))


async def judge_growing(generator: Generator, asked: Mapping[int, tuple[Sequence[Exam], float]]) -> dict[str, float]:
    """Recall and precision of names at each size of the store, beside what retrieval found at all."""
    found: dict[str, Any] = {}
    for size, (those, retrieved) in asked.items():
        said = await answers(generator, those)
        scores = questions.recall_and_precision(those, said)
        found[f"{size} remembered: among the {_RETRIEVED} retrieved"] = retrieved
        found |= {f"{size} remembered: {name}": value for name, value in scores.items()}
    return found
