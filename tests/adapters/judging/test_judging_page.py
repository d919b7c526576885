"""The real page in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from adapters.judging.page import JudgingPage
from bot.data.output.judging import Judgements
from bot.data.output.looking import SampleBook
from bot.data.samples import Kind
from tests.support import browser
from tests.support.samples_on_disk import concept, sample, small_build

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

NASTY = '<img src=x onerror="document.title=`pwned`">'
WIDE: Any = {"viewport": {"width": 1280, "height": 800}}
NARROW: Any = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
BO, MIA = concept("bo"), concept("Mia", noise=True)
SAMPLES = [
    sample("1", BO, MIA),
    sample("2", BO, answer=f"<bo> says {NASTY}"),
    sample("3", BO, image="", kind=Kind.TEXT),
    sample("4", BO, kind=Kind.RECOGNITION),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser.chromium() as running:
        yield running


@asynccontextmanager
async def opened(chromium: Browser, out: Path, **settings: Any) -> AsyncIterator[Page]:
    """A window on the page, opened by its link; it may complain about nothing."""
    page = JudgingPage(SampleBook(out))
    page.open()
    running = asyncio.create_task(page.run())
    complaints: list[str] = []
    async with browser.window(chromium, **WIDE | settings) as window:
        window.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        window.on("pageerror", lambda error: complaints.append(str(error)))
        await window.goto(page.link)
        await expect(window.locator("#talk li")).not_to_have_count(0)
        yield window
    page.close()
    await running
    assert complaints == []


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return small_build(tmp_path / "out", {"train": SAMPLES})


async def test_a_sample_is_shown_with_all_that_it_teaches(chromium: Browser, out: Path) -> None:
    async with opened(chromium, out) as page:
        await expect(page.locator("#position")).to_have_text("1 of 4 · caption, train · not judged")
        await expect(page.locator("#frame img")).to_have_js_property("naturalWidth", 160)
        await expect(page.locator("#frame g.there")).to_have_count(1)
        await expect(page.locator("#frame g.noise")).to_have_count(1)
        await expect(page.locator("#talk .answer")).to_have_text("It's bo.")
        await expect(page.locator("#known li")).to_have_count(2)
        await expect(page.locator("#known li.noise")).to_contain_text("retrieved by mistake")
        await expect(page.locator("#from")).to_contain_text("CC0-1.0")


async def test_keys_judge_and_go_on(chromium: Browser, out: Path) -> None:
    async with opened(chromium, out) as page:
        await page.keyboard.press("k")
        await expect(page.locator("#position")).to_contain_text("2 of 4")
        await page.keyboard.press("x")
        await expect(page.get_by_role("button", name="Wrong answer")).to_be_focused()
        await page.keyboard.press("2")
        await expect(page.locator("#position")).to_contain_text("3 of 4")
        await page.keyboard.press("x")
        await page.get_by_label("Another reason").fill("kkk, not x")
        await page.keyboard.press("Enter")
        await expect(page.locator("#position")).to_contain_text("4 of 4")
        await page.keyboard.press("x")
        await page.keyboard.press("Escape")
        await expect(page.locator("#why")).to_be_hidden()
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator("#position")).to_contain_text("3 of 4 · text, train · left out: kkk, not x")
        await page.keyboard.press("u")
        await expect(page.locator("#position")).to_contain_text("not judged")
    judged = [Judgements(out).of(one) for one in SAMPLES]
    assert [(one.keep, one.reason) if one else None for one in judged] == [
        (True, ""),
        (False, "Wrong name"),
        None,
        None,
    ]


async def test_the_mouse_does_it_too_and_filters_choose(chromium: Browser, out: Path) -> None:
    async with opened(chromium, out) as page:
        await page.get_by_label("Kind").select_option("recognition")
        await expect(page.locator("#position")).to_contain_text("1 of 1 · recognition")
        await page.get_by_role("button", name="Leave out").click()
        await page.get_by_role("button", name="Bad picture").click()
        await expect(page.locator("#position")).to_contain_text("left out: Bad picture")
        await expect(page.get_by_role("button", name="Leave out")).to_have_attribute("aria-pressed", "true")
        await page.get_by_label("Judged").select_option("left out")
        await page.get_by_label("Kind").select_option("caption")
        await expect(page.locator("#none")).to_be_visible()
        await page.get_by_label("Kind").select_option("")
        await page.get_by_label("Judged").select_option("not judged")
        await expect(page.locator("#position")).to_contain_text("1 of 3")


async def test_words_stay_words_and_what_is_missing_is_said(chromium: Browser, out: Path) -> None:
    async with opened(chromium, out) as page:
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#talk .answer")).to_contain_text(NASTY[1:-1])
        assert await page.title() == "Rapport: samples to judge"
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#frame")).to_contain_text("There is no photo")
        await expect(page.locator("#frame img")).to_have_count(0)


async def test_a_picture_that_is_gone_is_said(chromium: Browser, out: Path) -> None:
    async with opened(chromium, out) as page:
        await expect(page.locator("#frame img")).to_have_count(1)
    (out / "pictures/1.jpg").unlink()
    page_ = JudgingPage(SampleBook(out))
    page_.open()
    running = asyncio.create_task(page_.run())
    async with browser.window(chromium) as window:
        await window.goto(page_.link)
        await expect(window.locator("#frame")).to_contain_text("This picture can't be opened.")
    page_.close()
    await running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_axe_finds_nothing(chromium: Browser, out: Path, scheme: str, size: Any) -> None:
    settings = {"color_scheme": scheme, "reduced_motion": "reduce", "bypass_csp": True, **size}
    async with opened(chromium, out, **settings) as page:
        for key in ("", "k", "ArrowRight", "x"):
            if key:
                await page.keyboard.press(key)
            if key == "x":
                await expect(page.locator("#why")).to_be_visible()
            found = (await Axe().run(page)).response["violations"]
            assert [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]] == []
        width, room = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= room
