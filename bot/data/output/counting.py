"""Counts over samples, for the data card and for the shares that the mix aims at; one pass, nothing is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bot.data.samples import Sample, Value


class ShareGoals(Value):
    """The least shares of a split's samples about concepts: with several concepts retrieved, with only wrong ones."""

    several: float = 0.25
    only_wrong: float = 0.25

    def of(self, what: str) -> float:
        """The goal of a share, by its words."""
        return {SEVERAL: self.several, ONLY_WRONG: self.only_wrong}[what]

    def missed(self, counts: Counts) -> list[tuple[str, float, float]]:
        """What falls short: in words, its share, and its goal."""
        if not counts.about_concepts:
            return []
        return [(what, share, self.of(what)) for what, share in counts.shares.items() if share < self.of(what)]


SEVERAL, ONLY_WRONG = "two to four concepts", "only wrong concepts"


def retrieval_of(sample: Sample) -> str:
    """What was retrieved for a sample, in a few words."""
    if not sample.concepts:
        return "nothing"
    if not sample.present:
        return ONLY_WRONG
    return "right ones alone" if len(sample.present) == len(sample.concepts) else "right and wrong ones"


class Counts:
    """Counts of one split's samples."""

    def __init__(self) -> None:
        self.samples = self.turns = self.with_image = self.several = 0
        self.by: Mapping[str, Counter[str]] = {
            name: Counter() for name in ("kind", "concepts", "retrieved", "source", "licence", "teacher", "augmented")
        }
        self._subjects, self._images = set[str](), set[str]()

    def add(self, sample: Sample) -> None:
        """Count one."""
        self.samples += 1
        self.turns += len(sample.turns)
        self.with_image += bool(sample.image)
        self.several += 2 <= len(sample.concepts) <= 4
        self._subjects.update(sample.subjects, (one.subject for one in sample.concepts if one.subject))
        self._images.update(filter(None, (sample.image, *(one.crop for one in sample.concepts))))
        told = sample.provenance
        self.by["kind"][sample.kind.value] += 1
        self.by["concepts"][str(len(sample.concepts))] += 1
        self.by["retrieved"][retrieval_of(sample)] += 1
        self.by["source"][told.source or "unknown"] += 1
        self.by["licence"][told.licence or "unknown"] += 1
        self.by["teacher"][told.teacher] += 1
        self.by["augmented"].update(told.augmented or ("unchanged",))

    @property
    def subjects(self) -> int:
        """How many subjects they are about or hand to the model."""
        return len(self._subjects)

    @property
    def pictures(self) -> int:
        """How many pictures they have, crops among them."""
        return len(self._images)

    @property
    def about_concepts(self) -> int:
        """How many have concepts: what the goals' shares are parts of."""
        return self.samples - self.by["retrieved"]["nothing"]

    @property
    def shares(self) -> dict[str, float]:
        """The shares that have a goal, 0…1 of the samples with concepts."""
        whole = max(1, self.about_concepts)
        return {SEVERAL: self.several / whole, ONLY_WRONG: self.by["retrieved"][ONLY_WRONG] / whole}
