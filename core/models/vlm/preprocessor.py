"""A `Prompt` as a model's input: as text, tokenised, pictures as pixels, within the model's context."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from threading import Lock
from typing import Any

import PIL.Image
from jinja2 import TemplateError

from core.errors import GeneratorError
from core.language.prompts import typed_messages
from core.models.vlm.loading import Loaded
from core.models.vlm.templates import PromptText, rap_prompt_text, without_system
from core.ports import Prompt


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ModelInput:
    """A model's input on the CPU, a batch of one: `input_ids` (1, length) and what goes with it.

    `pictures` are digests of the pictures in it, which tell whether two are the same.
    """

    inputs: dict[str, Any]
    length: int
    pictures: tuple[bytes, ...] = ()
    stops: tuple[str, ...] = ()

    @property
    def shapes(self) -> tuple[object, ...]:
        """Inputs can share a batch where this is the same: which tensors there are, and their shapes."""
        return tuple(
            (name, None if tensor.shape == (1, self.length) else tuple(tensor.shape[1:]))
            for name, tensor in sorted(self.inputs.items())
        )


class Preprocessor:
    """Makes model inputs of prompts, for any thread; `room` is how many tokens one may have.

    `style` is the prompt's layout: "chat", "rap-v1" or "rap-v0"; "auto" is the one that the model was trained with.
    """

    def __init__(self, loaded: Loaded, *, style: str, room: int) -> None:
        self._processor, self._room = loaded.processor, room
        if style == "auto":
            style = loaded.prompt
        self.style = style
        self._lock = Lock()  # a tokenizer is one thread's at a time

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_lock": None}  # a lock stays in its process

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= state | {"_lock": Lock()}

    def read(self, prompt: Prompt) -> ModelInput:
        """The prompt's input; too long for the model, it loses references from the last, then the history.

        Raises `GeneratorError` when even that doesn't help.
        """
        attempts, known = [prompt], list(prompt.known)
        for number in reversed(range(len(known))):
            if known[number].picture is not None:
                known[number] = replace(known[number], picture=None)
                attempts.append(replace(prompt, known=tuple(known)))
        attempts.append(replace(prompt, known=tuple(known), history=()))
        attempts.append(replace(prompt, known=tuple(known), history=(), said=()))
        for attempt in attempts:
            encoded = self._encoded(attempt)
            if encoded.length <= self._room:
                return encoded
        raise GeneratorError(
            "The question with its photo and notes is too long for the model. Ask a shorter one, "
            "or lower generator.max_tokens."
        )

    def text(self, prompt: Prompt, answer: str | None = None) -> PromptText:
        """The prompt as text in the style of the model; with an `answer`, as training has it, going on with that."""
        if self.style != "chat":
            return rap_prompt_text(prompt, self.style.removeprefix("rap-"), answer)
        asks = answer is None
        template = partial(self._processor.apply_chat_template, add_generation_prompt=asks, tokenize=False)
        messages, files = typed_messages(prompt)
        said = [] if asks else [{"role": "assistant", "content": [{"type": "text", "text": answer}]}]
        try:
            return PromptText(str(template([*messages, *said])), files)
        except TemplateError:
            return PromptText(str(template([*without_system(messages), *said])), files)

    def _encoded(self, prompt: Prompt) -> ModelInput:
        """The prompt's text, tokenised, with its pictures."""
        text = self.text(prompt)
        pictures = [PIL.Image.open(io.BytesIO(data)).convert("RGB") for data in text.pictures]
        begins = self._processor.tokenizer.bos_token
        with self._lock:
            inputs = self._processor(
                text=[text.text],
                images=[pictures] if pictures else None,
                add_special_tokens=not (begins and text.text.startswith(begins)),
                return_tensors="pt",
            )
        digests = tuple(sha256(data).digest() for data in text.pictures)
        return ModelInput(dict(inputs), inputs["input_ids"].shape[1], digests, text.stops)
