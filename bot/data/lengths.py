"""How long a sample is for a model, estimated without its tokenizer: one estimate for the mix and for `data check`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import Field

from bot.data.samples import RetrievedConcept, Sample, Turn, Value

_CHARACTERS_PER_TOKEN, _TOKENS_PER_LETTER = 3.5, 1.5  # of Latin words; of scripts that tokenizers know less well
_FRAME = 60  # tokens of the conversation template, with its system message
_SINGLE = re.compile(r"[^A-Za-z\s]", re.ASCII)  # LLaMA's tokenizer gives each digit a token, and most signs


class LengthOptions(Value):
    """How long a sample may be. The defaults are the paper's length, and what LLaVA-1.5 spends on a picture."""

    max_length: int = Field(2048, ge=1, description="Tokens of a sample with its pictures and answers, at most.")
    picture_tokens: int = Field(576, ge=1, description="Tokens that a picture takes; LLaVA-1.5 spends 576.")

    def concepts_that_fit(self, photo: bool) -> int:
        """How many concepts there is room for, by their pictures alone, beside the photo if there is one."""
        return max(0, (self.max_length - _FRAME) // self.picture_tokens - photo)

    def of(self, turns: Iterable[Turn], concepts: Iterable[RetrievedConcept], photo: bool) -> int:
        """About how many tokens a conversation is, with its pictures."""
        listed = [f"1. Name: <{one.name}>, Info: {one.info}" for one in concepts]
        texts = [*(text for one in turns for text in (one.question, one.answer)), *listed]
        return _FRAME + (photo + len(listed)) * self.picture_tokens + round(sum(map(_of_text, texts)))

    def of_sample(self, sample: Sample) -> int:
        """The same of a whole sample."""
        return self.of(sample.turns, sample.concepts, bool(sample.image))


def _of_text(text: str) -> float:
    other = sum(not letter.isascii() for letter in text)
    single = len(_SINGLE.findall(text)) - other
    return (len(text) - other - single) / _CHARACTERS_PER_TOKEN + single + other * _TOKENS_PER_LETTER
