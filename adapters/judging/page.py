"""The judging page: its routes behind the web chat's access control, and the server that runs it.

Whoever opens the printed link on this machine may see and judge; nobody else sees anything. The session has a cookie of
its own, and ends with the program.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import socket
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from adapters.http_server import HttpServer, listen
from adapters.web.access import TOO_MANY_GUESSES, AccessMiddleware, Doorkeeper
from adapters.web.assets import Asset
from adapters.web.guesses import Guesses, TooManyGuesses
from adapters.web.languages import PageLanguages
from adapters.web.options import WebOptions
from adapters.web.sessions import Sessions
from core.errors import ConfigError
from core.i18n.translator import Translators

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

_HOST = "127.0.0.1"
_COOKIE = "rapport_judging"
_NUMBER = re.compile(r"[0-9]{1,9}")
_LONGEST_BODY, _LONGEST_REASON = 8192, 500
_FILTERS = ("split", "kind", "retrieved", "judged")
_SHARED = {"style.css": "css/style.css", "favicon.svg": "favicon.svg", "dom.js": "js/dom.js"}  # the web chat's
_NOT_YOURS = "Open the link that `python -m bot data look` has printed: it lets its first visitor in.\n"


class SamplesToJudge(Protocol):
    """Samples by their number, as `bot.data.output.looking.SampleBook` has them; everything blocks."""

    def numbers(self, wanted: Mapping[str, str]) -> list[int]:
        """The samples that have all that is wanted."""
        ...

    def summary(self) -> dict[str, dict[str, int]]:
        """How many have what."""
        ...

    def shown(self, number: int) -> dict[str, Any]:
        """One of them. Raises `LookupError` where there is none."""
        ...

    def picture(self, number: int, index: int) -> bytes:
        """One of its pictures (JPEG). Raises `LookupError` where there is none."""
        ...

    def judge(self, number: int, keep: bool | None, reason: str) -> None:
        """Keep it, leave it out, or take that back. Raises `LookupError`."""
        ...


class JudgingRoutes:
    """The page's routes."""

    def __init__(self, samples: SamplesToJudge, doorkeeper: Doorkeeper) -> None:
        self._samples, self._doorkeeper = samples, doorkeeper
        ours, theirs = resources.files("adapters.judging") / "static", resources.files("adapters.web") / "static"
        self._page = Asset.of("page.html", (ours / "page.html").read_bytes())
        self._files = {name: Asset.of(name, (ours / name).read_bytes()) for name in ("judging.css", "judging.js")}
        self._files |= {name: Asset.of(name, theirs.joinpath(path).read_bytes()) for name, path in _SHARED.items()}
        self._judging = asyncio.Lock()

    def table(self) -> list[Route]:
        """What Starlette dispatches on."""
        return [
            Route("/", self.page),
            Route("/static/{name}", self.file),
            Route("/api/summary", self.summary),
            Route("/api/samples", self.samples),
            Route("/api/samples/{number}", self.sample),
            Route("/api/samples/{number}/pictures/{index}", self.picture),
            Route("/api/samples/{number}/judgement", self.judge, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The page, for who has come in by the link."""
        key = request.query_params.get("key")
        if key is not None and request.method == "GET" and await self._doorkeeper.is_key(key, request):
            response = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
            made = await self._doorkeeper.sessions.open(owner=True)
            response.set_cookie(**self._doorkeeper.cookie(request, _COOKIE, made, 1))  # type: ignore[arg-type]
            return response
        if not self._doorkeeper.is_owner(request):
            return PlainTextResponse(_NOT_YOURS, 403)
        return RedirectResponse("/", 303) if key is not None else self._page.response(request)

    async def file(self, request: Request) -> Response:
        """A file that the page is made of; no other can be asked for."""
        found = self._files.get(request.path_params["name"])
        return found.response(request) if found else PlainTextResponse("There is no such file.\n", 404)

    async def summary(self, _: Request) -> Response:
        """How many samples there are of what, which the filters show."""
        async with self._judging:
            return JSONResponse(await asyncio.to_thread(self._samples.summary))

    async def samples(self, request: Request) -> Response:
        """The numbers of the samples that the filters let through."""
        wanted = {name: request.query_params.get(name, "") for name in _FILTERS}
        async with self._judging:
            return JSONResponse({"numbers": await asyncio.to_thread(self._samples.numbers, wanted)})

    async def sample(self, request: Request) -> Response:
        """A sample with all that is told of it."""
        async with self._judging:
            return JSONResponse(await asyncio.to_thread(self._samples.shown, number_in(request, "number")))

    async def picture(self, request: Request) -> Response:
        """A sample's image (0), or a concept's reference."""
        number, index = number_in(request, "number"), number_in(request, "index")
        return Response(await asyncio.to_thread(self._samples.picture, number, index), media_type="image/jpeg")

    async def judge(self, request: Request) -> Response:
        """Decide about a sample: `{"keep": true, false or null, "reason": "…"}`; the sample as it is then."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LONGEST_BODY:
                return JSONResponse({"error": "That is too much for a reason."}, 413)
        try:
            told = json.loads(body)
            keep, reason = told["keep"], told.get("reason", "")
        except (ValueError, KeyError, TypeError, AttributeError):
            keep, reason = 0, ""
        if not (keep is None or isinstance(keep, bool)) or not isinstance(reason, str):
            return JSONResponse({"error": 'Send {"keep": true, false or null, "reason": "…"}.'}, 400)
        number = number_in(request, "number")
        async with self._judging:
            await asyncio.to_thread(self._samples.judge, number, keep, " ".join(reason.split())[:_LONGEST_REASON])
            return JSONResponse(await asyncio.to_thread(self._samples.shown, number))


def number_in(request: Request, name: str) -> int:
    """A number in a request's path. Raises `LookupError` where it is none."""
    told = request.path_params[name]
    if not _NUMBER.fullmatch(told):
        raise LookupError(told)
    return int(told)


def create_judging_app(samples: SamplesToJudge) -> Starlette:
    """The page as an ASGI application; `app.state.sessions` has its link."""
    # With a token that nobody has, only the link lets anybody in.
    options = WebOptions(host=_HOST, port=0, token=SecretStr(secrets.token_urlsafe(32)), session_days=1)
    sessions = Sessions(None, token=options.token.get_secret_value(), days=options.session_days)
    doorkeeper = Doorkeeper(options, sessions, Guesses(), _COOKIE)
    languages = PageLanguages(Translators.load())
    access = Middleware(AccessMiddleware, doorkeeper=doorkeeper, languages=languages)
    app = Starlette(routes=JudgingRoutes(samples, doorkeeper).table(), middleware=[access])
    app.add_exception_handler(LookupError, lambda *_: JSONResponse({"error": "There is no such sample."}, 404))
    app.add_exception_handler(TooManyGuesses, lambda request, _: languages.error(request, 429, TOO_MANY_GUESSES))
    app.state.sessions = sessions
    return app


class JudgingPage:
    """The page's server, on this machine alone: `open` takes the port, `run` serves until `close` or cancellation."""

    def __init__(self, samples: SamplesToJudge, port: int = 0) -> None:
        self._app, self._port = create_judging_app(samples), port
        self._server = HttpServer(self._app, lifespan=False, websockets=False)
        self._socket: socket.socket | None = None

    @property
    def link(self) -> str:
        """The address with the key that lets its first visitor in; known once the port is."""
        return str(self._app.state.sessions.link)

    def open(self) -> None:
        """Take the port. Raises `ConfigError` when that can't be done."""
        try:
            self._socket = listen(_HOST, self._port)
        except OSError as error:
            raise ConfigError(f"Port {self._port} can't be had ({error.strerror}): choose another --port.") from error
        self._app.state.sessions.address = f"http://{_HOST}:{self._socket.getsockname()[1]}"

    async def run(self) -> None:
        """Serve. Raises `ConfigError` when the port can't be had."""
        if self._socket is None:
            self.open()
        assert self._socket is not None  # noqa: S101 - open() put it there
        await self._server.serve(sockets=[self._socket])

    def close(self) -> None:
        """Stop serving, and give the port back."""
        self._server.should_exit = True
        if self._socket is not None:
            self._socket.close()
