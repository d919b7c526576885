"""Splits of a collection into references and queries; the seed alone decides them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.evaluation.data.datasets import Collection, Subject


@dataclass(frozen=True, slots=True)
class Query:
    """A photo to ask about. `truth` is the known concept in it, None where there is none.

    `subject` is the label of the photo, known or not; `like` is the known concept that a stranger resembles.
    """

    path: Path
    truth: str | None
    subject: str
    like: str | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """The reference photos of each known concept, by name, and the photos to ask about."""

    references: Mapping[str, tuple[Path, ...]]
    queries: tuple[Query, ...]


def everyone_known(collection: Collection, shots: int, seed: int) -> Split:
    """Each subject is remembered with up to `shots` photos; all its other photos are queries.

    The references for fewer shots are a subset of those for more, so that different counts compare on like
    choices. A subject without queries of its own keeps at least one photo to ask about.
    """
    references, queries = {}, list[Query]()
    for one in collection.subjects:
        order = np.random.default_rng([seed, *one.name.encode()]).permutation(len(one.photos))
        photos = [one.photos[index] for index in order]
        count = shots if one.queries else min(shots, len(photos) - 1)
        references[one.name] = tuple(photos[:count])
        queries += [Query(path, one.name, one.name) for path in one.queries or photos[count:]]
    return Split(references, tuple(queries))


def thirds(collection: Collection, shots: int, seed: int) -> list[Split]:
    """Three splits; in each of them another third of the subjects are strangers, who are not remembered.

    A stranger with the category of a known subject is a look-alike of that subject, and so are the photos in
    the subject's `lookalikes`. The collection's own strangers are queries of each split.
    """
    order = np.random.default_rng(seed).permutation(len(collection.subjects))
    splits = []
    for third in range(3):
        strangers = sorted(order[third::3].tolist())
        known = [one for index, one in enumerate(collection.subjects) if index not in strangers]
        split = everyone_known(Collection(collection.name, tuple(known)), shots, seed)
        by_category = {one.category: one.name for one in reversed(known) if one.category}
        queries = list(split.queries)
        for one in (collection.subjects[index] for index in strangers):
            like = by_category.get(one.category)
            queries += [Query(path, None, one.name, like) for path in (*one.photos, *one.queries)]
        queries += [Query(path, None, path.stem, one.name) for one in known for path in one.lookalikes]
        queries += [Query(path, None, path.stem) for path in collection.strangers]
        splits.append(Split(split.references, tuple(queries)))
    return splits


def few_known(collection: Collection, shots: int, seed: int, size: int) -> Split:
    """A chat that knows only so many of the subjects; the photos of all others are strangers'."""
    order = np.random.default_rng([seed, size]).permutation(len(collection.subjects))
    known = tuple(collection.subjects[index] for index in sorted(order[:size]))
    split = everyone_known(Collection(collection.name, known), shots, seed)
    others = [one for one in collection.subjects if one not in known]
    strangers = [Query(path, None, one.name) for one in others for path in (*one.photos, *one.queries)]
    return Split(split.references, (*split.queries, *strangers))


def apart_from(collection: Collection, asked: Iterable[Path]) -> Collection:
    """A copy without the photos that are asked about, so that no query is its own reference.

    A subject that has no other photos keeps them: RAP's files ask about some of the database's pictures.
    """
    gone = {path.resolve() for path in asked}

    def kept(one: Subject) -> tuple[Path, ...]:
        return tuple(path for path in one.photos if path.resolve() not in gone) or one.photos

    subjects = tuple(replace(one, photos=kept(one)) for one in collection.subjects)
    return replace(collection, subjects=subjects)


def few(queries: Sequence[Query], most: int) -> list[Query]:
    """The first `most` queries of each subject, in order."""
    counts = Counter[str]()
    kept = []
    for one in queries:
        counts[one.subject] += 1
        if counts[one.subject] <= most:
            kept.append(one)
    return kept
