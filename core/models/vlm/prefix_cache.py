"""A prefix cache: keys and values of recent prompts and answers, so that a further question computes only what is new.

A prompt shares a prefix with an earlier one as long as photo, notes and words are the same; what comes after it is
computed. So it makes no difference to an answer whether anything was cached.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from core.models.vlm.preprocessor import ModelInput

Layers = list[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values (1, heads, tokens, width) of each layer."""

_LEAST_SHARE = 0.5  # of a prompt must be cached, or it is computed whole in a batch with others


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Prefix:
    """What the model has computed: `tokens` (n,) on the CPU, digests of its pictures, and the keys and values."""

    tokens: torch.Tensor
    pictures: tuple[bytes, ...]
    layers: Layers


class PrefixCache:
    """The latest conversations, up to `most` tokens in all. One thread's own.

    `picture` is the token that stands for a piece of a picture. Not a table of cachetools: an entry is found by the
    longest common prefix, not by a key.
    """

    def __init__(self, most: int, picture: int) -> None:
        self._most, self._picture = most, picture
        self._kept: list[Prefix] = []  # the latest used comes last

    def keep(self, prefix: Prefix) -> None:
        """Keep a copy, instead of the prefixes that it continues; the longest unused make room."""
        if len(prefix.tokens) > self._most:
            return
        layers = [(keys.clone(), values.clone()) for keys, values in prefix.layers]
        self._kept = [
            one
            for one in self._kept
            if not torch.equal(prefix.tokens[: len(one.tokens)], one.tokens)
            or prefix.pictures[: len(one.pictures)] != one.pictures
        ]
        self._kept.append(replace(prefix, layers=layers))
        while sum(len(one.tokens) for one in self._kept) > self._most:
            self._kept.pop(0)

    def clear(self) -> None:
        """Drop all."""
        self._kept = []

    def shrink(self) -> bool:
        """After running out of memory: drop all, and keep half as much from now on. Returns whether any was kept."""
        had_some = bool(self._kept)
        if had_some:
            self._kept, self._most = [], self._most // 2
        return had_some

    def knows(self, prompt: ModelInput) -> bool:
        """Whether enough of a prompt is cached."""
        return self._best(prompt) is not None

    def find(self, prompt: ModelInput) -> tuple[Layers, int] | None:
        """The keys and values of a prompt's first tokens, and how many they are; None when too few are cached."""
        best = self._best(prompt)
        if best is None:
            return None
        length, index = best
        prefix = self._kept.pop(index)
        self._kept.append(prefix)
        return [(keys[:, :, :length], values[:, :, :length]) for keys, values in prefix.layers], length

    def _best(self, prompt: ModelInput) -> tuple[int, int] | None:
        """How many tokens the prompt shares with the prefix most like it, and the index of that.

        A picture counts whole, and only if it is the same. None where too little is shared.
        """
        tokens = prompt.inputs["input_ids"][0]
        marks = (tokens == self._picture).nonzero()[:, 0].tolist()
        each = len(marks) // max(1, len(prompt.pictures))  # all pictures take the same number of tokens
        spans = [marks[start : start + each] for start in range(0, len(marks) - each + 1, each)] if each else []
        best = 0, 0
        for index, prefix in enumerate(self._kept):
            size = min(len(prefix.tokens), prompt.length - 1)  # the last one's output is the next token
            same = int((tokens[:size] == prefix.tokens[:size]).long().cumprod(0).sum())
            for span, one, other in zip(spans, prompt.pictures, prefix.pictures, strict=False):
                if same > span[0] and (same <= span[-1] or one != other):
                    same = span[0]
                    break
            best = max(best, (same, index))
        return best if best[0] >= max(1, _LEAST_SHARE * prompt.length) else None
