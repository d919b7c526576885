"""`eval calibrate`: fits an encoder's calibration on labelled photos, and measures it on photos of another kind.

Each query gives one sample: its most probable concept, and whether that is right. Queries are made with every subject
known, with each third of the subjects as strangers, and in chats of one, three and ten names; known and strangers weigh
the same, and so does each collection with each number of references. A logistic curve is fitted to the samples; the
threshold of `sure` is the least with which in every single collection enough of the sure are right, or so few photos
are named wrongly that it hardly matters (`Goals`), once for concepts with one reference and once for those with more.
All of this is done without one of the collections in turn (or, where there is only one, without a fifth of its
subjects), and measured on that.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Split, everyone_known, few_known, thirds
from bot.evaluation.experiments.retrieval import SHOTS
from bot.evaluation.harness.fitting import Bools, Floats, logistic_fit, threshold_against, threshold_for
from bot.evaluation.harness.metrics import recall_at
from bot.evaluation.harness.recognition import FileRecognizer, scores
from bot.evaluation.harness.report import Report
from core.concepts import Grade
from core.counting import counted
from core.recognition.calibration import Calibration

INITIAL = Calibration(bias=-6.0, slope=15.0, lead=5.0, sure=0.95, maybe=0.4, own=5.0, floor=0.35, locally=0.012)
"""The start of a fit, and the calibration while photos are looked at for one."""

_SUREST = 0.999  # a threshold that something can reach, where all that is right is as sure as that
_FOLDS = 5  # where there is only one collection
_ROUNDS = 4  # a fit decides which concept is the most probable, and that decides the fit
_SMALL_CHATS = (1, 3, 10)  # names


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One query: the curve's terms (n, t) of each region with each concept, and which of the n are right (n,).

    `known` is whether its subject is remembered; `condition` is the number of references, `alone` whether that is one.
    What is `reported` are the chats with a third of the subjects as strangers.
    """

    terms: Floats
    right: Bools
    known: bool
    subject: str
    condition: str
    collection: str = ""
    reported: bool = True
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Goals:
    """The share of the sure that should be right, and the probability from which a guess is worth a question.

    Where `wrong` of all a collection's photos or fewer, by weight, are surely named wrongly, that is good enough, too:
    among things that are seldom surely named, or by a single pair of twins, the share of right ones says little, and
    holding everybody to it would have many more asked about.
    """

    sure: float = 0.96
    wrong: float = 0.01
    asked: float = 0.25


async def measure(
    recognizer: FileRecognizer,
    collections: Sequence[Collection],
    *,
    shots: Sequence[int] = SHOTS,
    seeds: Sequence[int] = (0, 1),
    goals: Goals = Goals(),
    progress: Progress,
) -> tuple[Report, Calibration]:
    """Fit; returns the report on photos held out, and the calibration fitted to all."""
    cases = [
        case
        for collection in collections
        for case in await cases_of(recognizer, collection, shots=shots, seeds=seeds, progress=progress)
    ]
    notes = tuple(note for one in collections for note in one.skipped)
    return report_of(cases, goals, recognizer.identities, tuple(seeds), notes), fitted(cases, goals)


async def cases_of(
    recognizer: FileRecognizer,
    collection: Collection,
    *,
    shots: Sequence[int] = SHOTS,
    seeds: Sequence[int] = (0, 1),
    progress: Progress,
) -> list[Case]:
    """The queries of one collection, as a recognizer sees them."""
    readable, cases = await recognizer.readable(collection, progress), list[Case]()
    steps = [(count, seed) for count in shots for seed in seeds]
    for count, seed in progress.track(steps, description=f"Comparing {collection.name}"):
        found = (f"{count} ref.", collection.name)
        for split in thirds(readable, count, seed):
            cases += await _cases(recognizer, split, *found, reported=True)
        small = (few_known(readable, count, seed, size) for size in _SMALL_CHATS if size < len(readable.subjects))
        for split in (everyone_known(readable, count, seed), *small):
            cases += await _cases(recognizer, split, *found, reported=False)
    return cases


def report_of(
    cases: Sequence[Case], goals: Goals, models: Mapping[str, str], seeds: Sequence[int], notes: Sequence[str] = ()
) -> Report:
    """What fits that saw nothing of the photos concerned make of them, by collection and number of references."""
    names = list(dict.fromkeys(case.collection for case in cases))
    judged = _held_out(cases, goals, names)
    groups = list(dict.fromkeys((case.collection, case.condition) for case, _ in judged))
    rows = [
        _row(f"{name}, {condition}", [one for one in judged if _group(one[0]) == (name, condition)])
        for name, condition in groups
    ]
    others = "the other collections" if len(names) > 1 else f"the other subjects, in {_FOLDS} folds"
    subjects = len({(case.collection, case.subject) for case in cases})
    conditions = (
        f"{counted(len(cases), 'question')} about photos of {counted(subjects, 'subject')},"
        " with everybody known, with a third of the subjects as strangers, and in chats of one, three and ten names;"
        " known and strangers weigh the same.",
        f"Each row is measured with a fit to {others}, on the chats with a third of the subjects as strangers;"
        " Top-1 is of the known ones' photos there, recall at 5 % at one stranger in twenty named.",
    )
    return Report(
        "calibrate",
        "-".join(names),
        (*rows, _row("all", judged)),
        models,
        tuple(seeds),
        conditions,
        tuple(notes),
        {"calibration": asdict(fitted(cases, goals))},
    )


