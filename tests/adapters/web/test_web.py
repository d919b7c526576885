from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import PIL.Image
import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from adapters.web.options import Bounds
from adapters.web.server import create_app
from adapters.web.uploads import Arriving
from core.commands.settings import MEANINGS
from core.concepts import Known
from core.errors import Busy, StoreError
from core.messages import AttachmentKind, Button, Chat, Message, Reply, Unreadable
from core.options import MessageLimits
from tests.support.fakes_web import FakeAssistant, picture
from tests.support.web_client import HERE, events, final, page, send

# ── the conversation ──────────────────────────────────────────────────────────────────────────────


class Dictating(FakeAssistant):
    """Says the next words when `go` is set."""

    async def answer(self, message: Message) -> Any:
        for draft in ("You", "You said"):
            yield Reply(draft, final=False)
            await self.go.wait()
            self.go.clear()
        yield Reply(f"You said: {message.text}")


def test_a_message_comes_back_with_its_reply_after_drafts() -> None:
    assistant = Dictating()
    with page(assistant) as browser, events(browser) as window:
        assert send(browser, "hello my old friend").status_code == 202
        assert window.receive_json()["kind"] == "hello"
        said = window.receive_json()
        assert (said["kind"], said["text"], said["own"]) == ("message", "hello my old friend", True)
        assert browser.portal is not None
        drafts = []
        while not (entry := window.receive_json())["final"]:
            drafts.append(entry["text"])
            if entry["text"]:
                browser.portal.call(assistant.go.set)
        assert entry["text"] == "You said: hello my old friend"
        assert [draft for draft in drafts if draft] == ["You", "You said"]


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


def test_who_gives_no_name_has_none() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        send(browser, "hello", name=" ")
        final(window)
    assert assistant.messages[0].sender.name == ""


def test_an_annotated_picture_and_the_photos_can_be_fetched_while_they_are_kept() -> None:
    photo = picture()
    with page() as browser, events(browser) as window:
        send(browser, "", photo)
        window.receive_json()
        sent = browser.get(window.receive_json()["photos"][0]["url"])
        assert sent.headers["content-type"] == "image/jpeg"
        with PIL.Image.open(io.BytesIO(sent.content)) as shown, PIL.Image.open(io.BytesIO(photo)) as original:
            assert shown.size == original.size
        seen = browser.get(final(window)["image"])
        assert seen.content.startswith(b"\xff\xd8")
        assert seen.headers["cache-control"] == "no-store"
        assert browser.get("/api/chats/home/files/nothing/0").status_code == 404


