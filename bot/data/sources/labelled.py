"""Labelled folders, in every layout that `python -m bot eval` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from bot.data.records import Split, SubjectPhoto
from bot.evaluation.data.datasets import Subject
from bot.evaluation.data.readers import read


def photos(path: Path, *, eval_share: float, licence: str = "") -> Iterator[SubjectPhoto]:
    """The photos of every subject in a folder. Raises `DataError` for a folder that holds none."""
    collection = read(path)
    for subject in collection.subjects:
        for photo in (*subject.photos, *subject.queries):
            yield _photo(collection.name, subject, photo, eval_share, licence)


def split_of(subject: str, eval_share: float) -> Split:
    """Which split a subject belongs to: by a hash of its id, so that it stays there as others come and go."""
    drawn = int.from_bytes(hashlib.blake2b(subject.encode(), digest_size=4).digest()) / 2**32
    return "eval" if drawn < eval_share else "train"


def _photo(source: str, subject: Subject, photo: Path, eval_share: float, licence: str) -> SubjectPhoto:
    who = f"{source}/{subject.name}"
    return SubjectPhoto(
        id=f"{who}/{photo.name}",
        subject=who,
        name=subject.name,
        category=subject.category,
        info=subject.info,
        picture=str(photo.resolve()),
        digest=hashlib.blake2b(photo.read_bytes(), digest_size=16).hexdigest(),
        source=source,
        licence=licence,
        split=split_of(who, eval_share),
    )
