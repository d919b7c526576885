from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Origin

from adapters.web.options import Bounds, WebOptions
from adapters.web.server import WebChat, create_app
from core.errors import ConfigError
from core.options import MessageLimits
from tests.support.fakes_web import FakeAssistant
from tests.support.web_client import ELSEWHERE, HERE, TOKEN

# ── health ────────────────────────────────────────────────────────────────────────────────────────


async def _well() -> Mapping[str, object]:
    return {"ok": True, "chats": 3}


async def _ill() -> Mapping[str, object]:
    return {"ok": False, "store": "read-only"}


async def _broken() -> Mapping[str, object]:
    raise OSError("no disk")


@pytest.mark.parametrize(
    ("health", "status", "body"),
    [
        (None, 200, {"ok": True}),
        (_well, 200, {"ok": True, "chats": 3}),
        (_ill, 503, {"ok": False, "store": "read-only"}),
        (_broken, 503, {"ok": False}),
    ],
)
def test_health_says_whether_all_is_well(health: Any, status: int, body: Mapping[str, object]) -> None:
    with TestClient(create_app(FakeAssistant(), health=health), base_url=HERE) as browser:
        answer = browser.get("/health")
    assert (answer.status_code, answer.json()) == (status, body)


def test_health_tells_a_stranger_no_particulars() -> None:
    app = create_app(FakeAssistant(), options=ELSEWHERE, health=_well)
    with TestClient(app, base_url=HERE) as browser:
        assert browser.get("/health").json() == {"ok": True}


def test_the_figures_are_for_who_is_let_in_by_cookie_or_bearer_token() -> None:
    def figures() -> bytes:
        return b"rapport_messages_total 1.0\n"

    with TestClient(create_app(FakeAssistant(), metrics=figures), base_url=HERE) as browser:
        answer = browser.get("/metrics")
        assert (answer.status_code, answer.content) == (200, figures())
        assert answer.headers["content-type"].startswith("text/plain; version=")
    with TestClient(create_app(FakeAssistant(), options=ELSEWHERE, metrics=figures), base_url=HERE) as browser:
        assert browser.get("/metrics").status_code == 401
        assert browser.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
        shown = browser.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert shown.content == figures()


def test_without_figures_there_is_no_page_of_them() -> None:
    with TestClient(create_app(FakeAssistant()), base_url=HERE) as browser:
        assert browser.get("/metrics").status_code == 404


# ── the server ────────────────────────────────────────────────────────────────────────────────────


async def test_the_server_runs_in_our_loop_leaves_signals_alone_and_gives_the_port_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    chat = WebChat(FakeAssistant(), options=WebOptions(port=0))
    address = chat.open()
    running = asyncio.create_task(chat.run())
    async with httpx.AsyncClient() as client:
        answer = await client.get(address)
    assert (answer.status_code, "Rapport" in answer.text) == (200, True)
    assert "server" not in answer.headers
    assert signal.getsignal(signal.SIGINT) is before
    await chat.aclose()
    await running
    socket.create_server(("127.0.0.1", int(address.rpartition(":")[2]))).close()


async def test_a_taken_port_is_a_configuration_error_that_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {port} is taken.*web.port"):
            await WebChat(FakeAssistant(), options=WebOptions(port=port)).run()


async def test_a_host_that_is_not_ours_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"can't listen on 203\.0\.113\.1.*web\.host"):
        WebChat(FakeAssistant(), options=WebOptions(host="203.0.113.1", token=TOKEN)).open()


async def test_a_chat_that_never_ran_can_be_closed() -> None:
    await WebChat(FakeAssistant()).aclose()
    chat = WebChat(FakeAssistant(), options=WebOptions(port=0))
    chat.open()
    await chat.aclose()


async def test_a_stopping_server_lets_windows_and_answers_that_take_too_long_go() -> None:
    chat = WebChat(FakeAssistant(), options=WebOptions(port=0), bounds=Bounds(MessageLimits(stop_seconds=0)))
    address = chat.open()
    running = asyncio.create_task(chat.run())
    async with httpx.AsyncClient(base_url=address, headers={"Origin": address}) as client:
        await client.get("/")
        form = {"id": (None, "m1"), "text": (None, "wait")}
        assert (await client.post("/api/chats/home/messages", files=form)).status_code == 202
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    url = f"{address.replace('http', 'ws', 1)}/api/chats/home/events"
    async with connect(url, origin=Origin(address), additional_headers={"Cookie": cookies}) as window:
        await window.recv()
        closing = asyncio.create_task(chat.aclose())
        with pytest.raises(ConnectionClosedError, match="1012"):
            await _all_of(window)
    await closing
    await running


async def _all_of(window: ClientConnection) -> None:
    async for _ in window:
        pass


async def test_a_stopping_server_finishes_the_answers_under_way_and_takes_no_more() -> None:
    assistant = FakeAssistant()
    chat = WebChat(assistant, options=WebOptions(port=0))
    address = chat.open()
    running = asyncio.create_task(chat.run())
    async with httpx.AsyncClient(base_url=address, headers={"Origin": address}) as client:
        await client.get("/")
        form = {"id": (None, "m1"), "text": (None, "wait")}
        assert (await client.post("/api/chats/home/messages", files=form)).status_code == 202
        closing = asyncio.create_task(chat.aclose())
        await asyncio.sleep(0)
        late = {"id": (None, "m2"), "text": (None, "hello")}
        answer = await client.post("/api/chats/home/messages", files=late)
        assert answer.status_code == 429
        assert "shutting down" in answer.json()["error"]
        assert not closing.done()
        assistant.go.set()
    await closing
    await running
