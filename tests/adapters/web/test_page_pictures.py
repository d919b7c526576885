"""The page's pictures in a real browser: their places before they come, the viewer, and what can be tapped in them."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from core.messages import Button, Message, Reply
from tests.support.fakes_web import FakeAssistant
from tests.support.web_page import Served, introduce, jpeg, last_reply, said, say, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]


async def heights(page: Page) -> Any:
    return await page.evaluate("[...document.querySelectorAll('#log > li')].map(one => one.offsetHeight)")


async def test_a_picture_takes_its_place_before_it_has_come(rapport: Served) -> None:
    come = asyncio.Event()

    async def held(route: Route) -> None:
        await come.wait()
        await route.continue_()

    async with rapport.window() as page:
        await introduce(page)
        await say(page, "", jpeg())
        await expect(last_reply(page)).to_contain_text("That's bo")
    async with rapport.window() as page:
        await page.route("**/files/**", held)
        await page.reload()
        await expect(last_reply(page)).to_contain_text("That's bo")
        before = await heights(page)
        come.set()
        await expect(page.locator("#log img").last).to_have_js_property("naturalWidth", 640)
        await expect(page.locator("#log img").first).to_have_js_property("naturalWidth", 640)
        assert await heights(page) == before


async def test_arrows_and_a_swipe_go_through_the_pictures(rapport: Served) -> None:
    async with rapport.window(has_touch=True) as page:
        await say(page, "", jpeg("one.jpg"), jpeg("two.jpg"), jpeg("three.jpg"))
        await expect(last_reply(page)).to_contain_text("something round")
        await page.get_by_role("button", name="Open large: one.jpg").click()
        viewer = page.get_by_role("dialog", name="Picture")
        await expect(viewer.locator(".caption")).to_have_text("one.jpg")
        await expect(viewer.get_by_role("button", name="The picture before")).to_be_hidden()
        await page.keyboard.press("ArrowRight")
        await expect(viewer.locator(".caption")).to_have_text("two.jpg")
        swipe = """([from, to]) => {
            const stage = document.querySelector("#viewer .stage");
            const at = (type, clientX) => stage.dispatchEvent(new PointerEvent(
                type, { clientX, clientY: 300, pointerType: "touch", bubbles: true }));
            at("pointerdown", from);
            at("pointerup", to);
        }"""
        await page.evaluate(swipe, [600, 300])
        await expect(viewer.locator(".caption")).to_have_text("three.jpg")
        await page.evaluate(swipe, [300, 600])
        await expect(viewer.locator(".caption")).to_have_text("two.jpg")
        await viewer.get_by_role("button", name="The next picture").click()
        await viewer.get_by_role("button", name="The next picture").click()
        await expect(viewer.get_by_role("button", name="The next picture")).to_be_hidden()
        await viewer.locator("img").click()
        await expect(viewer.locator(".stage")).to_have_class(re.compile("zoomed"))


async def test_a_region_of_the_marked_picture_says_who_it_is_by_the_names_that_are_known(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page, "bo")
        await introduce(page, "Mia")
        await say(page, "", jpeg())
        await last_reply(page).get_by_role("button", name="bo: say who it is").click()
        menu = page.get_by_role("dialog")
        await expect(menu.get_by_role("heading", name="bo")).to_be_visible()
        await expect(menu.locator(".choose").get_by_role("button", name="bo", exact=True)).to_have_count(0)
        await menu.get_by_role("button", name="Mia").click()
        await expect(page.locator(".message").last).to_contain_text("That's Mia")
        await expect(last_reply(page)).to_contain_text("/point 12ab 0 180 96 460 408 | Mia")
    assert (said(rapport)[-1].text, said(rapport)[-1].pressed) == ("/point 12ab 0 180 96 460 408 | Mia", True)


async def test_the_menu_of_an_uncertain_region_has_its_own_buttons_and_they_go_when_one_is_pressed(
    rapport: Served,
) -> None:
    async with rapport.window() as page:
        await introduce(page)
        await say(page, "maybe", jpeg())
        await last_reply(page).locator(".region").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("dialog").get_by_role("button", name="That's bo", exact=True).click()
        await expect(last_reply(page)).to_contain_text("Done: /confirm yes 12ab 0 0 1")
        await expect(page.get_by_role("button", name="That's bo", exact=True)).to_be_disabled()
        await expect(page.get_by_role("button", name="Not bo", exact=True)).to_have_count(0)


async def test_each_sighting_has_buttons_of_its_own(chromium: Browser) -> None:
    class Two(FakeAssistant):
        async def answer(self, message: Message) -> Any:
            if message.text.startswith("/"):
                yield Reply(f"Done: {message.text}")
                return
            values = ("yes 12ab 0 0 1", "no 12ab 0 0 1", "yes 12ab 0 1 2", "no 12ab 0 1 2")
            labels = ("That's bo", "Not bo", "That's Mia", "Not Mia")
            buttons = [Button(label, f"/confirm {value}") for label, value in zip(labels, values, strict=True)]
            yield Reply("Are these bo and Mia?", buttons=tuple(buttons))

    async with serving(chromium, Two()) as served, served.window() as page:
        await say(page, "who?")
        await page.get_by_role("button", name="Not bo").click()
        await expect(page.get_by_role("button", name="That's bo")).to_have_count(0)
        await expect(page.get_by_role("button", name="Not bo")).to_be_disabled()
        await page.get_by_role("button", name="That's Mia").click()
        await expect(page.get_by_role("button", name="Not Mia")).to_have_count(0)
        await expect(last_reply(page)).to_contain_text("Done: /confirm yes 12ab 0 1 2")
        assert served.complaints == []


async def test_a_place_is_marked_by_mouse_and_named(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        await say(page, "", jpeg())
        await last_reply(page).get_by_role("button", name="Mark someone").click()
        field = page.get_by_role("application")
        box = await field.bounding_box()
        assert box
        await page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
        await page.mouse.down()
        await page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.75, steps=4)
        await page.mouse.up()
        naming = page.get_by_role("dialog", name="Choose a name")
        await naming.get_by_label("Name").fill("Kai")
        await page.keyboard.press("Enter")
        await expect(page.locator("#viewer")).to_be_hidden()
        await expect(page.locator(".message").last).to_contain_text("That's Kai")
        await expect(last_reply(page)).to_contain_text("Done: /point")
    command, _, name = said(rapport)[-1].text.partition(" | ")
    numbers = [int(one) for one in command.split()[2:]]
    assert name == "Kai"
    assert command.startswith("/point 12ab 0 ")
    assert all(abs(one - wanted) <= 3 for one, wanted in zip(numbers[1:], (160, 240, 320, 360), strict=True))


async def test_a_place_is_marked_by_keyboard_in_a_photo_of_an_album(rapport: Served) -> None:
    async with rapport.window() as page:
        await introduce(page)
        await say(page, "", jpeg("a.jpg"), jpeg("b.jpg"))
        await expect(last_reply(page)).to_contain_text("That's bo")
        await page.get_by_role("button", name="Open large: b.jpg").click()
        await page.get_by_role("button", name="Mark someone").click()
        await expect(page.get_by_role("application")).to_be_focused()
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("Shift+ArrowDown")
        await page.keyboard.press("Enter")
        await page.get_by_role("dialog", name="Choose a name").get_by_label("Name").fill("Kai")
        await page.keyboard.press("Enter")
        await expect(last_reply(page)).to_contain_text("| Kai")
    assert said(rapport)[-1].text == "/point 12ab 1 211 168 403 322 | Kai"


async def test_an_import_shows_how_far_it_is(chromium: Browser) -> None:
    class Importing(FakeAssistant):
        async def answer(self, message: Message) -> Any:
            if not message.files:
                async for reply in super().answer(message):
                    yield reply
                return
            yield Reply("1 of 4 photos…", final=False, progress=(1, 4))
            await self.go.wait()
            yield Reply("All 4 photos came in.")

    assistant = Importing()
    async with serving(chromium, assistant) as served, served.window() as page:
        archive: Any = {"name": "bo.zip", "mimeType": "application/zip", "buffer": b"PK"}
        await say(page, "/import", archive)
        bar = page.get_by_role("progressbar", name="How far it is")
        await expect(bar).to_have_attribute("value", "1")
        await expect(bar).to_have_attribute("max", "4")
        assistant.go.set()
        await expect(last_reply(page)).to_contain_text("All 4 photos came in.")
        await expect(bar).to_have_count(0)
        assert served.complaints == []


async def test_a_reply_that_replaces_another_stands_in_its_place(chromium: Browser) -> None:
    class Reviewing(FakeAssistant):
        async def answer(self, message: Message) -> Any:
            if message.pressed:
                yield Reply("Is that Mia?", replaces=True)
            elif message.id:
                yield Reply("Is that bo?", buttons=(Button("Yes", "/review yes 1"),))
            else:
                yield Reply("")

    async with serving(chromium, Reviewing()) as served, served.window() as page:
        await say(page, "/review")
        await page.get_by_role("button", name="Yes").click()
        await expect(last_reply(page)).to_have_text("Is that Mia?")
        for _ in range(2):
            await expect(page.locator("#log .reply")).to_have_count(1)
            await expect(page.locator("#log .message")).to_have_count(1)
            await page.reload()
            await expect(last_reply(page)).to_have_text("Is that Mia?")
        assert served.complaints == []
