from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from websockets.asyncio.client import connect
from websockets.typing import Origin

from adapters.web import WebChat, WebOptions, create_app
from adapters.web.transcript import Blob, Entry, Transcripts
from core.errors import ConfigError
from core.messages import Message, Reply
from tests.fakes_web import FakeAssistant, picture

HERE = "http://127.0.0.1:8420"
TOKEN = "a-token-that-nobody-guesses"  # noqa: S105 - of these tests alone
ELSEWHERE = WebOptions(host="0.0.0.0", token=TOKEN)  # noqa: S104 - never bound here


@contextmanager
def page(
    assistant: FakeAssistant | None = None,
    options: WebOptions | None = None,
    *,
    base: str = HERE,
    peer: str = "127.0.0.1",
) -> Iterator[TestClient]:
    """A browser that has opened the page."""
    app = create_app(assistant or FakeAssistant(), options=options)
    with TestClient(app, base_url=base, headers={"Origin": base}, client=(peer, 50000)) as browser:
        browser.get("/")
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
    """The next final reply that a window gets."""
    while (entry := window.receive_json())["kind"] != "reply" or not entry["final"]:
        pass
    return dict(entry)


# ── the conversation ──────────────────────────────────────────────────────────────────────────────


def test_a_message_comes_back_with_its_reply_after_drafts() -> None:
    with page() as browser, events(browser) as window:
        assert send(browser, "hello my old friend").status_code == 202
        assert window.receive_json()["kind"] == "hello"
        said = window.receive_json()
        assert (said["kind"], said["text"], said["own"]) == ("message", "hello my old friend", True)
        drafts = []
        while not (entry := window.receive_json())["final"]:
            drafts.append(entry["text"])
        assert entry["text"] == "You said: hello my old friend"
        assert len(drafts) > 1
        assert all(entry["text"].startswith(draft) for draft in drafts)


def test_the_assistant_gets_who_spoke_where_and_the_photos_as_they_were() -> None:
    assistant, photo = FakeAssistant(), picture()
    with page(assistant) as browser, events(browser, "garden") as window:
        send(browser, "who is this?", photo, chat="garden", name="  Ana ")
        final(window)
    message = assistant.messages[0]
    assert (message.chat.platform, message.chat.id, message.chat.private) == ("web", "garden", False)
    assert (message.sender.name, message.sender.admin, message.addressed) == ("Ana", True, True)
    assert [shown.data for shown in message.photos] == [photo]
    assert message.photos[0].name == "photo0.jpg"


def test_an_annotated_picture_and_the_photos_can_be_fetched_while_they_are_kept() -> None:
    photo = picture()
    with page() as browser, events(browser) as window:
        send(browser, "", photo)
        window.receive_json()
        sent = browser.get(window.receive_json()["photos"][0]["url"])
        assert (sent.content, sent.headers["content-type"]) == (photo, "image/jpeg")
        seen = browser.get(final(window)["image"])
        assert seen.content.startswith(b"\xff\xd8")
        assert seen.headers["cache-control"] == "no-store"
        assert browser.get("/api/chats/home/files/nothing/0").status_code == 404


