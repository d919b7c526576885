"""Who is remembered with which photos, and what is asked: splits that a seed decides alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.evaluation.data.datasets import Collection, Subject


@dataclass(frozen=True, slots=True)
class Query:
    """A photo to ask about. `truth` is who is in it, None for nobody known.

    `subject` is whose photo it is, known or not; `like` is whom it resembles without being them.
    """

    path: Path
    truth: str | None
    subject: str
    like: str | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """The references of the known and the photos to ask about."""

    references: Mapping[str, tuple[Path, ...]]
    queries: tuple[Query, ...]


def everyone_known(collection: Collection, shots: int, seed: int) -> Split:
    """Each subject remembered with `shots` photos; all its other photos are asked about."""
    references, queries = {}, list[Query]()
    for one in collection.subjects:
        chosen, rest = _divided(one, shots, seed)
        references[one.name] = chosen
        queries += [Query(path, one.name, one.name) for path in rest]
    return Split(references, tuple(queries))


def thirds(collection: Collection, shots: int, seed: int) -> list[Split]:
    """Three splits; in each another third of the subjects are strangers, who nobody remembered.

    A stranger whose category somebody known has is a look-alike of them, as are the photos that the
    collection itself gives as look-alikes. The collection's own strangers are asked about in each.
    """
    order = np.random.default_rng(seed).permutation(len(collection.subjects))
    return [_held_out(collection, set(order[third::3].tolist()), shots, seed) for third in range(3)]


def _held_out(collection: Collection, strangers: set[int], shots: int, seed: int) -> Split:
    known = [one for place, one in enumerate(collection.subjects) if place not in strangers]
    inner = everyone_known(Collection(collection.name, tuple(known)), shots, seed)
    by_category = {one.category: one.name for one in reversed(known) if one.category}
    queries = list(inner.queries)
    for place in sorted(strangers):
        one = collection.subjects[place]
        like = by_category.get(one.category)
        queries += [Query(path, None, one.name, like) for path in (*one.photos, *one.queries)]
    queries += [Query(path, None, path.stem, one.name) for one in known for path in one.lookalikes]
    queries += [Query(path, None, path.stem) for path in collection.strangers]
    return Split(inner.references, tuple(queries))


def _divided(subject: Subject, shots: int, seed: int) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """References and queries. Fewer shots are a part of more, so that counts compare on like choices."""
    order = np.random.default_rng([seed, *subject.name.encode()]).permutation(len(subject.photos))
    photos = [subject.photos[place] for place in order]
    if subject.queries:
        return tuple(photos[:shots]), subject.queries
    count = min(shots, len(photos) - 1)
    return tuple(photos[:count]), tuple(photos[count:])


def apart_from(collection: Collection, asked: Iterable[Path]) -> Collection:
    """The collection without photos that are asked about, so that none is its own reference.

    A subject with no others keeps them: RAP's files ask about some of the store's pictures.
    """
    gone = {path.resolve() for path in asked}

    def kept(one: Subject) -> tuple[Path, ...]:
        return tuple(path for path in one.photos if path.resolve() not in gone) or one.photos

    subjects = tuple(replace(one, photos=kept(one)) for one in collection.subjects)
    return replace(collection, subjects=subjects)


def few(queries: Sequence[Query], most: int) -> list[Query]:
    """At most that many photos of each subject."""
    counts = Counter[str]()
    kept = []
    for one in queries:
        counts[one.subject] += 1
        if counts[one.subject] <= most:
            kept.append(one)
    return kept
