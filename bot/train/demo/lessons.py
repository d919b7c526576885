"""The demo's samples, in the layout of `bot data build`: pictures of figures, and conversations about them.

First captions, which teach the model to see; then photos with two concepts that were retrieved, right ones and noise.
They are made here and not by `data build`, since their answers say first what is seen (see `words`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.data.samples import Kind, Provenance, RetrievedConcept, Sample, Turn, write_samples
from bot.train.demo import words, world
from bot.train.demo.words import Named
from bot.train.demo.world import FIGURES, Figure
from core.concepts import Box

PICTURES = "pictures"
_PHOTO_SIDE, _REFERENCE_SIDE = 128, 96  # pixels: enough for a model that sees 64
_QUALITY = 90
_KEPT = 500  # figures that are never learnt from
_ALIKE = 0.5  # of the noise concepts, how many differ from what is in the photo in one thing
_SHOWN = 0.5  # of the concepts, how many have a text that says what they look like

Progress = Callable[[str, int, int, str], None]


@dataclass(frozen=True, slots=True)
class Lessons:
    """How much there is to learn from. `negatives` is the share of samples that may have noise concepts."""

    portraits: int = 16
    photos: int = 6000
    captions: int = 48_000
    conversations: int = 48_000
    negatives: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Painting:
    """A photo of figures from left to right; `path` is relative to the folder of the samples."""

    path: str
    figures: tuple[Figure, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures of some figures: the paths of portraits by figure, and photos."""

    portraits: Mapping[Figure, tuple[str, ...]]
    photos: Sequence[Painting]

    def noise(self, photo: Painting, others: Sequence[Figure], draw: random.Random) -> Figure:
        """A figure that isn't in a photo, often one that looks like something in it."""
        while True:
            alike = draw.random() < _ALIKE
            one = draw.choice(photo.figures).look_alike(draw) if alike else draw.choice([*self.portraits])
            if one in self.portraits and one not in (*photo.figures, *others):
                return one


def split(seed: int = 7) -> tuple[tuple[Figure, ...], tuple[Figure, ...]]:
    """The figures to learn from, and those that are kept for the judgement."""
    shuffled = random.Random(seed).sample(FIGURES, len(FIGURES))  # noqa: S311 - no secret
    return tuple(shuffled[_KEPT:]), tuple(shuffled[:_KEPT])


def paint(folder: Path, figures: Sequence[Figure], lessons: Lessons, progress: Progress) -> Gallery:
    """Draw the pictures to learn from and write them into the folder."""
    draw = random.Random(lessons.seed)  # noqa: S311 - no secret
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    portraits: dict[Figure, tuple[str, ...]] = {}
    for number, figure in enumerate(figures):
        paths = [f"{PICTURES}/portrait-{number}-{view}.jpg" for view in range(lessons.portraits)]
        for path in paths:
            picture = world.portrait(figure, draw.randrange(1 << 40), _REFERENCE_SIDE)
            picture.save(folder / path, quality=_QUALITY)
        portraits[figure] = tuple(paths)
        progress("drawing portraits", number + 1, len(figures), "")
    photos = []
    for number in range(lessons.photos):
        shown = draw.sample(figures, draw.choice([1, 2, 2]))
        if len(shown) == 2 and (alike := shown[0].look_alike(draw)) in portraits and draw.random() < 0.2:
            shown[1] = alike
        picture, boxes = world.scene(shown, draw.randrange(1 << 40), _PHOTO_SIDE)
        photos.append(Painting(f"{PICTURES}/photo-{number}.jpg", tuple(shown), boxes))
        picture.save(folder / photos[-1].path, quality=_QUALITY)
        progress("drawing photos", number + 1, lessons.photos, "")
    return Gallery(portraits, photos)


def write_captions(file: Path, gallery: Gallery, lessons: Lessons) -> None:
    """Write the samples of what is in a picture: portraits first, then photos among them."""
    draw = random.Random(lessons.seed + 1)  # noqa: S311 - no secret
    samples = []
    for number in range(lessons.captions):
        figure = draw.choice([*gallery.portraits])
        photo = Painting(draw.choice(gallery.portraits[figure]), (figure,), ())
        if number >= 0.4 * lessons.captions and draw.random() > 0.3:
            photo = draw.choice(gallery.photos)
        turn = Turn(question=draw.choice(words.WHAT), answer=words.seen(photo.figures))
        samples.append(_sample(f"caption-{number}", Kind.CAPTION, photo, (turn,), (), lessons))
    write_samples(file, samples)


