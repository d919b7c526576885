"""The server of a process's own `/health` and `/metrics`."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.http_server import HttpServer, listen
from adapters.status.answers import figures_answer, health_answer
from adapters.status.options import address_at
from adapters.web.access import Doorkeeper
from adapters.web.guesses import Guesses, TooManyGuesses
from adapters.web.options import WebOptions, is_loopback
from adapters.web.sessions import Sessions
from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pydantic import SecretStr
    from starlette.requests import Request

    from adapters.status.options import StatusOptions
    from adapters.web.options import Figures, Health
    from core.chores import Chores

_HERE = ("localhost", "127.0.0.1", "[::1]")  # no other page's name leads a browser of this machine here (DNS rebinding)


class StatusPage:
    """Serves `health` and `metrics` to who shows `token` (to all of this machine where there is none)."""

    def __init__(
        self, options: StatusOptions, token: SecretStr, *, health: Health, metrics: Figures, chores: Chores
    ) -> None:
        """Raises `ConfigError` when everybody could read it."""
        self._options, self._health, self._metrics = options, health, metrics
        here = is_loopback(options.host)
        if not (here or token.get_secret_value()):
            raise ConfigError(
                f"/metrics would be open to everyone at {options.host}: set web.token, or status.host to 127.0.0.1."
            )
        sessions = Sessions(None, token=token.get_secret_value(), days=1)  # which nobody opens here
        self._doorkeeper = Doorkeeper(WebOptions(token=token), sessions, Guesses())
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=_HERE if here else ("*",))
        app = Starlette(routes=[Route("/health", self.health), Route("/metrics", self.figures)], middleware=[hosts])
        app.add_exception_handler(TooManyGuesses, lambda *_: PlainTextResponse("Too many wrong tokens.\n", 429))
        self._server = HttpServer(app, None, chores, lifespan=False, websockets=False)

    async def health(self, request: Request) -> Response:
        """As the web chat's."""
        return await health_answer(self._health, admitted=await self._doorkeeper.admits(request))

    async def figures(self, request: Request) -> Response:
        """As the web chat's."""
        if not await self._doorkeeper.admits(request):
            return PlainTextResponse("Send web.token as the bearer token.\n", 401)
        return figures_answer(self._metrics)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve for as long as the block runs, at the address that it gets. Raises `ConfigError`: the port is taken."""
        try:
            listener = listen(self._options.host, self._options.port)
        except OSError as error:
            raise ConfigError(
                f"Port {self._options.port} of {self._options.host} can't be had ({error.strerror}): choose another "
                "with status.port. Each process of a machine needs one of its own."
            ) from error
        serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        try:
            yield address_at(self._options.host, listener.getsockname()[1])
        finally:
            self._server.should_exit = True
            await serving
            listener.close()
