"""`eval qa`: multiple-choice questions about concepts, with a photo or from the stored text alone.

The paper's measure is the exact letter. An answer in words that mentions the right option and no other is counted
in a column of its own: not every generator answers with a letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.progress import Progress

from bot.evaluation.data.annotations import MultipleChoiceQuestion, questions
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.generated import category_questions
from bot.evaluation.data.protocol import apart_from, everyone_known
from bot.evaluation.harness.answering import (
    QuestionAnswerer,
    QuestionPlan,
    Retrieval,
    RetrievalResult,
    compare_retrievals,
)
from bot.evaluation.harness.metrics import by_name, mean
from bot.evaluation.harness.report import Report
from core.counting import counted

_LETTER = re.compile(r"^\W*(?:answer:?\s*|option\s*)?([A-Z])(?:\W*$|[.):]\s)", re.IGNORECASE)


def letter_of(answer: str) -> str | None:
    """The letter that an answer consists of or begins with, as in "B", "(b)" or "B. a red hat"; None without."""
    found = _LETTER.match(answer)
    return found[1].upper() if found else None


async def measure(answerer: QuestionAnswerer, collection: Collection, plan: QuestionPlan, progress: Progress) -> Report:
    """Run the experiment; the plan's file is a QA file, without which each concept's category is asked for."""
    read = list(questions(*plan.file)) if plan.file else category_questions(collection)
    photos = [one.path for one in read if isinstance(one, MultipleChoiceQuestion) and one.path]
    split = everyone_known(apart_from(collection, photos), plan.references, plan.seed)
    known = await answerer.remember(collection, split.references)
    asked = [one for one in read if isinstance(one, MultipleChoiceQuestion) and one.name in known.names]

    async def answer(one: MultipleChoiceQuestion, retrieval: Retrieval) -> str:
        target = known.another(one.name) if retrieval is Retrieval.WRONG else one.name
        # The composer, which sees no pictures, has no language model either: it gets the question without options.
        question = one.with_options if answerer.sees else one.question
        return await answerer.ask(known, question, one.path, retrieval, target)

    def result(texts: Sequence[str]) -> RetrievalResult:
        pairs = list(zip(asked, texts, strict=True))
        letters = [letter_of(text) == one.correct for one, text in pairs]
        either = [letter or one.right_in_words(text) for letter, (one, text) in zip(letters, pairs, strict=True)]
        by_concept = by_name(zip([one.name for one in asked], letters, strict=True), mean)
        figures = {"letter": mean(letters), "letter or words": mean(either)}
        return RetrievalResult(figures, by_concept, [(one.question, text) for one, text in pairs])

    return await compare_retrievals(
        "qa",
        "answers",
        asked,
        answer,
        result,
        collection=collection,
        models=answerer.identities,
        seed=plan.seed,
        conditions=(
            f"{counted(len(asked), 'question')}, {sum(one.path is not None for one in asked)} with a photo;"
            f" {counted(plan.references, 'reference')} for each concept.",
        ),
        skipped=read,
        progress=progress,
    )
