"""A sample as a model's input with its labels: the prompt by the very parts that serve, then the answer to be learnt.

RAP's released code pads pictures to a square when it serves and not when it trains. Here both go through
`core.models.vlm.preprocessor`, so that the model sees each pixel and each token as it is going to be asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from bot.data.prompts import answer_of, prompt_of
from bot.data.samples import Sample
from bot.train.profiles import Profile
from core.concepts import Grade
from core.models.vlm.loading import Loaded
from core.models.vlm.preprocessor import ModelInput, Preprocessor
from core.ports import Prompt

IGNORED = -100  # the label of a token that isn't learnt, as torch's cross-entropy has it
_ANCHOR = 24  # letters of the prompt that the answer is tokenised behind
_NO_LIMIT = 1 << 30


class Unusable(Exception):
    """A sample can't be learnt from; `reason` is counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Example:
    """A question of a sample, its prompt read, and the answer's tokens with the one that ends it."""

    sample: str
    prompt: ModelInput
    answer: torch.Tensor

    @property
    def length(self) -> int:
        """Tokens of prompt and answer."""
        return self.prompt.length + len(self.answer)


class Reader:
    """Makes a model's examples of samples whose paths are relative to `folder`."""

    def __init__(self, loaded: Loaded, profile: Profile, folder: Path) -> None:
        self._profile, self._folder = profile, folder
        self._tokenizer, self._ends = loaded.tokenizer, loaded.end_tokens
        self._preprocessor = Preprocessor(loaded, style=profile.prompt, room=_NO_LIMIT)
        self._marks = [one for one in self._tokenizer.all_special_tokens if len(one) > 1] + ["<image>"]

    @property
    def prompt_style(self) -> str:
        """The prompt's layout that is trained."""
        return self._preprocessor.style

    def prompt(self, sample: Sample, turn: int = -1) -> Prompt:
        """What a generator would get for the question of a turn, sightings graded as in a chat.

        Raises `DataError` for a picture that is missing or can't be read.
        """
        prompt = prompt_of(sample, self._folder, turn=turn)
        graded = []
        for seen in prompt.sightings:  # "sure" or "maybe" by the profile's shares, the same for a sample every time
            noise = seen.match is not None and sample.concepts[seen.match.concept_id - 1].noise
            share = self._profile.maybe_noise if noise else self._profile.maybe_present
            drawn = hashlib.blake2b(f"{sample.id} {seen.match}".encode(), digest_size=4).digest()
            maybe = int.from_bytes(drawn) < share * 2**32
            graded.append(replace(seen, grade=Grade.MAYBE if maybe else Grade.SURE))
        return replace(prompt, sightings=tuple(graded))

    def example(self, sample: Sample, turn: int = -1) -> Example:
        """The question of a turn with its answer. Raises `Unusable`, and `DataError` for a picture."""
        answer = answer_of(sample, turn).strip()
        if not answer:
            raise Unusable("there is no answer")
        if any(mark in answer for mark in self._marks):
            raise Unusable("the answer holds a mark of the model's, such as <image>")
        prompt = self.prompt(sample, turn)
        example = Example(sample.id, self._preprocessor.read(prompt), self._answer(prompt, answer))
        if example.length > self._profile.max_length:
            raise Unusable("it is too long")
        return example

    def _answer(self, prompt: Prompt, answer: str) -> torch.Tensor:
        """The tokens that follow the prompt's own, up to the one that ends the answer."""
        asked, told = self._preprocessor.text(prompt), self._preprocessor.text(prompt, answer)
        follows = told.text.removeprefix(asked.text)
        if follows == told.text:  # a template that writes a finished answer otherwise than one to be written
            follows = f" {answer}"
        anchor = asked.text[-_ANCHOR:]
        before, both = self._tokens(anchor), self._tokens(anchor + follows)
        tokens = both[len(before) :] if both[: len(before)] == before else self._tokens(follows)
        ends = next((place for place, token in enumerate(tokens) if token in self._ends), None)
        if ends is not None:
            tokens = tokens[: ends + 1]
        elif not (asked.stops and follows.endswith(asked.stops)):  # llava-hf's template has no end of an answer
            both = self._tokens(anchor + follows.rstrip())
            tokens = [*(both[len(before) :] if both[: len(before)] == before else tokens), min(self._ends)]
        return torch.tensor(tokens)

    def _tokens(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False).input_ids)


def collate(examples: Sequence[Example], padding: int) -> dict[str, Any]:
    """A batch: tokens padded on the right, pictures one after the other, labels for the answers alone.

    What is as long as the prompt (mask, token types) goes on over the answer: the mask with ones, all else with zeros.
    """
    longest = max(one.length for one in examples)
    batch: dict[str, Any] = {}
    for name in dict.fromkeys(name for one in examples for name in one.prompt.inputs):
        rows = []
        for one in examples:
            row: torch.Tensor | None = one.prompt.inputs.get(name)
            if row is not None and row.shape == (1, one.prompt.length):
                wide = torch.full((1, longest), padding if name == "input_ids" else 0)
                wide[0, : one.prompt.length] = row
                if name in ("input_ids", "attention_mask"):
                    wide[0, one.prompt.length : one.length] = one.answer if name == "input_ids" else 1
                row = wide
            if row is not None:
                rows.append(row)
        batch[name] = torch.cat(rows)
    labels = torch.full((len(examples), longest), IGNORED)
    for line, one in zip(labels, examples, strict=True):
        line[one.prompt.length : one.length] = one.answer
    return batch | {"labels": labels}
