"""`eval calibrate`: fits an encoder's calibration on labelled photos, and measures it on subjects held out.

Each query gives one sample: its most probable concept, and whether that is right. Queries are made with every subject
known and with each third of the subjects as strangers; known and strangers weigh the same, and so does each data set
with each number of references. A logistic curve is fitted to the samples; the threshold of `sure` follows from how
many of the sure should be right. All of this is done five times without a fifth of the subjects, and measured on them;
where those fall short of the goal, in all or by far in one condition, the threshold is made stricter.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Split, everyone_known, thirds
from bot.evaluation.experiments.retrieval import SHOTS
from bot.evaluation.harness.fitting import Bools, Floats, logistic_fit, threshold_for
from bot.evaluation.harness.recognition import FileRecognizer, scores
from bot.evaluation.harness.report import Report
from core.concepts import Grade, Vectors
from core.recognition.calibration import Calibration

INITIAL = Calibration(bias=-6.0, slope=15.0, lead=5.0, sure=0.95, maybe=0.4)
"""The start of a fit, and the calibration while photos are looked at for one."""

_THRESHOLDS = ("sure", "maybe")
_FOLDS = 5
_ROUNDS = 4  # a fit decides which concept is the most probable, and that decides the fit
_STRICTER = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)  # shares of the allowed errors that a threshold gives up
_SHORT = 0.02  # how far one condition may fall short of the goal that all together meet


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One query: the curve's terms (n, t) of each region with each concept, and which of the n are right (n,).

    `known` is whether its subject is remembered; `condition` is the data set with the number of references.
    """

    terms: Floats
    right: Bools
    known: bool
    subject: str
    condition: str


@dataclass(frozen=True, slots=True)
class Goals:
    """The share of the sure that should be right, and the probability from which a guess is worth a question."""

    sure: float = 0.97
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
    """Fit; returns the report on subjects held out, and the calibration fitted to all subjects."""
    cases: list[Case] = []
    for collection in collections:
        readable = await recognizer.readable(collection, progress)
        steps = [(count, seed) for count in shots for seed in seeds]
        for count, seed in progress.track(steps, description=f"Comparing {collection.name}"):
            for split in (everyone_known(readable, count, seed), *thirds(readable, count, seed)):
                cases += await _cases(recognizer, split, f"{collection.name}, {count} ref.")
    strictness, held_out = _strict_enough(cases, goals)
    calibration = fitted(cases, goals, strictness)
    rows = [_row(name, held_out) for name in dict.fromkeys(case.condition for case, _ in held_out)]
    conditions = (
        f"{len(cases)} questions about photos of {len({case.subject for case in cases})} subjects,"
        " a quarter of them with everybody known,"
        " the rest with a third of the subjects as strangers; known and strangers weigh the same.",
        f"Each row is measured with fits that saw no photo of the row's subjects, in {_FOLDS} folds;"
        f" the threshold of the sure gives up {strictness:.0%} of the errors that the goal allows.",
    )
    report = Report(
        "calibrate",
        "-".join(one.name for one in collections),
        (*rows, _row("", held_out)),
        recognizer.identities,
        tuple(seeds),
        conditions,
        tuple(note for one in collections for note in one.skipped),
        {"calibration": asdict(calibration)},
    )
    return report, calibration


async def _cases(recognizer: FileRecognizer, split: Split, condition: str) -> list[Case]:
    index = await recognizer.index(split.references)
    cases = []
    for query in split.queries:
        found = scores(index, await recognizer.features(query.path))
        possible = found.ravel() > -1
        right = np.tile(np.array([concept.name == query.truth for concept in index.concepts]), len(found))
        terms = terms_of(found)[possible]
        cases.append(Case(terms, right[possible], query.truth is not None, query.subject, condition))
    return cases


def terms_of(found: Vectors) -> Floats:
    """The factors of the curve's coefficients in the logit, for scores (r, c): (r · c, t).

    They are computed with the curve itself, one coefficient at a time, so that this holds whatever its terms are.
    """
    columns = []
    for name in _coefficients():
        alone = Calibration(**{field.name: float(field.name == name) for field in fields(Calibration)})
        probability = alone.probabilities(found).astype(np.float64).clip(1e-9, 1 - 1e-7)
        columns.append(np.log(probability / (1 - probability)).ravel())
    return np.stack(columns, 1)


