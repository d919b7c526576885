"""Several processes that serve the page: what is about a chat is handed to the one that answers it.

Each process takes every request. A chat has one of them as its owner (`core.store.sharing.leases`), which has its
conversation, photos and pictures in memory; the others pass on to it whatever is about the chat: what is posted, the
windows' sockets, pictures, the gallery. What is passed on is the request as it came, with the address that it came from
and a secret that the owner has put into the store for that.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import structlog
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from core.errors import SHUTTING_DOWN, Busy, RapportError
from core.messages import Chat
from core.platforms.background import until_one_ends

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from adapters.web.responder import Responder
    from adapters.web.sessions import Sessions
    from adapters.web.transcript import Transcripts
    from core.chores import Chores
    from core.platforms.inbox import Inbox
    from core.store.sharing.signing_in import StoredSignIns
    from core.store.values import Process

_log = structlog.get_logger(__name__)
_LIVE = "say that this process answers chats of the web page"
_OTHERS = "take up what other processes have written down for the web page"
_IDLE = "give up idle chats of the web page"
_SIGNED_OUT = "hear of who signed out of the web page elsewhere"
_LIVE_SECONDS = 1.0  # between two times; others take its chats when it has said nothing for five
_OTHERS_SECONDS = 1.0  # between two looks, where nobody tells
_IDLE_SECONDS = 60.0
_IDLE_MINUTES = 10.0  # without anything from a chat, after its photos are gone
_CHAT = re.compile(r"/api/chats/([A-Za-z0-9_-]{1,64})/.*")
_SECRET, _CLIENT = "x-rapport-process", "x-rapport-client"
_FORWARDED = "rapport.forwarded"  # in the scope of what another process has passed on
# Of one connection alone, so that it means nothing to the next; the server adds its own date.
_OWN = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "expect", "date"})
_TIMEOUT = httpx.Timeout(300, connect=3)  # an owner's answer to a question of the gallery may take long
_OPEN_SECONDS, _CLOSE_SECONDS = 5.0, 1.0  # for a socket to the owner
_GONE = 1012  # WebSocket's close code "service restart": the page comes again


class FromProcesses:
    """ASGI middleware that lets what another process has passed on be as it came to that one."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app, self._secret = app, secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Restore the client's address, or answer 503 to what was meant for a process that was here before."""
        headers = Headers(scope=scope) if scope["type"] in {"http", "websocket"} else Headers()
        if _SECRET in headers:
            if not hmac.compare_digest(headers[_SECRET].encode(), self._secret):
                await Response(status_code=503)(scope, receive, send)
                return
            own = {_SECRET.encode(), _CLIENT.encode()}
            kept = [(name, value) for name, value in scope["headers"] if name not in own]
            scope = {**scope, "headers": kept, "client": (headers.get(_CLIENT, ""), 0), _FORWARDED: True}
        await self._app(scope, receive, send)


