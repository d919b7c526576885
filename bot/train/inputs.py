"""A sample as a model's input with its labels: the prompt by the very parts that serve, then the answer to be learnt.

RAP's released code pads pictures to a square when it serves and not when it trains. Here both go through
`core.models.vlm.preprocessor`, so that the model sees each pixel and each token as it is going to be asked.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import PIL.Image
import torch

from bot.data.prompts import answer_of, prompt_of
from bot.data.samples import Sample
from bot.train.profiles import Profile
from core.concepts import Grade
from core.errors import DataError, ModelError
from core.models.vlm.loading import Loaded
from core.models.vlm.preprocessor import ModelInput, Preprocessor
from core.models.vlm.templates import PromptText
from core.ports import Prompt

IGNORED = -100  # the label of a token that isn't learnt, as torch's cross-entropy has it
_ANCHOR = 24  # letters of the prompt that the answer is tokenised behind
_NO_LIMIT = 1 << 30
_REFUSED = "the model's processor refuses it"
_SIZES = 4096  # of pictures, whose number of tokens is kept

Turns = tuple[int, ...]
"""Turns of one sample, by number, that are learnt from in one sequence."""


class Unusable(Exception):
    """A question can't be learnt from; `reason` is counted, `detail` says more."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WrittenQuestion:
    """A question as text: the tokens of its prompt, where each picture is one, those of its answer, and its length.

    `length` counts the prompt's and the answer's tokens with all that the pictures take.
    """

    prompt: list[int]
    answer: list[int]
    length: int

    def follows(self, other: WrittenQuestion) -> bool:
        """Whether it goes on, token by token, where another question and its answer end."""
        before = other.prompt + other.answer
        return self.prompt[: len(before)] == before


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Example:
    """Questions of a sample in one sequence: the last one's prompt, and its answer's tokens with the one that ends it.

    `spans` are where in the prompt the answers to the questions before stand, which are learnt as well.
    """

    sample: str
    prompt: ModelInput
    answer: torch.Tensor
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def length(self) -> int:
        """Tokens of prompt and answer."""
        return self.prompt.length + len(self.answer)


