"""`eval retrieval`: does the right concept rank first, and do strangers get no name?

Ranking is measured with every subject known, on the photos that are no references. For strangers, each third of the
subjects in turn is not remembered. Concepts are ranked by the probability that the recognizer grades.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.progress import Progress

from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Query, Split, everyone_known, thirds
from bot.evaluation.harness.metrics import Spread, auroc, by_name, mean, recall_at, top_k
from bot.evaluation.harness.recognition import FileRecognizer, Identification
from bot.evaluation.harness.report import Report, side_by_side
from core.concepts import Grade
from core.counting import counted

SHOTS = (1, 3, 5)
DEEPEST = 5
_BINS = 10


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A query and how its photo was identified."""

    query: Query
    found: Identification

    @property
    def right(self) -> bool:
        """Whether the most probable concept is the one in the photo."""
        return self.query.truth is not None and self.found.best[0] == self.query.truth

    def graded(self, grade: Grade) -> list[bool]:
        """For each sighting of that grade whether its name is right."""
        return [one.match.name == self.query.truth for one in self.found.sightings if one.match and one.grade is grade]


@dataclass(frozen=True, slots=True)
class Trial:
    """The results of one seed with one number of references: with every subject known, and for each third."""

    known: tuple[QueryResult, ...]
    thirds: tuple[tuple[QueryResult, ...], ...]

    @property
    def with_strangers(self) -> list[QueryResult]:
        """The results of all thirds."""
        return [result for third in self.thirds for result in third]


async def measure(
    recognizer: FileRecognizer,
    collection: Collection,
    *,
    shots: Sequence[int] = SHOTS,
    seeds: Sequence[int] = (0, 1, 2),
    progress: Progress,
) -> Report:
    """Run the experiment. Raises `DataError` when too little of the collection can be read."""
    collection = await recognizer.readable(collection, progress)
    columns, details = {}, {}
    for count in shots:
        heading = counted(count, "reference")
        tracked = progress.track(seeds, description=heading)
        trials = [await trial(recognizer, collection, count, seed) for seed in tracked]
        known = [result for one in trials for result in one.known]
        figures = [measures(one) for one in trials]
        columns[heading] = {key: Spread.of([one[key] for one in figures]) for key in figures[0]}
        details[str(count)] = {
            "by_seed": figures,
            "curve": _curve(trials),
            "reliability": reliability(result for one in trials for result in one.with_strangers),
            "by_concept": by_name(((one.query.subject, one.right) for one in known), mean),
        }
    return Report(
        "retrieval",
        collection.name,
        side_by_side(columns),
        recognizer.identities,
        tuple(seeds),
        (
            f"{counted(len(collection.subjects), 'concept')},"
            f" {counted(len(collection.photos), 'photo')}; mean ± deviation over"
            f" {counted(len(seeds), 'choice')} of the references.",
            "Top-K: everybody is known. The rest: a third of the concepts are strangers, in turn;"
            " sure and maybe count sightings in photos of the known and of strangers alike.",
        ),
        collection.skipped,
        {"references": details},
    )


async def trial(recognizer: FileRecognizer, collection: Collection, count: int, seed: int) -> Trial:
    """Identify all queries, with every subject known and with each third of the subjects as strangers."""
    known = await results_of(recognizer, everyone_known(collection, count, seed))
    return Trial(known, tuple([await results_of(recognizer, split) for split in thirds(collection, count, seed)]))


async def results_of(recognizer: FileRecognizer, split: Split) -> tuple[QueryResult, ...]:
    """Remember the split's references and identify its queries."""
    index = await recognizer.index(split.references)
    photos = [await recognizer.features(one.path) for one in split.queries]
    recognizer.compare(index, photos)
    return tuple(map(QueryResult, split.queries, [recognizer.identify(index, one) for one in photos]))


# ── measures ──────────────────────────────────────────────────────────────────────────────────────


def measures(one: Trial) -> dict[str, float]:
    """The figures of one trial, by name; those that need a threshold are means over the thirds."""
    results = one.with_strangers
    by_third: dict[str, list[float]] = {}
    for third in one.thirds:
        known = [result for result in third if result.query.truth]
        others = [result for result in third if not result.query.truth]
        scores, right = [result.found.best[1] for result in known], [result.right for result in known]
        strangers = [result.found.best[1] for result in others]
        alike = [result.found.best[1] for result in others if result.query.like]
        for key, value in {
            "recall at 1 % false names": recall_at(scores, right, strangers, 0.01),
            "recall at 5 % false names": recall_at(scores, right, strangers, 0.05),
            "recall at 5 % on look-alikes": recall_at(scores, right, alike, 0.05),
            "AUROC known : strangers": auroc(scores, strangers),
        }.items():
            by_third.setdefault(key, []).append(value)
    return {
        **{f"Top-{k} recall": _top(one.known, k)[0] for k in (1, 3, DEEPEST)},
        f"Top-{DEEPEST} precision": _top(one.known, DEEPEST)[1],
        **{key: Spread.of(values).mean for key, values in by_third.items()},
        "of the sure, right": mean([right for result in results for right in result.graded(Grade.SURE)]),
        "of the maybe, right": mean([right for result in results for right in result.graded(Grade.MAYBE)]),
        "of the known, named surely": mean([any(one.graded(Grade.SURE)) for one in results if one.query.truth]),
    }


def _top(results: Sequence[QueryResult], k: int) -> tuple[float, float]:
    """Recall and precision of the first k concepts, the means over photos."""
    found = [top_k(list(one.found.probabilities), {one.query.truth}, k) for one in results if one.query.truth]
    return mean([recall for recall, _ in found]), mean([precision for _, precision in found])


def _curve(trials: Sequence[Trial]) -> list[dict[str, int | Spread]]:
    """Recall and precision of the first k concepts for k = 1…5, over the seeds."""
    curve: list[dict[str, int | Spread]] = []
    for k in range(1, DEEPEST + 1):
        recalls, precisions = zip(*(_top(one.known, k) for one in trials), strict=True)
        curve.append({"k": k, "recall": Spread.of(recalls), "precision": Spread.of(precisions)})
    return curve


def reliability(results: Iterable[QueryResult]) -> list[dict[str, float]]:
    """The mean probability of the best match and the share of right ones, in bins of that probability."""
    pairs = np.array([(one.found.best[1], one.right) for one in results], float).reshape(-1, 2)
    bins = np.minimum((pairs[:, 0] * _BINS).astype(int), _BINS - 1)
    return [
        {
            "said": float(pairs[bins == number, 0].mean()),
            "right": float(pairs[bins == number, 1].mean()),
            "photos": int((bins == number).sum()),
        }
        for number in range(_BINS)
        if (bins == number).any()
    ]