def write_conversations(file: Path, gallery: Gallery, lessons: Lessons) -> None:
    """Write the samples with concepts that were retrieved."""
    draw = random.Random(lessons.seed + 2)  # noqa: S311 - no secret
    write_samples(file, (_conversation(number, gallery, lessons, draw) for number in range(lessons.conversations)))


def _conversation(number: int, gallery: Gallery, lessons: Lessons, draw: random.Random) -> Sample:
    chance, name = draw.random(), f"conversation-{number}"
    if chance < 0.2:  # so that it doesn't forget to see
        photo = draw.choice(gallery.photos)
        turn = Turn(question=draw.choice(words.WHAT), answer=words.seen(photo.figures))
        return _sample(name, Kind.CAPTION, photo, (turn,), (), lessons)
    if chance < 0.25:
        photo = draw.choice(gallery.photos)
        turn = Turn(question=draw.choice(words.WHO), answer=words.recognised(photo.figures, ()))
        return _sample(name, Kind.CAPTION, photo, (turn,), (), lessons)
    if chance < 0.3:
        pair = draw.sample([*gallery.portraits], 2)
        known = [words.named(one, draw, shown=_SHOWN) for one in pair]
        turns = [_about(draw.choice(known), draw) for _ in range(2)]
        concepts = _retrieved(known, (), gallery, draw)
        return _sample(name, Kind.TEXT, None, turns, concepts, lessons)
    photo, who = _case(gallery, lessons, draw)
    known = [words.named(one, draw, shown=_SHOWN) for one in who]
    turns = _turns(photo, known, draw)
    kind = Kind.SEVERAL if sum(one.figure in photo.figures for one in known) > 1 else Kind.RECOGNITION
    return _sample(name, kind, photo, turns, _retrieved(known, photo.figures, gallery, draw), lessons)


def _case(gallery: Gallery, lessons: Lessons, draw: random.Random) -> tuple[Painting, list[Figure]]:
    """A photo and who was retrieved for it, in any order."""
    photo = draw.choice(gallery.photos)
    case = draw.choice(["noise", "noise", "noise", "wrong", "wrong", "two", "two", "one"])
    if draw.random() >= lessons.negatives:
        case = draw.choice(["two", "one"])
    while case == "two" and len(photo.figures) < 2:
        photo = draw.choice(gallery.photos)
    right = draw.sample(photo.figures, {"two": 2, "wrong": 0}.get(case, 1))
    while case in ("noise", "wrong") and len(right) < 2:
        right.append(gallery.noise(photo, right, draw))
    draw.shuffle(right)
    return photo, right


def _turns(photo: Painting, known: Sequence[Named], draw: random.Random) -> list[Turn]:
    """Questions about a photo and who was retrieved, each with its answer."""
    who = Turn(question=draw.choice(words.WHO), answer=words.recognised(photo.figures, known))
    one, another = draw.choice(known), draw.choice(known)
    turns = [
        Turn(question=draw.choice(words.WHAT), answer=words.seen(photo.figures)),
        Turn(question=words.IS_IN.format(f"<{one.name}>"), answer=words.is_in(one, photo.figures)),
        _about(another, draw),
    ]
    chosen = draw.sample(turns, draw.choice([0, 1, 2]))
    chosen.insert(draw.randint(0, len(chosen)), who)
    return chosen


def _about(named: Named, draw: random.Random) -> Turn:
    """A question about someone that needs no photo."""
    if draw.random() < 0.35:
        return Turn(question=words.LOOKS.format(f"<{named.name}>"), answer=words.looks_like(named))
    question, answer = named.told(draw.choice([*named.facts]))
    return Turn(question=question, answer=answer)


def _retrieved(
    known: Sequence[Named], present: Sequence[Figure], gallery: Gallery, draw: random.Random
) -> list[RetrievedConcept]:
    return [
        RetrievedConcept(
            crop=draw.choice(gallery.portraits[one.figure]),
            name=one.name,
            info=one.info,
            category=one.figure.shape,
            noise=one.figure not in present,
            subject=one.figure.looks,
        )
        for one in known
    ]


def _sample(
    name: str,
    kind: Kind,
    photo: Painting | None,
    turns: Sequence[Turn],
    concepts: Sequence[RetrievedConcept],
    lessons: Lessons,
) -> Sample:
    return Sample(
        id=name,
        kind=kind,
        image=photo.path if photo else "",
        turns=tuple(turns),
        concepts=tuple(concepts),
        subjects=tuple(one.looks for one in photo.figures) if photo else tuple(one.subject for one in concepts),
        provenance=Provenance(source="demo", licence="CC0-1.0", seed=lessons.seed),
    )
