"""`eval scale`: the same photos asked about while the memory grows from ten concepts to ten thousand.

A few real concepts are asked about at each size; the rest of the memory are the other real concepts, and then
distractors: regions cut by probability out of photos that nobody asks about. (RAP's figures 5 and 6, and its
question of how performance declines with a growing database.)
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.progress import Progress

from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Query, everyone_known, few
from bot.evaluation.experiments.retrieval import looked_at
from bot.evaluation.harness.eyes import Eyes, index_of, opened
from bot.evaluation.harness.metrics import Spread, mean, top_k
from bot.evaluation.harness.report import Report, side_by_side
from core.concepts import Box, Embedding, Grade
from core.errors import DataError
from core.images.decoding import Image
from core.ports import View
from core.recognition.index import ChatIndex

SIZES = (10, 50, 500, 2000, 10_000)
SHOTS = (1, 2, 5)
ASKED = 10  # real concepts that are asked about at each size
_SMALLEST = 0.25  # a distractor's sides, as a share of its photo's


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the memory gets, with how many references, and how many photos of each are asked about."""

    sizes: tuple[int, ...] = SIZES
    shots: tuple[int, ...] = SHOTS
    seeds: tuple[int, ...] = (0, 1, 2)
    photos: int = 4


async def measure(eyes: Eyes, collection: Collection, crowd: Collection, plan: Plan, *, progress: Progress) -> Report:
    """The experiment; distractors come from the photos of `crowd`. Raises `DataError` when that has none."""
    collection = await looked_at(eyes, collection, progress)
    most = max(plan.sizes)
    distractors = await _distractors(eyes, crowd.photos, most, progress)
    figures: dict[int, list[dict[str, float]]] = {size: [] for size in plan.sizes}
    steps = [(seed, size) for seed in plan.seeds for size in plan.sizes]
    for seed, size in progress.track(steps, description="Growing the memory"):
        figures[size].append(await _at_size(eyes, collection, distractors, plan, seed, size))
    spreads = {
        size: {key: Spread.of([one[key] for one in found]) for key in found[0]} for size, found in figures.items()
    }
    return Report(
        "scale",
        collection.name,
        side_by_side({f"{size:,}": found for size, found in spreads.items()}, "concepts"),
        eyes.identities,
        plan.seeds,
        (*_conditions(collection, crowd, plan), bought_back(spreads, plan.shots)),
        collection.skipped,
        {"shots": list(plan.shots), "sizes": spreads},
    )


async def _at_size(
    eyes: Eyes,
    collection: Collection,
    distractors: Sequence[Embedding],
    plan: Plan,
    seed: int,
    size: int,
) -> dict[str, float]:
    order = np.random.default_rng(seed).permutation(len(collection.subjects))
    subjects = [collection.subjects[place] for place in order]
    asked = min(ASKED, len(subjects), size)
    figures: dict[str, float] = {}
    for count in plan.shots:
        split = everyone_known(replace(collection, subjects=tuple(subjects[:size])), count, seed)
        index = await _grown(eyes, split.references, distractors, size)
        chosen = {one.name for one in subjects[:asked]}
        queries = [one for one in split.queries if one.truth in chosen]
        figures |= await _asked(eyes, index, few(queries, plan.photos), count)
    return {key: figures[key] for key in sorted(figures, key=_order)}


async def _grown(
    eyes: Eyes, references: Mapping[str, Sequence[Path]], distractors: Sequence[Embedding], size: int
) -> ChatIndex:
    known = {name: await eyes.learn(paths) for name, paths in references.items()}
    others = distractors[: size - len(known)]
    return index_of(known | {f"distractor {number}": [one] for number, one in enumerate(others)})


async def _asked(eyes: Eyes, index: ChatIndex, queries: Sequence[Query], count: int) -> dict[str, float]:
    first, fifth, surely, taken = list[float](), list[float](), list[bool](), list[float]()
    for query in queries:
        look = await eyes.look(query.path)
        began = time.perf_counter()
        eyes.recognizer.identify(index, look)
        taken.append(1e3 * (time.perf_counter() - began))
        seen = eyes.identify(index, look)
        ranked = list(seen.probabilities)[:5]
        first.append(top_k(ranked, {query.subject}, 1)[0])
        fifth.append(top_k(ranked, {query.subject}, 5)[0])
        surely.append(
            any(one.grade is Grade.SURE and one.match and one.match.name == query.truth for one in seen.sightings)
        )
    return {
        f"Top-1, {count} ref.": mean(first),
        f"Top-5, {count} ref.": mean(fifth),
        f"named surely, {count} ref.": mean(surely),
        f"ms, {count} ref.": float(np.median(taken)) if taken else float("nan"),
        f"MB, {count} ref.": index.size / 1e6,
    }


def _order(key: str) -> tuple[int, int]:
    measure, count = key.removesuffix(" ref.").rsplit(", ", 1)
    return ("Top-1", "Top-5", "named surely", "ms", "MB").index(measure), int(count)


# ── distractors ───────────────────────────────────────────────────────────────────────────────────


async def _distractors(eyes: Eyes, photos: Sequence[Path], most: int, progress: Progress) -> list[Embedding]:
    """Embeddings of regions cut at random, spread over all photos alike."""
    if not photos:
        raise DataError("Distractors need photos that nobody asks about: give a folder with --crowd.")
    each = -(-most // len(photos))
    found: list[list[Embedding]] = []
    for number, path in enumerate(progress.track(photos, description="Cutting distractors")):
        image = opened(path)
        (embeddings,) = eyes.encoder.encode([View(image, tuple(_boxes(image, each, number)))])
        found.append(embeddings)
    return [row[place] for place in range(each) for row in found]


def _boxes(image: Image, count: int, seed: int) -> Iterator[Box]:
    """Boxes at random, a quarter of the photo's sides at least."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        across, down = rng.uniform(_SMALLEST, 1, 2)
        width, height = round(across * image.width), round(down * image.height)
        left, top = rng.integers(0, image.width - width + 1), rng.integers(0, image.height - height + 1)
        yield Box(int(left), int(top), int(left) + width, int(top) + height)


def _conditions(collection: Collection, crowd: Collection, plan: Plan) -> tuple[str, ...]:
    asked = min(ASKED, len(collection.subjects))
    return (
        f"The same {asked} concepts of {collection.name} are asked about at each size, up to {plan.photos}"
        f" photos each; distractors are regions of {len(crowd.photos)} photos of {crowd.name}.",
        "ms is identify alone (compare, assign, grade); MB is what the chat's index keeps in memory.",
    )


def bought_back(spreads: Mapping[int, Mapping[str, Spread]], shots: Sequence[int]) -> str:
    """Up to which size more references make up for what the growth cost."""
    least = min(spreads)
    start = spreads[least][f"Top-1, {shots[0]} ref."].mean
    said = []
    for count in shots[1:]:
        sizes = [size for size, found in spreads.items() if found[f"Top-1, {count} ref."].mean >= start]
        said.append(f"{count} references {f'up to {max(sizes):,} concepts' if sizes else 'nowhere'}")
    return f"Top-1 of {shots[0]} reference among {least:,} concepts is kept by {', '.join(said)}."
