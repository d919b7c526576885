"""Everybody can use the page: axe finds nothing on it, light and dark, wide and narrow; and it installs as an app."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from adapters.web.options import WebOptions
from tests.support.fakes_web import FakeAssistant
from tests.support.web_client import TOKEN
from tests.support.web_page import Served, introduce, jpeg, last_reply, say, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

WIDE: Any = {"viewport": {"width": 1280, "height": 800}}
NARROW: Any = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def barriers(page: Page, state: str) -> list[str]:
    """What axe-core finds, by the rules of WCAG 2.2 A and AA and its best practices."""
    await page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    found = (await Axe().run(page)).response["violations"]
    return [f"{state}: {one['id']}: {node['target']} {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_axe_finds_nothing_in_any_state_of_the_page(rapport: Served, scheme: str, size: Any) -> None:
    async with rapport.window(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True, **size) as page:
        found = await barriers(page, "home")
        await introduce(page, "Mia")
        await say(page, "/remember bo | dog | likes snow", jpeg(), jpeg("2.jpg"))
        await expect(last_reply(page)).to_contain_text("I'll remember bo.")
        await say(page, "maybe", jpeg())
        await expect(last_reply(page)).to_contain_text("Is this")
        found += await barriers(page, "conversation")
        await page.locator("#open-settings").click()
        await expect(page.get_by_label("I answer everything")).to_be_visible()
        found += await barriers(page, "settings")
        await page.keyboard.press("Escape")
        await last_reply(page).locator(".region").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#names")).to_be_visible()
        found += await barriers(page, "names")
        await page.keyboard.press("Escape")
        await last_reply(page).locator("button.picture").click(position={"x": 8, "y": 8})
        await expect(page.locator("#viewer")).to_be_visible()
        found += await barriers(page, "viewer")
        await page.keyboard.press("Escape")
        if size is NARROW:
            await page.locator("#open-gallery").click()
        await page.locator("#gallery .card", has_text="bo").click()
        await expect(page.locator("#gallery .story")).to_contain_text("likes snow")
        found += await barriers(page, "card")
        await page.get_by_role("button", name="Photo 1: remove this photo").click()
        await expect(page.locator("#gallery").get_by_role("status")).to_contain_text("Done")
        found += await barriers(page, "notice")
    assert not found, "\n".join(found)


async def test_axe_finds_nothing_on_the_way_in(chromium: Browser) -> None:
    options = WebOptions(port=0, token=TOKEN)
    async with (
        serving(chromium, FakeAssistant(), options) as served,
        served.window(owner=False, bypass_csp=True) as page,
    ):
        found = await barriers(page, "login")
        await page.goto(f"{served.address}/offline")
        found += await barriers(page, "offline")
        await page.goto(f"{served.address}/?key=nonsense")
        found += await barriers(page, "link")
    assert not found, "\n".join(found)


async def test_without_rapport_the_offline_page_is_shown_and_nothing_else_was_kept(chromium: Browser) -> None:
    async with serving(chromium, FakeAssistant()) as served, served.window() as page:
        await introduce(page)
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        kept = """async () => {
            const found = [];
            for (const name of await caches.keys())
                found.push(...(await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname));
            return found.sort();
        }"""
        assert await page.evaluate(kept) == [
            "/offline",
            "/static/css/login.css",
            "/static/css/style.css",
            "/static/favicon.svg",
        ]
        await page.reload()
        await expect(last_reply(page)).to_contain_text("I'll remember bo.")
        assert len(await page.evaluate(kept)) == 4
        await served.chat.aclose()
        await page.goto(served.address)
        await expect(page.get_by_role("heading", name="Rapport can't be reached")).to_be_visible()


async def test_the_manifest_and_its_icons_are_there(rapport: Served) -> None:
    async with rapport.window() as page:
        manifest = await (await page.request.get(f"{rapport.address}/static/manifest.webmanifest")).json()
        for icon in manifest["icons"]:
            got = await page.request.get(rapport.address + icon["src"])
            assert (got.status, got.headers["content-type"]) == (200, icon["type"])
        linked = page.locator('link[rel="manifest"]')
        await expect(linked).to_have_attribute("href", "/static/manifest.webmanifest")
