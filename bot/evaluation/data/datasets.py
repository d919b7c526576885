"""Labelled photos to measure on: subjects, look-alikes and strangers, as frozen values, with their checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import DataError
from core.names import fold

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif"})


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, animal or thing with photos of it.

    `photos` are split at random into references and queries. Where a data set has a split of its own,
    `queries` are its test photos and `photos` only its references. `lookalikes` are photos of something
    else that resembles the subject.
    """

    name: str
    photos: tuple[Path, ...]
    category: str = ""
    info: str = ""
    queries: tuple[Path, ...] = ()
    lookalikes: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A data set: its subjects, photos that show none of them, and sentences about what was left out."""

    name: str
    subjects: tuple[Subject, ...]
    strangers: tuple[Path, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def photos(self) -> tuple[Path, ...]:
        """Every photo once: the strangers' first, then those of each subject."""
        found: dict[Path, None] = dict.fromkeys(self.strangers)
        for one in self.subjects:
            found |= dict.fromkeys((*one.photos, *one.queries, *one.lookalikes))
        return tuple(found)

    def without(self, bad: Iterable[Path]) -> Collection:
        """A copy without these unreadable photos, each named in `skipped`. Raises `DataError` as `checked`."""
        gone = set(bad)

        def kept(paths: Sequence[Path]) -> tuple[Path, ...]:
            return tuple(path for path in paths if path not in gone)

        subjects = tuple(
            replace(one, photos=kept(one.photos), queries=kept(one.queries), lookalikes=kept(one.lookalikes))
            for one in self.subjects
        )
        skipped = (*self.skipped, *(f"{path} is no picture that can be read." for path in sorted(gone)))
        return checked(replace(self, subjects=subjects, strangers=kept(self.strangers), skipped=skipped))


def checked(collection: Collection) -> Collection:
    """A copy with only the subjects that can be measured; those left out are named in `skipped`.

    A subject needs a photo to remember and another one to ask about. Raises `DataError` when two subjects have
    the same name, or when fewer than two subjects remain.
    """
    by_name: dict[str, str] = {}
    for one in collection.subjects:
        if other := by_name.get(fold(one.name)):
            raise DataError(
                f"Two concepts of {collection.name} have the same name, {other} and {one.name}: rename one."
            )
        by_name[fold(one.name)] = one.name
    kept, skipped = [], []
    for one in collection.subjects:
        if one.photos and len(one.photos) + len(one.queries) >= 2:
            kept.append(one)
        else:
            count = "one photo" if len(one.photos) == 1 else "no photos"
            skipped.append(f"{one.name} has {count}, too few to measure: left out.")
    if len(kept) < 2:
        raise DataError(
            " ".join(
                [
                    f"There are not enough concepts in {collection.name}: it takes at least two",
                    "with two photos each, one to remember and one to ask about.",
                    *skipped[:3],
                ]
            )
        )
    return replace(collection, subjects=tuple(kept), skipped=(*collection.skipped, *skipped))


def existing(path: Path) -> Path:
    """The path itself. Raises `DataError` when no file or folder has that path."""
    if not path.exists():
        raise DataError(f"There is nothing at {path}. Give the folder or file to measure on.")
    return path


def pictures(folder: Path) -> tuple[Path, ...]:
    """The picture files directly in a folder, sorted by path; empty when there is no such folder."""
    return tuple(sorted(path for path in folder.iterdir() if _is_picture(path))) if folder.is_dir() else ()


def pictures_below(folder: Path) -> tuple[Path, ...]:
    """The picture files in a folder and in all folders below it, sorted; empty when there is no such folder."""
    return tuple(sorted(path for path in folder.rglob("*") if _is_picture(path))) if folder.is_dir() else ()


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURES and not path.name.startswith(".") and path.is_file()
