"""The page's gallery, settings and home in a real browser: what is known, and how it is put right."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from core.messages import Chat, Message
from tests.core.assistant.test_assistant import talking
from tests.support.fakes import blocks
from tests.support.fakes_web import Remembered, picture
from tests.support.web_page import Served, introduce, jpeg, last_reply, said, say, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

PHONE: Any = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def asked(served: Served) -> list[str]:
    """The edits that the gallery and the settings asked for."""
    quiet: list[Message] = [message for message in served.assistant.messages if not message.id]
    return [one.text.replace("\r\n", "\n") for one in quiet if not one.text.startswith(("/list", "/show"))]


async def open_card(page: Page, name: str) -> Any:
    gallery = page.locator("#gallery")
    await gallery.locator(".card", has_text=name).click()
    await expect(gallery.get_by_role("heading", name=name)).to_be_visible()
    return gallery


async def layers(page: Page, count: int) -> None:
    """Wait until the browser's history has a place for so many layers."""
    for _ in range(500):
        if await page.evaluate("history.state?.layers ?? 0") == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"never {count} layers")


async def test_home_shows_who_is_known_and_their_cards_open_from_there(rapport: Served) -> None:
    async with rapport.window() as page:
        await expect(page.get_by_role("heading", name="Introduce someone")).to_be_visible()
        await introduce(page)
    rapport.assistant.concepts["web:garden"] = rapport.assistant.concepts["web:home"]
    async with rapport.window("/#/garden") as page:
        await expect(page.get_by_role("heading", name="Whom I know here")).to_be_visible()
        await expect(page.get_by_text("Send me a photo, and I'll tell you who is in it.")).to_be_visible()
        await page.locator("#empty").get_by_role("button", name="bo").click()
        await expect(page.locator("#gallery").get_by_label("Name")).to_have_value("bo")


async def test_a_card_being_written_in_keeps_its_text_and_follows_everything_else(rapport: Served) -> None:
    async with rapport.window() as page, rapport.window() as other:
        await introduce(page, "bo", " | dog")
        gallery = await open_card(page, "bo")
        await gallery.get_by_label("About").fill("likes rain and")
        await say(other, "/category bo | cat")
        await expect(gallery.get_by_label("What it is")).to_have_value("cat")
        await say(other, "/rename bo | Bobby")
        await expect(gallery.get_by_role("heading", name="Bobby")).to_be_visible()
        await expect(gallery.get_by_label("Name")).to_have_value("Bobby")
        await expect(gallery.get_by_label("About")).to_have_value("likes rain and")
        await say(other, "/forget Bobby")
        await expect(gallery.get_by_text("Bobby was renamed or forgotten elsewhere.")).to_be_visible()
        await expect(gallery.get_by_label("About")).to_have_value("likes rain and")


async def test_the_gallerys_search_counts_who_fits_and_says_when_nobody_does(rapport: Served) -> None:
    known = rapport.assistant.concepts["web:home"] = {}
    for name in ("bo", "Bobby", "Mia", "Kai", "Zoe", "Ann", "Ben", "Max", "Lea"):
        known[name] = Remembered(name, photos=[picture()])
    async with rapport.window() as page:
        gallery = page.locator("#gallery")
        field, count, none = gallery.get_by_role("searchbox"), gallery.locator(".count"), gallery.locator(".none")
        await expect(count).to_have_text("9")
        await expect(none).to_be_empty()
        await field.fill("BO")
        await expect(count).to_have_text("2 / 9")
        await expect(none).to_be_empty()
        await field.fill("Oswald ")
        await expect(none).to_have_text("Nobody here fits “Oswald”.")
        await expect(none).to_have_attribute("role", "status")
        await expect(count).to_have_text("0 / 9")
        await expect(gallery.get_by_role("button", name="Add someone")).to_be_visible()
        await field.fill("")
        await expect(count).to_have_text("9")
        await expect(none).to_be_empty()
        await expect(gallery.locator("[data-name]")).to_have_count(9)


async def test_a_card_that_is_forgotten_elsewhere_closes(rapport: Served) -> None:
    async with rapport.window() as page, rapport.window() as other:
        await introduce(page)
        gallery = await open_card(page, "bo")
        await say(other, "/forget bo")
        await expect(gallery.get_by_role("heading", name="Remembered here")).to_be_visible()


