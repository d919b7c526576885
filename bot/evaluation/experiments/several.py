"""`eval several`: two, three, four known things in one picture, with strangers among them.

The things are cut out of photos that are no references and pasted onto a background (`bot.evaluation.data.pasted`).
Measured over sets: of the things in a picture the share that is named, and of the names the share that is right; and
whether the box of a right name holds its thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import Progress

from bot.evaluation.data.datasets import Collection, Subject
from bot.evaluation.data.pasted import PastedPicture, background, cut_out, paste
from bot.evaluation.data.protocol import everyone_known
from bot.evaluation.harness.metrics import CaptionScores, Spread, caption_scores, mean
from bot.evaluation.harness.recognition import FileRecognizer, open_image
from bot.evaluation.harness.report import Report
from core.concepts import Box, Grade, Sighting
from core.counting import counted
from core.errors import BadPhoto, DataError
from core.recognition.index import ChatIndex

COUNTS = (2, 3, 4)
HOLDS = 0.3  # intersection over union: a name's box holds its thing
_MOST_STRANGERS = 2
_NAMED = (Grade.SURE, Grade.MAYBE)
_OUTLINED = 0.5  # of the things: cut out along their outline


@dataclass(frozen=True, slots=True)
class SeveralPlan:
    """How much is measured: known things in a picture, pictures of each count, concepts in the chat, references."""

    counts: tuple[int, ...] = COUNTS
    pictures: int = 30
    concepts: int = 15
    references: int = 1
    seeds: tuple[int, ...] = (0, 1)


@dataclass(frozen=True, slots=True)
class PastedScene:
    """What one picture is made of: the photos of known things by name, those of strangers, and the background's."""

    known: Mapping[str, Path]
    strangers: tuple[Path, ...]
    ground: Path
    seed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SceneResult:
    """The box of each known thing by name, and what was seen."""

    truth: Mapping[str, Box]
    sightings: tuple[Sighting, ...]

    def named(self, *grades: Grade) -> dict[str, Box]:
        """The names that were given with these grades, each with its box."""
        return {one.match.name: one.region.box for one in self.sightings if one.match and one.grade in grades}

    def holds(self, *grades: Grade) -> list[bool]:
        """For each right name whether its box holds its thing."""
        return [
            box.overlap(self.truth[name]) >= HOLDS for name, box in self.named(*grades).items() if name in self.truth
        ]


async def measure(
    recognizer: FileRecognizer, collection: Collection, plan: SeveralPlan = SeveralPlan(), *, progress: Progress
) -> Report:
    """Run the experiment. Raises `DataError` when there are too few concepts for it."""
    collection = openable(collection, progress)
    chats = [await results_of(recognizer, collection, plan, seed, progress) for seed in plan.seeds]
    every = {count: [one[count] for one in chats] for count in plan.counts}
    figures = {count: [measures(results) for results in by_seed] for count, by_seed in every.items()}
    return Report(
        "several",
        collection.name,
        tuple(
            {"known things": str(count)} | {key: Spread.of([one[key] for one in found]) for key in found[0]}
            for count, found in figures.items()
        ),
        recognizer.identities,
        plan.seeds,
        (
            f"{counted(plan.pictures, 'pasted picture')} of each count and choice,"
            f" {counted(_most(collection, plan), 'concept')} with"
            f" {counted(plan.references, 'reference')} each in the chat; up to"
            f" {_MOST_STRANGERS} strangers in a picture.",
            "Names are those said surely and those asked about; a box holds its thing where their intersection over"
            f" union is at least {HOLDS}.",
        ),
        collection.skipped,
        {
            "by_seed": {str(count): found for count, found in figures.items()},
            "pictures": {
                str(count): [
                    {"there": sorted(one.truth)} | {str(grade): sorted(one.named(grade)) for grade in _NAMED}
                    for results in by_seed
                    for one in results
                ]
                for count, by_seed in every.items()
            },
        },
    )


def openable(collection: Collection, progress: Progress) -> Collection:
    """A copy without the photos that can't be read; most are never looked at as they are. Raises `DataError`."""
    bad = []
    for path in progress.track(collection.photos, description="Reading photos"):
        try:
            open_image(path)
        except BadPhoto:
            bad.append(path)
    return collection.without(bad)


