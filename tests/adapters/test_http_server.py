"""The server under the web chat and the webhook, over plain sockets."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send

from adapters.http_server import HttpServer, ServerLimits, listen, network_of
from adapters.telegram.updates.webhook import Webhook
from adapters.web.options import Bounds, WebOptions
from adapters.web.server import WebChat
from core.chores import Chores
from core.messages import Attachment, Message, Reply
from core.options import MessageLimits
from tests.support.clock import skip
from tests.support.fakes_web import FakeAssistant, picture
from tests.support.hostile import http as hostile
from tests.support.hostile.http import Stream, Target, ask, connected, half_open, handshake, request

COOKIE = f"rapport_sender={'a' * 32}"
EVENTS = "/api/chats/home/events"


@asynccontextmanager
async def serving(limits: ServerLimits | None = None, assistant: FakeAssistant | None = None) -> AsyncIterator[Target]:
    bounds = Bounds(MessageLimits(stop_seconds=0))
    chat = WebChat(assistant or FakeAssistant(), options=WebOptions(port=0), bounds=bounds, limits=limits)
    address = chat.open()
    running = asyncio.create_task(chat.run())
    try:
        yield Target("127.0.0.1", int(address.rpartition(":")[2]))
    finally:
        await chat.aclose()
        await running


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    async with serving() as served:
        yield served


@asynccontextmanager
async def window(target: Target) -> AsyncIterator[Stream]:
    async with connected(target) as stream:
        await stream.send(handshake(target, EVENTS, cookie=COOKIE))
        assert (await stream.answer()).status == 101
        yield stream


async def health(target: Target) -> int:
    return (await ask(target, request(target, path="/health"))).status


def unfinished(target: Target, body: str = "") -> bytes:
    """A request whose body has begun."""
    form = {"content_type": "application/x-www-form-urlencoded", "content_length": "8000"}
    return request(target, "POST", "/login", body, **form)


async def settled() -> None:
    """Let the server take what was sent."""
    for _ in range(20):
        await asyncio.sleep(0.005)


# ── time ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_request_that_does_not_go_on_is_ended(target: Target) -> None:
    async with half_open(target, 1) as [stream]:
        await settled()
        skip(11)
        assert (await stream.answer()).status == 408
        assert await stream.is_closed()


async def test_a_byte_now_and_then_does_not_keep_it_open(target: Target) -> None:
    async with connected(target) as stream:
        for byte in request(target)[:3]:
            await stream.send(bytes([byte]))
            await settled()
            skip(5)
        assert (await stream.answer()).status == 408
        assert await stream.is_closed()


async def test_who_connects_and_says_nothing_is_disconnected(target: Target) -> None:
    async with connected(target) as stream:
        await settled()
        skip(11)
        assert await stream.is_closed()


async def test_a_second_request_on_a_connection_has_to_come_in_time_too(target: Target) -> None:
    async with connected(target) as stream:
        await stream.send(request(target, path="/health"))
        assert (await stream.answer()).status == 200
        await stream.send(b"GET /he")
        await settled()
        skip(11)
        assert (await stream.answer()).status == 408
        assert await stream.is_closed()


@pytest.mark.parametrize("before", [b"", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"])
async def test_a_body_that_does_not_go_on_is_ended(target: Target, before: bytes) -> None:
    async with connected(target) as stream:
        await stream.send(before + unfinished(target))
        if before:
            assert (await stream.answer()).status == 200
        await settled()
        skip(31)
        assert (await stream.answer()).status == 408
        assert await stream.is_closed()


async def test_a_body_that_comes_too_slowly_is_ended(target: Target) -> None:
    async with connected(target) as stream:
        await stream.send(unfinished(target))
        for _ in range(3):
            await settled()
            skip(20)
            await stream.send(b"x")
        assert (await stream.answer()).status == 408
        assert await stream.is_closed()


async def test_a_body_that_keeps_coming_may_take_long(target: Target) -> None:
    data = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n' + picture()
    end = b'\r\n--b\r\nContent-Disposition: form-data; name="id"\r\n\r\nm1\r\n--b--\r\n'
    headers = {"content_type": "multipart/form-data; boundary=b", "cookie": COOKIE}
    async with connected(target) as stream:
        size = len(data) + 5 * 81_920 + len(end)
        await stream.send(request(target, "POST", "/api/chats/home/messages", content_length=str(size), **headers))
        await stream.send(data)
        for _ in range(5):
            await settled()
            skip(19)
            await stream.send(bytes(81_920))
        await stream.send(end)
        assert (await stream.answer()).status == 202


async def test_a_body_that_was_refused_is_not_waited_for(target: Target) -> None:
    async with connected(target) as stream:
        await stream.send(unfinished(target).replace(b"origin: http://127", b"origin: http://128"))
        assert (await stream.answer()).status == 403
        for _ in range(2):
            await stream.send(b"x")
            await settled()
            skip(6)
        assert await stream.is_closed()


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=b", "application/x-www-form-urlencoded"])
async def test_before_the_token_no_body_is_taken_in(target: Target, content_type: str) -> None:
    async with connected(target) as stream:
        await stream.send(request(target, "POST", "/login", content_type=content_type, content_length="592000000"))
        sent = 0
        while sent < 592 and await stream.send(b"a" * 1_000_000):
            sent += 1
        assert sent < 100


async def test_who_leaves_in_the_middle_of_an_upload_leaves_no_trace(
    target: Target, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"content_type": "multipart/form-data; boundary=b", "content_length": "90000", "cookie": COOKIE}
    async with connected(target) as stream:
        await stream.send(request(target, "POST", "/api/chats/home/messages", **headers) + b"--b\r\n")
        await settled()
    await settled()
    assert await health(target) == 200
    assert caplog.text + "".join(capfd.readouterr()) == ""


# ── number ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nHost: ", b"", None])
async def test_hundreds_of_half_open_requests_keep_nobody_out(begun: bytes | None) -> None:
    limits = ServerLimits(connections=60, per_address=20)
    async with serving(limits) as target, half_open(target, 330, unfinished(target) if begun is None else begun):
        elsewhere = Target(target.host, target.port, source="127.0.0.2")
        assert [await health(one) for one in (target, elsewhere)] == [200, 200]


async def test_each_address_has_a_share_and_what_idles_goes_first() -> None:
    limits = ServerLimits(connections=14, per_address=6)
    async with serving(limits) as target, AsyncExitStack() as stack:
        elsewhere = Target(target.host, target.port, source="127.0.0.2")
        open_windows = [await stack.enter_async_context(window(elsewhere)) for _ in range(4)]
        mine = [await stack.enter_async_context(connected(target)) for _ in range(9)]
        for stream in mine[:3]:
            assert await stream.is_closed()
        for number in range(3, 9):
            third = Target(target.host, target.port, source=f"127.0.0.{number}")
            await stack.enter_async_context(window(third))
        for stream in open_windows:
            assert not stream.reader.at_eof()
        assert await health(target) == 200


def test_an_ipv6_customer_is_one_address() -> None:
    assert network_of("2001:db8:1:2::5") == network_of("2001:db8:1:2:ffff::9") != network_of("2001:db8:1:3::5")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") == "192.0.2.7"


async def test_an_answer_of_two_parts_is_not_held_back_for_the_peers_acknowledgement() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hello"})

    listener = listen("127.0.0.1", 0)
    server = HttpServer(app, lifespan=False, websockets=False)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    target = Target(*listener.getsockname())
    async with connected(target) as stream:
        await stream.send(request(target))
        assert (await stream.answer()).body == b"hello"
        [connection] = server.connections
        assert connection.accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    server.should_exit = True
    await running


class Flaky(socket.socket):
    """A listener that fails in a way that nobody expects, once."""

    failures = 1

    def accept(self) -> tuple[socket.socket, object]:
        accepted, peer = super().accept()
        if self.failures:
            self.failures -= 1
            accepted.close()
            raise RuntimeError
        return accepted, peer


async def test_accepting_goes_on_after_a_failure_that_nobody_expected_and_it_is_told() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hello"})

    usual, chores = listen("127.0.0.1", 0), Chores()
    listener = Flaky(fileno=usual.detach())
    server = HttpServer(app, None, chores, lifespan=False, websockets=False)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    target = Target(*listener.getsockname())
    async with connected(target) as stream:
        assert await stream.is_closed()
    async with connected(target) as stream:
        await stream.send(request(target))
        assert (await stream.answer()).body == b"hello"
    [told] = chores.all()
    assert (told.failures, told.reason) == (1, "RuntimeError")
    server.should_exit = True
    await running
    assert chores.all() == ()


OUT_OF_DESCRIPTORS = """
import asyncio, os, resource, socket, sys
from adapters.web.options import WebOptions
from adapters.web.server import WebChat
from tests.support.fakes_web import FakeAssistant

