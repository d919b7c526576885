"""Labelled folders, in every layout that `python -m bot eval` reads (`bot/evaluation/data/readers.py`).

What only resembles a concept (look-alikes) and strangers are subjects of their own, with one photo each and no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.data.sources.candidates import LONGEST_TEXT, Candidate, category_of, words
from bot.data.steps import Refusal
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.datasets import Subject as LabelledSubject
from core.names import LONGEST, fold

NOBODY = "~"
"""How the ids of those begin who have no name: "~bo/2.jpg" looks like bo and isn't."""


class LabelledReader:
    """The subjects of a collection, whose photos lie below `root`. `named` is whether a folder's name is a name."""

    def __init__(self, collection: Collection, root: Path, *, named: bool) -> None:
        self.faults = [Refusal(of="", reason="missing picture", detail=one) for one in collection.skipped]
        self._root, self._named = root, named
        self._subjects = {one.name: one for one in collection.subjects}
        self._nobody: dict[str, tuple[Path, str]] = {}
        for one in collection.subjects:
            kind = _kind_of(one)
            self._nobody |= {f"{NOBODY}{one.name}/{photo.name}": (photo, kind) for photo in one.lookalikes}
        self._nobody |= {f"{NOBODY}{self._path(photo)}": (photo, "") for photo in collection.strangers}

    def subjects(self) -> Sequence[str]:
        """The folders' names, and an id for each photo of somebody else."""
        return [*self._subjects, *self._nobody]

    def views(self, subject: str) -> Iterator[Candidate | Refusal]:
        """The photos of a subject, those that a data set keeps for asking as well."""
        if subject in self._nobody:
            photo, category = self._nobody[subject]
            yield Candidate(picture=self._path(photo), category=category)
            return
        one = self._subjects[subject]
        category, name = _kind_of(one), one.name if self._named and not _is_kind(one) else ""
        for photo in dict.fromkeys((*one.photos, *one.queries)):
            yield Candidate(
                picture=self._path(photo),
                name=words(name.replace("_", " "), LONGEST),
                category=category,
                info=words(one.info, LONGEST_TEXT),
            )

    def _path(self, photo: Path) -> str:
        return photo.relative_to(self._root).as_posix()


def _is_kind(one: LabelledSubject) -> bool:
    """Whether a folder is called after a kind of thing or a number: "cat_2", "bear_plushie", "0417" are no names."""
    plain = re.sub(r"[\s_-]*\d+$", "", one.name)
    return not plain or "_" in one.name or fold(plain) != fold(one.name)


def _kind_of(one: LabelledSubject) -> str:
    """A subject's category; empty where it was only taken from a folder's name that is somebody's name."""
    taken = fold(re.sub(r"[\s_-]*\d+$", "", one.name).replace("_", " ")) == fold(one.category)
    return "" if taken and not _is_kind(one) else category_of(one.category)