def _most(collection: Collection, plan: SeveralPlan) -> int:
    """How many concepts the chat knows: at least a third of them are strangers."""
    return min(plan.concepts, len(collection.subjects) * 2 // 3)


def chat_of(collection: Collection, plan: SeveralPlan, seed: int) -> tuple[tuple[Subject, ...], tuple[Path, ...]]:
    """The subjects that the chat knows, at most two thirds, and photos of all others. Raises `DataError`."""
    subjects = collection.subjects
    order = np.random.default_rng([seed, 1]).permutation(len(subjects)).tolist()
    count = _most(collection, plan)
    others = [photo for index in sorted(order[count:]) for photo in (*subjects[index].photos, *subjects[index].queries)]
    if count < max(plan.counts) or not others:
        raise DataError(
            f"{collection.name} has {counted(len(subjects), 'concept')}: for {max(plan.counts)} at once, with strangers"
            f" among them, it takes {-(-max(plan.counts) * 3 // 2)}."
        )
    return tuple(subjects[index] for index in sorted(order[:count])), (*others, *collection.strangers)


def scenes(
    photos: Mapping[str, Sequence[Path]], others: Sequence[Path], count: int, pictures: int, seed: int
) -> list[PastedScene]:
    """What `pictures` pictures of `count` known things are made of; `photos` are the known ones', by name."""
    made = []
    for number in range(pictures):
        random = np.random.default_rng([seed, count, number])
        names = sorted(photos)
        chosen = [names[index] for index in random.choice(len(names), count, replace=False)]
        known = {name: photos[name][int(random.integers(len(photos[name])))] for name in chosen}
        strangers = random.choice(len(others), 1 + int(random.integers(_MOST_STRANGERS + 1)))
        ground, *rest = (others[index] for index in strangers)
        made.append(PastedScene(known, tuple(rest), ground, (seed, count, number, 1)))
    return made


async def results_of(
    recognizer: FileRecognizer, collection: Collection, plan: SeveralPlan, seed: int, progress: Progress
) -> dict[int, list[SceneResult]]:
    """The results of one choice of what the chat knows, by the number of known things in a picture."""
    known, others = chat_of(collection, plan, seed)
    split = everyone_known(Collection(collection.name, known), plan.references, seed)
    index = await recognizer.index(split.references)
    photos: dict[str, list[Path]] = {}
    for query in split.queries:
        photos.setdefault(query.subject, []).append(query.path)
    results = {}
    for count in plan.counts:
        made = scenes(photos, others, count, plan.pictures, seed)
        tracked = progress.track(made, description=f"{count} at once, choice {seed + 1} of {len(plan.seeds)}")
        results[count] = [await result_of(recognizer, index, scene) for scene in tracked]
    return results


async def result_of(recognizer: FileRecognizer, index: ChatIndex, scene: PastedScene) -> SceneResult:
    """Paste a scene together and look at it."""
    pasted = picture(recognizer, scene)
    found = recognizer.recognizer.identify(index, await recognizer.features_of(pasted.image))
    return SceneResult(dict(zip(scene.known, pasted.boxes, strict=False)), found)


def picture(recognizer: FileRecognizer, scene: PastedScene) -> PastedPicture:
    """Paste a scene together; the boxes are the known things', then the strangers'. Raises `BadPhoto`."""
    random = np.random.default_rng(scene.seed)
    ground = open_image(scene.ground)
    things = []
    for path in (*scene.known.values(), *scene.strangers):
        image = open_image(path)
        things.append(cut_out(image, recognizer.mask(image), along_outline=bool(random.random() < _OUTLINED)))
    order = random.permutation(len(things)).tolist()
    pasted = paste(background(ground, recognizer.mask(ground)), [things[index] for index in order], random)
    boxes = dict(zip(order, pasted.boxes, strict=True))
    return PastedPicture(pasted.image, tuple(boxes[index] for index in range(len(things))))


def measures(results: Sequence[SceneResult]) -> dict[str, float]:
    """The figures of pictures with equally many known things, by name."""
    said = _over_sets(results, *_NAMED)
    sure = _over_sets(results, Grade.SURE)
    return {
        "precision": said.precision,
        "recall": said.recall,
        "F1": said.f1,
        "box holds it": mean([held for one in results for held in one.holds(*_NAMED)]),
        "sure, precision": sure.precision if any(one.named(Grade.SURE) for one in results) else float("nan"),
        "sure, recall": sure.recall,
        "all right": mean([set(one.named(*_NAMED)) == set(one.truth) for one in results]),
    }


def _over_sets(results: Iterable[SceneResult], *grades: Grade) -> CaptionScores:
    pairs = [(set(one.truth), set(one.named(*grades))) for one in results]
    return caption_scores([truth for truth, _ in pairs], [named for _, named in pairs])
