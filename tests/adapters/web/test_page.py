"""The real page in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from adapters.web.options import Bounds, WebOptions
from core.messages import Button, Message, Reply
from core.options import MessageLimits
from tests.support.fakes_web import FakeAssistant, picture
from tests.support.web_client import TOKEN
from tests.support.web_page import Served, introduce, jpeg, last_reply, said, say, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

NASTY = '<img src=x onerror="document.title=`pwned`">'


# ── talking ───────────────────────────────────────────────────────────────────────────────────────


async def test_an_empty_chat_teaches_how_to_begin(rapport: Served) -> None:
    async with rapport.window() as page:
        await expect(page.get_by_role("heading", name="Introduce someone")).to_be_visible()
        async with page.expect_file_chooser() as chooser:
            await page.get_by_role("button", name="Try it with a photo").click()
        await (await chooser.value).set_files([jpeg()])
        await expect(page.locator("#text")).to_have_value("This is ")
        await page.keyboard.type("bo")
        await page.keyboard.press("Enter")
        await expect(last_reply(page)).to_contain_text("I see something round")
        assert [(one.text, len(one.photos)) for one in said(rapport)] == [("This is bo", 1)]
        await expect(page.get_by_role("heading", name="Introduce someone")).to_be_hidden()


async def test_a_text_is_answered_in_a_stream_that_ends_as_the_reply(rapport: Served) -> None:
    async with rapport.window() as page:
        await say(page, "wait")
        await expect(page.locator(".reply.open .text")).to_have_text("Let me think")
        rapport.assistant.go.set()
        await expect(last_reply(page).locator(".text")).to_have_text("You said: wait")
        await expect(page.locator(".reply")).to_have_count(1)
        await expect(page.locator("#announcer")).to_have_text("Rapport: You said: wait")


async def test_dots_show_that_an_answer_is_being_made(rapport: Served) -> None:
    async with rapport.window() as page:
        await say(page, "wait")
        await say(page, "and then")
        await expect(page.get_by_role("img", name="Rapport is answering")).to_be_visible()
        rapport.assistant.go.set()
        await expect(last_reply(page)).to_contain_text("You said: and then")
        await expect(page.get_by_role("img", name="Rapport is answering")).to_have_count(0)


async def _transfer(page: Page, name: str, media_type: str) -> Any:
    script = """([name, type, bytes]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
        return transfer;
    }"""
    return await page.evaluate_handle(script, [name, media_type, list(picture(size=(64, 48)))])


async def test_a_dropped_photo_goes_with_its_caption_and_comes_back_marked(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        transfer = await _transfer(page, "garden.jpg", "image/jpeg")
        await page.dispatch_event("#log", "dragover", {"dataTransfer": transfer})
        await expect(page.locator("#drop")).to_be_visible()
        await page.dispatch_event("#log", "drop", {"dataTransfer": transfer})
        await expect(page.locator("#drop")).to_be_hidden()
        await expect(page.locator("#tray li")).to_have_count(1)
        await say(page, "who is that?")
        await expect(last_reply(page)).to_contain_text("That's bo, right in the middle.")
        await expect(last_reply(page).locator(".chip")).to_contain_text("bo")
        shown = last_reply(page).locator("img")
        await expect(shown).to_have_js_property("complete", value=True)
        await expect(shown).to_have_js_property("naturalWidth", 640)
    photo = said(rapport)[-1].photos[0]
    assert (photo.name, photo.data) == ("garden.jpg", picture(size=(64, 48)))


async def test_whom_an_album_shows_twice_stands_under_it_once(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        await say(page, "", jpeg(), jpeg())
        await expect(last_reply(page)).to_contain_text("That's bo, right in the middle.")
        await expect(last_reply(page).locator(".chip")).to_have_count(1)


async def test_a_pasted_photo_is_taken_and_a_pasted_text_stays_a_text(rapport: Served) -> None:
    async with rapport.window() as page:
        transfer = await _transfer(page, "image.png", "image/png")
        paste = """(transfer) => document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }))"""
        await page.locator("#text").focus()
        assert await page.evaluate(paste, transfer) is False
        await expect(page.locator("#tray li")).to_have_count(1)
        text = await page.evaluate_handle("() => new DataTransfer()")
        assert await page.evaluate(paste, text) is True
        await expect(page.locator("#tray li")).to_have_count(1)


async def test_a_photo_can_be_taken_out_again_before_it_is_sent(rapport: Served) -> None:
    async with rapport.window() as page:
        await page.locator("#pick").set_input_files([jpeg("one.jpg"), jpeg("two.jpg")])
        await page.get_by_role("button", name="Remove one.jpg").click()
        await say(page, "")
        await expect(last_reply(page)).to_contain_text("something round")
    assert [photo.name for photo in said(rapport)[-1].photos] == ["two.jpg"]


async def test_a_photo_picked_while_the_page_still_loads_is_taken(rapport: Served) -> None:
    async with rapport.window() as page:
        picked = asyncio.Event()

        async def held(route: Route) -> None:
            await picked.wait()
            await route.continue_()

        await page.route("**/api/session", held)
        await page.reload()
        await page.locator("#pick").set_input_files([jpeg("early.jpg")])
        await expect(page.locator("#tray")).to_be_hidden()
        picked.set()
        await expect(page.locator("#tray li")).to_have_count(1)
        await say(page, "/remember bo")
        await expect(last_reply(page)).to_contain_text("I'll remember bo.")
    assert [photo.name for photo in said(rapport)[-1].photos] == ["early.jpg"]


async def test_a_photo_that_the_browser_cannot_show_is_a_tile_with_its_name(rapport: Served) -> None:
    async with rapport.window() as page:
        heic: Any = {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": b"\0\0\0\x18ftypheic"}
        await page.locator("#pick").set_input_files([heic])
        await expect(page.locator("#tray .tile")).to_have_text("IMG_1.HEIC")
        await page.keyboard.press("Enter")
        await expect(page.locator(".bubble .tile")).to_have_text("IMG_1.HEIC")


async def test_a_file_of_another_kind_stands_in_the_conversation_by_its_name(rapport: Served) -> None:
    async with rapport.window() as page:
        video: Any = {"name": "walk.mp4", "mimeType": "video/mp4", "buffer": b"x"}
        sent: Any = {"id": "m1", "text": "look at that", "files": video}
        origin = {"Origin": rapport.address}
        await page.request.post(f"{rapport.address}/api/chats/home/messages", multipart=sent, headers=origin)
        await expect(page.locator(".bubble .tile")).to_have_text("walk.mp4")
        await expect(last_reply(page)).to_contain_text("You said: look at that")


@pytest.mark.parametrize(
    ("sizes", "sentences"),
    [
        ({"a.pdf": 1, "walk.mp4": 1}, ("I can't look at a.pdf.", "I can't look at walk.mp4.")),
        ({"a.tif": 9_000_000, "a.bmp": 9_000_000}, ("I can't look at a.tif.", "I can't look at a.bmp.")),
        ({"a.jpg": 9_000_000}, ("8 MB is the most",)),
        ({"a.jpg": 0}, ("a.jpg is empty",)),
        ({f"{n}.jpg": 1 for n in range(4)}, ("3 photos are the most I take at once",)),
    ],
)
async def test_what_cannot_be_sent_is_said_at_once(
    chromium: Browser, tmp_path: Path, sizes: dict[str, int], sentences: tuple[str, ...]
) -> None:
    bounds = Bounds(MessageLimits(photos=3, photo_megabytes=8))
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(b"x" * size)
    async with serving(chromium, FakeAssistant(), bounds=bounds) as served, served.window() as page:
        await page.locator("#pick").set_input_files([tmp_path / name for name in sizes])
        for sentence in sentences:
            await expect(page.get_by_role("alert")).to_contain_text(sentence)
    assert said(served) == []


@pytest.mark.parametrize(
    ("language", "most", "said"),
    [
        ("en", 1, "1 photo is the most"),
        ("de", 1, "1 Foto auf einmal"),
        ("de", 2, "2 Fotos auf einmal"),
        ("es", 1, "hasta 1 foto a la vez"),
        ("zh", 1, "一次最多 1 张照片"),
    ],
)
async def test_too_many_photos_are_counted_in_the_readers_language(
    chromium: Browser, tmp_path: Path, language: str, most: int, said: str
) -> None:
    photos = [tmp_path / f"{number}.jpg" for number in range(3)]
    for one in photos:
        one.write_bytes(picture())
    bounds = Bounds(MessageLimits(photos=most))
    async with serving(chromium, FakeAssistant(), bounds=bounds) as served, served.window(locale=language) as page:
        await page.locator("#pick").set_input_files(photos)
        await expect(page.get_by_role("alert")).to_contain_text(said)


async def test_remembering_as_a_reply_to_a_photo(rapport: Served) -> None:
    async with rapport.window() as page:
        await say(page, "", jpeg("first.jpg"))
        await say(page, "", jpeg("second.jpg"))
        await expect(page.locator(".reply:not(.open)")).to_have_count(2)
        await page.get_by_role("button", name="Remember", exact=True).first.click()
        await expect(page.locator("#replying")).to_contain_text("Replying to a photo")
        await page.keyboard.type("bo")
        await page.keyboard.press("Enter")
        await expect(last_reply(page)).to_contain_text("You said: This is bo")
        await expect(page.locator(".message").last.locator(".quote")).to_contain_text("Photo")
    assert [photo.name for photo in said(rapport)[-1].quoted] == ["first.jpg"]


async def test_a_pressed_button_is_answered_and_cannot_be_pressed_twice(rapport: Served) -> None:
    async with rapport.window() as page, rapport.window() as other:
        await introduce(page)
        await say(page, "maybe", jpeg())
        await page.get_by_role("button", name="That's bo").click()
        await expect(last_reply(page)).to_contain_text("Done: /confirm yes 12ab 0 0 1")
        for window in (page, other):
            await expect(window.get_by_role("button", name="That's bo")).to_be_disabled()
            await expect(window.get_by_role("button", name="Not bo", exact=True)).to_have_count(0)
    assert said(rapport)[-1].pressed


class Correcting(FakeAssistant):
    """Its "no" can be undone once `go` is set; until then that is refused."""

    async def answer(self, message: Message) -> Any:
        if message.text == "/undo 7" and not self.go.is_set():
            yield Reply("Only those who taught me bo may do that.", private=True)
        elif message.text == "/undo 7":
            yield Reply("I've taken that back.")
        elif message.text.startswith("/confirm no"):
            yield Reply("That isn't bo, then.", buttons=(Button("Undo (bo corrected)", "/undo 7"),))
        else:
            async for reply in super().answer(message):
                yield reply


@pytest.mark.parametrize("refused", [False, True])
async def test_what_a_button_did_can_be_chosen_again_once_it_is_undone(chromium: Browser, refused: bool) -> None:
    async with serving(chromium, Correcting()) as served, served.window() as page, served.window() as other:
        await introduce(page)
        await say(page, "maybe", jpeg())
        no, yes = (page.get_by_role("button", name=name, exact=True) for name in ("Not bo", "That's bo"))
        await no.click()
        if not refused:
            served.assistant.go.set()
        await page.get_by_role("button", name="Undo (bo corrected)").click()
        if refused:
            await expect(last_reply(page)).to_contain_text("Only those who taught me bo")
            await expect(no).to_be_disabled()
            return
        for window in (page, other):
            await expect(window.get_by_role("button", name="Not bo", exact=True)).to_be_enabled()
            await expect(window.get_by_role("button", name="That's bo", exact=True)).to_be_enabled()
        await page.reload()
        await expect(no).to_be_enabled()
        await yes.click()
        await expect(last_reply(page)).to_contain_text("Done: /confirm yes")
        await expect(yes).to_be_disabled()
        await expect(no).to_have_count(0)
        assert served.complaints == []


async def test_stop_under_the_progress_can_be_pressed_and_leaves_the_replys_own_buttons_alone(
    chromium: Browser,
) -> None:
    class Importing(FakeAssistant):
        async def answer(self, message: Message) -> Any:
            if message.text == "/stop":
                self.go.set()
                yield Reply("I'm stopping.")
                return
            yield Reply("1 of 3 photos…", final=False, buttons=(Button("Stop", "/stop"),))
            await self.go.wait()
            yield Reply("I've stopped.", buttons=(Button("Undo", "/undo 1"),))

    async with serving(chromium, Importing()) as served, served.window() as page:
        await page.fill("#text", "/import")
        await page.click("#send")
        await page.get_by_role("button", name="Stop", exact=True).click()
        await expect(page.locator("#log li.reply").first).to_contain_text("I've stopped.")
        await expect(page.get_by_role("button", name="Undo", exact=True)).to_be_enabled()
        await expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
        assert served.complaints == []


async def test_a_picture_opens_large_and_escape_closes_it(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        await last_reply(page).get_by_role("button", name=re.compile("^Open large")).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await expect(page.get_by_role("dialog").locator("img")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_an_export_can_be_downloaded(rapport: Served) -> None:
    async with rapport.window() as page:
        await say(page, "/export")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="rapport.zip").click()
        assert (await download.value).suggested_filename == "rapport.zip"


# ── several windows, several chats, lost connections ──────────────────────────────────────────────


async def test_a_second_window_sees_the_same_conversation(rapport: Served) -> None:
    async with rapport.window() as ana:
        await ana.get_by_label("Your name").fill("Ana")
        await introduce(ana)
        async with rapport.window() as ben:
            await expect(ben.locator(".message.other .author")).to_have_text("Ana")
            await expect(last_reply(ben)).to_contain_text("I'll remember bo.")
            await say(ben, "hello Ana")
            await expect(ana.locator(".message.other")).to_contain_text("hello Ana")
            await expect(last_reply(ana)).to_contain_text("You said: hello Ana")


async def test_where_an_answer_is_for_somebody_else_alone_no_window_goes_on_waiting_for_it(chromium: Browser) -> None:
    class Refusing(FakeAssistant):
        async def answer(self, message: Message) -> Any:
            if message.text != "forget Anna":
                yield Reply("Good morning, all of you.")
                return
            yield Reply("Let me think of", final=False)
            await self.go.wait()
            yield Reply("Only those who taught me Anna may do that.", private=True, buttons=(Button("Ask", "/ask"),))

    async with (
        serving(chromium, Refusing()) as served,
        served.window() as owner,
        served.window(owner=False) as visitor,
    ):
        await say(visitor, "forget Anna")
        await expect(owner.locator(".reply.open")).to_contain_text("Let me think of")
        served.assistant.go.set()
        await expect(last_reply(visitor)).to_contain_text("Only those who taught me Anna may do that.")
        await expect(owner.locator(".reply")).to_have_count(0)
        await expect(owner.locator(".message.other")).to_contain_text("forget Anna")
        await say(visitor, "hello")
        await expect(last_reply(owner)).to_contain_text("Good morning")
        await owner.reload()
        await expect(owner.locator(".reply")).to_have_count(1)
        await expect(owner.locator("body")).not_to_contain_text("Only those")
        assert served.complaints == []


async def test_a_new_chat_knows_nothing_of_the_first_and_has_an_address_of_its_own(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        await page.get_by_role("button", name="New chat").click()
        await expect(page.get_by_role("heading", name="Chat 2")).to_be_visible()
        await expect(page.get_by_role("heading", name="Introduce someone")).to_be_visible()
        await page.get_by_role("button", name="Rename this chat").click()
        await page.keyboard.type("Garden")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Garden")).to_be_visible()
        await say(page, "hello from the garden")
        async with rapport.window(page.url.removeprefix(rapport.address)) as other:
            await expect(last_reply(other)).to_contain_text("hello from the garden")
        await page.get_by_role("link", name="Home").click()
        await expect(last_reply(page)).to_contain_text("I'll remember bo.")
        await page.reload()
        await expect(page.get_by_role("link", name="Garden")).to_be_visible()


async def test_a_lost_connection_is_said_and_comes_back_after_a_restart(chromium: Browser) -> None:
    assistant = FakeAssistant()
    async with serving(chromium, assistant, bounds=Bounds(MessageLimits(stop_seconds=0))) as first:
        port = int(first.address.rpartition(":")[2])
        async with first.window() as page:
            await say(page, "wait")
            await expect(page.locator(".reply.open")).to_be_visible()
            await first.chat.aclose()
            await expect(page.get_by_text("Rapport can't be reached. Trying again")).to_be_visible()
            await say(page, "are you there?")
            await expect(page.locator(".waiting")).to_contain_text("goes out by itself")
            async with serving(chromium, assistant, WebOptions(port=port)):
                await page.locator("#connection button").dispatch_event("click")  # unless it is back already
                await expect(page.get_by_text("Rapport was started anew")).to_be_visible()
                await expect(page.get_by_text("This answer was cut off. Please ask again.", exact=True)).to_be_visible()
                await expect(page.get_by_text("Rapport can't be reached. Trying again")).to_be_hidden()
                await expect(last_reply(page)).to_contain_text("You said: are you there?")


async def test_a_window_comes_back_by_itself_with_what_it_missed(rapport: Served) -> None:
    async with rapport.window() as page, rapport.window() as other:
        await say(page, "before")
        await expect(last_reply(page)).to_contain_text("before")
        await page.context.set_offline(offline=True)
        await page.evaluate("dispatchEvent(new Event('offline'))")
        await say(other, "meanwhile")
        await expect(last_reply(other)).to_contain_text("meanwhile")
        await page.context.set_offline(offline=False)
        await expect(last_reply(page)).to_contain_text("You said: meanwhile")
        await expect(page.locator(".message")).to_have_count(2)


async def test_the_token_opens_the_page(chromium: Browser) -> None:
    options = WebOptions(port=0, token=TOKEN)
    async with serving(chromium, FakeAssistant(), options) as served, served.window(owner=False) as page:
        await page.get_by_label("Token").fill("something else entirely")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("isn't the token")
        await page.get_by_label("Token").fill(TOKEN)
        await page.get_by_role("button", name="Sign in").click()
        await say(page, "hello")
        await expect(last_reply(page)).to_contain_text("You said: hello")


async def test_a_visitor_is_told_how_to_become_the_owner_and_the_owner_can_sign_out(rapport: Served) -> None:
    async with rapport.window(owner=False) as page:
        note = page.get_by_text("You are here as a visitor. The link that Rapport printed when it started")
        await expect(note).to_be_visible()
        await page.goto(rapport.chat.link)
        await expect(page).to_have_url(f"{rapport.address}/")
        await expect(page.get_by_text("You are this Rapport's owner.")).to_be_visible()
        await expect(note).to_be_hidden()
        await say(page, "hello")
        await expect(last_reply(page)).to_contain_text("You said: hello")
        assert said(rapport)[-1].sender.admin
        await page.get_by_role("button", name="Sign out").click()
        await expect(note).to_be_visible()
        await page.get_by_role("button", name="Close this note").click()
        await page.reload()
        await expect(page.get_by_text("You are here as a visitor. The link that Rapport printed makes")).to_be_visible()
        await expect(note).to_be_hidden()
        await say(page, "hello again")
        await expect(last_reply(page)).to_contain_text("You said: hello again")
        assert not said(rapport)[-1].sender.admin


async def test_logout_that_is_typed_signs_out_or_says_that_nobody_is_signed_in(rapport: Served) -> None:
    async with rapport.window() as page:
        await say(page, "/logout")
        await expect(page.get_by_text("You are here as a visitor. The link that Rapport printed when")).to_be_visible()
        await say(page, "/logout")
        await expect(page.locator("#problem")).to_contain_text("You aren't signed in here")
    assert said(rapport) == []


async def test_a_link_that_was_used_already_says_where_to_get_another(rapport: Served) -> None:
    used = rapport.chat.link
    async with rapport.window() as page:
        await page.goto(used)  # the owner's own browser
        await expect(page.locator("main:not([inert])")).to_be_attached()
    async with rapport.window(owner=False) as page:
        await page.goto(used)
        await expect(page.get_by_text("python -m bot link")).to_be_visible()
        await page.get_by_role("link", name="Open the chat as a visitor").click()
        await expect(page.get_by_text("You are here as a visitor. The link that Rapport printed when")).to_be_visible()
    rapport.complaints.clear()  # the browser logs the status 403


# ── the gallery ───────────────────────────────────────────────────────────────────────────────────


async def test_a_card_can_be_edited_forgotten_and_taken_back_outside_the_conversation(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page, "bo", " | dog | likes snow")
        gallery = page.get_by_role("complementary", name="Remembered here")
        await gallery.get_by_role("button", name=re.compile("^bo")).click()
        await expect(gallery.get_by_label("What it is")).to_have_value("dog")
        await expect(gallery.get_by_label("About")).to_have_value("likes snow")
        await expect(gallery.get_by_role("button", name="Save")).to_be_disabled()
        await gallery.get_by_label("About").fill("likes rain")
        await gallery.get_by_label("Name").fill("Bobby")
        await gallery.get_by_role("button", name="Save").click()
        await expect(gallery.get_by_role("heading", name="Bobby")).to_be_visible()
        await expect(gallery.locator(".story")).to_contain_text("likes rain")
        await expect(gallery.get_by_role("button", name="Save")).to_be_disabled()
        await gallery.get_by_role("button", name="Forget").click()
        await expect(gallery.get_by_role("status")).to_contain_text("Bobby is forgotten.")
        await expect(gallery.locator(".notice .left")).to_have_text(re.compile(r"^\d+ s$"))
        await expect(gallery.locator(".card:not(.add)")).to_have_count(0)
        await gallery.get_by_role("button", name="Undo").click()
        await expect(gallery.get_by_role("status")).to_contain_text("Bobby is back.")
        await expect(gallery.get_by_role("button", name=re.compile("^Bobby"))).to_be_visible()
        await expect(page.locator(".message")).to_have_count(1)
    edits = [
        one.text for one in rapport.assistant.messages if not one.id and not one.text.startswith(("/list", "/show"))
    ]
    assert edits == ["/retell bo\r\n- likes snow\r\n+ likes rain", "/rename bo | Bobby", "/forget Bobby", "/undo 1"]


async def test_a_card_tells_what_was_told_however_it_reads(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page, "bo", " | 2 photos · dog | likes · snow")
        gallery = page.get_by_role("complementary", name="Remembered here")
        await expect(gallery.locator(".card small")).to_have_text("2 photos · dog · 1 photo")
        await gallery.get_by_role("button", name=re.compile("^bo")).click()
        await expect(gallery.get_by_label("What it is")).to_have_value("2 photos · dog")
        await expect(gallery.get_by_label("About")).to_have_value("likes · snow")


async def test_a_refused_change_is_said_and_what_was_written_stays(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        gallery = page.get_by_role("complementary", name="Remembered here")
        await gallery.get_by_role("button", name=re.compile("^bo")).click()
        await expect(gallery.locator(".story")).to_contain_text("Added by you")
        rapport.assistant.concepts.clear()
        await gallery.get_by_label("About").fill("likes rain")
        await gallery.get_by_role("button", name="Save").click()
        await expect(gallery.get_by_role("status")).to_contain_text("I don't know anybody called bo")


async def test_the_gallery_of_every_window_follows_a_change(rapport: Served) -> None:
    async with rapport.window() as page, rapport.window() as other:
        await introduce(page)
        await expect(other.locator("#gallery .card:not(.add)")).to_have_count(1)
        await say(page, "/forget bo")
        await expect(other.locator("#gallery .card:not(.add)")).to_have_count(0)


# ── in the reader's language ──────────────────────────────────────────────────────────────────────


async def test_the_page_speaks_the_browsers_language_and_says_so_to_the_assistant(rapport: Served) -> None:
    async with rapport.window(locale="de-AT") as page:
        await expect(page.get_by_role("heading", name="Stell mir jemanden vor")).to_be_visible()
        await page.locator("#text").fill("hallo")
        await page.get_by_role("button", name="Senden").click()
        await expect(last_reply(page)).to_contain_text("You said: hallo")
        await page.locator("#text").focus()
        await page.keyboard.type("/forg")
        await expect(page.get_by_role("option").first).to_contain_text("vergess")
        await expect(page.locator("html")).to_have_attribute("lang", "de")
    assert said(rapport)[0].sender.language == "de"


# ── what people write stays text ──────────────────────────────────────────────────────────────────


async def test_markup_in_texts_names_and_file_names_stays_text(rapport: Served) -> None:
    async with rapport.window("/#/shared/%3Cimg%20src%3Dx%3E") as page:
        await page.get_by_label("Your name").fill(NASTY)
        await introduce(page, NASTY, f" | {NASTY} | {NASTY}")
        await say(page, NASTY, jpeg(f"{NASTY}.jpg"))
        await expect(last_reply(page)).to_contain_text(f"That's {NASTY}, right in the middle.")
        await say(page, "/list")
        await expect(last_reply(page).locator(".card strong")).to_have_text(NASTY)
        await page.locator("#gallery .card").first.click()
        await expect(page.locator("#gallery h2")).to_have_text(NASTY)
        async with rapport.window("/#/shared") as other:
            await expect(other.locator(".author").first).to_have_text(NASTY[:40])
        assert await page.locator("img[src=x]").count() == 0
        assert "pwned" not in await page.title()


# ── by keyboard, on every screen ──────────────────────────────────────────────────────────────────


async def test_commands_and_names_complete_by_keyboard(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page, "Bobby")
        text = page.get_by_role("textbox", name="Message")
        await text.focus()
        await page.keyboard.type("/forg")
        await expect(page.get_by_role("option")).to_have_count(2)
        await page.keyboard.press("Enter")
        await expect(text).to_have_value("/forget ")
        await page.keyboard.type("bo")
        await expect(page.get_by_role("option", name="Bobby")).to_be_visible()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("option", name="Bobby")).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Enter")
        await expect(text).to_have_value("/forget Bobby")
        await page.keyboard.press("Enter")
        await expect(last_reply(page)).to_contain_text("Bobby is forgotten.")


async def test_a_suggested_name_is_never_taken_instead_of_the_written_one(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page, "Bobby")
        await introduce(page, "bo")
        await page.keyboard.type("/show bo")
        await page.keyboard.press("Enter")
        await expect(last_reply(page)).to_contain_text("bo\n")
        assert said(rapport)[-1].text == "/show bo"
        await page.keyboard.type("/list")
        await page.keyboard.press("Enter")
        await expect(last_reply(page)).to_contain_text("I know 2 here.")


async def test_shift_enter_starts_a_line_and_enter_sends(rapport: Served) -> None:
    async with rapport.window() as page:
        await page.locator("#text").focus()
        await page.keyboard.type("one")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("two")
        await page.keyboard.press("Enter")
        await expect(last_reply(page)).to_contain_text("two")
    assert said(rapport)[-1].text == "one\ntwo"


async def test_everything_can_be_done_by_keyboard(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        await expect(page.locator("#gallery .card:not(.add)")).to_have_count(1)
        reached = set()
        for _ in range(30):
            await page.keyboard.press("Tab")
            name = "document.activeElement.ariaLabel || document.activeElement.textContent.trim()"
            reached.add(await page.evaluate(name))
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            inside = await page.evaluate("document.activeElement.matches('#text, body, .hidden-input')")
            assert inside or await page.evaluate(outline) != "none"
        assert {"New chat", "Copy this chat's link", "Ask about it", "The left part", "Add photos"} <= reached
        await page.get_by_role("button", name=re.compile("^bo")).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Back to everybody")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#gallery .card").first).to_be_focused()


async def test_on_a_narrow_screen_nothing_sticks_out_and_the_gallery_is_a_sheet(rapport: Served) -> None:
    phone: Any = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
    async with rapport.window(**phone) as page:
        await introduce(page, "b" * 64, f" | dog | {'long' * 50}")
        await say(page, "x" * 200, *[jpeg(f"{n}.jpg") for n in range(5)])
        await expect(last_reply(page)).to_contain_text("right in the middle")
        await expect(page.locator("#camera")).to_be_attached()
        opener = page.locator("#open-gallery")
        await opener.click()
        await expect(page.locator("#gallery .card").first).to_be_visible()
        await expect(page.locator("#main")).to_have_attribute("inert", "")
        assert await page.evaluate("document.documentElement.scrollWidth") == 320
        assert await page.evaluate("document.querySelector('#scroller').scrollWidth") == 320
        await page.keyboard.press("Escape")
        await expect(page.locator("#gallery")).to_be_hidden()
        await expect(opener).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_pair_of_colours_can_be_read(rapport: Served, scheme: str) -> None:
    pairs = [
        (text, ground)
        for text, grounds in {
            "ink": ("paper", "sheet", "tint"),
            "soft": ("paper", "sheet", "tint", "line"),
            "accent": ("paper", "sheet", "tint"),
            "on-accent": ("accent",),
            "warn": ("paper", "sheet", "warn-tint"),
        }.items()
        for ground in grounds
    ]
    read = "names => names.map(n => getComputedStyle(document.documentElement).getPropertyValue('--' + n))"
    async with rapport.window(color_scheme=scheme) as page:
        colors = await page.evaluate(read, [name for pair in pairs for name in pair])
    for (text, ground), front, back in zip(pairs, colors[::2], colors[1::2], strict=True):
        assert _contrast(front, back) >= 4.5, f"{text} on {ground}"


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color.strip()[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


async def test_a_long_conversation_stays_at_its_end_until_one_scrolls_up(rapport: Served) -> None:
    async with rapport.window() as page, rapport.window() as other:
        for n in range(12):
            await say(page, f"/help {n}")
        await expect(last_reply(page)).to_contain_text("Done: /help 11")
        await expect(last_reply(page)).to_be_in_viewport()
        await page.locator("#scroller").hover()
        await page.mouse.wheel(0, -400)
        await expect(last_reply(page)).not_to_be_in_viewport()
        await say(other, "something new")
        await expect(last_reply(page)).to_contain_text("something new")
        await expect(last_reply(page)).not_to_be_in_viewport()
        await page.get_by_role("button", name="New messages").click()
        await expect(last_reply(page)).to_be_in_viewport()


async def test_another_window_loses_the_words_and_pictures_of_who_is_forgotten(rapport: Served) -> None:
    async with rapport.window() as here, rapport.window(here.url.removeprefix(rapport.address)) as there:
        await introduce(here)
        await say(here, "where is bo?")
        await say(here, "", jpeg())
        await expect(last_reply(there)).to_contain_text("That's bo")
        await expect(there.locator("#log img")).to_have_count(4)
        await there.locator("#log .picture").last.click(position={"x": 8, "y": 8})
        await expect(there.locator("#viewer")).to_be_visible()
        await say(here, "/forget bo")
        await expect(there.locator("#log img")).to_have_count(0)
        await expect(there.locator("#viewer")).to_be_hidden()
        for page in (here, there):
            await expect(page.locator("#log")).not_to_contain_text("bo", ignore_case=False, timeout=30_000)
            await expect(page.locator("body")).not_to_contain_text("That's bo")