async def test_a_photo_is_made_the_cover_moved_and_removed_without_losing_what_is_written(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page, "Mia")
        await say(page, "/remember bo", jpeg(), jpeg("2.jpg"))
        await expect(last_reply(page)).to_contain_text("I'll remember bo.")
        gallery = await open_card(page, "bo")
        await gallery.get_by_label("About").fill("not yet saved")
        await gallery.get_by_role("button", name=re.compile("^Photo 2, ")).click()
        await gallery.get_by_role("button", name="Photo 2: make it the cover").click()
        await expect(gallery.get_by_role("status")).to_contain_text("/cover bo 2")
        await gallery.get_by_role("button", name=re.compile("^Photo 2, ")).focus()
        await page.keyboard.press("Enter")
        await gallery.get_by_role("button", name="Photo 2: that's someone else").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("dialog").get_by_role("button", name="Mia").click()
        await expect(gallery.get_by_role("status")).to_contain_text("/move bo 2 | Mia")
        await gallery.get_by_role("button", name="Photo 1: remove this photo").click()
        await expect(gallery.get_by_role("status")).to_contain_text("/remove bo 1")
        await expect(gallery.get_by_label("About")).to_have_value("not yet saved")
    assert asked(rapport) == ["/cover bo 2", "/move bo 2 | Mia", "/remove bo 1"]


async def test_two_names_become_one_from_the_card(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page, "Mimi")
        await introduce(page, "Mia")
        gallery = await open_card(page, "Mia")
        await gallery.get_by_role("button", name="Same as someone else").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_role("heading", name="Who else is Mia?")).to_be_visible()
        await dialog.get_by_label("Find a name").fill("nobody of that name")
        await page.keyboard.press("Enter")
        await expect(dialog).to_be_visible()
        await dialog.get_by_label("Find a name").fill("mimi")
        await page.keyboard.press("Enter")
        await expect(gallery.get_by_role("status")).to_contain_text("/merge Mia | Mimi")
    assert asked(rapport) == ["/merge Mia | Mimi"]


async def test_the_settings_are_chosen_in_a_panel_and_stay_out_of_the_conversation(rapport: Served) -> None:
    async with rapport.window() as page, rapport.window() as other:
        await other.get_by_role("button", name="Settings").click()
        await page.get_by_role("button", name="Settings").click()
        panel = page.get_by_role("dialog", name="Settings")
        await expect(panel.get_by_label("I answer when I'm spoken to")).to_be_checked()
        await panel.get_by_label("I answer everything").check()
        await panel.get_by_label("My language in this chat").select_option("de")
        await expect(other.get_by_label("I answer everything")).to_be_checked()
        await expect(other.get_by_label("My language in this chat")).to_have_value("de")
        await panel.get_by_label("I note down when I see someone I know").check()
        await panel.get_by_label("I don't note down whom I see").click()
        await expect(panel.get_by_role("alert")).to_contain_text("That erases it.")
        await expect(panel.get_by_label("I note down when I see someone I know")).to_be_checked()
        await panel.get_by_role("button", name="Yes, erase it").click()
        await expect(panel.get_by_label("I don't note down whom I see")).to_be_checked()
        await expect(panel.get_by_role("alert")).to_be_hidden()
        await page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()
        await expect(page.locator(".message")).to_have_count(0)
    assert rapport.assistant.chosen == {"replies": "all", "language": "de", "diary": "off"}
    assert said(rapport) == []


async def test_turning_training_on_asks_everybody_in_the_conversation_and_each_has_the_button(rapport: Served) -> None:
    async with rapport.window() as page, rapport.window(owner=False) as other:
        await page.get_by_role("button", name="Settings").click()
        panel = page.get_by_role("dialog", name="Settings")
        await panel.get_by_label("what those of you who agree have taught me may be used").click()
        await expect(panel.get_by_role("alert")).to_contain_text("That is about all of you.")
        await expect(panel.get_by_label("nothing of this chat is used to train a model")).to_be_checked()
        await panel.get_by_role("button", name="Yes, allow it").click()
        await expect(panel).to_be_hidden()
        await expect(other.locator(".text").get_by_text("Each of you decides.")).to_be_visible()
        agree = page.get_by_role("button", name="I agree"), other.get_by_role("button", name="I agree")
        await agree[0].click()
        await expect(other.locator(".text").get_by_text("Done: /consent yes 1")).to_be_visible()
        await expect(agree[0]).to_be_disabled()
        await expect(agree[1]).to_be_enabled()
    assert rapport.assistant.chosen == {"training": "on"}


