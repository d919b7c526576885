"""The web chat keeps nothing of what is forgotten, and hands nobody more of a photo than its pixels."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.web.server import create_app
from adapters.web.transcript import FORGOTTEN, TranscriptEntry
from core.messages import Chat, Message, Photo, Reply
from tests.support.fakes_web import FakeAssistant, picture
from tests.support.hostile.telling_photos import assert_nothing_but_pixels, photo_with_a_past
from tests.support.web_client import HERE, events, final, send


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def browser(assistant: FakeAssistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url=HERE, headers={"Origin": HERE}) as browser:
        browser.get("/")
        yield browser


def everything(browser: TestClient, after: int = 0, epoch: str = "") -> list[dict[str, Any]]:
    """What somebody gets who comes anew, or goes on from an old number."""
    browser.cookies.clear()
    browser.get("/")
    with events(browser, after=after, epoch=epoch) as window:
        send(browser, "/help")
        entries = [window.receive_json()]
        while entries[-1].get("text") != "Done: /help":
            entries.append(window.receive_json())
    return entries


def addresses(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (one for key, one in value.items() if key in {"url", "image"} and isinstance(one, str))
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from addresses(one)


def test_who_comes_after_a_forget_gets_nothing_of_it_and_the_old_addresses_give_nothing(browser: TestClient) -> None:
    heard: list[dict[str, Any]] = []
    with events(browser) as window:
        heard.append(window.receive_json())
        for text, *photos in (
            ("/remember bo | dog | hides the key", picture()),
            ("/show bo",),
            ("/list",),
            ("/export",),
            ("Where is Bo’s bed? BO!",),
            ("", picture()),
        ):
            send(browser, text, *photos)
            while (entry := window.receive_json()).get("to") is None or not entry["final"]:
                heard.append(entry)
            heard.append(entry)
        files = set(addresses(heard))
        # two photos, a cut-out, those of /show and /list, the export, the answer's picture
        assert len(files) == 7
        assert {browser.get(file).status_code for file in files} == {200}
        send(browser, "/forget bo")
        final(window)
    assert {browser.get(file).status_code for file in files} - {404} == set()
    for after in (0, heard[-1]["number"]):
        told = everything(browser, after, heard[0]["epoch"])
        assert "hides the key" not in json.dumps(told)
        assert "bo" not in json.dumps([{**one, "at": ""} for one in told]).casefold().replace("body", "").replace(
            '"box"', ""
        )
        assert not set(addresses(told)) - {""}
    assert "Where is …’s bed? …!" in [one.get("text") for one in everything(browser)]


def test_windows_that_are_open_are_told_what_to_take_away(browser: TestClient) -> None:
    with events(browser) as window:
        send(browser, "/remember bo | dog | hides the key", picture())
        learnt = final(window)
        send(browser, "/forget bo")
        changed: dict[str, Any] = {}
        while not {"bo is forgotten.", "… is forgotten."} & {one["text"] for one in changed.values()}:
            entry = window.receive_json()
            if entry["kind"] not in {"hello", "changed"}:
                changed[entry["id"]] = entry
        assert changed[learnt["id"]]["text"] == "I'll remember …."
        assert changed[learnt["id"]]["image"] is None
        assert changed[learnt["to"]]["text"] == "/remember … | dog | …"
        assert [photo["url"] for photo in changed[learnt["to"]]["photos"]] == [None]
        # Who has forgotten sees for a moment who it was; then that is taken away, too.
        while entry.get("text") != "… is forgotten.":
            entry = window.receive_json()


def test_in_a_gallery_only_the_forgotten_card_loses_its_picture(browser: TestClient) -> None:
    with events(browser) as window:
        for name in ("bo", "kai"):
            send(browser, f"/remember {name}", picture())
            final(window)
        send(browser, "/list")
        before = [card["image"] for card in final(window)["cards"]]
        send(browser, "/forget bo")
        final(window)
    [listed] = [one for one in everything(browser) if one.get("cards")]
    assert [(card["title"], card["image"]) for card in listed["cards"]] == [("…", None), ("kai", before[1])]
    assert [browser.get(file).status_code for file in before] == [404, 200]


class Resting(FakeAssistant):
    """Answers without naming anybody, by what it knows of bo."""

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        if message.text.startswith("/"):
            async for reply in super().answer(message):
                yield reply
            return
        basis = await self.known(message.chat)
        yield Reply("He sleeps", final=False, basis=basis)
        if message.text == "wait":
            await self.go.wait()
            yield Reply("He sleeps a lot", basis=basis)
        else:
            yield Reply("He sleeps.", image=picture(), basis=basis)


def test_an_answer_that_rests_on_who_is_forgotten_goes_as_a_whole_with_the_photo_it_was_about() -> None:
    assistant = Resting()
    with TestClient(create_app(assistant), base_url=HERE, headers={"Origin": HERE}) as browser:
        browser.get("/")
        with events(browser) as window:
            send(browser, "/remember bo", picture())
            final(window)
            send(browser, "what does he do?", picture(), id="asked")
            image = final(window)["image"]
            send(browser, "wait", id="waiting")
            while window.receive_json().get("text") != "He sleeps":
                pass
            send(browser, "/forget bo")
            final(window)
            assert browser.portal is not None
            browser.portal.call(assistant.go.set)
            while (entry := window.receive_json()).get("id") != "re-waiting" or not entry["final"]:
                pass
        assert entry["text"] == FORGOTTEN
        told = everything(browser)
        assert "He sleeps" not in json.dumps(told)
        browser.headers["Accept-Language"] = "de"
        assert "Was ich hier gesagt habe, ist vergessen." in [one.get("text") for one in everything(browser)]
        assert browser.get(image).status_code == 404
        assert browser.get("/api/chats/home/files/asked/0").status_code == 404


def test_what_is_forgotten_by_another_way_is_gone_from_windows_and_addresses(
    browser: TestClient, assistant: FakeAssistant
) -> None:
    with events(browser) as window:
        send(browser, "/remember bo", picture())
        image = final(window)["image"]
        del assistant.concepts["web:home"]["bo"]
        assistant.messages.append(Message(Chat("web", "home"), None))  # type: ignore[arg-type] # a later revision
        assert browser.get(image).status_code == 404
        while (entry := window.receive_json())["kind"] != "reply":
            pass
        assert entry["text"] == "I'll remember …."


def test_a_photo_is_handed_to_others_as_its_pixels_alone(browser: TestClient) -> None:
    photo = photo_with_a_past("JPEG")
    with events(browser) as window:
        send(browser, "look", photo)
        window.receive_json()
        address = window.receive_json()["photos"][0]["url"]
    browser.cookies.clear()
    browser.get("/")
    got = browser.get(address)
    assert got.headers["content-type"] == "image/jpeg"
    assert_nothing_but_pixels(got.content)


class Slow(FakeAssistant):
    """Takes its time to open a photo."""

    def __init__(self) -> None:
        super().__init__()
        self.opened, self.opening = 0, asyncio.Event()

    async def viewable(self, chat: Chat, photo: Photo) -> bytes:
        self.opened += 1
        self.opening.set()
        await self.go.wait()
        return await super().viewable(chat, photo)


def test_while_a_photo_is_opened_nobody_gets_the_original_and_it_is_opened_once() -> None:
    assistant, photo = Slow(), photo_with_a_past("JPEG")
    with TestClient(create_app(assistant), base_url=HERE, headers={"Origin": HERE}) as browser:
        browser.get("/")
        send(browser, "look", photo, id="sent")
        with ThreadPoolExecutor(3) as others:
            got = [others.submit(browser.get, "/api/chats/home/files/sent/0") for _ in range(3)]
            assert browser.portal is not None
            browser.portal.call(assistant.opening.wait)
            assert not any(one.done() for one in got)
            browser.portal.call(assistant.go.set)
            answers = [one.result() for one in got]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert not any(b"ecret" in answer.content for answer in answers)
    assert assistant.opened == 1


def test_a_photo_that_was_let_go_of_while_it_was_opened_is_handed_to_nobody() -> None:
    assistant = Slow()
    with TestClient(create_app(assistant), base_url=HERE, headers={"Origin": HERE}) as browser:
        browser.get("/")
        with events(browser) as window, ThreadPoolExecutor(1) as other:
            send(browser, "/remember bo", picture(), id="sent")
            final(window)
            got = other.submit(browser.get, "/api/chats/home/files/sent/0")
            assert browser.portal is not None
            browser.portal.call(assistant.opening.wait)
            send(browser, "/forget bo")
            final(window)
            browser.portal.call(assistant.go.set)
            assert got.result().status_code == 404


def test_an_export_goes_with_whoever_is_forgotten_though_its_words_name_nobody(browser: TestClient) -> None:
    with events(browser) as window:
        send(browser, "/remember bo", picture())
        final(window)
        send(browser, "/export")
        export = final(window)["attachments"][0]["url"]
        assert browser.get(export).status_code == 200
        send(browser, "/forget bo")
        final(window)
        assert browser.get(export).status_code == 404


def test_a_window_that_is_cut_off_anywhere_gets_the_rest_when_it_comes_back(browser: TestClient) -> None:
    with events(browser) as window:
        epoch = window.receive_json()["epoch"]
        said = ("/remember bo", "hello", "and bo?", "bye", "/forget bo")  # the last changes the first and the third
        for number, text in enumerate(said, 1):
            send(browser, text, *([picture()] if number == 1 else []), id=f"r{number}")
            final(window)

    def told(after: int, wanted: set[str]) -> list[tuple[str, int]]:
        """What comes until all that is wanted was there; what was got before may come once more."""
        got: list[tuple[str, int]] = []
        with events(browser, after=after, epoch=epoch) as window:
            window.receive_json()
            while not wanted <= {name for name, _ in got}:
                entry = window.receive_json()
                got.append((entry["id"], entry["number"]))
        return got

    names = {f"{kind}{entry}" for entry in ("r1", "r2", "r3", "r4", "r5") for kind in ("", "re-")}
    whole = told(0, names)
    assert len(whole) == len(names)
    for cut, (_, after) in enumerate(whole[:-1]):
        told(after, {name for name, _ in whole[cut + 1 :]})


@pytest.mark.parametrize("name", ["bo.jpg", "bo_1.jpg", "Bo2024.jpg", "my-bo.jpg", "mybo.jpg"])
def test_a_files_name_goes_with_the_name_that_it_holds(name: str) -> None:
    body: dict[str, object] = {
        "kind": "message",
        "name": "Bob",
        "text": "look",
        "photos": [{"url": "/1", "name": name, "size": 9}],
    }
    entry = TranscriptEntry("m1", "ann", body)
    assert name not in str(entry.without(frozenset({"bo"})).body)
    assert entry.without(frozenset({"mia"})) is entry
