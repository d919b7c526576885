"""`eval scale`: recall, time and memory on the same queries, while the memory grows from ten concepts to ten thousand.

The same few concepts are asked about at each size. The rest of the memory are first the other concepts, then
distractors: regions cut at random out of photos that are no queries. (RAP's figures 5 and 6, and its question of how
performance declines with a growing database.)
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.progress import Progress

from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Query, everyone_known, few
from bot.evaluation.harness.metrics import Spread, mean, top_k
from bot.evaluation.harness.recognition import FileRecognizer, index_of, matched_names, open_image
from bot.evaluation.harness.report import Report, side_by_side
from core.concepts import Box, Embedding, Grade
from core.counting import counted
from core.errors import DataError
from core.ports import View
from core.recognition.index import ChatIndex

SIZES = (10, 50, 500, 2000, 10_000)
SHOTS = (1, 2, 5)
ASKED = 10  # concepts that are asked about at each size
_MEASURES = ("Top-1", "Top-5", "named surely", "ms", "MB")
_SMALLEST = 0.25  # a distractor's sides, as a share of its photo's


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbers of concepts, of references of each, the seeds, and at most how many photos of each are queries."""

    sizes: tuple[int, ...] = SIZES
    shots: tuple[int, ...] = SHOTS
    seeds: tuple[int, ...] = (0, 1, 2)
    photos: int = 4


async def measure(
    recognizer: FileRecognizer, collection: Collection, crowd: Collection, plan: Plan, *, progress: Progress
) -> Report:
    """Run the experiment; distractors are cut out of the photos of `crowd`. Raises `DataError` when it has none."""
    collection = await recognizer.readable(collection, progress)
    distractors = _distractors(recognizer, crowd.photos, max(plan.sizes), progress)
    figures: dict[int, list[dict[str, float]]] = {size: [] for size in plan.sizes}
    steps = [(seed, size) for seed in plan.seeds for size in plan.sizes]
    for seed, size in progress.track(steps, description="Growing the memory"):
        figures[size].append(await _at_size(recognizer, collection, distractors, plan, seed, size))
    spreads = {
        size: {key: Spread.of([one[key] for one in found]) for key in found[0]} for size, found in figures.items()
    }
    conditions = (
        f"Asked about at each size: the same {counted(min(ASKED, len(collection.subjects)), 'concept')} of"
        f" {collection.name}, up to {counted(plan.photos, 'photo')} each; distractors are regions of"
        f" {counted(len(crowd.photos), 'photo')} of {crowd.name}.",
        "ms is identify alone (compare, assign, grade); MB is what the chat's index keeps in memory.",
        compensation(spreads, plan.shots),
    )
    return Report(
        "scale",
        collection.name,
        side_by_side({f"{size:,}": found for size, found in spreads.items()}, "concepts"),
        recognizer.identities,
        plan.seeds,
        conditions,
        collection.skipped,
        {"shots": list(plan.shots), "sizes": spreads},
    )


async def _at_size(
    recognizer: FileRecognizer,
    collection: Collection,
    distractors: Sequence[Embedding],
    plan: Plan,
    seed: int,
    size: int,
) -> dict[str, float]:
    """The figures of one seed with one number of concepts: each measure, for each number of references."""
    order = np.random.default_rng(seed).permutation(len(collection.subjects))
    subjects = [collection.subjects[index] for index in order]
    chosen = {one.name for one in subjects[: min(ASKED, size)]}
    by_shots: list[dict[str, float]] = []
    for count in plan.shots:
        split = everyone_known(replace(collection, subjects=tuple(subjects[:size])), count, seed)
        known = {name: await recognizer.reference_embeddings(paths) for name, paths in split.references.items()}
        others = distractors[: size - len(known)]
        index = index_of(known | {f"distractor {number}": [one] for number, one in enumerate(others)})
        queries = few([one for one in split.queries if one.truth in chosen], plan.photos)
        by_shots.append(await _figures(recognizer, index, queries))
    return {
        f"{measure}, {count} ref.": found[measure]
        for measure in _MEASURES
        for count, found in sorted(zip(plan.shots, by_shots, strict=True), key=lambda one: one[0])
    }


async def _figures(recognizer: FileRecognizer, index: ChatIndex, queries: Sequence[Query]) -> dict[str, float]:
    """Each of `_MEASURES` of some queries."""
    top1, top5, surely, milliseconds = list[float](), list[float](), list[bool](), list[float]()
    for query in queries:
        features = await recognizer.features(query.path)
        start = time.perf_counter()
        recognizer.recognizer.identify(index, features)
        milliseconds.append(1e3 * (time.perf_counter() - start))
        found = recognizer.identify(index, features)
        ranked = list(found.probabilities)[:5]
        top1.append(top_k(ranked, {query.subject}, 1)[0])
        top5.append(top_k(ranked, {query.subject}, 5)[0])
        surely.append(query.truth in matched_names(found.sightings, Grade.SURE))
    median = float(np.median(milliseconds)) if milliseconds else float("nan")
    return dict(zip(_MEASURES, (mean(top1), mean(top5), mean(surely), median, index.size / 1e6), strict=True))


def _distractors(recognizer: FileRecognizer, photos: Sequence[Path], count: int, progress: Progress) -> list[Embedding]:
    """At least `count` embeddings of regions cut at random, as many out of each photo.

    The sides of a region are a quarter of the photo's or more. Raises `DataError` when there are no photos.
    """
    if not photos:
        raise DataError("Distractors need photos that nobody asks about: give a folder with --crowd.")
    each = -(-count // len(photos))
    found: list[list[Embedding]] = []
    for number, path in enumerate(progress.track(photos, description="Cutting distractors")):
        image, boxes = open_image(path), []
        rng = np.random.default_rng(number)
        for _ in range(each):
            width_share, height_share = rng.uniform(_SMALLEST, 1, 2)
            width, height = round(width_share * image.width), round(height_share * image.height)
            left, top = rng.integers(0, image.width - width + 1), rng.integers(0, image.height - height + 1)
            boxes.append(Box(int(left), int(top), int(left) + width, int(top) + height))
        (embeddings,) = recognizer.encoder.encode([View(image, tuple(boxes))])
        found.append(embeddings)
    return [embeddings[index] for index in range(each) for embeddings in found]


def compensation(spreads: Mapping[int, Mapping[str, Spread]], shots: Sequence[int]) -> str:
    """A sentence: up to which size more references keep the Top-1 recall of the smallest size with the fewest."""
    least = min(spreads)
    start = spreads[least][f"Top-1, {shots[0]} ref."].mean
    clauses = []
    for count in shots[1:]:
        sizes = [size for size, found in spreads.items() if found[f"Top-1, {count} ref."].mean >= start]
        clauses.append(f"{counted(count, 'reference')} {f'up to {max(sizes):,} concepts' if sizes else 'nowhere'}")
    return f"Top-1 of {counted(shots[0], 'reference')} among {least:,} concepts is kept by {', '.join(clauses)}."
