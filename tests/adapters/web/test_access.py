from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from adapters.web.guesses import Guesses, TooManyGuesses
from adapters.web.options import WebOptions
from adapters.web.server import create_app
from adapters.web.sessions import Sessions
from core.errors import ConfigError
from tests.support.clock import skip
from tests.support.fakes_web import FakeAssistant
from tests.support.web_client import ELSEWHERE, HERE, TOKEN, events, final, page, send


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
    ("peer", "by_link", "headers", "admin"),
    [
        ("127.0.0.1", True, {}, True),
        ("::1", True, {}, True),
        ("127.0.0.1", False, {}, False),
        ("::1", False, {}, False),
        ("192.168.1.9", True, {}, False),
        ("127.0.0.1", True, {"X-Forwarded-For": "203.0.113.7"}, False),
    ],
)
def test_only_who_opens_the_link_at_this_machine_is_an_admin(
    peer: str, by_link: bool, headers: Mapping[str, str], admin: bool
) -> None:
    assistant = FakeAssistant()
    with page(assistant, ELSEWHERE, peer=peer, owner=by_link) as browser:
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


# ── the owner's link ──────────────────────────────────────────────────────────────────────────────


@contextmanager
def visitors(
    options: WebOptions | None = None, file: Path | None = None, peer: str = "127.0.0.1"
) -> Iterator[tuple[TestClient, Sessions]]:
    """A browser that hasn't opened anything yet, and the server's sessions."""
    app = create_app(FakeAssistant(), options=options, sessions_file=file)
    with TestClient(app, base_url=HERE, headers={"Origin": HERE}, client=(peer, 50000)) as browser:
        yield browser, app.state.sessions


def who(browser: TestClient) -> Any:
    browser.get("/")
    return browser.get("/api/session").json()["who"]


def test_the_link_makes_the_owner_once_and_leaves_the_address_plain() -> None:
    with visitors() as (browser, sessions):
        key = sessions.key
        assert who(browser) == {"owner": False, "signedIn": False, "mayBecomeOwner": True}
        assert browser.head("/", params={"key": key}).status_code == 200  # looking uses nothing up
        made = browser.get("/", params={"key": key}, follow_redirects=False)
        assert (made.status_code, made.headers["location"], made.headers["cache-control"]) == (303, "/", "no-store")
        for flag in ("HttpOnly", "SameSite=strict", f"Max-Age={30 * 86_400}"):
            assert flag in made.headers["set-cookie"]
        assert key not in made.headers["set-cookie"]
        assert who(browser) == {"owner": True, "signedIn": True, "mayBecomeOwner": False}
        assert browser.get("/", params={"key": key}).status_code == 200  # the owner has opened it again
        browser.cookies.clear()
        again = browser.get("/", params={"key": key})
        assert (again.status_code, "python -m bot link" in again.text) == (403, True)
        assert not who(browser)["owner"]
        assert sessions.key != key


@pytest.mark.parametrize("key", ["", "x", "ü", "a" * 32, "\0"])
def test_another_key_makes_a_visitor(key: str) -> None:
    with visitors() as (browser, _):
        assert browser.get("/", params={"key": key}).status_code == 403
        assert not who(browser)["owner"]


