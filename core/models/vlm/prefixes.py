"""Keys and values of what was read and written lately: a further question reads only what is new in it.

A question begins like the one before as long as photo, notes and words are the same; where they part,
reading begins. So it makes no difference to an answer whether anything was kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from core.models.vlm.reading import Question

Layers = list[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values (1, heads, tokens, width) of each layer."""

_WORTH = 0.5  # of a question must be known, or it is read along with others


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Prefix:
    """What the model has read: `tokens` (n,) on the CPU, digests of its pictures, and the keys and values."""

    tokens: torch.Tensor
    pictures: tuple[bytes, ...]
    layers: Layers


class Prefixes:
    """The latest conversations, up to `most` tokens in all. One thread's own.

    `picture` is the token that stands for a piece of a picture.
    """

    def __init__(self, most: int, picture: int) -> None:
        self._most, self._picture = most, picture
        self._kept: list[Prefix] = []  # the latest used stands last

    def keep(self, prefix: Prefix) -> None:
        """Keep a copy in place of what it goes on with; the longest unused make room."""
        if len(prefix.tokens) > self._most:
            return
        layers = [(keys.clone(), values.clone()) for keys, values in prefix.layers]
        self._kept = [one for one in self._kept if not _goes_on(prefix, one)]
        self._kept.append(replace(prefix, layers=layers))
        while sum(len(one.tokens) for one in self._kept) > self._most:
            self._kept.pop(0)

    def shrink(self) -> bool:
        """The memory has run out: let go of all, and keep half as much from now on; whether any was kept."""
        had_some = bool(self._kept)
        if had_some:
            self._kept, self._most = [], self._most // 2
        return had_some

    def knows(self, question: Question) -> bool:
        """Whether enough of a question has been read already."""
        return self._best(question) is not None

    def find(self, question: Question) -> tuple[Layers, int] | None:
        """What is kept of a question's first tokens, and how many they are."""
        best = self._best(question)
        if best is None:
            return None
        length, place = best
        prefix = self._kept.pop(place)
        self._kept.append(prefix)
        return [(keys[:, :, :length], values[:, :, :length]) for keys, values in prefix.layers], length

    def _best(self, question: Question) -> tuple[int, int] | None:
        """How many tokens the question shares with the conversation most like it, and that one's place."""
        shared = [(self._shared(question, one), place) for place, one in enumerate(self._kept)]
        best = max(shared, default=(0, 0))
        return best if best[0] >= max(1, _WORTH * question.length) else None

    def _shared(self, question: Question, prefix: Prefix) -> int:
        """How many tokens both begin with; a picture counts whole, and only if it is the same."""
        ours = question.inputs["input_ids"][0]
        size = min(len(prefix.tokens), question.length - 1)  # the last one says what comes next
        same = int((ours[:size] == prefix.tokens[:size]).long().cumprod(0).sum())
        places = zip(self._places(question), question.pictures, prefix.pictures, strict=False)
        for (begin, end), one, other in places:
            if same > begin and (same < end or one != other):
                return begin
        return same

    def _places(self, question: Question) -> list[tuple[int, int]]:
        """From which token to which each picture goes; all pictures take the same number."""
        marks = (question.inputs["input_ids"][0] == self._picture).nonzero()[:, 0].tolist()
        each = len(marks) // max(1, len(question.pictures))
        return [(one[0], one[-1] + 1) for one in zip(*[iter(marks)] * each, strict=False)] if each else []


def _goes_on(prefix: Prefix, other: Prefix) -> bool:
    length, pictures = len(other.tokens), len(other.pictures)
    same = torch.equal(prefix.tokens[:length], other.tokens)
    return same and prefix.pictures[:pictures] == other.pictures