def test_a_picture_that_holds_a_script_is_only_ever_a_download() -> None:
    with page() as browser, events(browser) as window:
        send(browser, "", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
        window.receive_json()
        got = browser.get(window.receive_json()["photos"][0]["url"])
        assert got.headers["content-type"] == "application/octet-stream"
        assert got.headers["content-disposition"].startswith("attachment")
        assert got.headers["x-content-type-options"] == "nosniff"


def test_a_zip_comes_as_a_file_and_an_export_goes_out_as_one() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        files = [("files", ("memories.ZIP", b"PK\x03\x04", "image/jpeg"))]
        browser.post("/api/chats/home/messages", data={"id": "z", "text": "/import"}, files=files)
        final(window)
        assert assistant.messages[0].photos == ()
        assert assistant.messages[0].files[0].data == b"PK\x03\x04"
        send(browser, "/export")
        attachment = final(window)["attachments"][0]
        assert attachment["name"] == "rapport.zip"
        got = browser.get(attachment["url"])
        assert got.content == b"PK"
        assert got.headers["content-disposition"].startswith("attachment")


def test_a_reply_to_a_photo_or_to_an_answer_about_it_hands_that_photo_over() -> None:
    assistant, first, second = FakeAssistant(), picture((1, 2, 3)), picture((9, 9, 9))
    with page(assistant) as browser, events(browser) as window:
        send(browser, "", first, id="first")
        answer = final(window)
        send(browser, "", second)
        final(window)
        send(browser, "/remember bo", reply_to="first")
        final(window)
        send(browser, "who?", reply_to=answer["id"])
        final(window)
    for message in assistant.messages[2:]:
        assert (message.reply_to, [photo.data for photo in message.quoted]) == ("first", [first])


def test_messages_that_reply_to_each_other_in_a_circle_are_answered() -> None:
    with page() as browser, events(browser) as window:
        send(browser, "one", id="a", reply_to="b")
        send(browser, "two", id="b", reply_to="a")
        send(browser, "three", id="c", reply_to="a")
        assert [final(window)["text"] for _ in range(3)][-1] == "You said: three"


def test_a_pressed_button_arrives_as_its_command_and_shows_its_label() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        send(browser, "/help", pressed="true", label="Help me")
        window.receive_json()
        assert window.receive_json()["label"] == "Help me"
        final(window)
    assert (assistant.messages[0].text, assistant.messages[0].pressed) == ("/help", True)


def test_the_same_message_sent_twice_is_answered_once() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        for _ in range(2):
            assert send(browser, "hello", id="once").status_code == 202
        final(window)
        send(browser, "/help")
        final(window)
    assert [message.text for message in assistant.messages] == ["hello", "/help"]


def test_two_chats_do_not_see_each_others_messages() -> None:
    with page() as browser, events(browser, "one") as window:
        send(browser, "a secret", chat="two")
        send(browser, "nothing special", chat="one")
        window.receive_json()
        assert window.receive_json()["text"] == "nothing special"


def test_everybody_in_a_chat_sees_it_and_only_the_writer_sees_it_as_their_own() -> None:
    app = create_app(FakeAssistant())
    with TestClient(app, base_url=HERE, headers={"Origin": HERE}) as ana:
        ana.get("/")
        mine = dict(ana.cookies)
        send(ana, "hello", name="Ana")
        ana.cookies.clear()
        ana.get("/")
        assert dict(ana.cookies) != mine
        with events(ana) as window:
            window.receive_json()
            entry = window.receive_json()
            assert (entry["name"], entry["own"]) == ("Ana", False)


def test_what_is_private_reaches_only_whom_it_answers() -> None:
    class Whispering(FakeAssistant):
        async def answer(self, message: Message) -> Any:
            yield Reply(f"psst, {message.sender.name}", private=True, image=picture())

    app = create_app(Whispering())
    with TestClient(app, base_url=HERE, headers={"Origin": HERE}) as browser:
        browser.get("/")
        with events(browser) as window:
            send(browser, "/show bo", name="Ana")
            image = final(window)["image"]
        assert browser.get(image).status_code == 200
        browser.cookies.clear()
        browser.get("/")
        assert browser.get(image).status_code == 404
        with events(browser) as window:
            send(browser, "hello", name="Ben")
            assert final(window)["text"] == "psst, Ben"


# ── in order, and what goes wrong ─────────────────────────────────────────────────────────────────


def test_a_chat_is_answered_in_order_and_another_does_not_wait_for_it() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser, "one") as one, events(browser, "two") as two:
        send(browser, "wait", chat="one")
        send(browser, "after", chat="one")
        send(browser, "elsewhere", chat="two")
        assert final(two)["text"] == "You said: elsewhere"
        assert [message.text for message in assistant.messages] == ["wait", "elsewhere"]
        assert browser.portal is not None
        browser.portal.call(assistant.go.set)
        assert [final(one)["text"] for _ in range(2)] == ["You said: wait", "You said: after"]


def test_forget_does_not_wait_for_an_answer_that_is_being_made() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        send(browser, "/remember bo", picture())
        final(window)
        send(browser, "wait")
        send(browser, "/forget bo")
        assert final(window)["text"] == "bo is forgotten."


def test_forget_waits_for_the_remember_before_it() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        send(browser, "wait")
        send(browser, "/remember bo", picture())
        send(browser, "/forget bo")
        assert browser.portal is not None
        browser.portal.call(assistant.go.set)
        texts = [final(window)["text"] for _ in range(3)]
    assert texts[-2:] == ["I'll remember bo.", "bo is forgotten."]


