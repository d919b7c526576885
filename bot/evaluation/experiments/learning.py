"""`eval learning`: how grades learn from answers, photo by photo, in a chat whose encoder nobody has fitted.

A third of the subjects are strangers. Each photo is graded as the chat's grades are at that time; who is asked about
one answers, and puts right what was surely named and wrong. Nothing is remembered but the scores and the answers, so
that what changes are the grades alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.progress import Progress

from bot.build import vision
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Split, thirds
from bot.evaluation.harness.metrics import Spread, mean
from bot.evaluation.harness.recognition import FileRecognizer, scores
from bot.evaluation.harness.report import Report
from core.concepts import Comparison, Grade, Verdict
from core.counting import counted
from core.recognition.calibration import Calibration, next_best

_BLOCK = 25  # photos of a row


@dataclass(frozen=True, slots=True)
class ComparedPhoto:
    """The most probable concept of a photo: what speaks for it, and whether it is the right one, or anybody known."""

    evidence: Comparison
    right: bool
    known: bool


@dataclass(frozen=True, slots=True)
class GradedPhoto:
    """How a photo was graded, and whether the name was right."""

    grade: Grade
    right: bool
    known: bool


async def measure(
    recognizer: FileRecognizer,
    collection: Collection,
    curve: Calibration,
    *,
    fitted: bool,
    mistaken: Sequence[float] = (0.0, 0.1),
    references: int = 1,
    seeds: Sequence[int] = (0, 1, 2),
    photos: int = 200,
    progress: Progress,
) -> Report:
    """Simulate chats that begin with a `curve`, which is `fitted` or a general one.

    Their people answer wrongly in so many cases, each of `mistaken` in turn.
    """
    collection = await recognizer.readable(collection, progress)
    chats = [
        await compared_photos(recognizer, split, curve, seed)
        for seed in progress.track(seeds, description=f"Comparing {collection.name}")
        for split in thirds(collection, references, seed)
    ]
    rows = []
    for share in mistaken:
        runs = [list(simulated(shown[:photos], curve, fitted=fitted, mistaken=share, seed=0)) for shown in chats]
        rows += _rows(share, runs)
    return Report(
        "learning",
        collection.name,
        tuple(rows),
        recognizer.identities,
        tuple(seeds),
        (
            f"{counted(len(chats), 'chat')}, {counted(references, 'reference')} each, a third of the subjects are"
            " strangers;"
            f" the curve is {'the fitted one' if fitted else 'a general one, as of an encoder that is new'}.",
        ),
        collection.skipped,
    )


async def compared_photos(
    recognizer: FileRecognizer, split: Split, curve: Calibration, seed: int
) -> list[ComparedPhoto]:
    """What is most probable in each photo of a split, in an order that the seed decides."""
    index = await recognizer.index(split.references)
    found = []
    for query in split.queries:
        table, own, _ = scores(index, await recognizer.features(query.path))
        row, column = np.unravel_index(int(curve.logits(curve.terms(table, own)).argmax()), table.shape)
        evidence = Comparison(
            float(table[row, column]), float(next_best(table)[row, column]), -1.0 if own is None else float(own[column])
        )
        name = index.concepts[column].name
        found.append(ComparedPhoto(evidence, name == query.truth, query.truth is not None))
    return [found[number] for number in np.random.default_rng(seed).permutation(len(found))]


def simulated(
    shown: Sequence[ComparedPhoto], curve: Calibration, *, fitted: bool, mistaken: float, seed: int
) -> Iterator[GradedPhoto]:
    """Grade one photo after the other, and learn from each answer; so many of these are wrong."""
    rng, learned, answers = np.random.default_rng(seed), vision.learned_of(curve, fitted=fitted), list[Verdict]()
    for one in shown:
        corrected = curve.corrected(learned.correction(own=answers))
        grade = corrected.grade(corrected.probability_of(one.evidence), one.evidence.own)
        yield GradedPhoto(grade, one.right, one.known)
        if grade is Grade.MAYBE or (grade is Grade.SURE and not one.right):
            answers.append(Verdict(one.evidence, one.right != (rng.random() < mistaken)))


def _rows(share: float, runs: Sequence[Sequence[GradedPhoto]]) -> list[dict[str, object]]:
    """The table's rows for one share of wrong answers; of a small collection there is but one."""
    shortest = min(map(len, runs))
    size = min(_BLOCK, shortest)
    return [
        _row(share, start, [run[start : start + size] for run in runs]) for start in range(0, shortest - size + 1, size)
    ]


def _row(share: float, start: int, blocks: Sequence[Sequence[GradedPhoto]]) -> dict[str, object]:
    """A row of the table; what is right of the sure is counted over all chats, of which many name nobody so early."""
    sure = [one.right for block in blocks for one in block if one.grade is Grade.SURE]
    named = [mean([one.grade is Grade.SURE for one in block if one.known]) for block in blocks]
    return {
        "answers wrongly": f"{share:.0%}",
        "photos": f"{start + 1}–{start + len(blocks[0])}",
        "asked about": Spread.of([mean([one.grade is Grade.MAYBE for one in block]) for block in blocks]),
        "of the known, named surely": Spread.of(named),
        "of the sure, right": mean(sure),
    }
