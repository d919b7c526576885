"""A small chat-completions server in the test's own process: the real protocol over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.support.peers.listening import listening


class Raw(str):
    """Goes out as it stands, not as words of the answer."""

    __slots__ = ()


Step = str | asyncio.Event | Exception | Mapping[str, Any]


class Died(ConnectionError):
    """Raised in the middle of an answer: the server's connection breaks without an end."""


@dataclass(slots=True)
class Answer:
    """What the peer does with one question: say pieces, send what is `Raw` or an event, wait, or die at an exception.

    With `after` it does not even begin to answer before that event.
    """

    steps: Iterable[Step] = ("That's", " bo", ".")
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "something is wrong"
    code: str | None = None  # the protocol's word for the error
    finish: str | None = "stop"
    body: str | None = None  # instead of a protocol answer
    after: asyncio.Event | None = None
    usage: tuple[int, int] | None = (1, 1)  # tokens read and written, of an answer in one piece
    refusal: str | None = None


@dataclass(slots=True)
class Peer:
    """The server's script and what it heard: answers in their order, then what `script` makes of a question.

    Without a script it gives the default answer.
    """

    url: str = ""
    key: str = ""
    models: tuple[str, ...] = ("llava",)
    answers: deque[Answer] = field(default_factory=deque)
    questions: list[dict[str, Any]] = field(default_factory=list)
    script: Callable[[dict[str, Any]], Answer] = lambda _: Answer()
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def list_models(self, request: Request) -> Response:
        if refusal := self._refuse(request):
            return refusal
        data = [{"id": model, "object": "model", "created": 0, "owned_by": "test"} for model in self.models]
        return JSONResponse({"object": "list", "data": data})

    async def complete(self, request: Request) -> Response:
        question = json.loads(await request.body())
        self.questions.append(question)
        answer = self.answers.popleft() if self.answers else self.script(question)
        if answer.after is not None:
            await answer.after.wait()
        if refusal := self._refuse(request):
            return refusal
        if question["model"] not in self.models:
            return _error(404, f"The model `{question['model']}` does not exist.")
        if answer.body is not None:
            kind = "application/json" if answer.body[:1] in ("[", "{") else "text/html"
            return Response(answer.body, answer.status, answer.headers, media_type=kind)
        if answer.status != 200:
            return _error(answer.status, answer.message, answer.headers, answer.code)
        if not question.get("stream"):
            return await self._whole(answer)
        return StreamingResponse(self._stream(answer), media_type="text/event-stream")

    def _refuse(self, request: Request) -> Response | None:
        wanted = f"Bearer {self.key}"
        return _error(401, "Wrong key.") if self.key and request.headers["authorization"] != wanted else None

    async def _whole(self, answer: Answer) -> Response:
        """The answer in one piece; a step that is an exception breaks the connection instead."""
        said = ""
        for step in answer.steps:
            if isinstance(step, Exception):
                return _BrokenOff()
            if isinstance(step, asyncio.Event):
                await step.wait()
            elif isinstance(step, str):
                said += step
        message = {"role": "assistant", "content": said or None, "refusal": answer.refusal}
        choices = [{"index": 0, "message": message, "finish_reason": answer.finish}] if answer.finish else []
        payload: dict[str, Any] = {**_HEAD, "object": "chat.completion", "choices": choices}
        if answer.usage is not None:
            read, written = answer.usage
            payload["usage"] = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        return JSONResponse(payload)

    async def _stream(self, answer: Answer) -> AsyncIterator[str]:
        try:
            yield _chunk({"role": "assistant", "content": ""})
            for step in answer.steps:
                await asyncio.sleep(0)  # so that who has hung up is noticed, however many steps there are
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, Mapping):
                    yield _event(step)
                else:
                    yield step if isinstance(step, Raw) else _chunk({"content": step})
            if answer.finish:
                yield _chunk({}, answer.finish)
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            yield _event({**_HEAD, "choices": [], "usage": usage})
            yield "data: [DONE]\n\n"
        except asyncio.CancelledError:
            self.hung_up.set()
            raise


class _BrokenOff(Response):
    """Says that more is to come than does, so that the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise Died


_HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "llava"}


def _event(payload: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(payload)}\n\n"


def _chunk(delta: Mapping[str, str], finish: str | None = None) -> str:
    return _event({**_HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _error(status: int, message: str, headers: Mapping[str, str] | None = None, code: str | None = None) -> Response:
    error = {"message": message, "type": "error", "param": None, "code": code or status}
    return JSONResponse({"error": error}, status, headers)


@asynccontextmanager
async def openai_peer() -> AsyncIterator[Peer]:
    """A peer that listens on a free port of the loopback for as long as the block runs."""
    peer = Peer()
    routes = [
        Route("/v1/models", peer.list_models),
        Route("/v1/chat/completions", peer.complete, methods=["POST"]),
    ]
    async with listening(routes) as address:
        peer.url = f"{address}/v1"
        yield peer
