"""Calls that failed on their way to Telegram are made again, as far as that can't do a thing twice."""

from __future__ import annotations

from typing import Any

import httpx
import stamina
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData

_TRIES = 5
_FIRST_WAIT = 0.5  # seconds; each further wait is twice as long
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class _ServerError(Exception):
    """Telegram was out of order. The body is kept out of what is logged."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.answer = status, body


def never_arrived(error: Exception) -> bool:
    """Whether a call surely didn't get through to Telegram."""
    return isinstance(error.__cause__, _NOT_SENT)


class PersistentRequest(BaseRequest):
    """Makes a call again when Telegram was out of order (5xx) or never got it.

    A call that Telegram may have carried out without our hearing of it is not made again if it sends
    something: rather no answer than two.
    """

    def __init__(self, inner: BaseRequest) -> None:
        self._inner = inner

    @property
    def read_timeout(self) -> float | None:
        """The inner request's, in seconds."""
        return self._inner.read_timeout

    async def initialize(self) -> None:
        """Open the connections."""
        await self._inner.initialize()

    async def shutdown(self) -> None:
        """Close the connections."""
        await self._inner.shutdown()

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **timeouts: Any
    ) -> tuple[int, bytes]:
        """Status code and body of the last try. Raises what the last try raised."""
        endpoint = url.rpartition("/")[2] if method == "POST" else "download"

        def may_repeat(error: Exception) -> bool:
            if isinstance(error, _ServerError) or never_arrived(error):
                return True
            return isinstance(error, NetworkError) and not endpoint.startswith("send")

        trying = stamina.retry_context(
            may_repeat, attempts=_TRIES, timeout=None, wait_initial=_FIRST_WAIT, wait_jitter=0, wait_max=60
        )
        try:
            async for attempt in trying:
                with attempt:
                    status, body = await self._inner.do_request(url, method, request_data, *args, **timeouts)
                    if status >= 500:
                        raise _ServerError(status, body)
        except _ServerError as error:
            status, body = error.answer
        return status, body
