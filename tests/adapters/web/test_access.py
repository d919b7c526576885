from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.testclient import WebSocketDenialResponse

from adapters.web.options import WebOptions
from core.errors import ConfigError
from tests.support.fakes_web import FakeAssistant
from tests.support.web_client import ELSEWHERE, TOKEN, events, final, page, send


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "10.0.0.1", "", "["])
def test_another_host_name_is_refused(host: str) -> None:
    with page() as browser:
        assert browser.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost:8420", "127.0.0.1:8420", "[::1]:8420", "LOCALHOST"])
def test_this_machines_own_names_are_fine(host: str) -> None:
    with page() as browser:
        assert browser.get("/", headers={"Host": host}).status_code == 200


def test_bound_elsewhere_addresses_and_named_hosts_are_fine_and_other_names_are_not() -> None:
    options = WebOptions(host="0.0.0.0", token=TOKEN, hosts=("Chat.example",))  # noqa: S104 - never bound here
    with page(options=options) as browser:
        for host, status in [("192.168.1.5:8420", 401), ("chat.example", 401), ("evil.example", 400)]:
            assert browser.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://127.0.0.1:9999", "http://localhost:8420"]
)
def test_another_origin_can_neither_post_nor_listen(origin: str) -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser:
        browser.headers["Origin"] = origin
        assert send(browser, "/forgetall yes").status_code == 403
        with pytest.raises(WebSocketDenialResponse) as refused, events(browser):
            pass
        assert refused.value.status_code == 403
    assert assistant.messages == []


def test_bound_elsewhere_nothing_private_is_given_without_the_token() -> None:
    with page(options=ELSEWHERE) as browser:
        assert browser.get("/").status_code == 401
        assert '<input id="token" name="token" type="password"' in browser.get("/").text
        assert browser.get("/api/session").status_code == 401
        assert browser.get("/api/chats/home/concepts").status_code == 401
        assert send(browser, "hi").status_code == 401
        with pytest.raises(WebSocketDenialResponse) as refused, events(browser):
            pass
        assert refused.value.status_code == 401


@pytest.mark.parametrize("way", ["address", "form"])
def test_the_token_lets_in_once_shown_and_is_not_in_the_cookie(way: str) -> None:
    with page(options=ELSEWHERE) as browser:
        if way == "address":
            entered = browser.get("/", params={"token": TOKEN}, follow_redirects=False)
        else:
            entered = browser.post("/login", data={"token": TOKEN}, follow_redirects=False)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        made = entered.headers["set-cookie"]
        assert "HttpOnly" in made
        assert "SameSite=strict" in made
        assert TOKEN not in made
        assert browser.get("/").status_code == 200
        with events(browser) as window:
            send(browser, "hello")
            assert final(window)["text"] == "You said: hello"


@pytest.mark.parametrize("wrong", ["", "a-token-that-nobody-guesse", TOKEN + "x", TOKEN.upper(), "ü" * 40])
def test_a_wrong_token_stays_outside(wrong: str) -> None:
    with page(options=ELSEWHERE) as browser:
        assert browser.get("/", params={"token": wrong}).status_code == 401
        refused = browser.post("/login", data={"token": wrong})
        assert (refused.status_code, "isn't the token" in refused.text) == (401, True)
        assert browser.get("/api/session").status_code == 401


def test_a_session_of_another_token_is_refused() -> None:
    with page(options=WebOptions(token=TOKEN)) as browser:
        browser.get("/", params={"token": TOKEN})
        kept = browser.cookies["rapport_session"]
    with page(options=WebOptions(token=TOKEN + "-changed")) as browser:
        browser.cookies["rapport_session"] = kept
        assert browser.get("/").status_code == 401


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"host": "0.0.0.0"}, "web.token"),  # noqa: S104 - refused is the point
        ({"host": "192.168.1.5"}, "web.token"),
        ({"hosts": ("chat.example",)}, "web.token"),
        ({"token": "short"}, "web.token is too short"),
    ],
)
def test_a_page_open_to_others_without_a_good_token_is_a_configuration_error(options: Any, key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        WebOptions(**options).require_token()


def test_a_token_is_not_shown_when_the_options_are_printed() -> None:
    assert TOKEN not in repr(ELSEWHERE)


@pytest.mark.parametrize(
    ("peer", "headers", "admin"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("192.168.1.9", {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, False),
    ],
)
def test_only_who_sits_at_this_machine_is_an_admin(peer: str, headers: Mapping[str, str], admin: bool) -> None:
    assistant = FakeAssistant()
    with page(assistant, ELSEWHERE, peer=peer) as browser:
        browser.get("/", params={"token": TOKEN})
        with events(browser) as window:
            browser.headers.update(headers)
            send(browser, "hello")
            final(window)
    assert assistant.messages[0].sender.admin is admin


def test_a_sender_stays_the_same_and_its_id_does_not_give_the_cookie_away() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        for _ in range(2):
            send(browser, "hello")
            final(window)
            browser.get("/")
        secret = browser.cookies["rapport_sender"]
    senders = {message.sender.id for message in assistant.messages}
    assert len(senders) == 1
    assert secret not in senders


def test_every_answer_carries_a_strict_policy() -> None:
    with page() as browser:
        for path in ("/", "/static/js/app.js", "/api/session", "/nowhere"):
            headers = browser.get(path).headers
            assert "default-src 'self'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fserver.py", "%2e%2e/server.py", "../server.py"])
def test_only_the_pages_own_files_are_given(name: str) -> None:
    with page() as browser:
        assert browser.get(f"/static/{name}").status_code == 404


def test_a_file_that_the_browser_has_is_not_sent_again() -> None:
    with page() as browser:
        tag = browser.get("/static/css/style.css").headers["etag"]
        assert browser.get("/static/css/style.css", headers={"If-None-Match": tag}).status_code == 304
