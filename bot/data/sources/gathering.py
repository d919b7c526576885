"""From sources to photos of subjects: a seeded choice, the pictures found and hashed, and a split that keeps apart.

Subjects whose pictures are the same, or are of the same video, are on the same side of the split; so are copies of a
picture in two sources. That two sources show the same dog in two pictures can't be known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from bot.data.records import Split, SubjectPhoto
from bot.data.samples import Value
from bot.data.sources.candidates import Candidate, SourceReader, spread
from bot.data.sources.chats import ChatPhotos
from bot.data.sources.files import PictureFolder, digest_of
from bot.data.sources.layouts import PhotoSource, opened
from bot.data.steps import Refusal, Refused
from core.counting import counted
from core.errors import ConfigError

Fits = Callable[[Candidate], str | None]
"""Why a view is no use, told by its annotations alone; None where it may be."""
Progress = Callable[[str, int, int], None]
"""Hears a source's name, how many of its subjects have been read, and of how many at most."""


class Sampling(Value):
    """How much of a source is taken. The choice is by a hash: with more subjects, those of before are still there."""

    subjects: int = Field(20_000, ge=1, description="Subjects of each source, at most.")
    views: int = Field(12, ge=1, description="Views of each subject, at most; of a video, as far apart as they can be.")
    seed: int = Field(0, description="Decides which are chosen.")
    eval_share: float = Field(0.1, ge=0, lt=1, description="The share of the subjects that are kept for evaluation.")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The photos of all sources, what was refused, and by how much each source was cut short, in sentences."""

    photos: tuple[SubjectPhoto, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]


def gather(
    sources: Sequence[PhotoSource],
    sampling: Sampling,
    fits: Fits = lambda _: None,
    *,
    chats: ChatPhotos | None = None,
    progress: Progress = lambda *_: None,
) -> Gathered:
    """Read all sources, those of chats last. Raises `DataError` and `ConfigError` with a sentence."""
    names = [one.called for one in sources] + ([chats.source.called] if chats else [])
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"Two sources are called {twice!r}: give one another name with ,name=…")
    ties = _Ties()
    photos: list[SubjectPhoto] = []
    refusals: list[Refusal] = []
    notes: list[str] = []
    for source in (*sources, *([chats.source] if chats else [])):
        reader, folder = (chats.reader, chats.folder) if chats and source is chats.source else opened(source)
        gathering = _Gathering(source, reader, folder, sampling, fits, ties, progress)
        for found in gathering.run():
            if isinstance(found, SubjectPhoto):
                photos.append(found)
            else:
                refusals.append(found)
        notes += gathering.notes
    notes += [chats.note] if chats else []
    return Gathered(ties.split(photos, sampling.eval_share), tuple(refusals), tuple(notes))


class _Gathering:
    """The way through one source; `progress` hears how many subjects of how many at most have been taken."""

    def __init__(
        self,
        source: PhotoSource,
        reader: SourceReader,
        folder: PictureFolder,
        sampling: Sampling,
        fits: Fits,
        ties: _Ties,
        progress: Progress,
    ) -> None:
        self._source, self._reader, self._folder = source, reader, folder
        self._sampling, self._fits, self._ties, self._progress = sampling, fits, ties, progress
        self._digests: dict[Path, str] = {}
        self.notes: list[str] = []

    def run(self) -> Iterator[SubjectPhoto | Refusal]:
        """The photos of the chosen subjects."""
        for fault in self._reader.faults:
            yield self._named(fault)
        ids = sorted(self._reader.subjects(), key=lambda one: _drawn(self._sampling.seed, one))
        taken = 0
        for number, subject in enumerate(ids):
            if taken == self._sampling.subjects:
                self.notes.append(
                    f"{self._source.called}: not looked at: {len(ids) - number} of {counted(len(ids), 'subject')}."
                )
                break
            found = list(self._views(subject))
            taken += any(isinstance(one, SubjectPhoto) for one in found)
            self._progress(self._source.called, taken, min(taken + len(ids) - number - 1, self._sampling.subjects))
            yield from found

    def _views(self, subject: str) -> Iterator[SubjectPhoto | Refusal]:
        fitting = []
        for one in self._reader.views(subject):
            if isinstance(one, Refusal):
                yield self._named(one)
            elif reason := self._fits(one):
                yield self._named(Refusal(of=subject, reason=reason, detail=one.picture))
            else:
                fitting.append(one)
        if not any(one.scene for one in fitting):
            fitting.sort(key=lambda one: _drawn(self._sampling.seed, one.picture))
        seen: set[str] = set()
        for number in spread(len(fitting), self._sampling.views):
            try:
                photo = self._photo(subject, fitting[number])
                if photo.id in seen:
                    raise Refused("the same photo twice", photo.picture)
                seen.add(photo.id)
                yield photo
            except Refused as error:
                yield self._named(Refusal(of=subject, reason=error.reason, detail=error.detail))

    def _photo(self, subject: str, view: Candidate) -> SubjectPhoto:
        source = self._source.called
        path = self._folder.located(view.picture)
        if path not in self._digests:
            self._digests[path] = digest_of(path)
        digest, who = self._digests[path], f"{source}/{subject}"
        self._ties.tie(who, digest, f"{source}/{view.scene}" if view.scene else "", annotated=view.size is not None)
        if held := self._source.split or view.split:
            self._ties.hold(who, held)
        return SubjectPhoto(
            id=f"{who}/{digest[:12]}",
            subject=who,
            picture=str(path),
            digest=digest,
            box=view.box,
            size=view.size,
            others=tuple(
                one.model_copy(update={"subject": f"{source}/{one.subject}" if one.subject else ""})
                for one in view.others
            ),
            track=f"{source}/{view.scene}" if view.scene else "",
            source=source,
            licence=view.licence or self._source.licence,
            **{key: getattr(view, key) for key in ("name", "category", "info", "visible", "phrases", "captions")},
        )

    def _named(self, refusal: Refusal) -> Refusal:
        of = f"{self._source.called}/{refusal.of}".encode("utf-8", "replace").decode()  # a file's name may be no text
        detail = refusal.detail.encode("utf-8", "replace").decode()
        return refusal.model_copy(update={"of": of, "detail": detail})


class _Ties:
    """Which subjects have to be on the same side of the split: those that share a picture or a video (union-find)."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._held: dict[str, Split] = {}

    def tie(self, subject: str, digest: str, scene: str, *, annotated: bool) -> None:
        """Keep a subject with its picture, and with its video.

        The least name stands for all, so that the side doesn't change as others come and go: the video, else the
        picture where many subjects of one are `annotated`, else the subject.
        """
        picture, video = f"1 {digest}", f"0 {scene}"
        self._names[subject] = f"2 {subject}" if annotated else f"0 {subject}"
        for one in (picture, video) if scene else (picture,):
            low, high = sorted((self._root(self._names[subject]), self._root(one)))
            if low != high:
                self._parents[high] = low

    def hold(self, subject: str, split: Split) -> None:
        """Put a subject on a side; of two sides, evaluation counts."""
        if self._held.get(subject) != "eval":
            self._held[subject] = split

    def split(self, photos: Sequence[SubjectPhoto], share: float) -> tuple[SubjectPhoto, ...]:
        """The photos with their sides."""
        sides: dict[str, Split] = {}
        for subject, held in self._held.items():
            root = self._root(self._names[subject])
            if held == "eval" or root not in sides:
                sides[root] = held
        found = []
        for one in photos:
            root = self._root(self._names[one.subject])
            drawn: Split = "eval" if _drawn("split", root) < share else "train"
            found.append(one.model_copy(update={"split": sides.get(root, drawn)}))
        return tuple(found)

    def _root(self, member: str) -> str:
        self._parents.setdefault(member, member)
        while (parent := self._parents[member]) != member:
            self._parents[member] = self._parents[parent]
            member = parent
        return member


def _drawn(*parts: object) -> float:
    """A number 0…1 that depends on these values alone."""
    text = "\0".join(map(str, parts)).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) / 2**64
