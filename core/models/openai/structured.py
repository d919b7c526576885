"""Asks any chat-completions server for an object by a schema: OpenAI, Gemini's endpoint, vLLM, Ollama.

What the server can't do (a JSON schema, any form of JSON, a system message, a name of a parameter) is found out from
its refusals, and remembered for as long as the client lives.
Protocol: https://platform.openai.com/docs/api-reference/chat/create, https://ai.google.dev/gemini-api/docs/openai
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from base64 import b64encode
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import openai
import stamina
from openai.types.chat import ChatCompletion

from core.counting import counted
from core.errors import GeneratorError
from core.models.openai.client import BYTES_PER_TOKEN, MOST_BYTES, client_of
from core.models.openai.dialect import Dialect, Negotiation, about_pictures, led_by
from core.models.openai.errors import Explainer, about_key, retry_wait, words_of
from core.models.openai.question import (
    REFUSED,
    Meter,
    NoUsableAnswer,
    Server,
    StructuredQuestion,
    T,
    Tokens,
    read,
    schema_of,
    tokens_of,
)

BROKEN_OFF = "the answer broke off"
ASKED_AGAIN = 2  # times that an unusable answer is sent back
_LONGEST_PAUSE = 300.0  # seconds: a build can wait longer than a person
_NEVER_SENT = ("ConnectError", "ConnectTimeout")  # of httpx or of httpx2, whichever the library brings
_LONGEST_ECHO = 4000  # letters of an unusable answer that are sent back with the complaint

_BROKEN = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
_REFUSING = (
    *(HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    *(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_IMPLEMENTED),
)
_NO_MONEY = "insufficient_quota"  # OpenAI's code; a 429 that no waiting helps
# Gemini's Retry-After, in the body: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
_RETRY_DELAY = re.compile(r"retryDelay['\"]*\s*:\s*['\"](\d+(?:\.\d+)?)s")
_FILTERED = re.compile(r"content.?(filter|policy|management)|safety|prohibited", re.IGNORECASE)

_Message = dict[str, Any]


class StructuredClient:
    """A pool of connections to one server. `meter` is asked before each request, and told what it cost."""

    def __init__(self, server: Server, meter: Meter) -> None:
        self._server, self._meter = server, meter
        self._negotiation = Negotiation(Dialect(), _refuses, level=logging.INFO)
        self._explain = Explainer(server.base_url, server.model, server.timeout, server.section, server.key)
        self._client = client_of(
            server.base_url,
            server.api_key.get_secret_value(),
            timeout=server.timeout,
            most_bytes=MOST_BYTES + BYTES_PER_TOKEN * server.max_tokens,
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.close()

    async def ask(self, question: StructuredQuestion[T]) -> T:
        """The answer; an unusable one is sent back with what is wrong, twice at most.

        Raises `NoUsableAnswer` where this question has none; `Busy` or `GeneratorError` where no question has one now
        (no connection, a wrong key, a server that stays busy), and what the meter raises.
        """
        talk: list[_Message] = [{"role": "user", "content": await asyncio.to_thread(_content, question.parts)}]
        spent = tokens_of((question.rules, *question.parts))
        wrong = last = ""
        for _ in range(ASKED_AGAIN + 1):
            text, ended = await self._said(question, talk, spent)
            try:
                if ended == "length":
                    wrong = BROKEN_OFF
                    raise ValueError(f"It broke off at {counted(self._server.max_tokens, 'token')}: be much shorter.")
                wrong = "the answer was unusable"
                return read(text, question)
            except ValueError as complaint:
                again = (
                    f"That can't be used. {complaint} Answer again: one whole JSON object and nothing else, by this "
                )
                again += f"JSON schema: {json.dumps(schema_of(question.answer))}"
                said = text[:_LONGEST_ECHO].strip()
                talk += [{"role": "assistant", "content": said}] if said else []
                talk += [{"role": "user", "content": again}]
                spent += tokens_of((said, again))
                last = str(complaint)
        if wrong == BROKEN_OFF:
            section = self._server.section
            last += f" Raise {section}.max_tokens, or lower {section}.reasoning_effort: thoughts count, too."
        raise NoUsableAnswer(wrong, f"Asked {ASKED_AGAIN + 1} times. {last}")

    async def _said(
        self, question: StructuredQuestion[Any], talk: Sequence[_Message], read_at_most: int
    ) -> tuple[str, str]:
        """What the server answers, and why it ended. Raises as `ask` does."""
        schema = schema_of(question.answer)
        pause = self._server.pause
        attempts = stamina.retry_context(
            _retry_wait,
            attempts=self._server.attempts,
            timeout=None,
            wait_initial=pause,
            wait_jitter=pause,
            wait_max=60.0,
        )
        async for attempt in attempts:
            with attempt:
                try:
                    completion = await self._send(question.rules, schema, talk, read_at_most)
                except (openai.OpenAIError, ValueError) as error:  # ValueError: what came is no JSON
                    raise self._failure(error) from error  # without the server's words, which stamina would log
        choice = completion.choices[0] if completion.choices else None
        if choice is None or choice.message is None:
            return "", "nothing"
        if choice.finish_reason == "content_filter" or choice.message.refusal:
            raise NoUsableAnswer(REFUSED, "Its content filter, or the model itself, refused to answer.")
        return choice.message.content or "", choice.finish_reason or ""

    def _failure(self, error: Exception) -> Exception:
        """The error to raise: `NoUsableAnswer` where it is about this question alone."""
        if isinstance(error, openai.APITimeoutError):
            return NoUsableAnswer(
                "the teacher was too slow", f"No answer within {counted(self._server.timeout, 'second')}."
            )
        if isinstance(error, openai.APIStatusError) and (error.code == _NO_MONEY or error.status_code == 402):
            return GeneratorError(f"The account of the key in {self._server.key} has no credit left at its server.")
        if isinstance(error, openai.APIStatusError) and error.status_code in _REFUSING and not about_key(error):
            if _FILTERED.search(words_of(error)):
                return NoUsableAnswer(REFUSED, "Its content filter refused the question.")
            what = "the pictures" if about_pictures(error) else "the question"
            return NoUsableAnswer(f"the server refused {what}", f"With HTTP {error.status_code}; its log says why.")
        return self._explain(error, said=False)

    async def _send(
        self, rules: str, schema: dict[str, Any], talk: Sequence[_Message], read_at_most: int
    ) -> ChatCompletion:
        """One answer, asked for in the first form that the server takes."""

        async def request(dialect: Dialect) -> dict[str, Any]:
            return _request(dialect, self._server, rules, schema, talk)

        return await self._negotiation.ask(request, lambda asked: self._metered(asked, read_at_most))

    async def _metered(self, request: dict[str, Any], read_at_most: int) -> ChatCompletion:
        aside = await self._meter.admit(Tokens(read_at_most, self._server.max_tokens))
        spent = aside  # whoever goes away in the middle may be charged all the same
        try:
            completion: Any = await self._client.chat.completions.create(**request)
            if not isinstance(completion, ChatCompletion):
                spent = Tokens()
                raise ValueError("no chat completion")
            spent = _usage(completion, read_at_most)
            return completion
        except openai.APIStatusError:
            spent = Tokens()
            raise
        except openai.APIConnectionError as error:
            if type(error.__cause__).__name__ in _NEVER_SENT:
                spent = Tokens()
            raise
        finally:
            self._meter.settle(aside, spent)


def _refuses(error: openai.APIError) -> bool:
    return isinstance(error, openai.APIStatusError) and error.status_code in _REFUSING


def _retry_wait(failure: Exception) -> float | bool:
    """As stamina asks: seconds to wait before a retry, True for its own growing wait, False for no retry."""
    error = failure.__cause__
    if not isinstance(error, openai.APIError) or error.code == _NO_MONEY:
        return False
    if told := _RETRY_DELAY.search(words_of(error)):
        return float(told[1])
    if isinstance(error, openai.APIStatusError) and error.status_code in _BROKEN:
        return True
    return retry_wait(error, _LONGEST_PAUSE)


def _request(
    dialect: Dialect, server: Server, rules: str, schema: dict[str, Any], talk: Sequence[_Message]
) -> dict[str, Any]:
    """The arguments of `chat.completions.create`."""
    if dialect.format != "json_schema":
        rules += f"\n\nAnswer with one JSON object and nothing else, by this JSON schema:\n{json.dumps(schema)}"
    messages = led_by(rules, talk, system=dialect.system)
    asked: dict[str, Any] = {"model": server.model, "messages": messages, dialect.tokens: server.max_tokens}
    if dialect.temperature:
        asked["temperature"] = server.temperature
    if dialect.reasoning and server.reasoning_effort:
        asked["reasoning_effort"] = server.reasoning_effort
    if dialect.format == "json_schema":
        named = {"name": "answer", "schema": schema, "strict": True}
        asked["response_format"] = {"type": "json_schema", "json_schema": named}
    elif dialect.format == "json_object":
        asked["response_format"] = {"type": "json_object"}
    return asked


def _content(parts: Sequence[Any]) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, str):
            content.append({"type": "text", "text": part})
        else:
            url = f"data:image/jpeg;base64,{b64encode(part.jpeg).decode()}"
            content.append({"type": "image_url", "image_url": {"url": url}})
    return content


def _usage(completion: ChatCompletion, read_at_most: int) -> Tokens:
    """What it cost, by the server's count; by ours where it gives none. Thoughts that only the total has are output."""
    told = completion.usage
    if told is None or not told.prompt_tokens:
        choices = completion.choices or ()
        return Tokens(read_at_most, tokens_of([one.message.content or "" for one in choices if one.message]))
    return Tokens(told.prompt_tokens, max(told.completion_tokens or 0, (told.total_tokens or 0) - told.prompt_tokens))
