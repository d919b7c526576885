"""`eval caption`: does the caption name the concepts in the photo, and no others?

A third of the subjects are strangers, who are not remembered. A caption that names a concept in a stranger's photo
is counted in a column of its own, so that recall and precision compare with the paper's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rich.progress import Progress

from bot.evaluation.data.annotations import CaptionedPhoto, captions
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import apart_from, everyone_known, few, thirds
from bot.evaluation.harness.answering import (
    QuestionAnswerer,
    QuestionPlan,
    Retrieval,
    RetrievalResult,
    compare_retrievals,
)
from bot.evaluation.harness.metrics import caption_scores, mean
from bot.evaluation.harness.report import Report
from core.counting import counted
from core.names import mentioned

QUESTION = "Give a caption of the image."


async def measure(answerer: QuestionAnswerer, collection: Collection, plan: QuestionPlan, progress: Progress) -> Report:
    """Run the experiment; the plan's file is a caption file."""
    read = list(captions(*plan.file)) if plan.file else []
    asked = [one for one in read if isinstance(one, CaptionedPhoto)]
    if plan.file:
        split = everyone_known(apart_from(collection, [one.path for one in asked]), plan.references, plan.seed)
    else:
        split = thirds(collection, plan.references, plan.seed)[0]
        queries = few(split.queries, plan.photos)
        asked = [CaptionedPhoto(one.path, frozenset([one.truth] if one.truth else [])) for one in queries]
    known = await answerer.remember(collection, split.references)

    async def caption(one: CaptionedPhoto, retrieval: Retrieval) -> str:
        target = next((name for name in sorted(one.names) if name in known.names), None)
        if retrieval is Retrieval.WRONG:
            target = known.another(target or known.names[0])
        return await answerer.ask(known, QUESTION if answerer.sees else "", one.path, retrieval, target)

    return await compare_retrievals(
        "caption",
        "captions",
        asked,
        caption,
        partial(_result, asked, known.names),
        collection=collection,
        models=answerer.identities,
        seed=plan.seed,
        conditions=(
            f"{counted(len(asked), 'photo')}, {sum(not one.names for one in asked)} of them of strangers;"
            f" {counted(plan.references, 'reference')} for each concept."
            " Recall over targets, precision over names said, strangers left out of both.",
            "Wrong retrieval finds somebody else in the photo; without, there is only photo and question.",
        ),
        skipped=read,
        progress=progress,
    )


def _result(asked: Sequence[CaptionedPhoto], known: Sequence[str], texts: Sequence[str]) -> RetrievalResult:
    """Scores over all photos; by concept, recall over its photos and precision over the captions that name it."""
    truths, named = [one.names for one in asked], [set(mentioned(text, known)) for text in texts]
    pairs = [(truth, names) for truth, names in zip(truths, named, strict=True) if truth]
    total = caption_scores([truth for truth, _ in pairs], [names for _, names in pairs])
    figures = {
        "recall": total.recall,
        "precision": total.precision,
        "F1": total.f1,
        "says a wrong name": mean([bool(names - truth) for truth, names in pairs]),
        "names a stranger": mean([bool(names) for truth, names in zip(truths, named, strict=True) if not truth]),
    }
    by_concept = {}
    for name in sorted(frozenset().union(*truths)):
        scores = caption_scores([truth & {name} for truth in truths], [names & {name} for names in named])
        by_concept[name] = {"recall": scores.recall, "precision": scores.precision, "F1": scores.f1}
    answers = [(str(one.path), text) for one, text in zip(asked, texts, strict=True)]
    return RetrievalResult(figures, by_concept, answers)
