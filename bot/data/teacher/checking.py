"""What becomes of what a teacher has written: it is cleaned, and what can't be used is left out and counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from bot.data.records import Description, QuestionAnswer
from bot.data.steps import Refused
from bot.data.teacher.asking import Answer
from bot.data.teacher.cleaning import LONGEST_QUESTION, NAME, Others, named, one_info, one_text, tidy
from bot.data.teacher.kinds import sort_of
from bot.data.teacher.names import SubjectCrops, as_category
from core.names import fold

_WORD = re.compile(r"[^\W\d_]{3,}|\d+")
_SMALL_WORD_LINES = """
    the and but for from with without into onto near about not any all are was were has have had does did can
    could would will its his her their him she they them this that these those there here who what which where
    when how why you your yes very much more most some like look looks kind sort colour color describe tell
    called name thing animal person
"""
_SMALL_WORDS = frozenset(_SMALL_WORD_LINES.split())


def from_teacher(
    subject: SubjectCrops, answer: Answer, others: Others, model: str, left_out: Counter[str]
) -> Description:
    """A teacher's description; what can't be used of it is counted in `left_out` by its reason.

    Raises `Refused` where nothing is left of the text about the subject.
    """
    category = subject.category or as_category(tidy(answer.written.category))
    info = one_info(answer.written.description, sort_of(category) or "animal", others, subject.name)
    if not info:
        raise Refused("the description can't be used", "It doesn't tell what the subject looks like, or names others.")
    captions: dict[str, str] = {}
    for caption in answer.written.captions:
        text = one_text(caption.caption, others, subject.name)
        if reason := fault_of(text, "caption", answer.has(caption.view)):
            left_out[reason] += 1
        else:
            captions.setdefault(answer.views[caption.view - 1].id, named(text, subject.name))
    known = " ".join([info, *(tidy(one.info, subject.name) for one in subject.crops)])
    return Description(
        subject=subject.subject,
        name=subject.name,
        category=category,
        info=named(info, subject.name),
        captions=captions,
        questions=tuple(questions_in(answer, subject.name, others, known, left_out)),
        teacher=model,
    )


def questions_in(
    answer: Answer, name: str, others: Others, known: str, left_out: Counter[str]
) -> Sequence[QuestionAnswer]:
    """The questions that can be used; `known` is all that is told of the subject in words."""
    kept: dict[str, QuestionAnswer] = {}
    for grown in answer.written.questions:
        question = one_text(grown.question, others, name, LONGEST_QUESTION)
        reply = one_text(grown.answer, others, name)
        about_text = grown.about == "text"
        reason = fault_of(question, "question", about_text or answer.has(grown.view))
        if not reason and not reply:
            reason = "answer: names somebody else, or a side"
        if not reason and about_text and not rests_on(known, question, reply):
            reason = "answer: not in the text"
        if not reason and fold(question) in kept:
            reason = "question: asked twice"
        if reason:
            left_out[reason] += 1
            continue
        view = "" if about_text else answer.views[grown.view - 1].id
        kept[fold(question)] = QuestionAnswer(
            question=named(question, name), answer=named(reply, name), about=grown.about, view=view
        )
    return tuple(kept.values())


def fault_of(text: str, what: str, shown: bool) -> str:
    """Why a caption or question can't be used, "" where it can; `shown` is whether its view is one."""
    if not text:
        return f"{what}: names somebody else, or a side"
    if NAME not in text:
        return f"{what}: doesn't name the subject"
    return "" if shown else f"{what}: no such view"


def rests_on(text: str, question: str, answer: str) -> bool:
    """Whether an answer rests on a text: at least half of the words that it adds to the question are there.

    Of a mere yes or no, a word of the question has to be.
    """
    asked, said, told = (
        {word[:4] for word in _WORD.findall(fold(one.replace(NAME, " "))) if word not in _SMALL_WORDS}
        for one in (question, answer, text)
    )
    added = said - asked
    return 2 * len(added & told) >= len(added) if added else bool(asked & told)
