"""`python -m bot data check`: what is wrong with samples, ours or others' in RAP's layout.

Two passes over the files: the first learns the names and which pictures there are, the second looks at each sample.
Each distinct picture is opened once. What is kept is a few hundred bytes for a picture and for a sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.data.describing import namesakes
from bot.data.lengths import LengthOptions
from bot.data.output import words
from bot.data.output.contents import SplitContents, leaks
from bot.data.output.counting import Counts, ShareGoals
from bot.data.output.likeness import Seen
from bot.data.records import Description
from bot.data.samples import Sample, Value, picture_folder
from bot.data.steps import read_lines
from core.errors import DataError
from core.names import fold

TRAIN = "train"


class CheckOptions(LengthOptions):
    """What samples may be: how long, how many concepts in a list, and the mix's shares."""

    concepts: int = 4
    goals: ShareGoals = ShareGoals()


class Finding(Value):
    """Something wrong: which check found it, a sentence, and the ids of the samples that it is about."""

    check: str
    sentence: str
    samples: tuple[str, ...] = ()


def splits_of(path: Path, against: Path | None = None, pictures: Path | None = None) -> list[SplitContents]:
    """What to check: the files of a build's folder, or one of training samples and one to keep apart `against`.

    `pictures` is the folder that the paths are relative to, where it isn't the build's or the file's. Raises
    `DataError` where there is no such file.
    """
    files = {TRAIN: path, **({"eval": against} if against else {})}
    if path.is_dir():
        found = sorted((path / "rap").glob("*.json"), key=lambda one: (one.stem != TRAIN, one.stem))
        files = {one.stem: one for one in found}
    if not files or not all(one.is_file() for one in files.values()):
        raise DataError(f"There are no samples at {path}: `python -m bot data build` writes them to OUT/rap.")
    return [SplitContents(split, file, pictures or picture_folder(file)) for split, file in files.items()]


def check(
    splits: Sequence[SplitContents],
    options: CheckOptions | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Iterator[Finding]:
    """Everything that is found; shares in the training set alone: what is kept apart may be too few for a mix.

    `progress` hears how many pictures are looked at, of how many. Blocking. Raises `DataError`.
    """
    chosen = options or CheckOptions()
    for one in splits:
        one.read()
    total = sum(len(one.pictures) for one in splits)
    for one in splits:
        one.look(lambda: progress(sum(len(each.looks) for each in splits), total))
    for file in dict.fromkeys(one.descriptions for one in splits):
        yield from (Finding(check="same name", sentence=it) for it in namesakes(read_lines(file, Description)))
    everybody = frozenset(name for one in splits for name in one.names)
    for contents in splits:
        counts, before = Counts(), dict[bytes | str, str]()
        for sample in contents.samples():
            counts.add(sample)
            for name, sentence in (
                *faults_of_words(sample, everybody, chosen),
                *faults_of_pictures(sample, contents.looks),
            ):
                yield Finding(check=name, sentence=f"{sample.id}: {sentence}", samples=(sample.id,))
            yield from _twice(sample, before, contents)
        for what, share, goal in chosen.goals.missed(counts) if contents.split == TRAIN else ():
            sentence = (
                f"{contents.split}: {share:.0%} of the samples with concepts have {what}, {goal:.0%} is the goal."
            )
            yield Finding(check="share", sentence=sentence)
    for train in splits:
        for kept in splits:
            if train.split == TRAIN != kept.split:
                yield from (Finding(check="leak", sentence=it, samples=tuple(ids)) for it, ids in leaks(kept, train))


def _twice(sample: Sample, before: dict[bytes | str, str], contents: SplitContents) -> Iterator[Finding]:
    """What a sample has in common with one before; `before` has the ids by id and by content, and gets its own."""
    if sample.id in before:
        yield Finding(check="duplicate", sentence=f"{sample.id}: this id is there twice.", samples=(sample.id,))
    before[sample.id] = sample.id
    if (first := before.setdefault(contents.content_of(sample), sample.id)) != sample.id:
        sentence = f"{sample.id}: the same picture, concepts and words as {first}."
        yield Finding(check="duplicate", sentence=sentence, samples=(first, sample.id))


def faults_of_words(sample: Sample, everybody: frozenset[str], options: CheckOptions) -> Iterator[tuple[str, str]]:
    """(check, sentence) for what is wrong with a sample's words; `everybody` are the folded names of all concepts."""
    for one in words.empty_turns(sample):
        yield "empty", f"{one}."
    for one in words.leftovers(sample, everybody):
        yield "leftover", f"“{one}” is left of a template."
    for one in words.marks(sample):
        yield "mark", f"“{one}” is a mark of prompts: a model would take it for its frame, not for a word."
    for one in words.same_names(sample):
        yield "same name", f"more than one in the list is called {one}."
    for one in words.names_of_nobody(sample, everybody):
        yield "unknown name", f"nobody is called <{one}>."
    for one in words.wrongly_named(sample, everybody):
        listed = fold(one) in (fold(known.name) for known in sample.concepts)
        yield "wrong name", f"the answer names {one}, who {'is not there' if listed else 'is not in its list'}."
    if len(sample.concepts) > options.concepts:
        yield "too many", f"{len(sample.concepts)} concepts, {options.concepts} at most."
    if (length := options.of_sample(sample)) > options.max_length:
        yield "too long", f"about {length} tokens, {options.max_length} at most: fewer concepts, or a greater length."


def faults_of_pictures(sample: Sample, looks: Mapping[str, Seen | str]) -> Iterator[tuple[str, str]]:
    """(check, sentence) for what is wrong with a sample's pictures; `looks` has all of them by their paths."""
    for path in dict.fromkeys(filter(None, (sample.image, *(one.crop for one in sample.concepts)))):
        if isinstance(why := looks[path], str):
            yield "picture", f"the picture {path} can't be opened: {why.rstrip('.')}."
    image = looks.get(sample.image)
    if not isinstance(image, Seen):
        return
    for one in sample.concepts:
        part = image.boxes.get(one.box) if one.box else None
        if one.box is not None and part is None:
            size = "{} × {}".format(*image.size)
            yield "box", f"the box {[*one.box]} of {one.name} is empty or reaches out of the picture ({size})."
        reference = looks[one.crop]
        if isinstance(reference, Seen) and any(look and reference.look.is_near(look) for look in (image.look, part)):
            yield "same picture", f"the reference of {one.name} is cut from the very picture that is asked about."