async def _cases(
    recognizer: FileRecognizer, split: Split, condition: str, collection: str, *, reported: bool
) -> list[Case]:
    index = await recognizer.index(split.references)
    cases = []
    for query in split.queries:
        found, own, _ = scores(index, await recognizer.features(query.path))
        possible = found.ravel() > -1
        right = np.tile(np.array([concept.name == query.truth for concept in index.concepts]), len(found))
        terms = INITIAL.terms(found, own).reshape(found.size, -1).astype(np.float64)[possible]
        known = query.truth is not None
        alone = own is None or not (own > -1).any()
        cases.append(Case(terms, right[possible], known, query.subject, condition, collection, reported, alone))
    return cases


# ── fitting ───────────────────────────────────────────────────────────────────────────────────────


def fitted(cases: Sequence[Case], goals: Goals) -> Calibration:
    """The curve and thresholds for these cases."""
    weights = weights_of(cases)
    start = INITIAL.coefficients
    fit = start
    for _ in range(_ROUNDS):
        best = [int(np.argmax(case.terms @ fit)) for case in cases]
        terms = np.stack([case.terms[index] for case, index in zip(cases, best, strict=True)])
        right = np.array([case.right[index] for case, index in zip(cases, best, strict=True)], bool)
        fit = logistic_fit(terms, right, weights, start)
    probabilities = 1 / (1 + np.exp(-terms @ fit))
    numbers = dict(zip(("bias", "slope", "lead", "own"), fit.tolist(), strict=True))
    return replace(
        INITIAL,
        **{name: round(value, 2) for name, value in numbers.items()},
        sure=_sure(cases, (probabilities, right, weights), goals, alone=False),
        sure_alone=_sure(cases, (probabilities, right, weights), goals, alone=True),
        maybe=goals.asked,
    )


def _sure(cases: Sequence[Case], found: tuple[Floats, Bools, Floats], goals: Goals, *, alone: bool) -> float:
    """The least threshold above which every collection keeps the goals, rounded up.

    A collection whose things are easily told apart must not make up for another. `found` are the probability of each
    case, whether it is right, and its weight; `alone` is whether it is about concepts with one reference or with more.
    """
    least = goals.asked
    for name in {case.collection for case in cases}:
        of = np.array([case.reported and case.collection == name and case.alone is alone for case in cases])
        if of.any():
            judged = found[0][of], found[1][of], found[2][of]
            least = max(least, min(threshold_for(*judged, goals.sure), threshold_against(*judged, goals.wrong)))
    return min(_SUREST, float(np.ceil(least * 1000) / 1000))


def weights_of(cases: Sequence[Case]) -> Floats:
    """Each case's weight (n,): all conditions weigh the same, in each known and strangers; 1 on average."""
    kinds = [(*_group(case), case.reported, case.known) for case in cases]
    sizes = Counter(kinds)
    return np.array([len(cases) / len(sizes) / sizes[kind] for kind in kinds])


def _group(case: Case) -> tuple[str, str]:
    return case.collection, case.condition


# ── holding out ───────────────────────────────────────────────────────────────────────────────────

_Judged = list[tuple[Case, Calibration]]


def _held_out(cases: Sequence[Case], goals: Goals, names: Sequence[str]) -> _Judged:
    """Each reported case with a calibration that is fitted to nothing of its collection, or of its subject."""
    if len(names) > 1:
        folds = [{name} for name in names]
        key = attrgetter("collection")
    else:
        subjects = sorted({case.subject for case in cases})
        order = np.random.default_rng(0).permutation(len(subjects))
        folds = [{subjects[index] for index in order[number::_FOLDS]} for number in range(_FOLDS)]
        key = attrgetter("subject")
    judged: _Judged = []
    for fold in folds:
        fit = fitted([case for case in cases if key(case) not in fold], goals)
        judged += [(case, fit) for case in cases if key(case) in fold and case.reported]
    return judged


def grade(case: Case, fit: Calibration) -> tuple[Grade, bool, float]:
    """The grade of a photo's most probable concept, whether that is the right one, and its probability."""
    logit = case.terms @ fit.coefficients
    best = int(np.argmax(logit))
    probability = float(1 / (1 + np.exp(-logit[best])))
    return fit.grade(probability, -1.0 if case.alone else 0.0), bool(case.right[best]), probability


def _row(name: str, judged: _Judged) -> dict[str, Any]:
    """The shares, by weight, of photos graded by their fits, and how well these rank."""
    weights = weights_of([case for case, _ in judged])
    graded = [grade(case, fit) for case, fit in judged]
    right = np.array([right for _, right, _ in graded])
    sure = np.array([grade is Grade.SURE for grade, _, _ in graded])
    maybe = np.array([grade is Grade.MAYBE for grade, _, _ in graded])
    known = np.array([case.known for case, _ in judged])
    scores = np.array([probability for _, _, probability in graded])
    return {
        "held out": name,
        "photos": str(len(judged)),
        "Top-1": _share(right, weights * known),
        "recall at 5 %": recall_at(scores[known].tolist(), right[known].tolist(), scores[~known].tolist(), 0.05),
        "sure right": _share(right, weights * sure),
        "maybe right": _share(right, weights * maybe),
        "named surely": _share(right & sure, weights * known),
        "asked about": _share(maybe, weights),
    }


def _share(chosen: Bools, weights: Floats) -> float:
    return float((chosen * weights).sum() / weights.sum()) if weights.sum() else float("nan")


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


def save(path: Path, encoder: str, calibration: Calibration) -> None:
    """Add or replace one encoder's section in a calibration file, which need not exist."""
    fits = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    fits[encoder] = {name: value for name, value in asdict(calibration).items() if name != "correction"}
    sections = [
        "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in fit.items())]) for name, fit in fits.items()
    ]
    path.write_text("\n\n".join(sections) + "\n", "utf-8")
