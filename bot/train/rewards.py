"""What an answer is worth: who it names, whom it must not name, yes or no, and its box; each by itself, 1 at best.

The rewards of `train grpo`. What is right is read from the sample: the names, the yes or no and the boxes of its own
answer, and which of the retrieved concepts are noise. Pure functions over words; a reward is None where a question has
no such thing, so that it counts for nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.data.prompts import marked_names, unmarked
from bot.data.samples import Sample
from core.names import fold, mentioned

Corners = tuple[float, float, float, float]
"""A box as x0, y0, x1, y1; parts of a picture, 0…1."""

_NUMBER = r"\s*(-?\d*\.?\d+)\s*"
_BOX = re.compile(rf"\[{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\]")
_VERDICT = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
_A_FALSE_NAME = 0.5  # what one costs


@dataclass(frozen=True, slots=True)
class Truth:
    """What is right to say to a question. Names are as people write them.

    `named` are those that the right answer says; `allowed` may be named or not: who is there but not asked for, and
    whom the question names; `false` are wrong to say: noise among the retrieved, and all others that the data knows.
    `yes` is None for a question that isn't answered by yes or no.
    """

    named: frozenset[str]
    allowed: frozenset[str]
    false: frozenset[str]
    yes: bool | None
    boxes: tuple[Corners, ...]

    def said(self, text: str) -> frozenset[str]:
        """The names that a text says, all looked for at once: "bo" isn't said by "bo jackson" who may be named."""
        return frozenset(mentioned(text, [*self.false, *self.allowed, *self.named]))


def truth_of(sample: Sample, turn: int, everyone: Collection[str]) -> Truth:
    """The truth of a turn's question; `everyone` are the names in all the data, so that a made-up one is found out."""
    asked = sample.turns[turn]
    named = frozenset(marked_names(asked.answer))
    allowed = frozenset(one.name for one in sample.present) | {*marked_names(asked.question)}
    right = {fold(name) for name in named | allowed}
    listed = {one.name for one in sample.concepts}
    return Truth(
        named,
        allowed - named,
        frozenset(name for name in listed | {*everyone} if fold(name) not in right),
        verdict_in(unmarked(asked.answer)),
        boxes_in(asked.answer),
    )


def names_in(samples: Iterable[Sample]) -> frozenset[str]:
    """All names of concepts in samples."""
    return frozenset(one.name for sample in samples for one in sample.concepts)


def names_reward(text: str, truth: Truth) -> float:
    """F1 of the set of names that are said against those that are right, 0…1; 1 where none is right and none said."""
    said = {fold(name) for name in truth.said(text) - truth.allowed}
    right = {fold(name) for name in truth.named}
    return 2 * len(said & right) / (len(said) + len(right)) if said or right else 1.0


def false_names_reward(text: str, truth: Truth) -> float:
    """0 for none that is wrong to say, −0.5 for one, −1 for more."""
    return max(-1.0, -_A_FALSE_NAME * len(truth.said(text) & truth.false))


def verdict_reward(text: str, truth: Truth) -> float | None:
    """1 where yes or no is said rightly, 0 for the other or neither; None for another kind of question."""
    return None if truth.yes is None else float(verdict_in(text) is truth.yes)


def box_reward(text: str, truth: Truth) -> float | None:
    """Intersection over union of the boxes, one with the other in their order, 0…1; None for an answer without boxes.

    A box too many counts as one that meets nothing.
    """
    if not truth.boxes:
        return None
    said = boxes_in(text)
    overlaps = (overlap(one, other) for one, other in zip(said, truth.boxes, strict=False))
    return sum(overlaps) / max(len(said), len(truth.boxes))


REWARDS: Mapping[str, Callable[[str, Truth], float | None]] = {
    "names": names_reward,
    "false_names": false_names_reward,
    "verdict": verdict_reward,
    "box": box_reward,
}


def verdict_in(text: str) -> bool | None:
    """Whether a text begins with yes or no; None where with neither."""
    found = _VERDICT.match(text)
    return found.group(1).lower() == "yes" if found else None


def boxes_in(text: str) -> tuple[Corners, ...]:
    """The boxes of a text in their order: four numbers in square brackets."""
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in _BOX.findall(text))


def overlap(one: Corners, other: Corners) -> float:
    """Intersection over union of two boxes; 0 with one that is empty or inside out."""
    areas = [max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]) for box in (one, other)]
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0 or not all(areas):
        return 0.0
    return width * height / (sum(areas) - width * height)
