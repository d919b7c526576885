"""A question to a chat-completions server whose answer is an object of a pydantic model, and what it costs.

Imports no model library: what asks it is `core.models.openai.structured`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from core.errors import GeneratorError

T = TypeVar("T", bound=BaseModel)

_KEPT = ("type", "enum", "const", "description")  # of JSON schema, what every server's subset of it has
_LETTERS_PER_TOKEN = 3  # English has four, other languages fewer
_MOST_COMPLAINTS = 5
_THOUGHTS = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"```\w*\s*\n(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True, repr=False)
class Server:
    """Whom to ask, and how. `timeout` is how many seconds an answer may take.

    `attempts` is how often a request is sent at most, `pause` the seconds before the second time, if the server names
    none; each further pause is twice as long, a minute at most.
    `section` and `key` are what sentences for the host call its settings, as in `core.models.openai.errors`.
    """

    base_url: str
    model: str
    api_key: SecretStr
    timeout: float = 180.0
    max_tokens: int = 4096
    temperature: float = 0.4
    reasoning_effort: str = ""
    attempts: int = 8
    pause: float = 1.0
    section: str = "teacher"
    key: str = "its environment variable"


@dataclass(frozen=True, slots=True, repr=False)
class Jpeg:
    """A JPEG, with its size in pixels."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True, repr=False)
class StructuredQuestion(Generic[T]):
    """What is asked: the rules, then texts and pictures in their order, and the model that the answer is one of.

    `check` raises `ValueError` with a complaint about an answer that fits the schema and can't be used all the same.
    """

    rules: str
    parts: tuple[str | Jpeg, ...]
    answer: type[T]
    check: Callable[[T], object] = lambda _: None


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that were read and written."""

    input: int = 0
    output: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.input + other.input, self.output + other.output)

    @property
    def total(self) -> int:
        """Both."""
        return self.input + self.output


class Meter(Protocol):
    """Who decides whether a request may be sent, and hears what it cost."""

    async def admit(self, most: Tokens, /) -> Tokens:
        """Wait until a request that costs about `most` at most may be sent; gives what is set aside for it.

        Raises where none may be sent.
        """
        ...

    def settle(self, aside: Tokens, spent: Tokens, /) -> None:
        """A request for which that was set aside has ended, and cost `spent`."""
        ...


REFUSED = "the teacher refused"


class NoUsableAnswer(GeneratorError):
    """There is no usable answer to this question; others may have one.

    `reason` is a few words that can be counted (`REFUSED` where it was about what is asked, not about how), the text
    says more. It holds none of the answer's words.
    """

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def tokens_of(parts: Sequence[str | Jpeg]) -> int:
    """How many tokens texts and pictures are at most, roughly: tokenizers differ.

    A picture is the most of what Gemini (258 for each tile of 768 px), OpenAI (85 and 170 for each of 512 px) and Qwen
    (one for each 28 px square) count. Sources: https://ai.google.dev/gemini-api/docs/tokens,
    https://platform.openai.com/docs/guides/images-vision, https://arxiv.org/abs/2409.12191.
    """
    count = 0
    for part in parts:
        if isinstance(part, str):
            count += math.ceil(len(part) / _LETTERS_PER_TOKEN)
        else:
            wide, high = part.width, part.height
            gemini = 258 * math.ceil(wide / 768) * math.ceil(high / 768)
            openai = 85 + 170 * math.ceil(wide / 512) * math.ceil(high / 512)
            count += max(gemini, openai, math.ceil(wide / 28) * math.ceil(high / 28))
    return count


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema in the part that OpenAI's strict mode, Gemini, vLLM and Ollama all take.

    No references, no limits of length or count (`read` checks those), every key required and no other allowed. Source:
    https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
    """
    whole = model.model_json_schema()

    def plain(part: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in part:
            return plain(whole["$defs"][part["$ref"].rpartition("/")[2]])
        kept = {key: part[key] for key in _KEPT if key in part}
        if "items" in part:
            kept["items"] = plain(part["items"])
        if "properties" in part:
            kept["properties"] = {key: plain(value) for key, value in part["properties"].items()}
            kept |= {"required": list(part["properties"]), "additionalProperties": False}
        return kept

    return plain(whole)


def read(text: str, question: StructuredQuestion[T]) -> T:
    """The answer in a text: the whole of it, or an object in a fence or among other words.

    Raises `ValueError` with a complaint for whoever wrote it, in words that quote nothing of it.
    """
    complaint = ValueError("It holds no JSON object.")
    for candidate in _objects(text):
        try:
            answer = question.answer.model_validate(candidate)
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False, include_context=False)
            listed = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults[:_MOST_COMPLAINTS])
            complaint = ValueError(f"It doesn't fit the schema ({listed}).")
        else:
            question.check(answer)
            return answer
    raise complaint


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, those that are most likely meant first."""
    text = _THOUGHTS.sub("", text)
    decoder = json.JSONDecoder()
    for block in (*_FENCE.findall(text), text):
        at = block.find("{")
        while at >= 0:
            try:
                found, end = decoder.raw_decode(block, at)
            except (ValueError, RecursionError):
                at = block.find("{", at + 1)
            else:
                yield found
                at = block.find("{", end)