class ToOwners:
    """ASGI middleware that passes on what is about a chat which another process answers."""

    def __init__(self, app: ASGIApp, owners: ChatOwners) -> None:
        self._app, self._owners = app, owners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it here, or have the owner do it; 503 while nobody can: the page tries again by itself."""
        about = _CHAT.fullmatch(scope["path"]) if scope["type"] in {"http", "websocket"} else None
        if about is None:
            await self._app(scope, receive, send)
            return
        try:
            owner = await self._owners.of(about[1])
        except RapportError:
            await Response(status_code=503)(scope, receive, send)
            return
        if owner is None:
            await self._app(scope, receive, send)
        elif _FORWARDED in scope:  # the chat was given up just now: whoever asked looks again whose it is
            await Response(status_code=503)(scope, receive, send)
        elif scope["type"] == "http":
            answer = await self._owners.ask(Request(scope, receive), about[1], owner)
            await answer(scope, receive, send)
        else:
            await self._owners.listen(WebSocket(scope, receive, send), about[1], owner)


@dataclass(frozen=True, slots=True, eq=False)
class _Passing:
    """Something about a chat that its owner is asked for; the deadline is now when that is the owner no more."""

    chat: str
    owner: str
    deadline: asyncio.Timeout


class ChatOwners:
    """Which process answers which chat, and the way to it. `serving` runs as long as this one serves the page.

    The inbox has leases; `sign_ins` are those at all processes.
    """

    def __init__(self, inbox: Inbox, sign_ins: StoredSignIns, photo_minutes: float) -> None:
        self.sign_ins, self.address = sign_ins, ""  # of this process's page, known once the port is
        self._inbox, self._secret = inbox, secrets.token_urlsafe(24)
        self._responder: Responder | None = None
        self._idle = timedelta(minutes=photo_minutes + _IDLE_MINUTES)
        self._http = httpx.AsyncClient(
            timeout=_TIMEOUT, limits=httpx.Limits(max_keepalive_connections=0), trust_env=False
        )
        self._passing = set[_Passing]()

    def around(self, access: Middleware) -> list[Middleware]:
        """The middleware of the page, given that which decides who may ask."""
        return [Middleware(FromProcesses, self._secret), access, Middleware(ToOwners, self)]

    async def of(self, chat: str) -> Process | None:
        """The other process that answers a chat, None where this one does. Raises `StoreError`, or `Busy`."""
        if self._responder is None:
            raise Busy(SHUTTING_DOWN)
        return await self._responder.owner(chat)

    @asynccontextmanager
    async def serving(
        self, chores: Chores, responder: Responder, transcripts: Transcripts, sessions: Sessions
    ) -> AsyncIterator[None]:
        """Answer this process's chats for as long as the block runs, and take those of dead ones."""
        self._responder, beside = responder, chores.beside
        async with self._http, AsyncExitStack() as stack:
            await self._live()
            stack.push_async_callback(self._inbox.end)
            await stack.enter_async_context(beside(_LIVE, self._live, every=_LIVE_SECONDS))
            stack.push_async_callback(responder.aclose)
            await responder.take_up()
            heard = stack.enter_context(self._inbox.listening())
            ended = stack.enter_context(self.sign_ins.listening())

            async def hear() -> None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_OTHERS_SECONDS):
                        await heard.wait()
                heard.clear()
                await responder.take_up()
                await self._look(transcripts)

            async def let_go() -> None:
                await self._inbox.keep_chats([Chat("web", one.chat).key for one in transcripts.watched()])
                await self._inbox.let_go_of_chats(self._idle)

            async def hear_of_sign_outs() -> None:
                await ended.wait()
                ended.clear()
                sessions.look_again()

            await stack.enter_async_context(beside(_OTHERS, hear, every=0))
            await stack.enter_async_context(beside(_IDLE, let_go, every=_IDLE_SECONDS, after=_IDLE_SECONDS))
            await stack.enter_async_context(beside(_SIGNED_OUT, hear_of_sign_outs, every=0))
            yield

    async def _live(self) -> None:
        await self._inbox.live(self.address, self._secret)

    async def _look(self, transcripts: Transcripts) -> None:
        """Have windows come again whose chat another process answers by now."""
        here, passing = transcripts.all(), tuple(self._passing)
        chats = {Chat("web", one).key for one in (*(one.chat for one in here), *(one.chat for one in passing))}
        if (owners := await self._inbox.owners(chats)) is None:
            return
        for transcript in here:
            if owners.get(Chat("web", transcript.chat).key) != self._inbox.process:
                transcripts.drop(transcript)
        for one in passing:
            if one not in self._passing or one.deadline.expired():
                continue  # it has ended meanwhile
            if owners.get(Chat("web", one.chat).key) != one.owner:
                one.deadline.reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def _while_owner(self, chat: str, owner: Process) -> AsyncIterator[None]:
        """Raise `TimeoutError` in the block when another process answers the chat."""
        async with asyncio.timeout(None) as deadline:
            self._passing.add(passing := _Passing(chat, owner.id, deadline))
            try:
                yield
            finally:
                self._passing.discard(passing)

    async def ask(self, request: Request, chat: str, owner: Process) -> Response:
        """The owner's answer to a request about a chat, 503 where it can't be reached or is the owner no more."""
        headers = _headers(request, owner)
        body = request.stream() if request.headers.get("content-length", "0") != "0" else None
        asked = self._http.build_request(request.method, _url(request, owner), headers=headers, content=body)
        try:
            async with self._while_owner(chat, owner):
                answer = await self._http.send(asked, stream=True)
        except (TimeoutError, httpx.TransportError) as error:
            _log.warning("web.owner_out_of_reach", error=type(error).__name__)
            return Response(status_code=503)
        passed = StreamingResponse(_body(answer), answer.status_code)
        own = [(name.lower(), value) for name, value in answer.headers.raw]
        passed.raw_headers = [(name, value) for name, value in own if name.decode("latin-1") not in _OWN]
        return passed

    async def listen(self, socket: WebSocket, chat: str, owner: Process) -> None:
        """Send what the owner sends to a window of the chat, until one of them has gone or it is the owner no more."""
        url = _url(socket, owner)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in _headers(socket, owner)]
        opening = connect(
            f"ws://{socket.headers['host']}{url.raw_path.decode()}",
            host=url.host,
            port=url.port,
            additional_headers=[one for one in headers if not one[0].startswith(("host", "sec-websocket-"))],
            user_agent_header=None,
            compression=None,
            max_size=None,
            open_timeout=_OPEN_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            proxy=None,
        )
        try:
            connection = await opening
        except InvalidStatus as refused:
            kind = refused.response.headers.get("Content-Type")
            answer = Response(refused.response.body, refused.response.status_code, media_type=kind)
            await socket.send_denial_response(answer)
            return
        except (OSError, TimeoutError, InvalidHandshake) as error:
            _log.warning("web.owner_out_of_reach", error=type(error).__name__)
            await socket.send_denial_response(Response(status_code=503))
            return
        with suppress(TimeoutError):
            async with connection, self._while_owner(chat, owner):
                await socket.accept()
                await until_one_ends(_pump(connection, socket), socket.receive())  # the page sends nothing
        with suppress(RuntimeError, WebSocketDisconnect):  # it has gone by itself
            await socket.close(_GONE)


async def _pump(connection: ClientConnection, socket: WebSocket) -> None:
    with suppress(ConnectionClosed, RuntimeError, WebSocketDisconnect):
        async for text in connection:
            await socket.send({"type": "websocket.send", "text": text})


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()


def _headers(connection: HTTPConnection, owner: Process) -> list[tuple[bytes, bytes]]:
    """The request's own, and what has the owner believe whom it comes from."""
    client = connection.client.host if connection.client else ""
    kept = [one for one in connection.scope["headers"] if one[0].decode("latin-1") not in _OWN]
    return [*kept, (_SECRET.encode(), owner.secret.encode()), (_CLIENT.encode(), client.encode())]


def _url(connection: HTTPConnection, owner: Process) -> httpx.URL:
    """Where the owner has what is asked for."""
    query = connection.scope["query_string"]
    return httpx.URL(owner.address).copy_with(raw_path=connection.scope["raw_path"] + (b"?" + query if query else b""))
