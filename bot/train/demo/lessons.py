"""The demo's samples, in the layout of `bot data build`: photos of figures, and conversations about them.

With each photo a few concepts were retrieved, right ones and noise, some of it look-alikes. The samples are made here
and not by `data build`, since answers go through a photo by its quarters (see `words`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.data.samples import Kind, Provenance, RetrievedConcept, Sample, Turn
from bot.train.demo import words, world
from bot.train.demo.world import FIGURES, Figure
from core.concepts import Box

BATCH = 32  # samples
SIDE = 64  # pixels of a picture to learn from: enough for a model that sees 32
_QUALITY = 92
_SPLIT = 7  # the seed of what is kept
_SORTED = 6  # batches that are sorted by length among themselves: of about one length, they make little padding
_MOST = 3  # concepts that are retrieved

Progress = Callable[[str, int, int, str], None]


@dataclass(frozen=True, slots=True)
class Lessons:
    """How much there is to learn from: pictures of each figure, photos, and batches of conversations.

    `negatives` is the share of conversations that may have noise concepts, and `complete` how many of these have all
    who are in the photo nevertheless. `alike` is how many noise concepts differ from what is in the photo in one thing,
    once `easy` of all batches are over. `seeing` and `recalling` are the batches of what
    comes beforehand (`tower`, `recall`). `kept` figures are for the judgement and never learnt from.
    """

    portraits: int = 8
    photos: int = 4000
    seeing: int = 1300
    recalling: int = 350
    conversing: int = 500
    negatives: float = 1.0
    complete: float = 0.4
    alike: float = 0.25
    easy: float = 0.3
    kept: int = 60
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Painting:
    """A photo that was written: its path relative to the folder of the samples, and what is where in it."""

    path: str
    figures: tuple[Figure, ...]
    quarters: tuple[int, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures of some figures: the paths of portraits by figure, and photos."""

    portraits: Mapping[Figure, tuple[str, ...]]
    photos: Sequence[Painting]

    def noise(self, photo: Painting, others: Sequence[Figure], draw: random.Random, alike: float) -> Figure:
        """A figure that isn't in a photo; `alike` is how probably it looks like something in it."""
        figures = [*self.portraits]
        while True:
            one = draw.choice(photo.figures).look_alike(draw) if draw.random() < alike else draw.choice(figures)
            if one in self.portraits and one not in (*photo.figures, *others):
                return one


def split(lessons: Lessons) -> tuple[tuple[Figure, ...], tuple[Figure, ...]]:
    """The figures to learn from, and those that are kept for the judgement: the same ones for every seed."""
    shuffled = random.Random(_SPLIT).sample(FIGURES, len(FIGURES))  # noqa: S311 - no secret
    return tuple(shuffled[lessons.kept :]), tuple(shuffled[: lessons.kept])


def group(figures: Sequence[Figure], count: int, draw: random.Random, alike: float) -> list[Figure]:
    """So many different figures of some; `alike` is how probably two of them differ in one thing only."""
    shown = draw.sample(figures, count)
    other = shown[0].look_alike(draw)
    if count > 1 and draw.random() < alike and other in figures and other not in shown:
        shown[1] = other
    return shown


def paint(folder: Path, lessons: Lessons, progress: Progress, *, beside: str = "") -> Gallery:
    """Draw the pictures to learn from and write them into the folder; their paths begin with `beside`."""
    figures, _ = split(lessons)
    draw = random.Random(lessons.seed)  # noqa: S311 - no secret
    folder.mkdir(parents=True, exist_ok=True)
    portraits: dict[Figure, tuple[str, ...]] = {}
    for number, figure in enumerate(figures):
        files = [f"portrait-{number}-{view}.jpg" for view in range(lessons.portraits)]
        for file in files:
            picture = world.portrait(figure, draw.randrange(1 << 40), SIDE)
            picture.save(folder / file, quality=_QUALITY)
        portraits[figure] = tuple(beside + file for file in files)
        progress("drawing portraits", number + 1, len(figures), "")
    photos = []
    for number in range(lessons.photos):
        file = f"photo-{number}.jpg"
        seen = world.scene(group(figures, draw.choice([1, 2, 3]), draw, 0.2), draw.randrange(1 << 40), SIDE)
        seen.picture.save(folder / file, quality=_QUALITY)
        photos.append(Painting(beside + file, seen.figures, seen.quarters, seen.boxes))
        progress("drawing photos", number + 1, lessons.photos, "")
    return Gallery(portraits, photos)


