"""A browser's side of the web chat, for its tests: open the page, send, listen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.testclient import TestClient

from adapters.web.options import Bounds, WebOptions
from adapters.web.server import create_app
from tests.support.fakes_web import FakeAssistant

HERE = "http://127.0.0.1:8420"
TOKEN = "a-token-that-nobody-guesses"  # noqa: S105 - of these tests alone
ELSEWHERE = WebOptions(host="0.0.0.0", token=TOKEN)  # noqa: S104 - never bound here


@contextmanager
def page(
    assistant: FakeAssistant | None = None,
    options: WebOptions | None = None,
    *,
    bounds: Bounds | None = None,
    base: str = HERE,
    peer: str = "127.0.0.1",
    owner: bool | None = None,
) -> Iterator[TestClient]:
    """A browser that has opened the page, by the owner's link (as usual where no token is asked for) or without."""
    by_link = owner if owner is not None else not (options and options.token)
    app = create_app(assistant or FakeAssistant(), options=options, bounds=bounds)
    with TestClient(app, base_url=base, headers={"Origin": base}, client=(peer, 50000)) as browser:
        browser.get("/", params={"key": app.state.sessions.key} if by_link else {})
        yield browser


def send(browser: TestClient, text: str = "", *photos: bytes, chat: str = "home", **fields: str) -> Any:
    """Post a message as the page does."""
    data = {"id": f"m{next(_COUNTER)}", "text": text, **fields}
    files = [("files", (f"photo{n}.jpg", photo, "image/jpeg")) for n, photo in enumerate(photos)]
    return browser.post(f"/api/chats/{chat}/messages", data=data, files=files or [("x", ("", b""))])


_COUNTER = iter(range(10**9))


def events(browser: TestClient, chat: str = "home", after: int = 0, epoch: str = "") -> Any:
    base = str(browser.base_url).replace("http", "ws", 1)
    return browser.websocket_connect(f"{base}/api/chats/{chat}/events?after={after}&epoch={epoch}")


def final(window: Any) -> dict[str, Any]:
    """The next final reply that a window gets, beside those that came before and have lost words since."""
    while (entry := window.receive_json())["kind"] != "reply" or not entry["final"] or entry.get("redacted"):
        pass
    return dict(entry)