def test_too_many_waiting_messages_are_refused_with_a_sentence_and_can_be_sent_again() -> None:
    assistant = FakeAssistant()
    with page(assistant, WebOptions(max_waiting=2)) as browser, events(browser) as window:
        send(browser, "wait")
        send(browser, "two")
        refused = send(browser, "three", id="three")
        assert (refused.status_code, "a moment" in refused.json()["error"]) == (429, True)
        assert browser.portal is not None
        browser.portal.call(assistant.go.set)
        final(window), final(window)
        assert send(browser, "three", id="three").status_code == 202
        assert final(window)["text"] == "You said: three"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("break", "Something went wrong on my side."),
        ("busy", "I have a lot to look at"),
        ("/forgte bo", "Did you mean /forget?"),
    ],
)
def test_what_goes_wrong_is_answered_with_a_sentence(text: str, sentence: str) -> None:
    with page() as browser, events(browser) as window:
        send(browser, text)
        reply = final(window)
        assert reply["failed"]
        assert sentence in reply["text"]


def test_an_answer_without_an_end_is_ended() -> None:
    class Endless(FakeAssistant):
        async def answer(self, message: Message) -> Any:
            yield Reply("and then", final=False)

    with page(Endless()) as browser, events(browser) as window:
        send(browser, "tell me a story")
        assert final(window)["failed"]


# ── what may be sent ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "photos", "status", "sentence"),
    [
        ("", [], 400, "Write something, or add a photo."),
        ("", [b"x" * 1001], 413, "photo0.jpg is larger than"),
        ("", [b"x"] * 4, 413, "3 photos are the most I take at once"),
        ("x" * 101, [], 413, "100 characters are the most I read"),
        ("x" * 5000, [], 413, "100 characters are the most I read"),
    ],
)
def test_what_is_too_much_or_nothing_is_refused_with_a_sentence(
    text: str, photos: list[bytes], status: int, sentence: str
) -> None:
    options = WebOptions(max_photos=3, max_photo_bytes=1000, max_text=100)
    assistant = FakeAssistant()
    with page(assistant, options) as browser:
        refused = send(browser, text, *photos)
    assert refused.status_code == status
    assert sentence in refused.json()["error"]
    assert assistant.messages == []


def test_photos_within_the_limits_are_taken() -> None:
    options = WebOptions(max_photos=3, max_photo_bytes=1000, max_text=100)
    with page(options=options) as browser:
        assert send(browser, "x" * 100, b"x" * 1000, b"y" * 1000, b"z" * 1000).status_code == 202


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/json"}, b'{"text": "hi"}'),
        ({"Content-Type": "multipart/form-data"}, b"no boundary"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\nbroken"),
        ({}, b""),
    ],
)
def test_what_is_no_form_of_ours_is_refused_with_a_sentence(headers: Mapping[str, str], body: bytes) -> None:
    with page() as browser:
        refused = browser.post("/api/chats/home/messages", headers=headers, content=body)
    assert refused.status_code == 400
    assert refused.json()["error"].endswith("send it again.")


@pytest.mark.parametrize("chat", ["a%20b", "x" * 65, "caf%C3%A9"])
def test_a_chat_whose_id_is_not_one_of_ours_is_refused(chat: str) -> None:
    with page() as browser:
        assert send(browser, "hi", chat=chat).status_code == 400
        assert browser.get(f"/api/chats/{chat}/concepts").status_code == 400
        with pytest.raises(WebSocketDenialResponse), events(browser, chat):
            pass


def test_a_browser_without_our_cookie_is_told_what_to_do() -> None:
    with page() as browser:
        browser.cookies.clear()
        assert "cookie" in send(browser, "hi").json()["error"]


# ── windows that come back ────────────────────────────────────────────────────────────────────────


def test_a_window_that_comes_back_gets_what_it_missed_and_nothing_twice() -> None:
    with page() as browser:
        with events(browser) as window:
            epoch = window.receive_json()["epoch"]
            send(browser, "/help")
            seen = final(window)["number"]
        send(browser, "while you were away")
        with events(browser, after=seen, epoch=epoch) as window:
            hello = window.receive_json()
            assert (hello["epoch"], hello["gap"]) == (epoch, False)
            assert window.receive_json()["text"] == "while you were away"


def test_a_window_from_before_a_restart_gets_all_there_is() -> None:
    with page() as browser:
        send(browser, "after the restart")
        with events(browser, after=99, epoch="of-the-process-before") as window:
            window.receive_json()
            assert window.receive_json()["text"] == "after the restart"


