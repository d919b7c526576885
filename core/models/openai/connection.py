"""The connection to a chat-completions server: one request an answer, streamed, retried only where safe.

Protocol: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import openai
import stamina
import structlog

from core.errors import Busy, GeneratorError, RapportError
from core.i18n.lazy_strings import lazy_gettext
from core.language.prompts import chat_messages
from core.models.openai.breaker import Breaker
from core.models.openai.client import BYTES_PER_TOKEN, MOST_BYTES, client_of
from core.models.openai.dialect import Dialect, Negotiation, led_by
from core.models.openai.errors import (
    LONGEST_PAUSE,
    TRYING_AGAIN,
    Explainer,
    TooLong,
    is_down,
    quoted,
    retry_wait,
    words_of,
)
from core.models.openai.pictures import KeptPictures, may_miss_pictures, name_pictures
from core.models.openai.stream import Chunk, chunks
from core.models.options import GeneratorOptions
from core.ports import Prompt, StatusMessage

_WAITS: dict[str, float] = {"wait_initial": 0.5, "wait_jitter": 0.25, "wait_max": LONGEST_PAUSE}  # seconds

_log = structlog.get_logger(__name__)


class Connection:
    """A pool of connections to one server, and how to ask its model. Arguments as `OpenAIGenerator`'s."""

    def __init__(self, options: GeneratorOptions, *, retries: int, reference_images: bool) -> None:
        self._options, self._retries = options, retries
        self._kept = KeptPictures()
        self._negotiation = Negotiation(Dialect(pictures="all" if reference_images else "photo"))
        self.breaker = Breaker(lambda failure: is_down(failure.__cause__))
        self._explain = Explainer(options.base_url, options.model, options.timeout, most_seconds=options.max_seconds)
        self._client = client_of(
            options.base_url,
            options.api_key.get_secret_value(),
            timeout=options.timeout,
            most_bytes=MOST_BYTES + BYTES_PER_TOKEN * options.max_tokens,
        )

    async def answer(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The answer in pieces; a `StatusMessage` whenever a busy server is waited for.

        Raises `GeneratorError` or `Busy`, at once while the server is known to be down.
        """
        until = asyncio.get_running_loop().time() + self._options.max_seconds
        attempts = stamina.retry_context(self._retry_wait, attempts=self._retries + 1, timeout=None, **_WAITS)
        with self.breaker.question() as answered:
            async for attempt in attempts:
                with attempt:
                    try:
                        answer = await self._begin(prompt, until)
                    except (openai.OpenAIError, ValueError, TimeoutError) as error:  # ValueError: it is no JSON
                        failure = self._failure(error, prompt)  # without the server's words, which stamina would log
                        failure.__cause__ = error
                        if attempt.num <= self._retries and self._retry_wait(failure) is not False:
                            yield StatusMessage(TRYING_AGAIN)
                        raise failure from error
            said, ended = False, None
            try:
                async with aclosing(answer):
                    async for chunk in answer:
                        if chunk.is_answer:
                            answered()
                        ended = chunk.finish_reason or ended
                        if piece := chunk.text:
                            said = True
                            yield piece
            except (openai.OpenAIError, ValueError, TimeoutError) as error:
                if not (said and isinstance(error, TimeoutError | TooLong)):
                    raise self._failure(error, prompt, said=said) from error
                ended = "length"
            if end := self._end(ended, said=said):
                yield end

    async def check(self) -> None:
        """Whether the server answers and has the model. Raises `GeneratorError` or `Busy`."""
        try:
            page = await self._client.models.list()
        except (openai.OpenAIError, ValueError) as error:
            raise self._explain(error, said=False) from error
        served = [model.id for model in page.data]
        if served and not {self._options.model, f"{self._options.model}:latest"} & set(served):  # Ollama adds ":latest"
            raise self._explain.other_models(served)

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.close()

    def _retry_wait(self, failure: Exception) -> float | bool:
        """As stamina asks: seconds to wait before a retry, True for its own growing wait, False for no retry."""
        error = failure.__cause__
        return self.breaker.is_closed and isinstance(error, openai.APIError) and retry_wait(error)

    async def _begin(self, prompt: Prompt, until: float) -> AsyncGenerator[Chunk]:
        """The answer's chunks as soon as the first is there, in the first dialect that the server takes."""
        return await self._negotiation.ask(
            lambda dialect: asyncio.to_thread(self._request, prompt, dialect), lambda asked: self._open(asked, until)
        )

    async def _open(self, asked: dict[str, Any], until: float) -> AsyncGenerator[Chunk]:
        """The chunks of the answer to a request, without the pictures that the server is known to keep."""
        short = self._kept.without_known(asked)
        try:
            answer = await self._send(short, until)
        except openai.APIError as error:
            if short is asked or not may_miss_pictures(error):
                raise
            self._kept.forget(asked)
            answer = await self._send(asked, until)
        self._kept.have_been_read(asked)
        return answer

    async def _send(self, asked: dict[str, Any], until: float) -> AsyncGenerator[Chunk]:
        """The chunks of the answer to what is sent, the first of which is here."""
        async with asyncio.timeout_at(until):
            stream = await self._client.post(
                "/chat/completions", cast_to=object, body=asked, stream=True, stream_cls=openai.AsyncStream[object]
            )
        coming = chunks(stream, until)
        first = await anext(coming, None)

        async def answer() -> AsyncGenerator[Chunk]:
            async with aclosing(coming):
                if first is not None:
                    yield first
                async for chunk in coming:
                    yield chunk

        return answer()

    def _request(self, prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
        """The body of a request."""
        options = self._options
        if dialect.pictures == "none":
            prompt = replace(prompt, photo=None)
        system, *messages = chat_messages(prompt, reference_images=dialect.pictures == "all")
        if options.keeps_pictures:
            name_pictures(messages)
        asked: dict[str, Any] = {
            "model": options.model,
            "messages": led_by(system["content"], messages, system=dialect.system),
            dialect.tokens: options.max_tokens,
            "stream": True,
        }
        if dialect.temperature:
            asked["temperature"] = options.temperature
        return asked

    def _failure(self, error: Exception, prompt: Prompt, *, said: bool = False) -> RapportError:
        """The error to raise; what the server said goes to the log, but for what it quotes of people's words."""
        private = [prompt.question, *prompt.names, self._options.api_key.get_secret_value()]
        private += [text for one in prompt.known for text in (one.info, *(info.text for info in one.infos))]
        private += [entry.text for entry in (*prompt.history, *prompt.said)]
        failure = self._explain(error, said=said, private=private)
        if isinstance(error, openai.APIError) and (said or isinstance(failure, Busy)):  # else its sentence tells it
            _log.warning("generator.refused", words=quoted(words_of(error), private))
        return failure

    def _end(self, ended: str | None, *, said: bool) -> str:
        """The last piece. Raises `GeneratorError` where the answer isn't whole."""
        if not said and ended == "content_filter":
            raise GeneratorError(lazy_gettext("My language model doesn't want to answer that."))
        if ended is None and said:
            raise self._explain.broken_off()
        if not said:
            raise GeneratorError(lazy_gettext("The model gave an empty answer. Please ask again, or differently."))
        return " …" if ended == "length" else ""
