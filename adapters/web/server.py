"""The web chat's ASGI application, and the server that runs it on the program's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware

from adapters.http_server import HttpServer, ServerLimits, listen
from adapters.web.access import TOO_MANY_GUESSES, AccessMiddleware, Doorkeeper
from adapters.web.assets import Assets
from adapters.web.guesses import Guesses, TooManyGuesses
from adapters.web.languages import PageLanguages
from adapters.web.options import Bounds, WebOptions, is_loopback
from adapters.web.responder import History, Responder, WebChatbot
from adapters.web.routes import Routes
from adapters.web.sessions import Sessions
from adapters.web.transcript import Transcripts
from adapters.web.uploads import Arriving
from core.chores import Chores
from core.errors import ConfigError, PlatformError
from core.i18n.translator import Translators

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from adapters.web.forwarding import ChatOwners
    from adapters.web.options import Figures, Health
    from core.platforms.inbox import Inbox

_ELSEWHERE = ("192.0.2.1", 9)  # an address for documentation (RFC 5737): nothing is sent there
_DROP_INTERVAL = 15  # seconds
_SLACK = 1 << 20  # bytes of text and of the form's own lines beside the largest photos
_REFRESH_INTERVAL = 1  # in which windows that are open lose what was forgotten by another way than through them


def create_app(
    assistant: WebChatbot,
    *,
    options: WebOptions | None = None,
    bounds: Bounds | None = None,
    sessions_file: Path | None = None,
    health: Health | None = None,
    metrics: Figures | None = None,
    translators: Translators | None = None,
    history: History | None = None,
    inbox: Inbox | None = None,
    chores: Chores | None = None,
    owners: ChatOwners | None = None,
) -> Starlette:
    """The web chat as an ASGI application; it stops answering when its lifespan ends.

    `sessions_file` keeps who has signed in, `history` what was said, if anybody does, `inbox` what isn't answered yet;
    `chores` tidy the transcripts. With `owners` (whose inbox it is) several processes serve the page.
    `health` is awaited for `/health` (`ok`: all is well), `metrics` called for `/metrics`. Raises `ConfigError`.
    """
    options, bounds = options or WebOptions(), bounds or Bounds()
    options.require_token()
    languages = PageLanguages(translators or Translators.load())
    transcripts = Transcripts(keep_entries=bounds.keep_entries, keep_bytes=bounds.keep_bytes)
    bounded = (bounds.max_waiting, bounds.keep_bytes)
    responder = Responder(assistant, transcripts, *bounded, history, bounds.keep_entries, inbox)
    token, shared = options.token.get_secret_value(), owners.sign_ins if owners else None
    sessions = Sessions(sessions_file, token=token, days=options.session_days, shared=shared)
    doorkeeper = Doorkeeper(options, sessions, Guesses())
    arriving = Arriving(2 * bounds.upload_bytes, bounds.upload_bytes + _SLACK)
    routes = Routes(doorkeeper, bounds, responder, transcripts, Assets.load(), languages, arriving, health, metrics)

    def lifespan(_: Starlette) -> contextlib.AbstractAsyncContextManager[None]:
        return _answering(chores or Chores(), sessions, transcripts, responder, bounds.chat.photo_minutes * 60, owners)

    access = Middleware(AccessMiddleware, doorkeeper=doorkeeper, languages=languages)
    app = Starlette(routes=routes.table(), middleware=owners.around(access) if owners else [access], lifespan=lifespan)
    app.add_exception_handler(TooManyGuesses, lambda request, _: languages.error(request, 429, TOO_MANY_GUESSES))
    app.state.responder, app.state.sessions = responder, sessions
    return app


@contextlib.asynccontextmanager
async def _answering(
    chores: Chores,
    sessions: Sessions,
    transcripts: Transcripts,
    responder: Responder,
    photo_seconds: float,
    owners: ChatOwners | None,
) -> AsyncIterator[None]:
    """From what was left over to the last answer; with `owners` in the chats that this process has.

    Meanwhile old files go from the transcripts, and what is forgotten from those that windows look at.
    """

    async def drop_old_files() -> None:
        transcripts.drop_files(photo_seconds)

    async def refresh() -> None:
        for transcript in list(transcripts.watched()):
            await responder.refresh(transcript)

    await sessions.load()
    dropping = chores.beside("drop old photos of the web page", drop_old_files, every=_DROP_INTERVAL)
    refreshing = chores.beside("refresh the web page's windows", refresh, every=_REFRESH_INTERVAL)
    answering = owners.serving(chores, responder, transcripts, sessions) if owners else responder.serving()
    async with answering, dropping, refreshing:
        yield
    await sessions.aclose()


class WebChat:
    """The web chat's server. `open` takes the port, `run` serves until `aclose`.

    `announce` is called with the page's `link` when it can be opened.
    """

    name = "web"

    def __init__(
        self,
        assistant: WebChatbot,
        *,
        options: WebOptions | None = None,
        bounds: Bounds | None = None,
        limits: ServerLimits | None = None,
        sessions_file: Path | None = None,
        health: Health | None = None,
        metrics: Figures | None = None,
        translators: Translators | None = None,
        history: History | None = None,
        inbox: Inbox | None = None,
        chores: Chores | None = None,
        owners: ChatOwners | None = None,
        announce: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._options, self._bounds, self._announce = options or WebOptions(), bounds or Bounds(), announce
        self._owners = owners
        self._app = create_app(
            assistant,
            options=self._options,
            bounds=self._bounds,
            sessions_file=sessions_file,
            health=health,
            metrics=metrics,
            translators=translators,
            history=history,
            inbox=inbox,
            chores=chores,
            owners=owners,
        )
        most = ServerLimits(connections=self._options.connections, per_address=self._options.connections_each)
        self._server = HttpServer(self._app, limits or most, chores, lifespan=True, websockets=True)
        self._sessions: Sessions = self._app.state.sessions
        self._socket: socket.socket | None = None
        self._local: socket.socket | None = None
        self._running = False
        self._closed = asyncio.Event()

    @property
    def address(self) -> str:
        """Where the page is, to be opened in a browser; the port is known once `open` was called."""
        host = self._options.host
        return self._url({"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host))  # noqa: S104

    @property
    def link(self) -> str:
        """The address with the key that makes whoever opens it on this machine the owner, once.

        The address alone where it can't be opened from a loopback address.
        """
        return self._sessions.link or self.address

    def _url(self, host: str) -> str:
        bare, port = host.strip("[]"), self._socket.getsockname()[1] if self._socket else self._options.port
        return f"http://{f'[{bare}]' if ':' in bare else bare}:{port}"

    def open(self) -> str:
        """Take the port and return the page's address. Raises `ConfigError` when that can't be done.

        Where several processes serve the page, one that has the same port stands by: `PlatformError`.
        """
        if self._socket is None:
            host, port = self._options.host, self._options.port
            try:
                self._socket = listen(host, port)
            except OSError as error:
                shared = self._owners is not None and error.errno == errno.EADDRINUSE
                raise (PlatformError if shared else ConfigError)(_why(error, host, port)) from error
            local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared
            if not is_loopback(local):
                local = self._listen_here()
            self._sessions.address = self._url(local) if local else ""
            if self._owners:
                self._owners.address = self._options.peer_url or self._url(_reached_at(host))
        return self.address

    def _listen_here(self) -> str:
        """Listen on this machine's own address, too, where only here somebody can be the owner; "" if that is taken."""
        assert self._socket is not None  # noqa: S101 - open() put it there
        with contextlib.suppress(OSError):
            self._local = listen("127.0.0.1", self._socket.getsockname()[1])
            return "127.0.0.1"
        return ""

    async def run(self) -> None:
        """Serve until `aclose` is called. Raises what `open` does."""
        self.open()
        assert self._socket is not None  # noqa: S101 - open() put it there
        self._running = True
        self._announce(self.link)
        try:
            await self._server.serve(sockets=[self._socket, *([self._local] if self._local else [])])
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
        if self._local:
            self._local.close()


def _reached_at(host: str) -> str:
    """The address at which other processes reach one that listens at `host`."""
    if host not in {"0.0.0.0", "::"}:  # noqa: S104 - compared
        return host
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ELSEWHERE)  # only chooses a route
        return str(probe.getsockname()[0])
    return socket.gethostname()


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken, perhaps by another Rapport: stop it, or choose another with web.port."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system: choose one above 1023 with web.port."
    return f"The web chat can't listen on {host}: {error.strerror or error}. Check web.host."
