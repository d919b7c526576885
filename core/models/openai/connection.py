"""The connection to a chat-completions server: one request an answer, streamed, retried only where safe.

Protocol: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import openai
import stamina
import structlog
from openai.types.chat import ChatCompletionChunk

from core.errors import GeneratorError
from core.i18n.lazy_strings import lazy_gettext
from core.language.prompts import chat_messages
from core.models.openai.errors import LONGEST_PAUSE, TRYING_AGAIN, Explainer, about_pictures, retry_wait
from core.models.options import GeneratorOptions
from core.ports import Prompt, StatusMessage

_CONNECT_TIMEOUT = 10.0  # seconds; a server that is there accepts at once
_WAITS: dict[str, float] = {"wait_initial": 0.5, "wait_jitter": 0.25, "wait_max": LONGEST_PAUSE}  # seconds

Stream = openai.AsyncStream[ChatCompletionChunk]

_log = structlog.get_logger(__name__)


class Connection:
    """A pool of connections to one server, and how to ask its model. Arguments as `OpenAIGenerator`'s."""

    def __init__(self, options: GeneratorOptions, *, retries: int, reference_images: bool) -> None:
        self._options = options
        self._retries, self._reference_images = retries, reference_images
        self._unreachable = False  # as it was for the last answer: the next one doesn't wait for retries
        self._explain = Explainer(options.base_url, options.model, options.timeout)
        self._client = openai.AsyncOpenAI(
            base_url=options.base_url,
            # Without one the library would send this server the OPENAI_API_KEY it finds.
            api_key=options.api_key.get_secret_value() or "none",
            timeout=openai.Timeout(options.timeout, connect=min(options.timeout, _CONNECT_TIMEOUT)),
            max_retries=0,  # the library also repeats what timed out: a person would wait for minutes
        )

    async def answer(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The answer in pieces; a `StatusMessage` whenever a busy server is waited for.

        Raises `GeneratorError` or `Busy`.
        """
        said, ended = False, None
        attempts = stamina.retry_context(self._retry_wait, attempts=self._retries + 1, timeout=None, **_WAITS)
        async for attempt in attempts:
            with attempt:
                try:
                    stream = await self._request(prompt)
                except (openai.OpenAIError, ValueError) as error:  # ValueError: what came is no JSON
                    failure = self._explain(error, said=False)  # without the server's words, which stamina would log
                    failure.__cause__ = error
                    if attempt.num <= self._retries and self._retry_wait(failure) is not False:
                        yield StatusMessage(TRYING_AGAIN)
                    else:
                        self._unreachable = isinstance(error, openai.APIConnectionError)
                    raise failure from error
        self._unreachable = False
        try:
            async with stream:
                async for chunk in stream:
                    if chunk.choices:  # the last one may hold usage alone
                        ended = chunk.choices[0].finish_reason or ended
                        if piece := chunk.choices[0].delta.content:
                            said = True
                            yield piece
        except (openai.OpenAIError, ValueError) as error:
            raise self._explain(error, said=said) from error
        if ended is None and said:
            raise self._explain.broken_off()
        if not said:
            raise GeneratorError(lazy_gettext("The model gave an empty answer. Please ask again, or differently."))
        if ended == "length":
            yield " …"

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
        if isinstance(error, openai.APIConnectionError) and self._unreachable:
            return False
        return isinstance(error, openai.APIError) and retry_wait(error)

    async def _request(self, prompt: Prompt) -> Stream:
        """The answer's stream as soon as the server begins one.

        A server that takes one picture at a time is asked again, from then on without the references' pictures.
        """
        pictures = self._reference_images
        messages: list[Any] = await asyncio.to_thread(chat_messages, prompt, reference_images=pictures)
        try:
            return await self._client.chat.completions.create(
                messages=messages,
                model=self._options.model,
                max_tokens=self._options.max_tokens,
                temperature=self._options.temperature,
                stream=True,
            )
        except openai.APIError as error:
            if not (pictures and about_pictures(error) and any(known.picture for known in prompt.known)):
                raise
        _log.warning("the server takes one picture at a time; references go without")
        self._reference_images = False
        return await self._request(prompt)