def test_a_picture_that_holds_a_script_is_handed_to_nobody() -> None:
    with page() as browser, events(browser) as window:
        send(browser, "", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
        window.receive_json()
        got = browser.get(window.receive_json()["photos"][0]["url"])
        assert (got.status_code, got.headers["content-type"]) == (404, "application/json")


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


def test_what_is_no_picture_is_reported_to_the_assistant_and_shown_by_its_name() -> None:
    assistant, photo = FakeAssistant(), picture()
    sent = [
        ("bo.jpg", photo, "image/jpeg"),
        ("walk.mp4", b"\0\0\0\x18ftypmp42", "video/mp4"),
        ("bark.mp3", b"ID3", ""),
        ("letter.pdf", b"%PDF-1.7", "application/pdf"),
        ("broken.png", b"nothing", "image/png"),
    ]
    with page(assistant) as browser, events(browser) as window:
        data, files = {"id": "a", "text": ""}, [("files", one) for one in sent]
        assert browser.post("/api/chats/home/messages", data=data, files=files).status_code == 202
        window.receive_json()
        entry = window.receive_json()
        assert [(file["name"], file["url"]) for file in entry["files"]] == [("bark.mp3", None), ("letter.pdf", None)]
        final(window)
        send(browser, "who is that?", reply_to="a")
        final(window)
    message, answer = assistant.messages
    assert [shown.name for shown in message.photos] == ["bo.jpg", "walk.mp4", "broken.png"]
    assert message.unreadable == (
        Unreadable(AttachmentKind.AUDIO, "bark.mp3"),
        Unreadable(AttachmentKind.FILE, "letter.pdf"),
    )
    assert (answer.reply_to, answer.quoted, answer.quoted_unreadable) == ("a", message.photos, message.unreadable)


def test_a_message_that_is_only_a_file_of_another_kind_reaches_the_assistant() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        files = [("files", ("letter.pdf", b"%PDF-1.7", "application/pdf"))]
        assert browser.post("/api/chats/home/messages", data={"id": "a"}, files=files).status_code == 202
        final(window)
    assert assistant.messages[0].unreadable == (Unreadable(AttachmentKind.FILE, "letter.pdf"),)


def test_a_reply_to_a_message_that_is_no_longer_kept_stays_a_reply_to_it() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        send(browser, "who is that?", reply_to="before-the-restart")
        final(window)
    assert (assistant.messages[0].reply_to, assistant.messages[0].quoted) == ("before-the-restart", ())


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


class Pausing(FakeAssistant):
    """Tells what the chat `ann` knows only when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may_tell = threading.Event(), threading.Event()

    async def known(self, chat: Chat) -> Known:
        if chat.id == "ann":
            self.asked.set()
            await asyncio.to_thread(self.may_tell.wait)
        return await super().known(chat)


def test_a_window_that_is_just_opening_hears_its_chat_though_hundreds_of_others_come() -> None:
    assistant = Pausing()
    with page(assistant) as browser, ThreadPoolExecutor() as threads:
        opening = threads.submit(lambda: events(browser, "ann").__enter__())
        assistant.asked.wait()
        for number in range(520):
            with events(browser, f"chat{number}"):
                pass
        assistant.may_tell.set()
        window = opening.result()
        send(browser, "hello", chat="ann")
        assert final(window)["text"]
        window.__exit__(None, None, None)


def test_what_is_private_reaches_only_whom_it_answers() -> None:
    class Whispering(FakeAssistant):
        async def answer(self, message: Message) -> Any:
            yield Reply(f"psst, {message.sender.name}", private=True, image=picture())

    app = create_app(Whispering())
    with TestClient(app, base_url=HERE, headers={"Origin": HERE}) as browser:
        browser.get("/")
        with events(browser) as window:
            send(browser, "/show bo", name="Ana")
            whispered = final(window)
            image, asked = whispered["image"], whispered["to"]
        assert browser.get(image).status_code == 200
        browser.cookies.clear()
        browser.get("/")
        assert browser.get(image).status_code == 404
        with events(browser) as window:
            withheld = final(window)
            assert withheld.pop("silent")
            assert withheld.pop("to") == asked
            told = {key for key, value in withheld.items() if value}
            assert told == {"id", "kind", "at", "final", "number"}
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


class Importing(FakeAssistant):
    """Imports until somebody says /stop."""

    async def answer(self, message: Message) -> Any:
        if message.text == "/stop":
            self.go.set()
            yield Reply("I'm stopping.")
        elif message.text == "/import":
            yield Reply("1 of 3 photos…", final=False, buttons=(Button("Stop", "/stop"),))
            await self.go.wait()
            yield Reply("I've stopped.")
        else:
            yield Reply("bo is forgotten.")


def test_stop_and_forget_do_not_wait_for_an_import() -> None:
    with page(Importing(), bounds=Bounds(max_waiting=2)) as browser, events(browser) as window:
        send(browser, "/import")
        while not (entry := window.receive_json()).get("buttons"):
            pass
        assert (entry["text"], entry["buttons"]) == ("1 of 3 photos…", [{"label": "Stop", "value": "/stop"}])
        send(browser, "/forget bo")
        assert final(window)["text"] == "bo is forgotten."
        send(browser, "what now?")
        send(browser, "/stop")
        assert {final(window)["text"] for _ in range(3)} == {"I'm stopping.", "I've stopped.", "bo is forgotten."}


def test_forget_waits_for_the_remember_before_it() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        send(browser, "wait")
        send(browser, "/remember bo", picture())
        send(browser, "/forget bo")
        assert browser.portal is not None
        browser.portal.call(assistant.go.set)
        while final(window)["text"] != "bo is forgotten.":
            pass
    assert [message.text for message in assistant.messages] == ["wait", "/remember bo", "/forget bo"]


def test_too_many_waiting_messages_are_refused_with_a_sentence_and_can_be_sent_again() -> None:
    assistant = FakeAssistant()
    with page(assistant, bounds=Bounds(max_waiting=2)) as browser, events(browser) as window:
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
    bounds = Bounds(MessageLimits(photos=3, photo_megabytes=0.001), max_text=100)
    assistant = FakeAssistant()
    with page(assistant, bounds=bounds) as browser:
        refused = send(browser, text, *photos)
    assert refused.status_code == status
    assert sentence in refused.json()["error"]
    assert assistant.messages == []


def test_photos_within_the_limits_are_taken() -> None:
    bounds = Bounds(MessageLimits(photos=3, photo_megabytes=0.001), max_text=100)
    with page(bounds=bounds) as browser:
        assert send(browser, "x" * 100, b"x" * 1000, b"y" * 1000, b"z" * 1000).status_code == 202


def test_what_is_sent_at_once_is_bounded_for_one_address_and_counted_until_it_is_read() -> None:
    arriving = Arriving(100, 60)
    with arriving.of("a") as take, arriving.of("b") as take_other:
        take(60)
        with pytest.raises(Busy):
            take(1)
        take_other(40)
        with pytest.raises(Busy):
            take_other(1)
    with arriving.of("a") as take:
        take(60)


def test_files_that_wait_in_all_chats_are_bounded_and_words_pass() -> None:
    assistant, photo = FakeAssistant(), picture()
    with page(assistant, bounds=Bounds(keep_bytes=2 * len(photo))) as browser, events(browser, "two") as window:
        send(browser, "wait", photo, chat="one")
        assert send(browser, "wait", photo, chat="two").status_code == 202
        assert send(browser, "", photo, chat="three").status_code == 429
        assert send(browser, "hello", chat="three").status_code == 202
        assert browser.portal is not None
        browser.portal.call(assistant.go.set)
        final(window)
        assert send(browser, "", photo, chat="three").status_code == 202


def test_a_message_is_bounded_as_a_whole() -> None:
    bounds = Bounds(MessageLimits(photos=3, photo_megabytes=0.001), max_text=100, max_file_bytes=3000)
    with page(bounds=bounds) as browser:
        files = [("nobody", (f"{number}.jpg", b"x" * 2000, "image/jpeg")) for number in range(3)]
        refused = browser.post("/api/chats/home/messages", data={"id": "a", "text": "hi"}, files=files)
    assert (refused.status_code, "the most I can take at once" in refused.json()["error"]) == (413, True)


def test_a_file_in_a_field_that_is_not_ours_goes_nowhere() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        files = [("photos", ("a.jpg", picture(), "image/jpeg"))]
        assert browser.post("/api/chats/home/messages", data={"id": "a", "text": "hi"}, files=files).status_code == 202
        final(window)
    assert (assistant.messages[0].photos, assistant.messages[0].files) == ((), ())


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "undefined", "idna", "rot13", "utf-8"])
def test_no_form_says_how_its_letters_are_to_be_read(charset: str) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\na\r\n'
    body += b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\\ud800 +2AA-\r\n--b--\r\n'
    with page() as browser:
        headers = {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}
        refused = browser.post("/api/chats/home/messages", content=body, headers=headers)
    assert (refused.status_code, "didn't arrive whole" in refused.json()["error"]) == (400, True)


@pytest.mark.parametrize("index", ["9" * 5000, "-1", "1", "x", "²", "0x0", "%00"])
def test_a_picture_that_there_is_not_is_not_found(index: str) -> None:
    with page() as browser, events(browser) as window:
        send(browser, "", picture(), id="a")
        final(window)
        assert browser.get("/api/chats/home/files/a/0").status_code == 200
        assert browser.get(f"/api/chats/home/files/a/{index}").status_code == 404


@pytest.mark.parametrize("frame", ["{}", "", "[" * 1000, b"", b"\0"])
def test_a_window_that_speaks_is_closed(frame: str | bytes) -> None:
    with page() as browser, events(browser) as window:
        window.receive_json()
        window.send_text(frame) if isinstance(frame, str) else window.send_bytes(frame)
        with pytest.raises(WebSocketDisconnect) as closed:
            window.receive_json()
    assert closed.value.code == 1008


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
        assert (
            send(browser, "hi").json()["error"]
            == "Rapport needs its cookie to know you again: allow it for this page and reload."
        )


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
    with page(bounds=Bounds(keep_entries=4)) as browser:
        with events(browser) as window:
            epoch = window.receive_json()["epoch"]
            send(browser, "/help")
            seen = final(window)["number"]
            for _ in range(6):
                send(browser, "/help")
                final(window)
        with events(browser, after=seen, epoch=epoch) as window:
            assert window.receive_json()["gap"] is True


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
        assert (answer.status_code, answer.json()) == (200, {"missing": "I don't know anybody called eve here."})


def test_the_page_learns_the_commands_and_the_limits() -> None:
    with page(bounds=Bounds(MessageLimits(photos=7))) as browser:
        session = browser.get("/api/session").json()
    assert session["limits"]["photos"] == 7
    assert {"word": "forget", "arguments": "NAME", "purpose": "forget them at once"} in session["commands"]


def test_a_correction_does_not_wait_behind_an_answer() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        send(browser, "/remember bo", picture())
        final(window)
        send(browser, "wait")
        send(browser, "/rename bo | Bobby")
        assert final(window)["text"] == "bo is Bobby now."
        assert browser.portal is not None
        browser.portal.call(assistant.go.set)
        assert final(window)["text"] == "You said: wait"


def test_the_page_learns_every_setting_with_what_it_means_and_who_may_change_it() -> None:
    with page() as browser:
        browser.headers["Accept-Language"] = "de"
        told = browser.get("/api/chats/home/settings").json()
    assert told["mayChange"] is True
    assert {one["key"]: [choice["value"] for choice in one["choices"]] for one in told["settings"]} == {
        key: list(meanings) for key, meanings in MEANINGS.items()
    }
    assert told["settings"][0]["label"] == "Wann ich etwas sage"
    with page(owner=False) as browser:
        assert browser.get("/api/chats/home/settings").json()["mayChange"] is False


def test_what_is_asked_stays_out_of_the_conversation_and_only_commands_are() -> None:
    assistant = FakeAssistant()
    with page(assistant) as browser, events(browser) as window:
        send(browser, "/remember bo", picture())
        final(window)
        done = browser.post("/api/chats/home/ask", data={"text": "/describe bo | likes snow"}, files=[("x", ("", b""))])
        assert done.json()["text"] == "Good to know about bo."
        while (heard := window.receive_json())["kind"] != "changed":
            assert "id" in heard
        unknown = browser.post("/api/chats/home/ask", data={"text": "/forget Mia"}, files=[("x", ("", b""))]).json()
        assert (unknown["text"], unknown["private"]) == ("I don't know anybody called Mia here.", True)
        talk = browser.post("/api/chats/home/ask", data={"text": "hello"}, files=[("x", ("", b""))])
        assert talk.status_code == 400
    assert [message.text for message in assistant.messages if message.id] == ["/remember bo"]


def test_a_photos_size_is_told_as_the_page_that_sent_it_has_measured_it() -> None:
    with page() as browser, events(browser) as window:
        send(browser, "", picture(), picture(), sizes="640x480,nonsense,1x1")
        window.receive_json()
        photos = window.receive_json()["photos"]
        assert [one["pixels"] for one in photos] == [[640, 480], None]
        answer = final(window)
        assert answer["pixels"] == [640, 480]


class WithoutStore(FakeAssistant):
    """Its store is out of reach, and the error says where that is."""

    async def known(self, chat: Chat) -> Known:
        raise StoreError("The store at postgresql+asyncpg://bot@10.0.0.7/db failed.")


def test_where_the_store_is_is_not_told_to_a_window() -> None:
    with page(WithoutStore()) as browser:
        with pytest.raises(WebSocketDenialResponse) as denied, events(browser):
            pass
        assert denied.value.json()["error"].startswith("Something is wrong with my memory right now.")
        assert send(browser, "hello", picture()).status_code == 202
        shown = browser.get("/api/chats/home/files/m0/0")
        assert "10.0.0.7" not in shown.text