async def test_a_visitor_sees_the_settings_and_changes_only_the_pages_language(rapport: Served) -> None:
    async with rapport.window(owner=False, **PHONE) as page:
        await page.locator("#text").fill("hello, half")
        await page.get_by_role("button", name="Settings").click()
        panel = page.get_by_role("dialog")
        await expect(panel.get_by_text("Only the owner can change these.")).to_be_visible()
        await expect(panel.get_by_label("I answer everything")).to_be_disabled()
        await panel.get_by_label("This page's language").select_option("es")
        await expect(page.get_by_role("heading", name="Preséntame a alguien")).to_be_visible()
        await expect(page.locator("#text")).to_have_value("hello, half")
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("lang", "es")
        await say(page, "hello")
        await expect(last_reply(page)).to_contain_text("You said: hello")
        assert said(rapport)[-1].sender.language == "es"


async def test_back_closes_what_lies_over_the_page_one_after_the_other(rapport: Served) -> None:
    async with rapport.window(**PHONE) as page:
        await introduce(page)
        await page.locator("#open-gallery").click()
        await open_card(page, "bo")
        await page.locator("#gallery .hero").click()
        await expect(page.locator("#viewer")).to_be_visible()
        await layers(page, 3)
        await page.go_back()
        await expect(page.locator("#viewer")).to_be_hidden()
        await expect(page.locator("#gallery").get_by_label("About")).to_be_visible()
        await page.go_back()
        await expect(page.locator("#gallery .wall")).to_be_visible()
        await page.go_back()
        await expect(page.locator("#gallery")).to_be_hidden()
        await page.locator("#open-chats").click()
        await layers(page, 1)
        await page.keyboard.press("Escape")
        await layers(page, 0)
        await expect(page).to_have_url(re.compile(rapport.address))


async def test_what_is_being_written_stays_with_its_chat_and_outlives_a_reload(rapport: Served) -> None:
    async with rapport.window() as page:
        await page.locator("#pick").set_input_files([jpeg()])
        await page.locator("#text").fill("for the home chat")
        await page.get_by_role("button", name="New chat").click()
        await expect(page.locator("#text")).to_have_value("")
        await expect(page.locator("#tray li")).to_have_count(0)
        await page.locator("#text").fill("for the second")
        await page.get_by_role("link", name="Home").click()
        await expect(page.locator("#text")).to_have_value("for the home chat")
        await expect(page.locator("#tray li")).to_have_count(1)
        await page.reload()
        await expect(page.locator("#text")).to_have_value("for the home chat")
        await page.locator("#text").press("Enter")
        await expect(last_reply(page)).to_contain_text("You said: for the home chat")
        await page.reload()
        await expect(last_reply(page)).to_contain_text("You said: for the home chat")
        await expect(page.locator("#text")).to_have_value("")
        await page.get_by_role("link", name="Chat 2").click()
        await expect(page.locator("#text")).to_have_value("for the second")


async def test_a_refusal_or_a_double_click_never_takes_an_undo_away_and_the_notice_can_be_read(rapport: Served) -> None:
    async with rapport.window(**{**PHONE, "has_touch": False, "is_mobile": False}) as page:
        await introduce(page, "Mia")
        await say(page, "/remember Mia", jpeg("2.jpg"))
        await expect(page.locator("#log .reply:not(.open)")).to_have_count(2)
        await page.locator("#open-gallery").click()
        gallery = await open_card(page, "Mia")
        await gallery.get_by_role("button", name="Photo 1: remove this photo").dblclick()
        notice = gallery.locator(".notice")
        await expect(notice.get_by_role("button", name="Undo")).to_be_visible()
        assert asked(rapport) == ["/remove Mia 1"]
        text, whole = await notice.locator("p").first.bounding_box(), await notice.bounding_box()
        assert text
        assert whole
        assert text["width"] > whole["width"] / 2
        assert whole["x"] >= 0
        assert whole["x"] + whole["width"] <= 390
        del rapport.assistant.concepts["web:home"]["Mia"]
        await gallery.get_by_label("Name").fill("Maja")
        await gallery.get_by_role("button", name="Save").click()
        await expect(notice).to_contain_text("I don't know anybody called Mia here.")
        await expect(notice.get_by_role("button", name="Undo")).to_be_visible()


