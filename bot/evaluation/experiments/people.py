"""`eval people`: are people named by their faces, and strangers not?

A folder of photos for each person. Everybody is known by a few photos that show one face (of several it might be
another one's), and each third of the people in turn is not. Photos in which no face is found (hands, backs, things) are
counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.progress import Progress

from bot.build.models import Models
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Query, Split, everyone_known, thirds
from bot.evaluation.harness.metrics import Spread, mean
from bot.evaluation.harness.recognition import FileRecognizer, index_of, open_image
from bot.evaluation.harness.report import Report, side_by_side
from core.concepts import Face, FaceVector, Grade, Sighting
from core.counting import counted
from core.errors import DataError
from core.ports import FaceFinder, View
from core.recognition.faces import KnownFaces, face_of, people_in

_WITH, _WITHOUT = "a face is visible", "no face is visible"


@dataclass(frozen=True, slots=True)
class _LookedAt:
    """A query, whether its photo shows a face, who ranks first (None: nobody), and what a chat would be told."""

    query: Query
    faced: bool
    first: str | None
    sightings: tuple[Sighting, ...]

    @property
    def sure(self) -> list[str]:
        return [one.match.name for one in self.sightings if one.match and one.grade is Grade.SURE]


class _People:
    """Looks at photos of people, and at each photo's faces once."""

    def __init__(self, recognizer: FileRecognizer, finder: FaceFinder) -> None:
        self._recognizer, self._finder = recognizer, finder
        self._faces: dict[Path, tuple[Face, ...]] = {}

    async def seen(self, split: Split) -> list[_LookedAt]:
        """Remember the split's references and identify its queries."""
        embeddings = {name: await self._recognizer.reference_embeddings(one) for name, one in split.references.items()}
        faces = {name: [await self._reference(path) for path in paths] for name, paths in split.references.items()}
        index = index_of(embeddings, faces=faces)
        names = {one.id: one.name for one in index.concepts}
        found = []
        for query in split.queries:
            features = replace(await self._recognizer.features(query.path), faces=await self._of(query.path))
            told = self._recognizer.identify(index, features)
            ranked = _nearest(index.faces, features.faces or ())
            first = names[ranked] if ranked is not None else told.best[0]
            found.append(_LookedAt(query, bool(features.faces), first, told.sightings))
        return found

    async def with_one_face(self, collection: Collection) -> Collection:
        """The collection with only the photos that show one face. Raises `DataError` when too few do."""
        return collection.without([path for path in collection.photos if len(await self._of(path)) != 1])

    async def _of(self, path: Path) -> tuple[Face, ...]:
        if path not in self._faces:
            boxes = people_in((await self._recognizer.features(path)).regions)
            self._faces[path] = tuple(self._finder.find([View(open_image(path), boxes)])[0])
        return self._faces[path]

    async def _reference(self, path: Path) -> FaceVector:
        """The embedding of the face that `/remember` would keep, (0,) where it finds none."""
        samples = await self._recognizer.enrol([path])
        box = samples[0].region.box if samples else open_image(path).box
        face = face_of(self._finder.find([View(open_image(path), (box,))])[0], box)
        return face.embedding if face else np.zeros(0, np.float32)


def _nearest(known: KnownFaces, faces: Sequence[Face]) -> int | None:
    """The concept that a face of the photo is nearest to, however far that is."""
    pairs = [(far, owner) for one in faces for owner, far in known.distances(one.embedding).items()]
    return min(pairs)[1] if pairs else None


async def measure(
    recognizer: FileRecognizer,
    models: Models,
    collection: Collection,
    *,
    references: int,
    seeds: Sequence[int],
    progress: Progress,
) -> Report:
    """Run the experiment. Raises `DataError` when too little can be read, or nothing finds faces here."""
    if not models.face_finders:
        raise DataError("There is nothing here that finds faces: python -m bot models pull, and models.faces = true.")
    people = _People(recognizer, next(iter(models.face_finders.values()))())
    collection = await recognizer.readable(collection, progress)
    faced = await people.with_one_face(collection)
    figures: dict[str, list[Mapping[str, float]]] = {_WITH: [], _WITHOUT: []}
    for seed in progress.track(seeds, description="People"):
        known = await people.seen(_with_all(everyone_known(faced, references, seed), collection))
        splits = [_with_all(split, collection) for split in thirds(faced, references, seed)]
        others = [one for split in splits for one in await people.seen(split)]
        for heading, faced_ones in ((_WITH, True), (_WITHOUT, False)):
            mine, theirs = ([one for one in each if one.faced is faced_ones] for each in (known, others))
            figures[heading].append(_measures(mine, [one for one in theirs if not one.query.truth]))
    columns = {
        heading: {key: Spread.of([one[key] for one in rows]) for key in rows[0]} for heading, rows in figures.items()
    }
    return Report(
        "people",
        collection.name,
        side_by_side(columns),
        {**recognizer.identities, "faces": models.faces_identity},
        tuple(seeds),
        (
            f"{counted(len(collection.subjects), 'person', 'people')}, {counted(len(collection.photos), 'photo')};"
            f" {references} to remember of each; mean ± deviation over {counted(len(seeds), 'choice')} of these.",
            "Top-1 and what is said surely of the known: everybody is known. Strangers: a third is not, in turn.",
        ),
        collection.skipped,
        {"by_seed": figures},
    )


def _with_all(split: Split, collection: Collection) -> Split:
    """The split with the photos that show no face among its queries."""
    there = {one.path for one in split.queries} | {path for paths in split.references.values() for path in paths}
    more = [
        Query(path, one.name if one.name in split.references else None, one.name)
        for one in collection.subjects
        for path in one.photos
        if path not in there
    ]
    return replace(split, queries=(*split.queries, *more))


def _measures(mine: Sequence[_LookedAt], strangers: Sequence[_LookedAt]) -> dict[str, float]:
    return {
        "photos": float(len(mine)),
        "Top-1": mean([one.first == one.query.truth for one in mine]),
        "of the sure, right": mean([name == one.query.truth for one in mine for name in one.sure]),
        "named surely": mean([one.query.truth in one.sure for one in mine]),
        "strangers' photos": float(len(strangers)),
        "strangers named surely": mean([bool(one.sure) for one in strangers]),
    }
