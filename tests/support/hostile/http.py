"""Attacks on an HTTP server over plain sockets: what no proper client would send. Each driver says what came back.

A `Target` is a server that runs, Rapport's or its webhook's; the paths in `absurd_requests` are the web chat's.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType

_PATIENCE = 60  # seconds


@dataclass(frozen=True, slots=True)
class Target:
    """Where the server listens; `source` is the address that connections come from ("" is any)."""

    host: str
    port: int
    source: str = ""

    @property
    def origin(self) -> str:
        """What a page of the server's own would call itself."""
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back before the server closed or had answered; status 0 when nothing did."""

    status: int
    head: str
    body: bytes

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:200]!r}"


@dataclass(frozen=True, slots=True)
class Stream:
    """An open connection to the target."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> bool:
        """Send it; false when the server has closed."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            return False
        return True

    async def answer(self) -> Answer:
        """The next response."""
        try:
            head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), _PATIENCE)).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Answer(0, "", b"")
        status = int(head.split(" ", 2)[1])
        lengths = [line.partition(":")[2] for line in head.lower().splitlines() if line.startswith("content-length:")]
        if status < 200 or status in {204, 304}:
            return Answer(status, head, b"")
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            reading = self.reader.readexactly(int(lengths[0])) if lengths else self.reader.read()
            return Answer(status, head, await asyncio.wait_for(reading, _PATIENCE))
        return Answer(status, head, b"")

    async def is_closed(self) -> bool:
        """Wait until the server has closed; what it still sends is thrown away. False when it hasn't in a minute."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while await self.reader.read(1 << 16):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator[Stream]:
    """A connection, closed at the end."""
    source = (target.source, 0) if target.source else None
    reader, writer = await asyncio.open_connection(target.host, target.port, local_addr=source)
    try:
        yield Stream(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def request(target: Target, method: str = "GET", path: str = "/", body: str = "", **headers: str) -> bytes:
    """The bytes of a proper request; `headers` are named with underscores, and replace the usual ones; "" drops one."""
    usual = {"host": f"{target.host}:{target.port}", "origin": target.origin}
    if body:
        usual["content-length"] = str(len(body))
    named = usual | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items() if value)]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")


async def ask(target: Target, raw: bytes) -> Answer:
    """Send these bytes over a connection of their own; returns the first response."""
    async with connected(target) as stream:
        await stream.send(raw)
        return await stream.answer()


@asynccontextmanager
async def half_open(
    target: Target, count: int, begun: bytes = b"GET / HTTP/1.1\r\nHost: "
) -> AsyncIterator[list[Stream]]:
    """So many connections that have begun a request and don't go on."""
    async with contextlib.AsyncExitStack() as stack:
        streams = []
        for _ in range(count):
            stream = await stack.enter_async_context(connected(target))
            await stream.send(begun)
            streams.append(stream)
        yield streams


async def dribble(stream: Stream, data: bytes, seconds: float) -> int:
    """Send a byte every so many seconds; returns how many were sent before the server closed."""
    for count, byte in enumerate(data):
        if stream.reader.at_eof() or not await stream.send(bytes([byte])):
            return count
        await asyncio.sleep(seconds)
    return len(data)