async def test_what_was_saved_in_one_go_is_undone_in_one_go(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        gallery = await open_card(page, "bo")
        await gallery.get_by_label("About").fill("likes rain")
        await gallery.get_by_label("Name").fill("Bobby")
        await gallery.get_by_role("button", name="Save").click()
        await expect(gallery.locator(".notice")).to_contain_text("Good to know about bo.")
        await expect(gallery.locator(".notice")).to_contain_text("bo is Bobby now.")
        await gallery.locator(".notice").get_by_role("button", name="Undo").click()
        await expect(gallery.get_by_label("Name")).to_have_value("bo")
        await expect(gallery.get_by_label("About")).to_have_value("")
        assert asked(rapport)[-2:] == ["/undo 3", "/undo 2"]


async def test_back_closes_a_card_in_the_wide_window_too(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        await open_card(page, "bo")
        await layers(page, 1)
        await page.go_back()
        await expect(page.locator("#gallery .wall")).to_be_visible()
        await expect(page).to_have_url(re.compile(rapport.address))


async def test_a_written_name_is_sent_by_enter(rapport: Served) -> None:
    async with rapport.window() as page:
        for name in ("bo", "kai"):
            await introduce(page, name)
        gallery = await open_card(page, "bo")
        await gallery.get_by_role("button", name="Photo 1: that's someone else").click()
        await page.keyboard.type("Zoe")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await expect(gallery.locator(".notice")).to_contain_text("Done: /move bo 1 | Zoe")


async def test_the_box_has_a_fact_on_each_line_and_after_save_what_it_shows_is_what_is_known(
    chromium: Browser, tmp_path: Path
) -> None:
    async with talking(tmp_path) as home, serving(chromium, home.running.assistant) as served:
        talk = home.elsewhere(Chat("web", "home"))
        await talk.say("/remember Tim | hamster | is a hamster", blocks("red"))
        for text in ("likes carrots", "is afraid of dogs"):
            await talk.say(f"/describe Tim | {text}")
        async with served.window() as page:
            gallery = await open_card(page, "Tim")
            about, save = gallery.get_by_label("About"), gallery.get_by_role("button", name="Save")
            await expect(about).to_have_value("is a hamster\nlikes carrots\nis afraid of dogs")
            await expect(save).to_be_disabled()
            await about.fill("is a hamster\nlikes carrots and salad\n")
            await talk.say("/describe Tim | bites")  # somebody else, since the form was opened
            await save.click()
            await expect(gallery.locator(".notice")).to_contain_text("I've dropped 2 things that I was told about Tim.")
            await expect(about).to_have_value("is a hamster\nbites\nlikes carrots and salad")
            await expect(save).to_be_disabled()
            await gallery.locator(".notice").get_by_role("button", name="Undo").click()
            await expect(about).to_have_value("is a hamster\nlikes carrots\nis afraid of dogs\nbites")
            await about.fill("")
            await save.click()
            await expect(gallery.locator(".notice")).to_contain_text("I've dropped 4 things")
            await expect(about).to_have_value("")
            await expect(gallery.get_by_role("heading", name="Tim")).to_be_visible()
    assert served.complaints == []


async def test_what_is_told_elsewhere_while_the_box_is_written_in_is_not_dropped(rapport: Served) -> None:
    async with rapport.window() as page, rapport.window() as other:
        await introduce(page, "bo", " | dog | barks")
        gallery = await open_card(page, "bo")
        await gallery.get_by_label("About").fill("barks\nsings\n")
        await say(other, "/describe bo | digs")
        await expect(gallery.locator(".story")).to_contain_text("digs")
        await expect(gallery.get_by_label("About")).to_have_value("barks\nsings\n")
        await gallery.get_by_role("button", name="Save").click()
        await expect(gallery.get_by_label("About")).to_have_value("barks\ndigs\nsings")
    assert asked(rapport) == ["/retell bo\n+ sings"]