class Reader:
    """Makes a model's examples of samples whose paths are relative to `folder`."""

    def __init__(self, loaded: Loaded, profile: Profile, folder: Path) -> None:
        self._profile, self._folder = profile, folder
        self._processor, self._ends = loaded.processor, loaded.end_tokens
        self._tokenizer = loaded.tokenizer
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

    def sequences(self, sample: Sample) -> tuple[list[Turns], list[tuple[int, Unusable]]]:
        """The sample's turns, together where one goes on from another as it is served, and those that can't be used.

        Pictures are not decoded. Raises `DataError` for one that is missing.
        """
        sequences: list[Turns] = []
        refused: list[tuple[int, Unusable]] = []
        last: WrittenQuestion | None = None
        prompt = self.prompt(sample)
        for turn in range(len(sample.turns)):
            try:
                asked = self._asked(sample, turn, prompt)
            except Unusable as error:
                refused.append((turn, error))
                continue
            if last is not None and asked.follows(last):
                sequences[-1] = (*sequences[-1], turn)
            else:
                sequences.append((turn,))
            last = asked
        return sequences, refused

    def example(self, sample: Sample, turns: Turns = (-1,)) -> Example:
        """Turns of a sample as `sequences` has put them together.

        Raises `Unusable`, `DataError` for a picture, `ModelError` for a processor that writes otherwise than it counts.
        """
        turns = tuple(range(len(sample.turns))[turn] for turn in turns)
        prompt = self.prompt(sample, turns[-1])
        asked = [self._asked(sample, turn, prompt) for turn in turns]
        try:
            read = self._preprocessor.read(prompt)
        except OSError as error:  # the header could be read
            raise DataError(f"A picture of the sample {sample.id} is damaged: {error}") from error
        except ValueError as error:
            raise Unusable(_REFUSED, str(error)) from error
        more = read.length - len(asked[-1].prompt)  # what the pictures take beside their marks; they all stand first
        spans = [(len(one.prompt) + more, len(one.prompt + one.answer) + more) for one in asked[:-1]]
        tokens = read.inputs["input_ids"][0].tolist()
        written = [tokens[start:end] for start, end in spans]
        if read.length + len(asked[-1].answer) != asked[-1].length or written != [one.answer for one in asked[:-1]]:
            raise ModelError("The model's processor writes a prompt otherwise than word by word: it can't be trained.")
        return Example(sample.id, read, torch.tensor(asked[-1].answer), tuple(spans))

    def _asked(self, sample: Sample, turn: int, prompt: Prompt) -> WrittenQuestion:
        """The question of a turn as text, given the prompt of a later turn or its own. Raises `Unusable`."""
        answer = answer_of(sample, turn).strip()
        if not answer:
            raise Unusable("there is no answer")
        words = [*(one.text for one in prompt.said[::2]), prompt.question]
        prompt = replace(prompt, question=words[turn], said=prompt.said[: 2 * turn])
        self._check_marks(prompt, answer)
        text = self._preprocessor.text(prompt)
        begins = self._tokenizer.bos_token
        special = not (begins and text.text.startswith(begins))
        tokens = list(self._tokenizer(text.text, add_special_tokens=special).input_ids)
        learnt = self._answer(prompt, text, answer)
        sizes = [PIL.Image.open(io.BytesIO(data)).size for data in text.pictures]
        try:
            length = len(tokens) + len(learnt) + sum(_tokens_of_picture(self._processor, size) for size in sizes)
        except ValueError as error:
            raise Unusable(_REFUSED, str(error)) from error
        if length > self._profile.max_length:
            raise Unusable("it is too long", f"{length} tokens; --max-length is {self._profile.max_length}")
        return WrittenQuestion(tokens, learnt, length)

    def _check_marks(self, prompt: Prompt, answer: str) -> None:
        """Raises `Unusable` for words that the tokenizer, or the processor, would take for the frame of a prompt."""
        said = (one.text for one in prompt.said)
        texts = {
            "the answer": [answer],
            "the question, or what was said before,": [prompt.question, *said],
            "a text about a concept": [one.info or "" for one in prompt.known],
            "a name": [f"<{one.name}>" for one in prompt.known],
        }
        for what, some in texts.items():
            if any(mark in text for text in some for mark in self._marks):
                raise Unusable(f"{what} holds a mark of the model's, such as <image>")

    def _answer(self, prompt: Prompt, asked: PromptText, answer: str) -> list[int]:
        """The tokens that follow those of a prompt, also as text, up to the one that ends the answer."""
        told = self._preprocessor.text(prompt, answer)
        follows = told.text.removeprefix(asked.text)
        if follows == told.text:  # a template that writes a finished answer otherwise than one to be written
            follows = f" {answer}"
        tokens = self._behind(asked.text, follows)
        ends = next((place for place, token in enumerate(tokens) if token in self._ends), None)
        if ends is not None:
            return tokens[: ends + 1]
        if asked.stops and follows.endswith(asked.stops):
            return tokens
        return [*self._behind(asked.text, follows.rstrip()), min(self._ends)]  # llava-hf's template has no end

    def _behind(self, text: str, follows: str) -> list[int]:
        """The tokens of what follows a text."""
        write = partial(self._tokenizer, add_special_tokens=False)
        anchor = text[-_ANCHOR:]
        before, both = list(write(anchor).input_ids), list(write(anchor + follows).input_ids)
        return both[len(before) :] if both[: len(before)] == before else list(write(follows).input_ids)


@lru_cache(_SIZES)
def _tokens_of_picture(processor: Any, size: tuple[int, int]) -> int:
    """How many tokens more than its mark a picture of this size takes."""
    mark = processor.image_token
    blank = processor(text=[mark], images=[[PIL.Image.new("RGB", size)]], return_tensors="pt")
    return int(blank["input_ids"].shape[1]) - len(processor.tokenizer(mark).input_ids)


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
    for line, tokens, one in zip(labels, batch["input_ids"], examples, strict=True):
        for start, end in (*one.spans, (one.prompt.length, one.length)):
            line[start:end] = tokens[start:end]
    return batch | {"labels": labels}