async def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (120, 120))
    chat = WebChat(FakeAssistant(), options=WebOptions(port=0))
    port = int(chat.open().rpartition(":")[2])
    running = asyncio.create_task(chat.run())
    peers = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
    await asyncio.sleep(0.5)
    taken = []
    try:
        while True:
            taken.append(os.dup(0))
    except OSError:
        os.close(taken.pop())
    late = socket.create_connection(("127.0.0.1", port))  # nothing is left to accept it with, but what others hold
    late.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(late, b"GET /health HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
    print((await asyncio.wait_for(loop.sock_recv(late, 100), 60))[:15].decode())
    for one in taken:
        os.close(one)
    await chat.aclose()
    await running

asyncio.run(main())
"""


def test_without_descriptors_the_log_stays_short_and_the_newest_gets_in() -> None:
    code = textwrap.dedent(OUT_OF_DESCRIPTORS)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert run.stdout.splitlines()[-1:] == ["HTTP/1.1 200 OK"], run.stderr
    assert "http.out_of_descriptors" in run.stdout + run.stderr
    assert len(run.stdout + run.stderr) < 1000


def test_half_of_the_descriptors_are_left_to_the_rest_of_the_program() -> None:
    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    server = HttpServer(nothing, ServerLimits(connections=10**9), lifespan=False, websockets=False)
    assert files < 0 or server.most == files // 2


# ── what is sent ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", hostile.absurd_requests(Target("", 0)))
async def test_an_absurd_request_is_refused(
    target: Target, fault: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    answer = await ask(target, hostile.absurd_requests(target)[fault])
    assert 400 <= answer.status < 500, answer
    assert "root:" not in answer.body.decode(errors="replace")
    assert await health(target) == 200
    assert caplog.text + "".join(capfd.readouterr()) == ""


@pytest.mark.parametrize("fault", hostile.WRONG_FRAMES)
async def test_a_wrong_frame_closes_its_window_with_a_code_and_no_other(
    target: Target, fault: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with window(target) as other, window(target) as stream:
        await stream.send(hostile.WRONG_FRAMES[fault])
        assert await hostile.close_code(stream) in {1002, 1003, 1007, 1008, 1009}
        skip(3)
        assert await stream.is_closed()
        assert not other.reader.at_eof()
    assert caplog.text + "".join(capfd.readouterr()) == ""


async def test_a_frame_that_does_not_go_on_is_a_peer_that_has_gone(target: Target) -> None:
    async with window(target) as stream:
        await stream.send(hostile.frame(hostile.TEXT, b"a", length=4000))
        await settled()
        for _ in range(2):
            skip(21)
            await settled()
        assert await hostile.close_code(stream) == 1011
        assert await stream.is_closed()


async def test_after_a_flood_of_pings_nothing_more_is_heard(target: Target) -> None:
    async with window(target) as stream:
        await stream.send(hostile.frame(hostile.PING, bytes(125)) * 20_000)
        assert await hostile.close_code(stream) == 1008
        await stream.send(hostile.frame(hostile.CLOSE, b"\3\xf0"))
        skip(3)
        assert await stream.is_closed()


class Exporting(FakeAssistant):
    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        yield Reply("Here.", attachments=(Attachment("rapport.zip", "application/zip", b"x" * 3_000_000),))


async def test_a_file_is_sent_in_pieces_and_whole() -> None:
    form = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = form.format("id", "m1") + form.format("text", "/export") + "--b--\r\n"
    headers = {"content_type": "multipart/form-data; boundary=b", "cookie": COOKIE}
    async with serving(assistant=Exporting()) as target, connected(target) as unread:
        send = request(target, "POST", "/api/chats/home/messages", body, **headers)
        assert (await ask(target, send)).status == 202
        await settled()
        asked = request(target, path="/api/chats/home/files/re-m1/0", cookie=COOKIE)
        await unread.send(asked * 100)
        answer = await ask(target, asked)
    assert answer.body == b"x" * 3_000_000
    assert "content-length: 3000000" in answer.head


async def test_frames_before_the_window_is_open_are_no_failure(target: Target) -> None:
    async with connected(target) as stream:
        await stream.send(handshake(target, EVENTS, cookie=COOKIE) + hostile.frame(hostile.TEXT, b"early"))
        await stream.answer()
    assert await health(target) == 200


# ── the end, and what fails ───────────────────────────────────────────────────────────────────────


async def test_a_stopping_server_waits_for_nobody_who_does_not_go_on() -> None:
    assistant = FakeAssistant()
    async with AsyncExitStack() as stack:
        async with serving(assistant=assistant) as target:
            for begun in (b"", b"GET", unfinished(target), unfinished(target, "token=")):
                await stack.enter_async_context(half_open(target, 5, begun))
            for _ in range(5):
                await stack.enter_async_context(window(target))
            unread = await stack.enter_async_context(connected(target))
            await unread.send(request(target, path="/static/js/app.js") * 2000)
            await settled()
            closing = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - closing < 15


async def test_what_fails_inside_is_logged_by_its_kind_alone(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("Bodhisattva")

    listener = listen("127.0.0.1", 0)
    server = HttpServer(app, lifespan=False, websockets=True)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    target = Target(*listener.getsockname())
    assert (await ask(target, request(target))).status == 500
    assert (await ask(target, handshake(target, "/"))).status == 500
    server.should_exit = True
    await running
    told = caplog.text + "".join(capfd.readouterr())
    assert "KeyError" in told
    assert "Bodhisattva" not in told
    assert "Traceback" not in told


async def test_a_window_that_is_just_being_closed_keeps_nobody_from_ending() -> None:
    goodbye = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": bytes(8_000_000)})  # more than is taken in unread
        await receive()
        goodbye.set()

    listener = listen("127.0.0.1", 0)
    server = HttpServer(app, lifespan=False, websockets=True)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    target = Target(*listener.getsockname())
    async with connected(target) as stream:
        await stream.send(handshake(target, "/"))
        assert (await stream.answer()).status == 101
        await stream.send(bytes([0x88, 0x82, 0, 0, 0, 0, 3, 0xE8]))  # a close frame, 1000
        await goodbye.wait()
        server.should_exit = True
        await running


async def test_the_webhooks_server_keeps_to_the_same_limits() -> None:
    async def take(update: object) -> None:
        raise AssertionError(update)

    webhook = Webhook("123456:token", "127.0.0.1", 0, take)
    webhook.open()
    running = asyncio.create_task(webhook.run())
    target = Target("127.0.0.1", int(webhook.address.rpartition(":")[2]))
    secret = {"x_telegram_bot_api_secret_token": webhook.secret}
    body = {"content_length": "5", "transfer_encoding": "chunked", **secret}
    assert (await ask(target, request(target, "POST", webhook.path, **body) + b"0\r\n\r\n")).status == 400
    unknown = request(target, "POST", webhook.path, transfer_encoding="chunked", **secret)
    assert (await ask(target, unknown + b"0\r\n\r\n")).status == 411
    assert (await ask(target, handshake(target, "/health"))).status == 200  # there is no WebSocket here
    async with half_open(target, 200), half_open(target, 1) as [last]:
        assert await health(target) == 200
        await settled()
        skip(11)
        assert (await last.answer()).status == 408
    webhook.close()
    await running
