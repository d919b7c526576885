"""What a server and its model take of the protocol, found out from the words with which they refuse the rest.

The words are those of OpenAI, Azure, Gemini, vLLM, SGLang, llama.cpp, Ollama, LM Studio, Mistral, DeepSeek and
OpenRouter, as their sources and issues quote them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Literal, TypeVar

import openai
import structlog

from core.models.openai.errors import BUSY, about_key, words_of

_TOKENS = re.compile(r"max_completion_tokens", re.IGNORECASE)
_TEMPERATURE = re.compile(r"temperature", re.IGNORECASE)
_REASONING = re.compile(r"reasoning", re.IGNORECASE)
_SYSTEM = re.compile(
    r"system.{0,20}(role|message|prompt|instruction)|(role|instruction).{0,30}system|developer instruction",
    re.IGNORECASE,
)
_FORM = re.compile(r"response.?format|response.?schema|json|schema|structured|grammar|guided", re.IGNORECASE)
_PICTURE = r"(images?|image_url|pictures?|vision|multi-?modal)"
_ONE_PICTURE = re.compile(
    rf"at most (1|one|a single) {_PICTURE}|(more than|only) (1|one|a single) {_PICTURE}|multiple {_PICTURE}"
    rf"|too many {_PICTURE}|{_PICTURE} per (prompt|request|message)|limit.mm.per.prompt",
    re.IGNORECASE,
)
_NO_PICTURE = re.compile(
    rf"at most (0|no) {_PICTURE}"
    rf"|{_PICTURE}.{{0,60}}(not (supported|enabled|allowed|available|compatible)|unsupported|only supported by)"
    rf"|(not|n't|no endpoints found that) (support|accept|handle|take|allow|enable).{{0,40}}{_PICTURE}"
    rf"|not a (multi-?modal|vision)|unknown variant .?image|mmproj|required for image",
    re.IGNORECASE,
)
T = TypeVar("T")
Request = dict[str, Any]
"""The body of a request."""

_log = structlog.get_logger(__name__)
_SPEAKS_OF_PICTURES = re.compile(rf"\b{_PICTURE}\b", re.IGNORECASE)
_REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is asked for, and how. `pictures` are all, the photo's own alone, or none."""

    tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True
    reasoning: bool = True
    system: bool = True
    format: Literal["json_schema", "json_object", "words"] = "json_schema"
    pictures: Literal["all", "photo", "none"] = "all"

    def without(self, error: openai.APIError) -> Iterator[Retry]:
        """What else may be asked for when the server has refused this, the likeliest first."""
        if not _is_refusal(error):
            return
        words = words_of(error)
        if _TOKENS.search(words) and self.tokens == "max_tokens":
            yield Retry(replace(self, tokens="max_completion_tokens"))
        if _TEMPERATURE.search(words) and self.temperature:
            yield Retry(replace(self, temperature=False))
        if _REASONING.search(words) and self.reasoning:
            yield Retry(replace(self, reasoning=False))
        if _SYSTEM.search(words) and self.system:
            yield Retry(replace(self, system=False))
        if _ONE_PICTURE.search(words) and self.pictures == "all":
            yield Retry(replace(self, pictures="photo"))
        elif _NO_PICTURE.search(words) and self.pictures != "none":
            yield Retry(replace(self, pictures="none"))
        elif about_pictures(error) and self.pictures != "none":
            # It may be about one picture alone: with fewer there is an answer now, and all are sent the next time.
            yield Retry(replace(self, pictures="photo" if self.pictures == "all" else "none"), lasting=False)
        if _FORM.search(words) and self.format != "words":
            yield Retry(replace(self, format="json_object" if self.format == "json_schema" else "words"))


@dataclass(frozen=True, slots=True)
class Retry:
    """A dialect to try next. `lasting` is whether what it leaves out is nothing that this server ever takes."""

    dialect: Dialect
    lasting: bool = True


class Negotiation:
    """The dialect of one server and its model, which begins as `dialect` and is found out question by question.

    `refuses` is whether an error may be a refusal of what was asked for, `level` that at which a log is told of one.
    """

    def __init__(
        self,
        dialect: Dialect,
        refuses: Callable[[openai.APIError], bool] = lambda _: True,
        level: int = logging.WARNING,
    ) -> None:
        self.dialect, self._refuses, self._level = dialect, refuses, level

    async def ask(self, request: Callable[[Dialect], Awaitable[Request]], send: Callable[[Request], Awaitable[T]]) -> T:
        """What `send` gives for the request, in the first dialect that the server takes. Raises what `send` raises.

        What it takes less is remembered once it has answered to that.
        """
        dialect, lasting = self.dialect, True
        while True:
            asked = await request(dialect)
            try:
                answer = await send(asked)
            except openai.APIError as error:
                for other in dialect.without(error) if self._refuses(error) else ():
                    if await request(other.dialect) != asked:
                        dialect, lasting = other.dialect, lasting and other.lasting
                        break
                else:
                    raise
            else:
                break
        if lasting and dialect != self.dialect:
            self.dialect = dialect
            _log.log(self._level, "the server takes less than was asked for", dialect=str(dialect))
        return answer


def about_pictures(error: openai.APIError) -> bool:
    """Whether the server refused the question and spoke of pictures, which may have been one of them alone."""
    refused = isinstance(error, openai.APIStatusError) and error.status_code in _REFUSED
    return refused and bool(_SPEAKS_OF_PICTURES.search(words_of(error)))


def led_by(rules: str, messages: Sequence[dict[str, Any]], *, system: bool) -> list[dict[str, Any]]:
    """The messages after the rules: a message of the system's, or the begin of the first one for who takes none."""
    if system:
        return [{"role": "system", "content": rules}, *messages]
    first, *later = messages
    content = first["content"]
    if isinstance(content, str):
        content = f"{rules}\n\n{content}"
    else:
        content = [{"type": "text", "text": f"{rules}\n\n"}, *content]
    return [{**first, "content": content}, *later]


def _is_refusal(error: openai.APIError) -> bool:
    """Whether the server can have refused what was asked for: some do so with status 500, or in the answer itself."""
    if isinstance(error, openai.APIStatusError):
        return not about_key(error) and error.status_code not in (*BUSY, HTTPStatus.BAD_GATEWAY)
    return not isinstance(error, openai.APIConnectionError)