def absurd_requests(target: Target) -> Mapping[str, bytes]:
    """Requests that have to be answered with a status of 4xx, by what is wrong with them."""
    chunk = b"5\r\nhello\r\n0\r\n\r\n"
    both = request(target, "POST", "/login", content_length="5", transfer_encoding="chunked") + chunk
    twice = request(target, "POST", "/login", content_length="5").replace(b"\r\n\r\n", b"\r\nContent-Length: 6\r\n\r\n")
    chunked = {"content_length": "", "transfer_encoding": "chunked"}
    many = {f"x_{number}": "1" for number in range(1000)}
    return MappingProxyType(
        {
            "a body of two lengths": both,
            "two lengths": twice + b"hello!",
            "a length that is none": request(target, "POST", "/login", content_length="-1"),
            "a coding that is none": request(target, "POST", "/login", transfer_encoding="cow"),
            "tiny chunks": request(target, "POST", "/login", "1\r\na\r\n" * 20_000, **chunked),
            "a chunk that is none": request(target, "POST", "/login", transfer_encoding="chunked") + b"zz\r\n",
            "a header of 64 kB": request(target, x_large="x" * 65_536),
            "1,000 headers": request(target, **many),
            "an address of 64 kB": request(target, path="/" + "a" * 65_536),
            "a header with a NUL": request(target, x_nul="a\0b"),
            "a space before the colon": request(target).replace(b"host:", b"host :"),
            "two hosts": request(target).replace(b"host:", b"host: evil.example\r\nhost:"),
            "no host": request(target, host=""),
            "another host": request(target, host="evil.example"),
            "another's page": request(target, "POST", "/login", "token=x", origin="http://evil.example"),
            "a broken origin": request(target, "POST", "/login", "token=x", origin="http://["),
            "a form that is none": request(target, "POST", "/login", "token=x", content_type="multipart/form-data"),
            "no method": b"\r\n\r\n\0\0\0 / HTTP/1.1\r\n\r\n",
            "a method that is none": request(target, "BREW", "/"),
            "TRACE": request(target, "TRACE", "/"),
            "CONNECT": request(target, "CONNECT", "evil.example:443"),
            "another server's address": request(target, path="http://evil.example/"),
            "another version": b"GET / HTTP/9.9\r\n\r\n",
            "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(512),
            "garbage": bytes(range(256)) * 4 + b"\r\n\r\n",
            "a NUL in the address": request(target, path="/static/js/app.js%00.png"),
            "broken percents": request(target, path="/static/%zz%f"),
            "bytes that are no UTF-8": request(target, path="/static/%ff%fe"),
            "up and out": request(target, path="/static/../../../../etc/passwd"),
            "up and out, written otherwise": request(target, path="/static/..%2f..%2f..%2fetc%2fpasswd"),
            "up and out, twice otherwise": request(target, path="/static/%252e%252e/%252e%252e/etc/passwd"),
            "an absolute path": request(target, path="/static//etc/passwd"),
            "a picture's number of 5,000 digits": request(target, path="/api/chats/home/files/x/" + "9" * 5000),
            "a chat's name of 5,000 letters": request(target, path=f"/api/chats/{'a' * 5000}/concepts"),
            "an upgrade to nothing": request(target, path="/nowhere", connection="upgrade", upgrade="h2c"),
            "a WebSocket by POST": request(target, "POST", "/", connection="upgrade", upgrade="websocket"),
            "a WebSocket without a key": request(target, connection="upgrade", upgrade="websocket"),
        }
    )


def frame(
    opcode: int, data: bytes = b"", *, final: bool = True, length: int | None = None, masked: bool = True
) -> bytes:
    """A WebSocket frame as a client sends it; `length` claims another one than it has."""
    size, mask = len(data) if length is None else length, os.urandom(4)
    first, bit = (0x80 if final else 0) | opcode, 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, bit | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    if not masked:
        return head + data
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))


TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9

WRONG_FRAMES: Mapping[str, bytes] = MappingProxyType(
    {
        "text": frame(TEXT, b"hello"),
        "binary": frame(BINARY, bytes(64)),
        "malformed JSON": frame(TEXT, b'{"a":'),
        "deeply nested JSON": frame(TEXT, b"[" * 4000),
        "no UTF-8": frame(TEXT, b"\xff\xfe"),
        "more than there may be": frame(BINARY, bytes(70_000)),
        "a claim of 4 GB": frame(BINARY, length=1 << 32),
        "a claim beyond all numbers": frame(BINARY, length=(1 << 64) - 1),
        "a first fragment": frame(TEXT, b"a", final=False),
        "a fragment of nothing": frame(0, b"a"),
        "a ping too long": frame(PING, bytes(126)),
        "a ping in fragments": frame(PING, b"a", final=False),
        "a reserved opcode": frame(3, b"a"),
        "reserved bits": bytes([0xF1]) + frame(TEXT, b"a")[1:],
        "not masked": frame(TEXT, b"hello", masked=False),
        "a close code that is none": frame(CLOSE, struct.pack("!H", 5)),
        "a close frame of one byte": frame(CLOSE, b"a"),
        "a flood": frame(TEXT, b"hello") * 2000,
        "a flood of pings": frame(PING) * 20_000,
    }
)
"""What a peer has to be disconnected for, by what is wrong with it."""


def handshake(target: Target, path: str, **headers: str) -> bytes:
    """The request that opens a WebSocket."""
    usual = {
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec_websocket_version": "13",
        "sec_websocket_key": base64.b64encode(os.urandom(16)).decode(),
    }
    return request(target, path=path, **usual | headers)


async def close_code(stream: Stream) -> int:
    """The code of the server's close frame; 0 when it closed without one."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                first, size = await stream.reader.readexactly(2)
                if size == 126:
                    (size,) = struct.unpack("!H", await stream.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack("!Q", await stream.reader.readexactly(8))
                data = await stream.reader.readexactly(size)
                if first & 0x0F == CLOSE:
                    return int.from_bytes(data[:2], "big")
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0
