"""`eval retrieval`: does the right concept come first, and do strangers stay strangers?

Ranking: everybody is known, the other photos are asked about. Strangers: a third of the subjects is
nobody's memory, in turn. Concepts are ranked by the probability that identify grades.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.progress import Progress

from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Query, Split, everyone_known, thirds
from bot.evaluation.harness.eyes import Eyes, Seen
from bot.evaluation.harness.metrics import Spread, auroc, mean, recall_at, top_k
from bot.evaluation.harness.report import Report, side_by_side
from core.concepts import Grade
from core.errors import BadPhoto

SHOTS = (1, 3, 5)
DEEPEST = 5
_BINS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """A query and what was seen."""

    query: Query
    seen: Seen

    @property
    def right(self) -> bool:
        """Whether the most probable concept is the one in the photo."""
        return self.query.truth is not None and self.seen.best[0] == self.query.truth

    def graded(self, grade: Grade) -> list[bool]:
        """For each sighting of that grade whether its name is right."""
        return [one.match.name == self.query.truth for one in self.seen.sightings if one.match and one.grade is grade]


@dataclass(frozen=True, slots=True)
class Trial:
    """One seed's answers with one count of references: with everybody known, and with strangers."""

    known: tuple[Answer, ...]
    folds: tuple[tuple[Answer, ...], ...]


async def measure(
    eyes: Eyes,
    collection: Collection,
    *,
    shots: Sequence[int] = SHOTS,
    seeds: Sequence[int] = (0, 1, 2),
    progress: Progress,
) -> Report:
    """The experiment. Raises `DataError` when too little of the collection can be read."""
    collection = await looked_at(eyes, collection, progress)
    columns, details = {}, {}
    for count in shots:
        heading = f"{count} references" if count > 1 else "1 reference"
        steps = progress.track(seeds, description=heading)
        trials = [await trial(eyes, collection, count, seed) for seed in steps]
        figures = [measures(one) for one in trials]
        columns[heading] = {key: Spread.of([one[key] for one in figures]) for key in figures[0]}
        details[str(count)] = {
            "by_seed": figures,
            "curve": _curve(trials),
            "reliability": reliability(answer for one in trials for fold in one.folds for answer in fold),
            "by_concept": _by_concept(trials),
        }
    return Report(
        "retrieval",
        collection.name,
        side_by_side(columns),
        eyes.identities,
        tuple(seeds),
        _conditions(collection, seeds),
        collection.skipped,
        {"references": details},
    )


async def looked_at(eyes: Eyes, collection: Collection, progress: Progress) -> Collection:
    """Look at every photo once, which is what takes time; those that can't be read are left out."""
    bad = []
    for path in progress.track(collection.photos, description="Looking at photos"):
        try:
            await eyes.look(path)
        except BadPhoto:
            bad.append(path)
    return collection.without(bad)


async def trial(eyes: Eyes, collection: Collection, count: int, seed: int) -> Trial:
    """Ask about all photos, once with everybody known and three times with a third of strangers."""
    known = await answered(eyes, everyone_known(collection, count, seed))
    folds = [await answered(eyes, split) for split in thirds(collection, count, seed)]
    return Trial(known, tuple(folds))


async def answered(eyes: Eyes, split: Split) -> tuple[Answer, ...]:
    """Remember the split's references and ask about its queries."""
    index = await eyes.remember(split.references)
    return tuple([Answer(one, eyes.identify(index, await eyes.look(one.path))) for one in split.queries])


# ── measures ──────────────────────────────────────────────────────────────────────────────────────


def measures(one: Trial) -> dict[str, float]:
    """Every figure of one trial by name."""
    folds = [_fold(fold) for fold in one.folds]
    pooled = [answer for fold in one.folds for answer in fold]
    sure = [right for answer in pooled for right in answer.graded(Grade.SURE)]
    maybe = [right for answer in pooled for right in answer.graded(Grade.MAYBE)]
    known = [any(answer.graded(Grade.SURE)) for answer in pooled if answer.query.truth]
    return {
        **{f"Top-{k} recall": _top(one.known, k)[0] for k in (1, 3, DEEPEST)},
        f"Top-{DEEPEST} precision": _top(one.known, DEEPEST)[1],
        **{key: Spread.of([fold[key] for fold in folds]).mean for key in folds[0]},
        "of the sure, right": mean(sure),
        "of the maybe, right": mean(maybe),
        "of the known, named surely": mean(known),
    }


def _fold(fold: Sequence[Answer]) -> dict[str, float]:
    known = [answer for answer in fold if answer.query.truth]
    others = [answer for answer in fold if not answer.query.truth]
    scores, right = [answer.seen.best[1] for answer in known], [answer.right for answer in known]
    strangers = [answer.seen.best[1] for answer in others]
    alike = [answer.seen.best[1] for answer in others if answer.query.like]
    return {
        "recall at 1 % false names": recall_at(scores, right, strangers, 0.01),
        "recall at 5 % false names": recall_at(scores, right, strangers, 0.05),
        "recall at 5 % on look-alikes": recall_at(scores, right, alike, 0.05),
        "AUROC known : strangers": auroc(scores, strangers),
    }


def _top(answers: Sequence[Answer], k: int) -> tuple[float, float]:
    """Recall and precision of the first k, the mean over photos."""
    found = [
        top_k(list(answer.seen.probabilities), {answer.query.truth}, k) for answer in answers if answer.query.truth
    ]
    return mean([recall for recall, _ in found]), mean([precision for _, precision in found])


def _curve(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Top-K recall and precision for K = 1…5, over the seeds."""
    return [
        {
            "k": k,
            "recall": Spread.of([_top(one.known, k)[0] for one in trials]),
            "precision": Spread.of([_top(one.known, k)[1] for one in trials]),
        }
        for k in range(1, DEEPEST + 1)
    ]


def reliability(answers: Iterable[Answer]) -> list[dict[str, float]]:
    """How often the best match is right, by its probability: what was said against what was so."""
    pairs = np.array([(answer.seen.best[1], answer.right) for answer in answers], float).reshape(-1, 2)
    place = np.minimum((pairs[:, 0] * _BINS).astype(int), _BINS - 1)
    return [
        {
            "said": float(pairs[place == number, 0].mean()),
            "right": float(pairs[place == number, 1].mean()),
            "photos": int((place == number).sum()),
        }
        for number in range(_BINS)
        if (place == number).any()
    ]


def _by_concept(trials: Sequence[Trial]) -> dict[str, float]:
    right: dict[str, list[bool]] = {}
    for one in trials:
        for answer in one.known:
            right.setdefault(str(answer.query.truth), []).append(answer.right)
    return {name: mean(found) for name, found in sorted(right.items())}


def _conditions(collection: Collection, seeds: Sequence[int]) -> tuple[str, ...]:
    return (
        f"{len(collection.subjects)} concepts, {len(collection.photos)} photos; mean ± deviation over"
        f" {len(seeds)} {'choices' if len(seeds) > 1 else 'choice'} of the references.",
        "Top-K: everybody is known. The rest: a third of the concepts are strangers, in turn;"
        " sure and maybe count sightings in photos of the known and of strangers alike.",
    )
