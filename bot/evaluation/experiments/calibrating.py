"""`eval calibrate`: fits an encoder's grades on labelled photos, and proves them on subjects held out.

Each photo asked about gives one sample: its most probable concept, and whether that is right. Photos come
with everybody known and with a third of the subjects as strangers; known and strangers weigh the same, and so
does each data set with each count of references. A logistic curve is fitted to them; the threshold of the
sure follows from how many of them should be right. All of it is done five times without a fifth of the
subjects and tried on those; where they fall short of the goal, in all or by far in one condition, the
threshold is made stricter.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Query, Split, everyone_known, thirds
from bot.evaluation.experiments.retrieval import SHOTS, looked_at
from bot.evaluation.harness.eyes import Eyes, scores
from bot.evaluation.harness.report import Report
from core.concepts import Grade, Vectors
from core.recognition.calibration import Calibration

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FIRST = Calibration(bias=-6.0, slope=15.0, lead=5.0, sure=0.95, maybe=0.4)
"""Where a fit begins, for an encoder that has none yet."""

_THRESHOLDS = ("sure", "maybe")
_FOLDS = 5
_ROUNDS = 4  # a fit decides which concept is the most probable, and that decides the fit
_STRICTER = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)  # shares of the allowed errors that a threshold gives up
_SHORT = 0.02  # how far one condition may fall short of the goal that all together meet
_RIDGE = 1e-5  # keeps a curve finite where known and strangers don't overlap at all


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One photo asked about: the curve's terms (n, t) of each region with each concept, and which are right.

    `known` is whether anybody knows its subject.
    """

    terms: Floats
    right: Bools
    known: bool
    subject: str
    condition: str


@dataclass(frozen=True, slots=True)
class Goals:
    """How many of the sure should be right, and how probable a guess must be to be worth asking about."""

    sure: float = 0.97
    asked: float = 0.25


async def measure(
    eyes: Eyes,
    collections: Sequence[Collection],
    *,
    shots: Sequence[int] = SHOTS,
    seeds: Sequence[int] = (0, 1),
    goals: Goals = Goals(),
    progress: Progress,
) -> tuple[Report, Calibration]:
    """Fit; returns what it is worth on subjects held out, and the fit to all of them."""
    cases: list[Case] = []
    for collection in collections:
        readable = await looked_at(eyes, collection, progress)
        steps = [(count, seed) for count in shots for seed in seeds]
        for count, seed in progress.track(steps, description=f"Comparing {collection.name}"):
            for split in (everyone_known(readable, count, seed), *thirds(readable, count, seed)):
                cases += await _cases(eyes, split, f"{collection.name}, {count} ref.")
    strictness, held_out = _strict_enough(cases, goals)
    calibration = fitted(cases, goals, strictness)
    rows = tuple(_row(name, held_out) for name in dict.fromkeys(case.condition for case, _ in held_out))
    report = Report(
        "calibrate",
        "-".join(one.name for one in collections),
        (*rows, _row("", held_out)),
        eyes.identities,
        tuple(seeds),
        _conditions(cases, strictness),
        tuple(said for one in collections for said in one.skipped),
        {"calibration": {field.name: getattr(calibration, field.name) for field in fields(calibration)}},
    )
    return report, calibration


async def _cases(eyes: Eyes, split: Split, condition: str) -> list[Case]:
    index = await eyes.remember(split.references)
    names = [concept.name for concept in index.concepts]
    return [_case(scores(index, await eyes.look(query.path)), names, query, condition) for query in split.queries]


def _case(found: Vectors, names: Sequence[str], query: Query, condition: str) -> Case:
    possible = found.ravel() > -1
    right = np.tile(np.array([name == query.truth for name in names]), len(found))
    return Case(terms_of(found)[possible], right[possible], query.truth is not None, query.subject, condition)


def terms_of(found: Vectors) -> Floats:
    """What each of the curve's coefficients is multiplied with, for scores (r, c): (r · c, t).

    Asked of the curve itself, one coefficient at a time, so that this holds whatever its terms are.
    """
    columns = []
    for name in _coefficients():
        alone = Calibration(**{field.name: float(field.name == name) for field in fields(Calibration)})
        probability = alone.probabilities(found).astype(np.float64).clip(1e-9, 1 - 1e-7)
        columns.append(np.log(probability / (1 - probability)).ravel())
    return np.stack(columns, 1)


def _coefficients() -> list[str]:
    return [field.name for field in fields(Calibration) if field.name not in _THRESHOLDS]


# ── fitting ───────────────────────────────────────────────────────────────────────────────────────


def fitted(cases: Sequence[Case], goals: Goals, strictness: float = 0.0) -> Calibration:
    """The curve and thresholds for these cases; `strictness` 0…1 is the share of allowed errors given up."""
    counts = weights_of(cases)
    fit = np.array([getattr(FIRST, name) for name in _coefficients()])
    for _ in range(_ROUNDS):
        terms, right = _most_probable(cases, fit)
        fit = _logistic(terms, right, counts)
    probabilities = 1 / (1 + np.exp(-terms @ fit))
    sure = _least(probabilities, right, counts, 1 - (1 - goals.sure) * (1 - strictness))
    numbers = dict(zip(_coefficients(), fit.tolist(), strict=True))
    return Calibration(
        **{name: round(value, 2) for name, value in numbers.items()},
        sure=float(np.ceil(max(sure, goals.asked) * 1000) / 1000),
        maybe=goals.asked,
    )


def weights_of(cases: Sequence[Case]) -> Floats:
    """What each case counts: known and strangers alike, each condition alike; 1 on average."""
    kinds = [(case.condition, case.known) for case in cases]
    sizes = Counter(kinds)
    return np.array([len(cases) / len(sizes) / sizes[kind] for kind in kinds])


