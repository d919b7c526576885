"""The step from a subject's views to its description: by a teacher, or from the annotations' own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.data.records import Crop, Description, QuestionAnswer
from bot.data.steps import Refused
from bot.data.teacher.annotated import captions_of, info_of, questions_of
from bot.data.teacher.asking import Teacher, teacher
from bot.data.teacher.cleaning import (
    LONGEST_QUESTION,
    NAME,
    Others,
    named,
    one_info,
    one_text,
    tidy,
)
from bot.data.teacher.kinds import is_kind, sort_of
from bot.data.teacher.names import SubjectCrops, as_category, by_subject
from bot.data.teacher.options import NOBODY, TeacherOptions, Writing
from bot.data.teacher.prompts import Written
from core.language.told import shares_a_word
from core.names import fold

__all__ = ["Descriptions", "SubjectCrops", "by_subject", "describing"]


class Descriptions:
    """A `bot.data.steps.Step`: all views of one subject become its `Description`.

    `others` are the names of the build's subjects. Without `teacher` the annotations' words are used.
    """

    name = "descriptions"
    record = Description

    def __init__(self, writing: Writing, others: Others, teacher: Teacher | None = None, concurrency: int = 1) -> None:
        self.options, self.concurrency = writing, concurrency
        self._others, self._teacher = others, teacher

    def id_of(self, given: SubjectCrops) -> str:
        """The subject."""
        return given.subject

    async def make(self, given: SubjectCrops) -> Sequence[Description]:
        """The description. Raises `Refused` with a reason, `DataError` where the teacher can't go on at all."""
        if self._teacher is None:
            return [from_annotations(given, self._others, self.options.seed)]
        written, views = await self._teacher.write(given)
        left_out: Counter[str] = Counter()
        made = from_teacher(given, written, views, self._others, self.options.model, left_out)
        self._teacher.ledger.leave_out(left_out)
        return [made]


@asynccontextmanager
async def describing(
    options: TeacherOptions, folder: Path, subjects: Iterable[SubjectCrops]
) -> AsyncIterator[Descriptions]:
    """The step for a build in `folder`, where what the teacher says and costs is kept (`teacher.db`, `teacher.json`).

    Raises `ConfigError` for an address or a key that can't be one, `DataError` for files that can't be read.
    """
    others = others_of(subjects)
    if options.model == NOBODY:
        yield Descriptions(options.writing, others)
        return
    async with teacher(options, folder) as asked:
        yield Descriptions(options.writing, others, asked, options.concurrency)


def others_of(subjects: Iterable[SubjectCrops]) -> Others:
    """The names that no text about somebody else may say, but for those that are just what things are called."""
    subjects = list(subjects)
    common = {fold(one.category) for one in subjects} | {fold(one.name) for one in subjects if is_kind(one.name)}
    return Others((one.name for one in subjects), frozenset(common))


def from_annotations(subject: SubjectCrops, others: Others, seed: int) -> Description:
    """The description in the annotations' own words."""
    info = info_of(subject, others)
    captions = captions_of(subject, others, seed)
    return Description(
        subject=subject.subject,
        name=subject.name,
        category=subject.category,
        info=named(info, subject.name),
        captions={view: named(text, subject.name) for view, text in captions.items()},
        questions=tuple(
            QuestionAnswer(question=named(question, subject.name), answer=named(answer, subject.name))
            for question, answer in questions_of(info, subject.category)
        ),
    )


def from_teacher(
    subject: SubjectCrops,
    written: Written,
    views: Sequence[Crop],
    others: Others,
    model: str,
    left_out: Counter[str],
) -> Description:
    """What a teacher wrote, cleaned; what can't be used is counted in `left_out` by its reason.

    Raises `Refused` where nothing is left of the text about the subject.
    """
    category = subject.category or as_category(written.category)
    info = one_info(written.description, sort_of(category), others, subject.name)
    if not info:
        raise Refused("the description can't be used", "It doesn't tell what the subject looks like, or names others.")
    captions: dict[str, str] = {}
    for caption in written.captions:
        text = one_text(caption.caption, others, subject.name)
        view = views[caption.view - 1].id if 1 <= caption.view <= len(views) else ""
        reason = _fault(text, "caption") or ("" if view else "caption: no such view")
        left_out.update([reason] if reason else [])
        if not reason:
            captions.setdefault(view, named(text, subject.name))
    return Description(
        subject=subject.subject,
        name=subject.name,
        category=category,
        info=named(info, subject.name),
        captions=captions,
        questions=_questions(subject, written, views, others, info, left_out),
        teacher=model,
    )


def _questions(
    subject: SubjectCrops,
    written: Written,
    views: Sequence[Crop],
    others: Others,
    info: str,
    left_out: Counter[str],
) -> tuple[QuestionAnswer, ...]:
    known = " ".join([info, *(tidy(one.info) for one in subject.crops)])
    kept: dict[str, QuestionAnswer] = {}
    for asked in written.questions:
        question = one_text(asked.question, others, subject.name, LONGEST_QUESTION)
        answer = one_text(asked.answer, others, subject.name)
        view = views[asked.view - 1].id if 1 <= asked.view <= len(views) and asked.about != "text" else ""
        reason = _fault(question, "question") or ("" if answer else "answer: names somebody else, or left or right")
        if not reason and asked.about != "text" and not view:
            reason = "question: no such view"
        if not reason and asked.about == "text" and not shares_a_word(f"{question} {answer}".replace(NAME, ""), known):
            reason = "answer: not in the text"
        if not reason and fold(question) in kept:
            reason = "question: asked twice"
        if reason:
            left_out[reason] += 1
            continue
        kept[fold(question)] = QuestionAnswer(
            question=named(question, subject.name), answer=named(answer, subject.name), about=asked.about, view=view
        )
    return tuple(kept.values())


def _fault(text: str, what: str) -> str:
    """Why a caption or question can't be used, "" where it can."""
    if not text:
        return f"{what}: names somebody else, or left or right"
    return "" if NAME in text else f"{what}: doesn't name the subject"
