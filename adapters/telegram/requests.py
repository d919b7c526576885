"""Calls that failed on their way to Telegram are made again, as far as that can't do a thing twice."""

from __future__ import annotations

from typing import Any

import httpx
import structlog
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData

from adapters.telegram.options import Clock

_log = structlog.get_logger(__name__)
_TRIES = 5
_FIRST_WAIT = 0.5  # seconds; each further wait is twice as long
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class PersistentRequest(BaseRequest):
    """Makes a call again when Telegram was out of order (5xx) or never got it.

    A call that Telegram may have carried out without our hearing of it is not made again if it sends
    something: rather no answer than two.
    """

    def __init__(self, inner: BaseRequest, clock: Clock) -> None:
        self._inner, self._clock = inner, clock

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
        for turn in range(_TRIES - 1):
            try:
                status, body = await self._inner.do_request(url, method, request_data, *args, **timeouts)
                if status < 500:
                    return status, body
                reason = str(status)
            except NetworkError as error:
                if not _may_repeat(endpoint, error):
                    raise
                reason = type(error).__name__
            _log.debug("telegram.again", endpoint=endpoint, reason=reason)
            await self._clock.sleep(_FIRST_WAIT * 2**turn)
        return await self._inner.do_request(url, method, request_data, *args, **timeouts)


def _may_repeat(endpoint: str, error: NetworkError) -> bool:
    if isinstance(error.__cause__, _NOT_SENT):
        return True
    return not endpoint.startswith("send")
