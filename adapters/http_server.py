"""The HTTP server of the web chat and of Telegram's webhook: uvicorn, with the limits that it has no settings for.

uvicorn bounds neither how long a request's head and body may take nor how many connections there are, and the accept
loop of asyncio's servers fills the log while the process is out of file descriptors. Here the newest connection always
gets in; when there are too many, the one that is missed least has to go.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import resource
import socket
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import h11
import structlog
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected

from adapters.send_only_socket import REFUSED, STOP_SECONDS, SendOnlySocket
from core.chores import Chores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

_log = structlog.get_logger(__name__)
_BACKLOG = 1024
_LARGEST_FRAME = 4096  # bytes: nobody is expected to send us any
_MOST_THROWN_AWAY = 1 << 21  # bytes of a body that nobody reads
# Bytes that are read at a time: whoever sends thousands of tiny requests or frames must not hold the others up.
_READ_BODY, _READ_HEAD, _READ_FRAMES = 1 << 16, 1 << 12, 1 << 10
_LONGEST_ADDRESS = 45
_OUT_OF_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What connections may cost.

    `head_seconds` is for a request's line and headers, `body_seconds` how long a body may pause; on top it must come
    at `body_rate` bytes a second. `idle_seconds` lie between requests. `unread_seconds` is how long sent bytes may
    wait for a peer that doesn't read them.
    """

    connections: int = 512
    per_address: int = 128
    head_seconds: float = 10
    body_seconds: float = 30
    body_rate: int = 4096
    idle_seconds: int = 30
    unread_seconds: float = 60
    head_bytes: int = 16_384
    headers: int = 100


def listen(host: str, port: int) -> socket.socket:
    """A listening socket for `HttpServer`. Raises `OSError` when the port can't be had."""
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    return socket.create_server((bare, port), family=family, backlog=_BACKLOG)


def network_of(address: str) -> str:
    """Whom an address belongs to: itself, for IPv6 its /64, which is what one customer gets."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_LONGEST_ADDRESS]  # a proxy may put anything there
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False).network_address)


class HttpServer(uvicorn.Server):
    """Serves an ASGI application on the running event loop until `should_exit` is set; leaves signals alone."""

    def __init__(
        self,
        app: ASGIApp,
        limits: ServerLimits | None = None,
        chores: Chores | None = None,
        *,
        lifespan: bool,
        websockets: bool,
    ) -> None:
        self.limits, self._chores = limits or ServerLimits(), chores or Chores()
        super().__init__(
            uvicorn.Config(
                _Edge(app, self.limits),
                log_config=None,
                log_level="critical",  # its lines name chats and paths, and each wrong byte gets one; `_Edge` logs
                access_log=False,
                server_header=False,
                proxy_headers=False,  # who speaks for somebody else is no owner of this machine
                lifespan="on" if lifespan else "off",
                ws=SendOnlySocket if websockets else "none",
                ws_max_size=_LARGEST_FRAME,
                ws_per_message_deflate=False,
                timeout_keep_alive=self.limits.idle_seconds,
                timeout_graceful_shutdown=STOP_SECONDS,
                h11_max_incomplete_event_size=self.limits.head_bytes,
            )
        )
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        # The store, the models and what is sent out need descriptors, too.
        self.most = self.limits.connections if files < 0 else max(1, min(self.limits.connections, files // 2))
        self.connections: list[_Connection] = []
        self._accepting: list[str] = []

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The program decides when to stop."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections on the sockets."""
        await super().startup(sockets=[])
        for number, one in enumerate(sockets or []):
            self._accepting.append(f"accept connections at {one.getsockname()} {number}")
            self._chores.start(self._accepting[-1], partial(self._accept, one))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the answers under way within two seconds, then drop every connection."""
        await self._chores.stop(*self._accepting)
        await super().shutdown(sockets)
        for connection in self.connections:
            connection.transport.abort()

    async def _accept(self, listener: socket.socket) -> None:
        loop, told = asyncio.get_running_loop(), float("-inf")
        listener.setblocking(False)
        while True:
            try:
                await _readable(listener)  # not `sock_accept`: cancelled as a connection comes, it would lose that
                accepted, peer = listener.accept()
                accepted.setblocking(False)
            except BlockingIOError:  # whoever knocked has gone
                continue
            except OSError as error:
                if error.errno in _OUT_OF_RESOURCES:
                    if loop.time() - told > 60:
                        told = loop.time()
                        _log.warning("http.out_of_descriptors", connections=len(self.connections))
                    self._drop_one(self.connections)
                    await asyncio.sleep(0.1)
                continue
            address = network_of(peer[0])
            self._make_room(address)
            try:
                _set_options(accepted, self.limits.unread_seconds)
                made = partial(_Connection, self, accepted, address)
                _, connection = await loop.connect_accepted_socket(made, accepted)
                self.connections.append(connection)
            except asyncio.CancelledError:
                accepted.close()
                raise
            except Exception as error:  # noqa: BLE001 - the platform's edge: one connection's failure, as when it has gone
                accepted.close()
                if not isinstance(error, OSError):
                    _log.error("http.not_accepted", error=type(error).__name__)

    def _make_room(self, address: str) -> None:
        """Drop a connection if there would be too many with one more, of all or of that address."""
        self.connections = [one for one in self.connections if one.accepted.fileno() >= 0]
        own = [one for one in self.connections if one.address == address]
        if len(own) >= self.limits.per_address:
            self._drop_one(own)
        elif len(self.connections) >= self.most:
            self._drop_one(self.connections)

    def _drop_one(self, among: list[_Connection]) -> None:
        """Drop the one that is missed least: closing, idle, then busy; of the address with most of them, the oldest."""
        count = Counter(one.address for one in self.connections)
        if among:
            min(among, key=lambda one: (one.rank, -count[one.address], one.since)).transport.abort()


async def _readable(listener: socket.socket) -> None:
    """Wait until a connection can be accepted."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(listener, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(listener)