def _most_probable(cases: Sequence[Case], fit: Floats) -> tuple[Floats, Bools]:
    best = [int(np.argmax(case.terms @ fit)) for case in cases]
    rows = [case.terms[place] for case, place in zip(cases, best, strict=True)]
    right = [case.right[place] for case, place in zip(cases, best, strict=True)]
    return np.stack(rows), np.array(right, bool)


def _logistic(terms: Floats, right: Bools, counts: Floats) -> Floats:
    """Coefficients of a logistic curve by maximum likelihood; all but the first (the bias) are ≥ 0."""
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to import

    signs = np.where(right, 1.0, -1.0)

    def loss(fit: Floats) -> tuple[float, Floats]:
        margin = signs * (terms @ fit)
        pull = -signs * counts / (1 + np.exp(margin)) / len(signs)
        likelihood = float((counts * np.logaddexp(0, -margin)).mean())
        return likelihood + _RIDGE * float(fit @ fit) / 2, terms.T @ pull + _RIDGE * fit

    bounds = [(None, None)] + [(0.0, None)] * (terms.shape[1] - 1)
    start = np.array([getattr(FIRST, name) for name in _coefficients()])
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x, np.float64)


def _least(probabilities: Floats, right: Bools, counts: Floats, share: float) -> float:
    """The least threshold above which at least that share is right; 1 where no threshold gives that."""
    order = np.argsort(-probabilities)
    so_far = np.cumsum((right * counts)[order]) / np.cumsum(counts[order])
    enough = np.flatnonzero(so_far >= share)
    return float(probabilities[order[enough[-1]]]) if enough.size else 1.0


# ── holding out ───────────────────────────────────────────────────────────────────────────────────

_Judged = list[tuple[Case, Calibration]]


def _strict_enough(cases: Sequence[Case], goals: Goals) -> tuple[float, _Judged]:
    """The least strictness that meets the goal on subjects held out; the strictest where none does."""
    for strictness in _STRICTER:
        judged = list(_held_out(cases, goals, strictness))
        conditions = {case.condition for case, _ in judged}
        # Nothing surely named (NaN) is no shortfall.
        short = [goals.sure - _row(one, judged)["sure right"] for one in conditions]
        if goals.sure <= _row("", judged)["sure right"] and not any(one > _SHORT for one in short):
            break
    return strictness, judged


def _held_out(cases: Sequence[Case], goals: Goals, strictness: float) -> Iterator[tuple[Case, Calibration]]:
    """Each case with a fit that has seen no photo of its subject."""
    subjects = sorted({case.subject for case in cases})
    order = np.random.default_rng(0).permutation(len(subjects))
    for number in range(_FOLDS):
        out = {subjects[place] for place in order[number::_FOLDS]}
        fit = fitted([case for case in cases if case.subject not in out], goals, strictness)
        yield from ((case, fit) for case in cases if case.subject in out)


def grade(case: Case, fit: Calibration) -> tuple[Grade, bool]:
    """How sure a fit is of a photo's most probable concept, and whether that is the right one."""
    weights = np.array([getattr(fit, name) for name in _coefficients()])
    logit = case.terms @ weights
    place = int(np.argmax(logit))
    return fit.grade(float(1 / (1 + np.exp(-logit[place])))), bool(case.right[place])


def _row(condition: str, judged: _Judged) -> dict[str, Any]:
    """What the fits made of the photos of one condition, or of all (""), by weight."""
    chosen = [(case, fit) for case, fit in judged if condition in ("", case.condition)]
    counts = weights_of([case for case, _ in chosen])
    graded = [grade(case, fit) for case, fit in chosen]
    right = np.array([right for _, right in graded])
    sure = np.array([grade is Grade.SURE for grade, _ in graded])
    maybe = np.array([grade is Grade.MAYBE for grade, _ in graded])
    known = np.array([case.known for case, _ in chosen])
    return {
        "subjects held out": condition or "all",
        "photos": str(len(chosen)),
        "sure right": _share(right, counts * sure),
        "maybe right": _share(right, counts * maybe),
        "named surely": _share(right & sure, counts * known),
        "asked about": _share(maybe, counts),
    }


def _share(what: Bools, counts: Floats) -> float:
    return float((what * counts).sum() / counts.sum()) if counts.sum() else float("nan")


def _conditions(cases: Sequence[Case], strictness: float) -> tuple[str, ...]:
    subjects = len({case.subject for case in cases})
    return (
        f"{len(cases)} questions about photos of {subjects} subjects, a quarter of them with everybody known,"
        " the rest with a third of the subjects as strangers; known and strangers weigh the same.",
        f"Each row is measured with fits that saw no photo of the row's subjects, in {_FOLDS} folds;"
        f" the threshold of the sure gives up {strictness:.0%} of the errors that the goal allows.",
    )


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


def written(table: str, encoder: str, calibration: Calibration) -> str:
    """The text of `calibration.toml` with one encoder's numbers put in or replaced."""
    numbers = {field.name: getattr(calibration, field.name) for field in fields(calibration)}
    fits = tomllib.loads(table) | {encoder: numbers}
    sections = [
        "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in fit.items())]) for name, fit in fits.items()
    ]
    return "\n\n".join(sections) + "\n"


def save(path: Path, encoder: str, calibration: Calibration) -> None:
    """Write an encoder's numbers into a calibration file, which need not be there yet."""
    path.write_text(written(path.read_text("utf-8") if path.exists() else "", encoder, calibration), "utf-8")