def _coefficients(of: Calibration = INITIAL) -> dict[str, float]:
    """The curve's coefficients by name."""
    return {name: value for name, value in asdict(of).items() if name not in _THRESHOLDS}


# ── fitting ───────────────────────────────────────────────────────────────────────────────────────


def fitted(cases: Sequence[Case], goals: Goals, strictness: float = 0.0) -> Calibration:
    """The curve and thresholds for these cases; `strictness` 0…1 is the share of allowed errors given up."""
    weights = weights_of(cases)
    start = np.array(list(_coefficients().values()))
    fit = start
    for _ in range(_ROUNDS):
        best = [int(np.argmax(case.terms @ fit)) for case in cases]
        terms = np.stack([case.terms[index] for case, index in zip(cases, best, strict=True)])
        right = np.array([case.right[index] for case, index in zip(cases, best, strict=True)], bool)
        fit = logistic_fit(terms, right, weights, start)
    probabilities = 1 / (1 + np.exp(-terms @ fit))
    sure = threshold_for(probabilities, right, weights, 1 - (1 - goals.sure) * (1 - strictness))
    numbers = dict(zip(_coefficients(), fit.tolist(), strict=True))
    return Calibration(
        **{name: round(value, 2) for name, value in numbers.items()},
        sure=float(np.ceil(max(sure, goals.asked) * 1000) / 1000),
        maybe=goals.asked,
    )


def weights_of(cases: Sequence[Case]) -> Floats:
    """Each case's weight (n,): all conditions weigh the same, in each known and strangers; 1 on average."""
    kinds = [(case.condition, case.known) for case in cases]
    sizes = Counter(kinds)
    return np.array([len(cases) / len(sizes) / sizes[kind] for kind in kinds])


# ── holding out ───────────────────────────────────────────────────────────────────────────────────

_Judged = list[tuple[Case, Calibration]]


def _strict_enough(cases: Sequence[Case], goals: Goals) -> tuple[float, _Judged]:
    """The least strictness that meets the goal on subjects held out; the strictest where none does.

    Also returns each case with the calibration of that strictness that is fitted to no photo of its subject.
    """
    subjects = sorted({case.subject for case in cases})
    order = np.random.default_rng(0).permutation(len(subjects))
    folds = [{subjects[index] for index in order[number::_FOLDS]} for number in range(_FOLDS)]
    for strictness in _STRICTER:
        judged: _Judged = []
        for fold in folds:
            fit = fitted([case for case in cases if case.subject not in fold], goals, strictness)
            judged += [(case, fit) for case in cases if case.subject in fold]
        conditions = {case.condition for case, _ in judged}
        # Nothing surely named (NaN) is no shortfall.
        short = [goals.sure - _row(one, judged)["sure right"] for one in conditions]
        if goals.sure <= _row("", judged)["sure right"] and not any(one > _SHORT for one in short):
            break
    return strictness, judged


def grade(case: Case, fit: Calibration) -> tuple[Grade, bool]:
    """The grade of a photo's most probable concept, and whether that is the right one."""
    logit = case.terms @ np.array(list(_coefficients(fit).values()))
    best = int(np.argmax(logit))
    return fit.grade(float(1 / (1 + np.exp(-logit[best])))), bool(case.right[best])


def _row(condition: str, judged: _Judged) -> dict[str, Any]:
    """The shares, by weight, of the photos of one condition, or of all (""), graded by their fits."""
    chosen = [(case, fit) for case, fit in judged if condition in ("", case.condition)]
    weights = weights_of([case for case, _ in chosen])
    graded = [grade(case, fit) for case, fit in chosen]
    right = np.array([right for _, right in graded])
    sure = np.array([grade is Grade.SURE for grade, _ in graded])
    maybe = np.array([grade is Grade.MAYBE for grade, _ in graded])
    known = np.array([case.known for case, _ in chosen])
    return {
        "subjects held out": condition or "all",
        "photos": str(len(chosen)),
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
    fits[encoder] = asdict(calibration)
    sections = [
        "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in fit.items())]) for name, fit in fits.items()
    ]
    path.write_text("\n\n".join(sections) + "\n", "utf-8")