def _set_options(accepted: socket.socket, unread_seconds: float) -> None:
    """Send small answers at once (asyncio does so only for sockets that name their protocol), and bound the waiting."""
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux: https://man7.org/linux/man-pages/man7/tcp.7.html
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(unread_seconds * 1000))


class _Connection(H11Protocol):
    """uvicorn's protocol of one connection, with deadlines for what its peer sends."""

    def __init__(self, server: HttpServer, accepted: socket.socket, address: str) -> None:
        super().__init__(server.config, server.server_state, server.lifespan.state)
        self.accepted, self.address, self.since = accepted, address, self.loop.time()
        self._limits = server.limits
        self._deadline: asyncio.TimerHandle | None = None
        self._upgraded = False
        self._body_began, self._received = 0.0, 0

    @property
    def rank(self) -> int:
        """How much it is missed: 0 waits for a request, 1 for a body, 2 is a WebSocket, 3 is being answered."""
        if self.transport.is_closing():
            return -1
        if self._upgraded:
            return 2
        return {h11.IDLE: 0, h11.SEND_BODY: 1}.get(self.conn.their_state, 3)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._read(_READ_HEAD)
        self._expect(self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self.conn.their_state
        super().data_received(data)
        self._watch(len(data), before)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch(0, None)

    def send_400_response(self, msg: str) -> None:
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:  # what is wrong came after our answer
            self.transport.close()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._upgraded = True
        self._read(_READ_FRAMES)
        super().handle_websocket_upgrade(event)

    def shutdown(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete and self.conn.their_state is h11.SEND_BODY:
            self.transport.close()  # half a request gets no answer any more
        else:
            super().shutdown()

    def _watch(self, received: int, before: object) -> None:
        """Say until when more has to come, after so many bytes came while the peer's state was `before`."""
        state, now = self.conn.their_state, self.loop.time()
        if not self._upgraded:
            self._read(_READ_BODY if state is h11.SEND_BODY else _READ_HEAD)
        if self._upgraded or self.transport.is_closing():
            self._expect(None)
        elif state is h11.IDLE:
            if self.timeout_keep_alive_task is not None:  # then uvicorn bounds the silence
                self._expect(None)
            elif self._deadline is None or before is not h11.IDLE:
                self._expect(self._limits.head_seconds)
        elif state is not h11.SEND_BODY:
            self._expect(None)
        elif self.conn.our_state is h11.DONE:
            # The rest of a body that was answered already is thrown away, for a while: whoever is still sending it
            # would lose the answer if we closed at once.
            self._received = received and self._received + received
            if not received:
                self._expect(self._limits.head_seconds)
            elif self._received > _MOST_THROWN_AWAY:
                self.transport.close()
        else:
            if before is not h11.SEND_BODY:
                self._body_began, self._received = now, 0
            self._received += received
            ahead = self._body_began + self._received / self._limits.body_rate - now
            self._expect(self._limits.body_seconds + min(0, ahead))

    def _read(self, size: int) -> None:
        self.transport.max_size = size  # type: ignore[attr-defined]  # asyncio's selector transports give it to `recv`

    def _expect(self, seconds: float | None) -> None:
        """Something has to come within so many seconds; None: nothing has to."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(max(0, seconds), self._give_up)

    def _give_up(self) -> None:
        if self.flow.read_paused:  # it is us who keep it waiting
            self._expect(self._limits.body_seconds)
            return
        asked = self.cycle is not None or self.conn.trailing_data[0] != b""
        if asked and (self.cycle is None or not self.cycle.response_started or self.cycle.response_complete):
            self.transport.write(REFUSED % b"408 Request Timeout")
        self.transport.close()


class _Edge:
    """The outermost ASGI application: refuses absurd requests, and logs what fails by its kind alone."""

    def __init__(self, app: ASGIApp, limits: ServerLimits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        try:
            await (refusal or self._app)(scope, receive, send)
        except (ClientDisconnect, ClientDisconnected, h11.LocalProtocolError):
            pass  # it left, or what it sent further made no sense
        except Exception as error:  # noqa: BLE001 - the platform's edge; Starlette has sent status 500
            _log.error("http.failed", error=type(error).__name__)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        size = (
            len(scope["raw_path"]) + len(scope["query_string"]) + sum(len(name) + len(value) for name, value in headers)
        )
        names = {name for name, _ in headers}
        closing = {"Connection": "close"}
        if size > self._limits.head_bytes or len(headers) > self._limits.headers:
            return PlainTextResponse("These headers are too large.", 431, closing)
        if {b"content-length", b"transfer-encoding"} <= names:  # RFC 9112, 6.3: perhaps a smuggled request
            return PlainTextResponse("A body has one length.", 400, closing)
        if b"transfer-encoding" in names:  # no browser sends chunks, which may be tiny ones
            return PlainTextResponse("Say how long the body is.", 411, closing)
        return None
