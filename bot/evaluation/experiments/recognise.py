"""`eval recognise`: is bo in this photo, yes or no? Accuracy on positives and negatives, and their mean.

The photo is searched for the concept, whereas RAP's script looks the concept up by its name in the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.progress import Progress

from bot.evaluation.data.annotations import RecognitionQuestion, recognitions
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.generated import recognition_questions
from bot.evaluation.data.protocol import apart_from, everyone_known
from bot.evaluation.harness.answering import (
    QuestionAnswerer,
    QuestionPlan,
    Retrieval,
    RetrievalResult,
    compare_retrievals,
)
from bot.evaluation.harness.metrics import by_name, recognition_scores
from bot.evaluation.harness.report import Report
from core.counting import counted

_YES = re.compile(r"^\W*(yes|yeah|maybe|probably)\b", re.IGNORECASE)


def says_yes(answer: str) -> bool:
    """Whether an answer begins with a yes; "Maybe: that could be bo" is one."""
    return bool(_YES.match(answer))


async def measure(answerer: QuestionAnswerer, collection: Collection, plan: QuestionPlan, progress: Progress) -> Report:
    """Run the experiment; the plan's file is a recognition file."""
    if plan.file:
        read = list(recognitions(*plan.file))
        collection = apart_from(collection, [one.path for one in read if isinstance(one, RecognitionQuestion)])
    else:
        read = list(recognition_questions(collection, plan.references, plan.photos, plan.seed))
    split = everyone_known(collection, plan.references, plan.seed)
    known = await answerer.remember(collection, split.references)
    asked = [one for one in read if isinstance(one, RecognitionQuestion) and one.name in known.names]
    positive = sum(one.present for one in asked)

    async def answer(one: RecognitionQuestion, retrieval: Retrieval) -> str:
        # Perfect retrieval finds the concept where it is present; wrong retrieval finds it only where it is not.
        found = one.present is (retrieval is Retrieval.PERFECT)
        return await answerer.ask(known, one.question, one.path, retrieval, one.name if found else None)

    def result(texts: Sequence[str]) -> RetrievalResult:
        pairs = [(one.name, (one.present, says_yes(text))) for one, text in zip(asked, texts, strict=True)]
        answers = [(str(one.path), one.question, text) for one, text in zip(asked, texts, strict=True)]
        return RetrievalResult(_figures([pair for _, pair in pairs]), by_name(pairs, _figures), answers)

    return await compare_retrievals(
        "recognise",
        "answers",
        asked,
        answer,
        result,
        collection=collection,
        models=answerer.identities,
        seed=plan.seed,
        conditions=(
            f"{counted(positive, 'question')} to say yes to, {len(asked) - positive} to say no to, about another"
            f" concept, of the same kind if there is one; {counted(plan.references, 'reference')} each."
            " A maybe counts as yes.",
            "Wrong retrieval finds the concept where it isn't, and overlooks it where it is.",
        ),
        skipped=read,
        progress=progress,
    )


def _figures(answers: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    scores = recognition_scores(answers)
    return {"positive": scores.positive, "negative": scores.negative, "weighted": scores.weighted}
