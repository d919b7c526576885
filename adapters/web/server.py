"""The web chat's ASGI application, and the server that runs it on the program's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from adapters.web import assets
from adapters.web.access import AccessMiddleware
from adapters.web.options import Bounds, WebOptions
from adapters.web.responder import Responder
from adapters.web.routes import Routes
from adapters.web.transcript import Transcripts
from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from adapters.web.options import Figures, Health
    from core.platforms.status import Chatbot

_SHUTDOWN_SECONDS = 2  # for connections to close
_DROP_INTERVAL = 15  # seconds


def create_app(
    assistant: Chatbot,
    *,
    options: WebOptions | None = None,
    bounds: Bounds | None = None,
    health: Health | None = None,
    metrics: Figures | None = None,
) -> Starlette:
    """The web chat as an ASGI application; it stops answering when its lifespan ends.

    `health` is awaited for `/health`; its `ok` tells whether all is well. `metrics` is called for `/metrics`.
    Raises `ConfigError` when the page would be open to everybody.
    """
    options, bounds = options or WebOptions(), bounds or Bounds()
    options.require_token()
    responder = Responder(assistant, bounds.max_waiting)
    transcripts = Transcripts(keep_entries=bounds.keep_entries, keep_bytes=bounds.keep_bytes)
    routes = Routes(options, bounds, responder, transcripts, assets.load(), health, metrics)

    async def drop_old_files() -> None:
        while True:
            await asyncio.sleep(_DROP_INTERVAL)
            transcripts.drop_files(bounds.chat.photo_minutes * 60)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        dropping = asyncio.create_task(drop_old_files())
        yield
        dropping.cancel()
        await asyncio.gather(dropping, return_exceptions=True)
        await responder.aclose()

    access = Middleware(AccessMiddleware, options=options)
    app = Starlette(routes=routes.table(), middleware=[access], lifespan=lifespan)
    app.state.responder = responder
    return app


class WebChat:
    """The web chat's server. `open` takes the port, `run` serves until `aclose`.

    `announce` is called with the page's address when it can be opened.
    """

    name = "web"

    def __init__(
        self,
        assistant: Chatbot,
        *,
        options: WebOptions | None = None,
        bounds: Bounds | None = None,
        health: Health | None = None,
        metrics: Figures | None = None,
        announce: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._options, self._bounds, self._announce = options or WebOptions(), bounds or Bounds(), announce
        self._app = create_app(assistant, options=self._options, bounds=self._bounds, health=health, metrics=metrics)
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,  # addresses name chats, and once a token
            server_header=False,
            proxy_headers=False,  # who speaks for somebody else is no owner of this machine
            lifespan="on",
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        self._server = _EmbeddedServer(config)
        self._socket: socket.socket | None = None
        self._running = False
        self._closed = asyncio.Event()

    @property
    def address(self) -> str:
        """Where the page is, to be opened in a browser; known once `open` was called."""
        host = self._options.host
        port = self._socket.getsockname()[1] if self._socket else self._options.port
        shown = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)  # noqa: S104 - compared
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"

    def open(self) -> str:
        """Take the port and return the page's address. Raises `ConfigError` when that can't be done."""
        if self._socket is None:
            host, port = self._options.host, self._options.port
            bare = host.strip("[]")
            try:
                self._socket = socket.create_server(
                    (bare, port), family=socket.AF_INET6 if ":" in bare else socket.AF_INET
                )
            except OSError as error:
                raise ConfigError(_why(error, host, port)) from error
        return self.address

    async def run(self) -> None:
        """Serve until `aclose` is called. Raises `ConfigError` when the port can't be had."""
        self.open()
        assert self._socket is not None  # noqa: S101 - open() put it there
        self._running = True
        self._announce(self.address)
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            self._closed.set()

    async def aclose(self) -> None:
        """Finish what is being answered, close the windows' sockets, and give the port back."""
        if self._socket is None:
            return
        await self._app.state.responder.drain(self._bounds.limits.stop_seconds)
        self._server.should_exit = True
        if self._running:
            await self._closed.wait()
        self._socket.close()


class _EmbeddedServer(uvicorn.Server):
    """uvicorn without its signal handlers: the program decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken, perhaps by another Rapport: stop it, or choose another with web.port."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system: choose one above 1023 with web.port."
    return f"The web chat can't listen on {host}: {error.strerror or error}. Check web.host."
