"""What is in a split, and what it shares with another: subjects, names and pictures, without the samples themselves."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bot.data.output.likeness import Seen, look_at, near_pairs
from bot.data.samples import Sample, stream_samples
from core.concepts import Box
from core.names import fold


class SplitContents:
    """A file of samples, `folder` being what its paths are relative to, and what is in it after `read` and `look`."""

    def __init__(self, split: str, file: Path, folder: Path) -> None:
        self.split, self._file, self._folder = split, file, folder
        self.names: dict[str, str] = {}
        """How a name is written, by its folded form."""
        self.subjects = set[str]()
        self.pictures: dict[str, frozenset[Box]] = {}
        """The boxes that are to be looked at, by the picture's path."""
        self.looks: dict[str, Seen | str] = {}
        """By the picture's path how it looks, or why it can't be opened."""

    @property
    def descriptions(self) -> Path:
        """Where a build has what it tells of its subjects; others' samples come without."""
        return self._folder / "descriptions.jsonl"

    def samples(self) -> Iterator[Sample]:
        """The samples anew. Raises `DataError`."""
        return stream_samples(self._file)

    def read(self) -> None:
        """Learn who is in the samples, and which pictures there are. Raises `DataError`."""
        for one in self.samples():
            self.subjects.update(one.subjects, (known.subject for known in one.concepts if known.subject))
            if one.image:
                boxes = frozenset(known.box for known in one.concepts if known.box is not None)
                self.pictures[one.image] = self.pictures.get(one.image, frozenset()) | boxes
            for known in one.concepts:
                self.names.setdefault(fold(known.name), known.name)
                self.pictures.setdefault(known.crop, frozenset())

    def look(self, looked: Callable[[], None]) -> None:
        """Look at all pictures; `looked` is called after each. Blocking."""
        for path, seen in look_at(self._folder, self.pictures):
            self.looks[path] = seen
            looked()

    def content_of(self, sample: Sample) -> bytes:
        """The same for samples that teach the same: by picture, concepts and words."""

        def picture(path: str) -> str:
            seen = self.looks.get(path)
            return seen.digest.hex() if isinstance(seen, Seen) else path

        told = [picture(sample.image), sorted((picture(one.crop), one.name, one.info) for one in sample.concepts)]
        words = [(turn.question, turn.answer) for turn in sample.turns]
        return hashlib.sha256(json.dumps([told, words]).encode()).digest()

    def shared_pictures(self, other: SplitContents) -> Iterator[tuple[str, str, str]]:
        """(path here, path there, "is" or "looks like"), one for each picture here that is there, too."""
        these = {path: seen for path, seen in self.looks.items() if isinstance(seen, Seen)}
        those = {path: seen for path, seen in other.looks.items() if isinstance(seen, Seen)}
        by_digest = {seen.digest: path for path, seen in those.items()}
        told = set[str]()
        for path, seen in these.items():
            if seen.digest in by_digest:
                told.add(path)
                yield path, by_digest[seen.digest], "is"
        left, there = [path for path in these if path not in told], [*those]
        for i, j in near_pairs([these[path].look for path in left], [those[path].look for path in there]):
            if left[i] not in told:
                told.add(left[i])
                yield left[i], there[j], "looks like"


def leaks(kept: SplitContents, train: SplitContents) -> Iterator[tuple[str, list[str]]]:
    """What a split that is kept for evaluation shares with the training set: a sentence, and the samples' ids."""
    found: list[tuple[str, str, str]] = [
        ("subject", who, f"The subject {who} of {kept.split} is in the training set, too.")
        for who in sorted(kept.subjects & train.subjects)
    ]
    found += [
        ("name", name, f"Somebody is called {kept.names[name]} in {kept.split} and in the training set.")
        for name in sorted(kept.names.keys() & train.names.keys())
    ]
    found += [
        ("picture", path, f"The picture {path} of {kept.split} {how} {other} of the training set.")
        for path, other, how in kept.shared_pictures(train)
    ]
    affected = _samples_with({(what, which) for what, which, _ in found}, kept.samples())
    for what, which, sentence in found:
        yield sentence, affected[what, which]


def _samples_with(wanted: set[tuple[str, str]], samples: Iterable[Sample]) -> defaultdict[tuple[str, str], list[str]]:
    found = defaultdict[tuple[str, str], list[str]](list)
    for one in samples:
        keys = {("subject", who) for who in (*one.subjects, *(known.subject for known in one.concepts))}
        keys |= {("name", fold(known.name)) for known in one.concepts}
        keys |= {("picture", path) for path in (one.image, *(known.crop for known in one.concepts))}
        for key in keys & wanted:
            found[key].append(one.id)
    return found