class Curriculum:
    """The samples of pictures and of lessons, in their order."""

    def __init__(self, gallery: Gallery, lessons: Lessons) -> None:
        self._gallery, self._lessons = gallery, lessons
        self._draw = random.Random(lessons.seed + 1)  # noqa: S311 - no secret
        self._number = 0

    def samples(self) -> Iterator[Sample]:
        """All samples; those of a batch are of about one length."""
        lessons, made = self._lessons, 0
        while made < lessons.conversing:
            alike = lessons.alike if made >= lessons.easy * lessons.conversing else 0.0
            batches = min(_SORTED, lessons.conversing - made)
            drawn = sorted((self._sample(alike) for _ in range(BATCH * batches)), key=_length)
            starts = [BATCH * number for number in range(batches)]
            self._draw.shuffle(starts)
            for start in starts:
                yield from drawn[start : start + BATCH]
            made += batches

    def _sample(self, alike: float) -> Sample:
        draw, photo = self._draw, self._draw.choice(self._gallery.photos)
        known = [words.named(one, draw) for one in self._retrieved(photo, alike)]
        who = Turn(question=draw.choice(words.WHO), answer=words.recognised(photo.figures, photo.quarters, known))
        turns = [who]
        for one in known:
            question, answer = one.told(draw.choice([*one.facts]))
            looks = words.LOOKS.format(f"<{one.name}>")
            turns += [Turn(question=question, answer=answer), Turn(question=looks, answer=words.looks_like(one))]
        draw.shuffle(turns)
        where = dict(zip(photo.figures, photo.boxes, strict=True))
        concepts = tuple(
            RetrievedConcept(
                crop=draw.choice(self._gallery.portraits[one.figure]),
                name=one.name,
                info=one.info,
                box=where.get(one.figure, draw.choice(photo.boxes)),  # noise is taken for something that is there
                noise=one.figure not in where,
                subject=one.figure.looks,
            )
            for one in known
        )
        self._number += 1
        present = sum(not one.noise for one in concepts)
        kind = Kind.SEVERAL if present > 1 else Kind.RECOGNITION
        return Sample(
            id=f"{kind}-{self._number}",
            kind=kind,
            image=photo.path,
            turns=tuple(turns),
            concepts=concepts,
            subjects=tuple(one.looks for one in photo.figures),
            provenance=Provenance(source="demo", licence="CC0-1.0", seed=self._lessons.seed),
        )

    def _retrieved(self, photo: Painting, alike: float) -> list[Figure]:
        """Who was retrieved for a photo, in any order: all who are there; with negatives some or nobody, and others."""
        draw = self._draw
        negatives, there = draw.random() < self._lessons.negatives, len(photo.figures)
        if negatives and draw.random() >= self._lessons.complete:
            there = draw.randint(0, there)
        found = draw.sample(photo.figures, there)
        if negatives:
            for _ in range(max(there, draw.randint(1, _MOST)) - there):
                found.append(self._gallery.noise(photo, found, draw, alike))
        draw.shuffle(found)
        return found


def _length(sample: Sample) -> int:
    """About how long a sample's input is: letters, and as many for each picture as its tokens would make."""
    letters = sum(len(one.info) + 30 for one in sample.concepts)
    return letters + sum(len(one.question) + len(one.answer) for one in sample.turns)
