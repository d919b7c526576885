"""The client of the openai library, with bounds that it hasn't of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import openai

from core.models.openai.errors import TooLong

MOST_BYTES, BYTES_PER_TOKEN = 4 << 20, 1 << 10  # of a response; one streamed token is some 300 bytes
_CONNECT_TIMEOUT = 10.0  # seconds; a server that is there accepts at once


def client_of(base_url: str, api_key: str, *, timeout: float, most_bytes: int) -> openai.AsyncOpenAI:
    """A pool of connections to one server, without the library's own retries.

    `timeout` is how many seconds the server may keep silent. Reading more than `most_bytes` of a response, be it an
    answer, an error or a list, raises `TooLong`.
    """

    async def bound(response: httpx2.Response) -> None:
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 - as an asynchronous client has it
        response.stream = _Bounded(response.stream, most_bytes)

    return openai.AsyncOpenAI(
        base_url=base_url,
        # Without one the library would send this server the OPENAI_API_KEY it finds.
        api_key=api_key or "none",
        timeout=openai.Timeout(timeout, connect=min(timeout, _CONNECT_TIMEOUT)),
        max_retries=0,  # the library also repeats what timed out: a person would wait for minutes
        http_client=openai.DefaultAsyncHttpxClient(event_hooks={"response": [bound]}),
    )


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, most: int) -> None:
        self._stream, self._most = stream, most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > self._most:
                raise TooLong(f"more than {self._most} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
