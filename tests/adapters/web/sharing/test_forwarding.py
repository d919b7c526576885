"""What one process passes on to another: believed of those that know its secret, and of nobody else."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from adapters.web.forwarding import FromProcesses

ELSEWHERE = "203.0.113.9"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    assert request.client is not None
    names = [name for name in request.headers if name.startswith("x-rapport")]
    await JSONResponse({"client": request.client.host, "names": names})(scope, receive, send)


@pytest.fixture
def browser() -> TestClient:
    return TestClient(FromProcesses(echo, "the secret"), client=("127.0.0.1", 5000))


def test_what_is_passed_on_comes_from_where_it_came_from_first(browser: TestClient) -> None:
    answer = browser.get("/", headers={"x-rapport-process": "the secret", "x-rapport-client": ELSEWHERE})
    assert answer.json() == {"client": ELSEWHERE, "names": []}


def test_nobody_else_can_say_so_and_what_a_process_before_was_meant_to_get_is_refused(browser: TestClient) -> None:
    for secret in ("", "another secret"):
        answer = browser.get("/", headers={"x-rapport-process": secret, "x-rapport-client": "127.0.0.1"})
        assert answer.status_code == 503
    pretended = browser.get("/", headers={"x-rapport-client": ELSEWHERE})
    assert pretended.json()["client"] == "127.0.0.1"