def test_a_window_that_missed_more_than_is_kept_is_told_so() -> None:
    with page(options=WebOptions(keep_entries=4)) as browser:
        with events(browser) as window:
            epoch = window.receive_json()["epoch"]
            send(browser, "/help")
            seen = final(window)["number"]
            for _ in range(6):
                send(browser, "/help")
                final(window)
        with events(browser, after=seen, epoch=epoch) as window:
            assert window.receive_json()["gap"] is True


def _entry(name: str, size: int = 0, *, is_open: bool = False) -> Entry:
    return Entry(name, "u", {"text": ""}, blobs=(Blob(b"x" * size, "image/jpeg", "p"),), open=is_open)


def test_transcripts_stay_within_their_bytes_and_give_up_the_oldest_of_the_least_used_chat() -> None:
    transcripts = Transcripts(keep_entries=100, keep_bytes=1000)
    for chat in ("old", "new"):
        for n in range(4):
            transcripts.of(chat).put(_entry(f"{chat}{n}", 200))
    transcripts.shrink()
    assert list(transcripts.of("old").entries) == ["old3"]
    assert len(transcripts.of("new").entries) == 4


def test_an_answer_under_way_is_never_let_go_of() -> None:
    transcripts = Transcripts(keep_entries=1, keep_bytes=1)
    transcripts.of("home").put(_entry("open", 100, is_open=True))
    transcripts.of("home").put(_entry("done", 100))
    transcripts.shrink()
    assert list(transcripts.of("home").entries) == ["open"]


def test_photos_fade_from_memory_in_time_and_the_words_stay() -> None:
    now = [0.0]
    transcripts = Transcripts(keep_entries=9, keep_bytes=9999, clock=lambda: now[0])
    home = transcripts.of("home")
    home.put(_entry("early", 100))
    now[0] = 50
    home.put(_entry("late", 100))
    now[0] = 70
    transcripts.fade(60)
    assert [len(entry.blobs) for entry in home.entries.values()] == [0, 1]
    assert home.bytes == 100


# ── the gallery ───────────────────────────────────────────────────────────────────────────────────


def test_the_gallery_is_the_reply_to_list_and_stays_out_of_the_conversation() -> None:
    with page() as browser, events(browser) as window:
        send(browser, "/remember bo | dog", picture())
        final(window)
        shown = browser.get("/api/chats/home/concepts").json()
        assert shown["cards"][0]["title"] == "bo"
        assert shown["cards"][0]["image"].startswith("data:image/jpeg;base64,")
        assert browser.get("/api/chats/home/concepts?name=bo").json()["text"].startswith("bo")
        assert "nobody" not in browser.get("/api/chats/home/concepts?name=eve").json()
        send(browser, "/help")
        assert final(window)["text"] == "Done: /help"


def test_a_card_of_an_unknown_name_is_a_sentence() -> None:
    with page() as browser:
        answer = browser.get("/api/chats/home/concepts", params={"name": "eve"})
        assert (answer.status_code, answer.json()["error"]) == (400, "I don't know anybody called eve here.")


def test_the_page_learns_the_commands_and_the_limits() -> None:
    with page(options=WebOptions(max_photos=7)) as browser:
        session = browser.get("/api/session").json()
    assert session["limits"]["photos"] == 7
    assert {"word": "forget", "arguments": "NAME", "purpose": "forget them at once"} in session["commands"]


# ── who may come in ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "10.0.0.1", "", "["]
)
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
        assert "token" in browser.get("/").text
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
        WebOptions(**options)


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
def test_only_who_sits_at_this_machine_is_an_admin(
    peer: str, headers: Mapping[str, str], admin: bool
) -> None:
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
        for path in ("/", "/static/app.js", "/api/session", "/nowhere"):
            headers = browser.get(path).headers
            assert "default-src 'self'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fserver.py", "%2e%2e/server.py", "../server.py"])
def test_only_the_pages_own_files_are_given(name: str) -> None:
    with page() as browser:
        assert browser.get(f"/static/{name}").status_code == 404


def test_a_file_that_the_browser_has_is_not_sent_again() -> None:
    with page() as browser:
        tag = browser.get("/static/style.css").headers["etag"]
        assert browser.get("/static/style.css", headers={"If-None-Match": tag}).status_code == 304


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


async def test_a_stopping_server_lets_windows_and_unfinished_answers_go() -> None:
    chat = WebChat(FakeAssistant(), options=WebOptions(port=0))
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
        async for _ in window:  # ends when the socket is closed as it should be
            pass
        assert window.close_code == 1012
    await closing
    await running
