"""The connection to a chat-completions server: one request an answer, streamed, repeated only where safe.

Protocol: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import openai
import structlog
from openai.types.chat import ChatCompletionChunk

from core.errors import GeneratorError
from core.i18n.lazy_strings import gettext_noop
from core.language.prompts import chat_messages
from core.models.openai.errors import TRYING_AGAIN, Explainer, about_pictures, pause_before
from core.ports import Prompt, StatusMessage

_PATIENCE_TO_CONNECT = 10.0  # seconds; a server that is there answers the door at once

Stream = openai.AsyncStream[ChatCompletionChunk]

_log = structlog.get_logger(__name__)


class Connection:
    """A pool of connections to one server, and how to ask its model. Arguments as `OpenAIGenerator`'s."""

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str,
        max_tokens: int,
        temperature: float,
        timeout: float,
        retries: int,
        reference_images: bool,
    ) -> None:
        self._model, self._max_tokens, self._temperature = model, max_tokens, temperature
        self._retries, self._reference_images = retries, reference_images
        self._deserted = False  # nobody was there for the last answer: who asks next need not wait as long
        self._explain = Explainer(base_url, model, timeout)
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",  # else the library would hand this server the OPENAI_API_KEY it finds
            timeout=openai.Timeout(timeout, connect=min(timeout, _PATIENCE_TO_CONNECT)),
            max_retries=0,  # the library also repeats what timed out: a person would wait for minutes
        )

    async def answer(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The answer in pieces. Raises `GeneratorError` or `Busy`."""
        said, ended = False, None
        try:
            async for stream in self._ask(prompt):
                if isinstance(stream, StatusMessage):
                    yield stream
                    continue
                async with stream:
                    async for chunk in stream:
                        piece, ended = _read(chunk, ended)
                        if piece:
                            said = True
                            yield piece
        except (openai.OpenAIError, ValueError) as error:  # ValueError: what came is no JSON
            raise self._explain(error, said=said) from error
        if ended is None and said:
            raise self._explain.broken_off()
        if not said:
            raise GeneratorError(gettext_noop("The model gave an empty answer. Please ask again, or differently."))
        if ended == "length":
            yield " …"

    async def check(self) -> None:
        """Whether the server answers and has the model. Raises `GeneratorError` or `Busy`."""
        try:
            page = await self._client.models.list()
        except (openai.OpenAIError, ValueError) as error:
            raise self._explain(error, said=False) from error
        served = [model.id for model in page.data]
        if served and not {self._model, f"{self._model}:latest"} & set(served):  # Ollama adds ":latest"
            raise self._explain.other_models(served)

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.close()

    async def _ask(self, prompt: Prompt) -> AsyncGenerator[StatusMessage | Stream, None]:
        """The answer's stream as soon as the server begins one; asked again where that is safe and useful.

        Before it, whenever a busy server is waited for, a `StatusMessage` that says so.
        """
        failures = 0
        while True:
            pictures = self._reference_images
            messages = await asyncio.to_thread(chat_messages, prompt, reference_images=pictures)
            try:
                stream = await self._request(messages)
            except openai.APIError as error:
                if pictures and about_pictures(error) and any(known.picture for known in prompt.known):
                    _log.warning("the server takes one picture at a time; references go without")
                    self._reference_images = False
                    continue
                failures += 1
                pause = pause_before(failures, error)
                nobody = isinstance(error, openai.APIConnectionError)
                if pause is None or failures > self._retries or (nobody and self._deserted):
                    self._deserted = nobody
                    raise
            else:
                self._deserted = False
                yield stream
                return
            yield StatusMessage(TRYING_AGAIN)
            await asyncio.sleep(pause)

    async def _request(self, messages: list[Any]) -> Stream:
        return await self._client.chat.completions.create(
            messages=messages,
            model=self._model,
            max_tokens=self._max_tokens,
            temperature=self._temperature,
            stream=True,
        )


def _read(chunk: ChatCompletionChunk, ended: str | None) -> tuple[str, str | None]:
    """A chunk's piece of text, and why the answer ended if it has; the last chunk may hold usage alone."""
    if not chunk.choices:
        return "", ended
    choice = chunk.choices[0]
    return choice.delta.content or "", choice.finish_reason or ended
