"""The demo's samples, in the layout of `bot data build`: pictures of figures, and conversations about them.

First the basics, in an order: pictures of one figure, so that it learns to see; texts that are repeated word by word,
so that it learns to look names up; photos. After that, photos with two concepts that were retrieved, right ones and
noise. They are made here and not by `data build`, since answers begin with what is seen (see `words`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.data.samples import Kind, Provenance, RetrievedConcept, Sample, Turn
from bot.train.demo import words, world
from bot.train.demo.words import Named
from bot.train.demo.world import FIGURES, Figure
from core.concepts import Box

BATCH = 32  # samples of one kind that follow each other: of about one length, they make no padding
_SIDE = 96  # pixels of a picture to learn from: enough for a model that sees 64
_QUALITY = 92
_ALIKE = 0.5  # of the noise concepts, how many differ from what is in the photo in one thing
_SHOWN = 0.5  # of the concepts, how many have a text that says what they look like
_SPLIT = 7  # the seed of what is kept
_SORTED = 6  # batches of conversations that are sorted by length among themselves

Progress = Callable[[str, int, int, str], None]
Phases = tuple[tuple[int, Mapping[str, float]], ...]
"""Phases in order: how many batches, and how often each kind of batch is drawn."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """How much there is to learn from: pictures of each figure, photos, and batches of each phase.

    `negatives` is the share of conversations that may have noise concepts. There are only figures of these `shapes` and
    `textures`; so many are `kept` for the judgement and never learnt from.
    """

    portraits: int = 16
    photos: int = 8000
    seeing: int = 1000
    repeating: int = 600
    both: int = 700
    conversing: int = 1200
    negatives: float = 1.0
    shapes: tuple[str, ...] = tuple(world.SHAPES)
    textures: tuple[str, ...] = tuple(world.TEXTURES)
    kept: int = 100
    seed: int = 0

    @property
    def basics(self) -> Phases:
        """What comes before there are conversations."""
        return (
            (self.seeing, {"portrait": 1}),
            (self.repeating, {"text": 1}),
            (self.both, {"photo": 0.65, "portrait": 0.2, "text": 0.15}),
        )

    @property
    def conversations(self) -> Phases:
        """What RAP's data are."""
        return ((self.conversing, {"conversation": 0.8, "photo": 0.12, "text": 0.08}),)


@dataclass(frozen=True, slots=True)
class Painting:
    """A picture of figures from left to right; `path` is relative to the folder of the samples."""

    path: str
    figures: tuple[Figure, ...]
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures of some figures: the paths of portraits by figure, and photos."""

    portraits: Mapping[Figure, tuple[str, ...]]
    photos: Sequence[Painting]

    @property
    def figures(self) -> list[Figure]:
        """All figures that there are portraits of."""
        return [*self.portraits]

    def noise(self, photo: Painting, others: Sequence[Figure], draw: random.Random) -> Figure:
        """A figure that isn't in a photo, often one that looks like something in it."""
        while True:
            alike = draw.random() < _ALIKE
            one = draw.choice(photo.figures).look_alike(draw) if alike else draw.choice(self.figures)
            if one in self.portraits and one not in (*photo.figures, *others):
                return one


def split(lessons: Lessons) -> tuple[tuple[Figure, ...], tuple[Figure, ...]]:
    """The figures to learn from, and those that are kept for the judgement: the same ones for every seed."""
    figures = [one for one in FIGURES if one.shape in lessons.shapes and one.texture in lessons.textures]
    shuffled = random.Random(_SPLIT).sample(figures, len(figures))  # noqa: S311 - no secret
    return tuple(shuffled[lessons.kept :]), tuple(shuffled[: lessons.kept])


def paint(folder: Path, lessons: Lessons, progress: Progress, *, beside: str = "") -> Gallery:
    """Draw the pictures to learn from and write them into the folder; their paths begin with `beside`."""
    figures, _ = split(lessons)
    draw = random.Random(lessons.seed)  # noqa: S311 - no secret
    folder.mkdir(parents=True, exist_ok=True)
    portraits: dict[Figure, tuple[str, ...]] = {}
    for number, figure in enumerate(figures):
        files = [f"portrait-{number}-{view}.jpg" for view in range(lessons.portraits)]
        for file in files:
            picture = world.portrait(figure, draw.randrange(1 << 40), _SIDE)
            picture.save(folder / file, quality=_QUALITY)
        portraits[figure] = tuple(beside + file for file in files)
        progress("drawing portraits", number + 1, len(figures), "")
    photos = []
    for number in range(lessons.photos):
        shown = draw.sample(figures, draw.choice([1, 2, 2]))
        if len(shown) == 2 and (alike := shown[0].look_alike(draw)) in portraits and draw.random() < 0.2:
            shown[1] = alike
        picture, boxes = world.scene(shown, draw.randrange(1 << 40), _SIDE)
        photos.append(Painting(f"{beside}photo-{number}.jpg", tuple(shown), boxes))
        picture.save(folder / f"photo-{number}.jpg", quality=_QUALITY)
        progress("drawing photos", number + 1, lessons.photos, "")
    return Gallery(portraits, photos)


