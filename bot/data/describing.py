"""What is told of a subject, from the annotations' own words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.data.records import Crop, Description
from bot.data.samples import Value
from bot.data.steps import Refused


class SubjectCrops(Value):
    """All crops of one subject."""

    subject: str
    crops: tuple[Crop, ...]


class TeacherOptions(Value):
    """Who describes subjects."""

    teacher: str = "none"


class Descriptions:
    """The step `SubjectCrops` → `Description`."""

    name, record = "descriptions", Description

    def __init__(self, options: TeacherOptions, *, concurrency: int = 1) -> None:
        self.options, self.concurrency = options, concurrency

    def id_of(self, given: SubjectCrops) -> str:
        """The subject's id."""
        return given.subject

    async def make(self, given: SubjectCrops) -> Sequence[Description]:
        """One description. Raises `Refused`."""
        first = given.crops[0]
        name = first.name
        if not name:
            raise Refused("without a name")
        info = first.info or (f"<{name}> is a {first.category}." if first.category else "")
        if not info:
            raise Refused("without words", f"{name} has neither a text nor a category")
        return [Description(subject=given.subject, name=name, category=first.category, info=info)]
