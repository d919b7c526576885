"""The step from a subject's views to its description: by a teacher, or from the annotations' own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.data.prompts import is_mark
from bot.data.records import Description, QuestionAnswer
from bot.data.teacher.annotated import captions_of, info_of, questions_of
from bot.data.teacher.asking import Teacher, teacher
from bot.data.teacher.checking import from_teacher
from bot.data.teacher.cleaning import Others, named
from bot.data.teacher.kinds import is_kind
from bot.data.teacher.names import SubjectCrops, by_subject
from bot.data.teacher.options import NOBODY, TeacherOptions, Writing
from core.errors import DataError
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
        answer = await self._teacher.write(given)
        left_out: Counter[str] = Counter()
        try:
            return [from_teacher(given, answer, self._others, self.options.model, left_out)]
        finally:
            if answer.new:
                self._teacher.ledger.leave_out(left_out)


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


def described(descriptions: Iterable[Description]) -> dict[str, Description]:
    """The descriptions by subject. Raises `DataError` where people have written one name, or no name, for two."""
    found = {one.subject: one for one in descriptions}
    wrong = [
        f"{one.subject} is called {one.name}, which is a mark of prompts."
        for one in found.values()
        if is_mark(one.name)
    ]
    if sentences := [*namesakes(found.values()), *wrong]:
        raise DataError(f"{' '.join(sentences[:5])} Change the name in descriptions.jsonl, and build again.")
    return found


def namesakes(descriptions: Iterable[Description]) -> list[str]:
    """A sentence for each subject that has another one's name, as names are compared."""
    first: dict[str, Description] = {}
    found = []
    for one in descriptions:
        before = first.setdefault(fold(one.name), one)
        if before.subject != one.subject and not one.drop:
            found.append(f"{before.subject} and {one.subject} are both called {one.name}.")
    return found


def others_of(subjects: Iterable[SubjectCrops]) -> Others:
    """The names that no text about somebody else may say, but for those that are just what things are called."""
    subjects = list(subjects)
    common = {fold(one.category) for one in subjects} | {fold(one.name) for one in subjects if is_kind(one.name)}
    return Others((one.name for one in subjects), frozenset(common))


def from_annotations(subject: SubjectCrops, others: Others, seed: int) -> Description:
    """The description in the annotations' own words."""
    info = info_of(subject, others)
    captions = captions_of(subject, others)
    return Description(
        subject=subject.subject,
        name=subject.name,
        category=subject.category,
        info=named(info, subject.name),
        captions={view: named(text, subject.name) for view, text in captions.items()},
        questions=tuple(
            QuestionAnswer(question=named(question, subject.name), answer=named(answer, subject.name))
            for question, answer in questions_of(info, subject.category, f"{seed} {subject.subject}")
        ),
    )
