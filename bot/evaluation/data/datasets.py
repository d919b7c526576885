"""Labelled photos to measure on: subjects, look-alikes, strangers. Frozen values and their checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import DataError
from core.names import fold

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif"})


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody or something with photos of it.

    `photos` are split by probability into references and queries. Where a data set has a split of its own,
    `queries` are its test photos and `photos` only its references. `lookalikes` show something that
    resembles it but is not it.
    """

    name: str
    photos: tuple[Path, ...]
    category: str = ""
    info: str = ""
    queries: tuple[Path, ...] = ()
    lookalikes: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A data set: its subjects, photos of nobody in it, and sentences about what was left out."""

    name: str
    subjects: tuple[Subject, ...]
    strangers: tuple[Path, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def photos(self) -> tuple[Path, ...]:
        """Every photo, once, in order."""
        found: dict[Path, None] = dict.fromkeys(self.strangers)
        for one in self.subjects:
            found |= dict.fromkeys((*one.photos, *one.queries, *one.lookalikes))
        return tuple(found)

    def without(self, bad: Iterable[Path]) -> Collection:
        """The same without photos that can't be read, each named among `skipped`."""
        gone = set(bad)

        def kept(paths: Sequence[Path]) -> tuple[Path, ...]:
            return tuple(path for path in paths if path not in gone)

        subjects = tuple(
            replace(one, photos=kept(one.photos), queries=kept(one.queries), lookalikes=kept(one.lookalikes))
            for one in self.subjects
        )
        said = (*self.skipped, *(f"{path} is no picture that can be read." for path in sorted(gone)))
        return checked(replace(self, subjects=subjects, strangers=kept(self.strangers), skipped=said))


def checked(collection: Collection) -> Collection:
    """The collection with only subjects that can be measured; those left out are named among `skipped`.

    Raises `DataError` when two subjects have one name, or when fewer than two subjects remain.
    """
    by_name: dict[str, str] = {}
    for one in collection.subjects:
        if other := by_name.get(fold(one.name)):
            raise DataError(
                f"Two concepts of {collection.name} have the same name, {other} and {one.name}: rename one."
            )
        by_name[fold(one.name)] = one.name
    kept = tuple(one for one in collection.subjects if _measurable(one))
    said = tuple(_too_few(one) for one in collection.subjects if not _measurable(one))
    if len(kept) < 2:
        raise DataError(
            " ".join(
                [
                    f"There are not enough concepts in {collection.name}: it takes at least two",
                    "with two photos each, one to remember and one to ask about.",
                    *said[:3],
                ]
            )
        )
    return replace(collection, subjects=kept, skipped=(*collection.skipped, *said))


def _measurable(subject: Subject) -> bool:
    return bool(subject.photos) and len(subject.photos) + len(subject.queries) >= 2


def _too_few(subject: Subject) -> str:
    count = len(subject.photos)
    return f"{subject.name} has {'one photo' if count == 1 else 'no photos'}, too few to measure: left out."


def existing(path: Path) -> Path:
    """The path itself. Raises `DataError` when there is nothing there."""
    if not path.exists():
        raise DataError(f"There is nothing at {path}. Give the folder or file to measure on.")
    return path


def pictures(folder: Path) -> tuple[Path, ...]:
    """The pictures right in a folder, by name; none when there is no such folder."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if _is_picture(path)))


def pictures_below(folder: Path) -> tuple[Path, ...]:
    """The pictures in a folder and in all folders below it."""
    return tuple(sorted(path for path in folder.rglob("*") if _is_picture(path))) if folder.is_dir() else ()


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURES and not path.name.startswith(".") and path.is_file()