class Curriculum:
    """The samples of pictures and of lessons, in their order."""

    def __init__(self, gallery: Gallery, lessons: Lessons) -> None:
        self._gallery, self._lessons = gallery, lessons
        self._draw = random.Random(lessons.seed + 1)  # noqa: S311 - no secret
        self._number = 0
        self._makes: Mapping[str, Callable[[], Sample]] = {
            "portrait": self._portrait,
            "photo": self._photo,
            "text": self._text,
            "conversation": self._conversation,
        }

    def samples(self, phases: Phases) -> Iterator[Sample]:
        """The samples of phases; `BATCH` that follow each other are of one kind."""
        for count, weights in phases:
            made = 0
            while made < count:
                (kind,) = self._draw.choices([*weights], [*weights.values()])
                batches = min(_SORTED if kind in ("conversation", "text") else 1, count - made)
                drawn = sorted((self._makes[kind]() for _ in range(BATCH * batches)), key=_length)
                starts = [BATCH * number for number in range(batches)]
                self._draw.shuffle(starts)
                for start in starts:
                    yield from drawn[start : start + BATCH]
                made += batches

    def _portrait(self) -> Sample:
        figure = self._draw.choice(self._gallery.figures)
        picture = Painting(self._draw.choice(self._gallery.portraits[figure]), (figure,))
        return self._sample(Kind.DESCRIPTION, picture, [self._what(picture)])

    def _photo(self) -> Sample:
        photo = self._draw.choice(self._gallery.photos)
        return self._sample(Kind.CAPTION, photo, [self._what(photo)])

    def _text(self) -> Sample:
        pair = self._draw.sample(self._gallery.figures, self._draw.choice([1, 2]))
        known = [words.named(one, self._draw, shown=_SHOWN) for one in pair]
        turns = [self._told(self._draw.choice(known), repeat=0.6) for _ in range(self._draw.choice([1, 2]))]
        return self._sample(Kind.TEXT, None, turns, known)

    def _conversation(self) -> Sample:
        photo, who = self._case()
        known = [words.named(one, self._draw, shown=_SHOWN) for one in who]
        present = sum(one in photo.figures for one in who)
        answer = words.recognised(photo.figures, known)
        turns = self._more_turns(photo, known) if known else []
        turns.insert(self._draw.randint(0, len(turns)), Turn(question=self._draw.choice(words.WHO), answer=answer))
        return self._sample(Kind.SEVERAL if present > 1 else Kind.RECOGNITION, photo, turns, known)

    def _case(self) -> tuple[Painting, list[Figure]]:
        """A photo and who was retrieved for it, in any order."""
        draw, photo = self._draw, self._draw.choice(self._gallery.photos)
        case = draw.choice(["noise", "noise", "noise", "wrong", "wrong", "two", "two", "one", "nobody"])
        if draw.random() >= self._lessons.negatives:
            case = draw.choice(["two", "one"])
        while case == "two" and len(photo.figures) < 2:
            photo = draw.choice(self._gallery.photos)
        found = draw.sample(photo.figures, {"two": 2, "one": 1, "noise": 1}.get(case, 0))
        while case in ("noise", "wrong") and len(found) < 2:
            found.append(self._gallery.noise(photo, found, draw))
        draw.shuffle(found)
        return photo, found

    def _more_turns(self, photo: Painting, known: Sequence[Named]) -> list[Turn]:
        """Questions beside the one who it is."""
        one = self._draw.choice(known)
        turns = [
            self._what(photo),
            Turn(question=words.IS_IN.format(f"<{one.name}>"), answer=words.is_in(one, photo.figures)),
            self._told(self._draw.choice(known), repeat=0.1),
        ]
        return self._draw.sample(turns, self._draw.choice([0, 1]))

    def _what(self, picture: Painting) -> Turn:
        return Turn(question=self._draw.choice(words.WHAT), answer=words.seen(picture.figures))

    def _told(self, named: Named, *, repeat: float) -> Turn:
        """A question about someone that needs no photo; `repeat` is how often it is for the whole text."""
        chance = self._draw.random()
        if chance < repeat:
            return Turn(question=words.TELL.format(f"<{named.name}>"), answer=named.info)
        if chance < repeat + (1 - repeat) / 3:
            return Turn(question=words.LOOKS.format(f"<{named.name}>"), answer=words.looks_like(named))
        question, answer = named.told(self._draw.choice([*named.facts]))
        return Turn(question=question, answer=answer)

    def _sample(
        self, kind: Kind, picture: Painting | None, turns: Sequence[Turn], known: Sequence[Named] = ()
    ) -> Sample:
        present = picture.figures if picture else ()
        where = dict(zip(present, picture.boxes, strict=False)) if picture else {}
        boxes: list[Box | None] = [*where.values()] or [None]
        concepts = tuple(
            RetrievedConcept(
                crop=self._draw.choice(self._gallery.portraits[one.figure]),
                name=one.name,
                info=one.info,
                box=where.get(one.figure, self._draw.choice(boxes)),  # noise is taken for something that is there
                noise=picture is not None and one.figure not in present,
                subject=one.figure.looks,
            )
            for one in known
        )
        self._number += 1
        return Sample(
            id=f"{kind}-{self._number}",
            kind=kind,
            image=picture.path if picture else "",
            turns=tuple(turns),
            concepts=concepts,
            subjects=tuple(one.looks for one in present) or tuple(one.subject for one in concepts),
            provenance=Provenance(source="demo", licence="CC0-1.0", seed=self._lessons.seed),
        )


def _length(sample: Sample) -> int:
    """About how long a sample's input is: letters, and as many for each picture as its tokens would make."""
    letters = sum(len(one.info) + 12 for one in sample.concepts)
    return letters + sum(len(one.question) + len(one.answer) for one in sample.turns) + 64 * len(sample.concepts)