@pytest.mark.parametrize(("peer", "headers"), [("192.168.1.9", {}), ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"})])
def test_the_link_is_of_no_use_elsewhere(peer: str, headers: Mapping[str, str]) -> None:
    with visitors(peer=peer) as (browser, sessions):
        key = sessions.key
        assert browser.get("/", params={"key": key}, headers=headers).status_code == 403
        assert sessions.key == key


def test_behind_a_proxy_that_says_nothing_nobody_is_the_owner_without_the_link() -> None:
    assistant = FakeAssistant()
    with page(assistant, owner=False) as browser, events(browser) as window:
        send(browser, "hello")
        final(window)
    assert not assistant.messages[0].sender.admin


def test_the_page_itself_says_how_to_become_the_owner() -> None:
    with visitors() as (browser, _):
        assert "The link that Rapport printed when it started makes you its owner" in browser.get("/").text


def test_a_session_outlives_a_restart_in_a_file_for_nobody_else_and_ends_in_time(tmp_path: Path) -> None:
    file = tmp_path / "rapport.db.sessions.json"
    with visitors(file=file) as (browser, sessions):
        key = sessions.key
        browser.get("/", params={"key": key})
        kept = browser.cookies["rapport_session"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept not in file.read_text()
    with visitors(file=file) as (browser, sessions):
        assert browser.get("/", params={"key": key}).status_code == 403  # each start has a key of its own
        browser.cookies["rapport_session"] = kept
        assert who(browser)["owner"]
        browser.get("/logout")
    with visitors(file=file) as (browser, _):
        browser.cookies["rapport_session"] = kept
        assert not who(browser)["signedIn"]


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"sessions": {"a": 1}}', '{"sessions": []}', "\0"])
def test_a_broken_file_of_sessions_is_replaced(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "sessions.json"
    file.write_text(broken)
    with visitors(file=file) as (browser, sessions):
        browser.get("/", params={"key": sessions.key})
        assert who(browser)["owner"]
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_session_lasts_as_long_as_is_set() -> None:
    now = [1e9]
    sessions = Sessions(days=2, clock=lambda: now[0])
    cookie = await sessions.open(owner=True)
    now[0] += 2 * 86_400
    assert sessions.find(cookie) is not None
    now[0] += 1
    assert sessions.find(cookie) is None


async def test_thousands_of_visitors_do_not_sign_the_owner_out() -> None:
    sessions = Sessions(token=TOKEN)
    owner, first = await sessions.open(owner=True), await sessions.open(owner=False)
    for _ in range(1000):
        last = await sessions.open(owner=False)
    assert [sessions.find(one) is not None for one in (owner, first, last)] == [True, False, True]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signing_out_ends_the_session_for_whoever_has_its_cookie_and_for_its_windows(method: str) -> None:
    with page(options=ELSEWHERE) as browser:
        browser.get("/", params={"token": TOKEN})
        browser.get("/")
        kept = browser.cookies["rapport_session"]
        with events(browser) as window:
            window.receive_json()
            left = browser.request(method, "/logout", follow_redirects=False)
            assert (left.status_code, left.headers["location"]) == (303, "/")
            with pytest.raises(WebSocketDisconnect) as closed:
                window.receive_json()
            assert closed.value.code == 1008
        assert "rapport_session" not in browser.cookies
        browser.cookies["rapport_session"] = kept
        assert browser.get("/api/session").status_code == 401


def test_another_page_signs_nobody_out() -> None:
    with page(options=ELSEWHERE) as browser:
        browser.get("/", params={"token": TOKEN})
        assert browser.post("/logout", headers={"Origin": "http://evil.example"}).status_code == 403
        for whose in (
            "cross-site",
            "same-site",
        ):  # also a page on another port of this host
            browser.get("/logout", headers={"Sec-Fetch-Site": whose})
            assert browser.get("/api/session").json()["who"]["signedIn"]
        assert browser.get("/").status_code == 200


# ── behind TLS ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("base", "peer", "headers", "public", "secure"),
    [
        (HERE, "127.0.0.1", {}, "", False),
        ("https://127.0.0.1:8420", "127.0.0.1", {}, "", True),
        (HERE, "127.0.0.1", {"X-Forwarded-Proto": "https"}, "", True),
        (HERE, "192.168.1.9", {"X-Forwarded-Proto": "https"}, "", False),
        (HERE, "127.0.0.1", {}, "https://chat.example", True),
        (HERE, "127.0.0.1", {}, "http://chat.example", False),
    ],
)
def test_a_cookie_that_came_over_tls_is_for_tls_alone(
    base: str, peer: str, headers: Mapping[str, str], public: str, secure: bool
) -> None:
    app = create_app(FakeAssistant(), options=ELSEWHERE.model_copy(update={"public_url": public}))
    with TestClient(app, base_url=base, client=(peer, 50000)) as browser:
        session = browser.get("/", params={"token": TOKEN}, headers=headers, follow_redirects=False)
        shown = {"Cookie": session.headers["set-cookie"].partition(";")[0]}
        sender = browser.get("/", headers={**headers, **shown})
        for made in (session, sender):
            assert ("Secure" in made.headers["set-cookie"]) is secure


def test_the_public_address_may_be_opened_asks_for_a_token_and_may_post() -> None:
    options = WebOptions(public_url="https://Chat.example/", token=TOKEN)
    with pytest.raises(ConfigError, match=r"web\.token"):
        WebOptions(public_url="https://chat.example").require_token()
    with page(options=options) as browser:
        assert browser.get("/", headers={"Host": "chat.example"}).status_code == 401
        for host in ("chat.example", "127.0.0.1:8420"):  # a proxy may put its own name for us there
            headers = {"Host": host, "Origin": "https://chat.example"}
            assert browser.post("/login", data={"token": "wrong"}, headers=headers).status_code == 401
        headers = {"Host": "127.0.0.1:8420", "Origin": "http://chat.example"}
        assert browser.post("/login", data={"token": "wrong"}, headers=headers).status_code == 403


# ── guessing ──────────────────────────────────────────────────────────────────────────────────────


def guess(browser: TestClient, way: str, token: str, address: str = "") -> int:
    headers = {"X-Forwarded-For": f"10.0.0.1, {address}"} if address else {}
    if way == "form":
        status = browser.post("/login", data={"token": token}, headers=headers, follow_redirects=False).status_code
    elif way == "bearer":
        headers["Authorization"] = f"Bearer {token}"
        status = browser.get("/api/session", headers=headers).status_code
    else:
        status = browser.get("/", params={"token": token}, headers=headers, follow_redirects=False).status_code
    browser.cookies.clear()
    return int(status)


@pytest.mark.parametrize("way", ["form", "address", "bearer"])
def test_wrong_tokens_are_counted_by_address_and_who_shows_the_right_one_elsewhere_gets_in(way: str) -> None:
    right = 200 if way == "bearer" else 303
    with page(options=ELSEWHERE) as browser:
        assert {guess(browser, way, f"wrong {count}", "203.0.113.7") for count in range(10)} == {401}
        assert guess(browser, way, "wrong", "203.0.113.7") == 429
        assert guess(browser, way, "wrong", "203.0.113.8") == 401
        assert guess(browser, way, TOKEN, "203.0.113.8") == right
        assert guess(browser, way, TOKEN) == right
        assert browser.get("/health", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 200


def test_a_flood_of_wrong_keys_through_the_same_proxy_does_not_keep_the_owner_out() -> None:
    with visitors() as (browser, sessions):
        statuses = [browser.get("/", params={"key": f"wrong{count}"}).status_code for count in range(12)]
        assert set(statuses) == {403, 429}
        browser.get("/", params={"key": sessions.key})
        assert who(browser)["owner"]


async def test_after_wrong_tokens_an_address_is_slow_and_mostly_refused_but_not_kept_out() -> None:
    guesses = Guesses()
    assert [await guesses.is_right("wrong", TOKEN, "127.0.0.1") for _ in range(10)] == [False] * 10
    flood = [asyncio.create_task(guesses.is_right("wrong", TOKEN, "127.0.0.1")) for _ in range(3)]
    right = asyncio.create_task(guesses.is_right(TOKEN, TOKEN, "127.0.0.1"))
    await asyncio.sleep(0)
    for shown in ("wrong", TOKEN):  # too many of them are waiting
        with pytest.raises(TooManyGuesses):
            await guesses.is_right(shown, TOKEN, "127.0.0.1")
    assert not right.done()
    skip(1)
    assert await right
    assert {type(one) for one in await asyncio.gather(*flood, return_exceptions=True)} == {TooManyGuesses}
    assert await guesses.is_right(TOKEN, TOKEN, "127.0.0.2")


async def test_when_many_addresses_guess_each_check_takes_a_second_and_the_right_token_gets_in() -> None:
    guesses = Guesses()
    for number in range(100):
        assert not await guesses.is_right("wrong", TOKEN, f"203.0.113.{number}")
    checking = [asyncio.create_task(guesses.is_right(shown, TOKEN, shown)) for shown in ("wrong", TOKEN)]
    await asyncio.sleep(0)
    assert not any(one.done() for one in checking)
    skip(1)
    assert await asyncio.gather(*checking) == [False, True]
    skip(61)
    assert await guesses.is_right(TOKEN, TOKEN, "203.0.113.200")


def test_only_the_right_address_of_a_proxy_counts_and_no_stranger_names_another() -> None:
    with page(options=ELSEWHERE, peer="203.0.113.9") as browser:
        statuses = [guess(browser, "form", "wrong", f"198.51.100.{number}") for number in range(12)]
    assert statuses[-1] == 429


# ── the login form ────────────────────────────────────────────────────────────────────────────────


def test_before_the_token_nothing_but_a_small_form_is_read() -> None:
    with page(options=ELSEWHERE) as browser:
        assert browser.post("/login", files={"token": ("a", b"x" * 5_000_000)}).status_code == 415
        assert browser.post("/login", json={"token": TOKEN}).status_code == 415
        assert browser.post("/login", data={"token": "x" * 9000}).status_code == 413
        assert browser.post("/login", content=b"").status_code == 415
        many = {"Content-Type": "application/x-www-form-urlencoded"}
        assert browser.post("/login", content=b"&".join([b"a=b"] * 2000), headers=many).status_code == 401
        assert browser.post("/login", content=b"\xff%ff%zz=&;token", headers=many).status_code == 401
        assert browser.post("/login", data={"token": TOKEN}, follow_redirects=False).status_code == 303


def test_without_a_token_there_is_nothing_to_sign_in_to() -> None:
    with visitors() as (browser, _):
        for token in ("", "x"):
            browser.post("/login", data={"token": token})
            browser.get("/", params={"token": token})
        assert not who(browser)["signedIn"]
