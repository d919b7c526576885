"""The server for Telegram's webhook: a path nobody can guess, a secret in each request, and a health route.

python-telegram-bot's own server has one route only and compares the secret in readable time; its
documentation shows how to put another one in its place (examples/customwebhookbot).
"""

from __future__ import annotations

import hashlib
import hmac
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.http_server import HttpServer, listen
from core.chores import Chores
from core.errors import PlatformError, StoreError

_LARGEST = 1 << 20  # bytes of one update
_HEADER = "X-Telegram-Bot-Api-Secret-Token"

Take = Callable[[Mapping[str, Any]], Awaitable[None]]


class Webhook:
    """Serves `take` with the updates that Telegram posts. Path and secret follow from the token."""

    def __init__(self, token: str, host: str, port: int, take: Take, chores: Chores | None = None) -> None:
        self._host, self._port, self._take = host, port, take
        self.path = f"/{_derived(token, 'path')}"
        self.secret = _derived(token, "secret")
        self._socket: socket.socket | None = None

        async def health(_: Request) -> Response:
            return JSONResponse({"ok": True})

        routes = [Route(self.path, self._post, methods=["POST"]), Route("/health", health, methods=["GET"])]
        app = Starlette(routes=routes)
        self._server = HttpServer(app, None, chores, lifespan=False, websockets=False)

    @property
    def address(self) -> str:
        """Where it listens; known once it is open."""
        assert self._socket is not None  # noqa: S101 - `open` comes first
        host, port = self._socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def open(self) -> None:
        """Take the port. Raises `PlatformError` when it can't be had."""
        try:
            self._socket = listen(self._host, self._port)
        except OSError as error:
            raise PlatformError(
                f"Telegram's webhook can't listen on port {self._port} of {self._host} ({error.strerror}): "
                "choose another with telegram.webhook_port."
            ) from error

    async def run(self) -> None:
        """Serve until `close`."""
        assert self._socket is not None  # noqa: S101 - `open` comes first
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            self._socket.close()  # uvicorn leaves it open when it is told to end before it has begun

    def close(self) -> None:
        """Take no more; `run` then returns."""
        self._server.should_exit = True

    async def _post(self, request: Request) -> Response:
        shown = request.headers.get(_HEADER, "")
        if not hmac.compare_digest(shown.encode(), self.secret.encode()):
            return Response(status_code=403)
        if not request.headers.get("content-length", "").isdecimal():
            return Response(status_code=411)
        if int(request.headers["content-length"]) > _LARGEST:
            return Response(status_code=413)
        try:
            update = await request.json()
        except (ValueError, RecursionError):
            update = None
        if not isinstance(update, dict):
            return Response(status_code=400)
        try:
            await self._take(update)
        except StoreError:
            return Response(status_code=503)  # Telegram brings it again
        return Response()


def _derived(token: str, purpose: str) -> str:
    """A word that nobody can tell without the token, the same after every start."""
    return hmac.new(token.encode(), f"rapport telegram {purpose}".encode(), hashlib.sha256).hexdigest()[:48]
