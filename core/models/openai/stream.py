"""What a chat-completions server streams, chunk by chunk: checked, bounded in time, errors among it raised.

Protocol: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import openai
from pydantic import BaseModel, ConfigDict, ValidationError

from core.counting import counted

Stream = openai.AsyncStream[object]


class _Part(BaseModel):
    """A part of a message whose content is a list; only those of type text are said."""

    type: str = "text"
    text: str | None = None


class _Said(BaseModel):
    """What a delta or a message holds. Thoughts come in fields of other names, if they come apart."""

    model_config = ConfigDict(extra="allow")

    role: str | None = None
    content: str | list[_Part] | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    delta: _Said | None = None
    message: _Said | None = None  # where a server answers in one piece
    finish_reason: str | None = None


class Chunk(BaseModel):
    """One event of an answer."""

    choices: list[_Choice] | None = None

    @property
    def text(self) -> str:
        """The words in it, a refusal's among them."""
        said = self._said
        if said is None:
            return ""
        content = said.content or ""
        if not isinstance(content, str):
            content = "".join(part.text or "" for part in content if part.type == "text")
        return content + (said.refusal or "")

    @property
    def is_answer(self) -> bool:
        """Whether the model is at work: words or thoughts, not the mere begin of an answer."""
        said = self._said
        return bool(self.text or self.finish_reason or (said is not None and any((said.model_extra or {}).values())))

    @property
    def finish_reason(self) -> str | None:
        """Why the answer is over, None while it goes on."""
        return self.choices[0].finish_reason if self.choices else None

    @property
    def _said(self) -> _Said | None:
        return (self.choices[0].delta or self.choices[0].message) if self.choices else None


async def chunks(stream: Stream, until: float) -> AsyncGenerator[Chunk]:
    """The events of an answer, as they come, until the event loop's time `until`; the stream is closed at the end.

    Raises `openai.APIError` with the words of an error in it, `ValueError` for what is no chunk, `TimeoutError`.
    """
    async with stream:
        if "json" in stream.response.headers.get("content-type", ""):
            async with asyncio.timeout_at(until):
                whole = await stream.response.aread()
            yield _chunk(stream, json.loads(whole))
            return
        events = aiter(stream)
        while True:
            async with asyncio.timeout_at(until):
                try:
                    event = await anext(events)
                except StopAsyncIteration:
                    return
            yield _chunk(stream, event)


def _chunk(stream: Stream, event: Any) -> Chunk:
    failed = isinstance(event, dict) and (event.get("error") or "choices" not in event)
    if failed and (told := _told(event)):
        raise openai.APIError(told, stream.response.request, body=event)
    try:
        return Chunk.model_validate(event)
    except ValidationError as error:
        # None, for the error quotes the answer.
        raise ValueError(f"no chunk of an answer: {counted(error.error_count(), 'fault')}") from None


def _told(event: dict[str, Any]) -> str:
    """The words of an error as other servers put it; OpenAI's own form is known to the library."""
    error = event.get("error") or event
    found = (error.get(key) for key in ("message", "detail", "error")) if isinstance(error, dict) else [error]
    return next((one for one in found if isinstance(one, str) and one), "")
