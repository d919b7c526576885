"""A `Prompt` as a model's input: worded, tokenised, pictures as pixels, within the model's context."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Lock
from typing import Any

import PIL.Image
from jinja2 import TemplateError

from core.errors import GeneratorError
from core.language.prompts import typed_messages
from core.models.vlm.loading import Loaded
from core.models.vlm.wording import Wording, rap_wording, without_system
from core.ports import Prompt


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Question:
    """A model's input on the CPU, a batch of one: `input_ids` (1, length) and what goes with it.

    `pictures` are digests of the pictures in it, by which they are known again.
    """

    inputs: dict[str, Any]
    length: int
    pictures: tuple[bytes, ...] = ()
    stops: tuple[str, ...] = ()

    @property
    def likeness(self) -> tuple[object, ...]:
        """Questions can share a batch where this is the same: which inputs there are, and their shapes."""
        return tuple(
            (name, None if tensor.shape == (1, self.length) else tuple(tensor.shape[1:]))
            for name, tensor in sorted(self.inputs.items())
        )


class Reader:
    """Makes questions of prompts, for any thread; `room` is how many tokens one may have."""

    def __init__(self, loaded: Loaded, *, style: str, room: int) -> None:
        self._processor, self._room = loaded.processor, room
        if style == "auto":
            style = "rap-v1" if loaded.original else "chat"
        self._style = style
        self._lock = Lock()  # a tokenizer is one thread's at a time

    def read(self, prompt: Prompt) -> Question:
        """The question; too long for the model, it loses references from the last, then the history.

        Raises `GeneratorError` when even that doesn't help.
        """
        for shorter in _shorter(prompt):
            question = self._encoded(self._worded(shorter))
            if question.length <= self._room:
                return question
        raise GeneratorError(
            "The question with its photo and notes is too long for the model. Ask a shorter one, "
            "or lower generator.max_tokens."
        )

    def _worded(self, prompt: Prompt) -> Wording:
        if self._style != "chat":
            return rap_wording(prompt, self._style.removeprefix("rap-"))
        messages, pictures = typed_messages(prompt)
        try:
            text = self._applied(messages)
        except TemplateError:
            text = self._applied(without_system(messages))
        return Wording(text, pictures)

    def _applied(self, messages: list[dict[str, Any]]) -> str:
        return str(self._processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))

    def _encoded(self, wording: Wording) -> Question:
        pictures = [PIL.Image.open(io.BytesIO(data)).convert("RGB") for data in wording.pictures]
        begins = self._processor.tokenizer.bos_token
        with self._lock:
            inputs = self._processor(
                text=[wording.text],
                images=[pictures] if pictures else None,
                add_special_tokens=not (begins and wording.text.startswith(begins)),
                return_tensors="pt",
            )
        digests = tuple(sha256(data).digest() for data in wording.pictures)
        return Question(dict(inputs), inputs["input_ids"].shape[1], digests, wording.stops)


def _shorter(prompt: Prompt) -> Iterator[Prompt]:
    yield prompt
    known = list(prompt.known)
    for place in reversed(range(len(known))):
        if known[place].picture is not None:
            known[place] = replace(known[place], picture=None)
            yield replace(prompt, known=tuple(known))
    yield replace(prompt, known=tuple(known), history=())
    yield replace(prompt, known=tuple(known), history=(), said=())
