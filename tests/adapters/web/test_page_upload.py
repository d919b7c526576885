"""Photos on their way from the page: read when picked, made smaller in the browser, sent until they are there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from playwright.async_api import Browser, Route, WebSocketRoute, expect

from adapters.web.options import Bounds, WebOptions
from core.images.decoding import Limits, decode
from core.options import MessageLimits
from tests.support.fakes_web import FakeAssistant, picture
from tests.support.web_page import Served, jpeg, last_reply, said, say, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

TWELVE_MEGAPIXELS = (4032, 3024)
MESSAGES = "**/api/chats/*/messages"


def grain(size: tuple[int, int], mode: str = "RGB") -> PIL.Image.Image:
    """Four corners of colours of their own, with the grain that makes a photo's file large."""
    width, height = size
    corners = np.array([[[220, 30, 30], [30, 200, 30]], [[30, 30, 220], [200, 200, 40]]], np.int16)
    whole = np.repeat(np.repeat(corners, -(-height // 2), 0), -(-width // 2), 1)[:height, :width]
    noise = np.random.default_rng(0).integers(-20, 20, (height, width, 1), np.int16)
    return PIL.Image.fromarray(np.clip(whole + noise, 0, 255).astype(np.uint8)).convert(mode)


def file(name: str, image: PIL.Image.Image, kind: str, **settings: Any) -> Any:
    out = io.BytesIO()
    image.save(out, kind, **settings)
    return {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": out.getvalue()}


def quarters(data: bytes) -> np.ndarray[Any, Any]:
    """The middle colours of a photo's four quarters, as the server sees it."""
    seen = decode(data, limits=Limits()).pixels
    high, wide = seen.shape[0] // 4, seen.shape[1] // 4
    return np.array(
        [
            seen[y * high - 20 : y * high + 20, x * wide - 20 : x * wide + 20].mean((0, 1))
            for y in (1, 3)
            for x in (1, 3)
        ]
    )


async def received(served: Served, *files: Any) -> list[bytes]:
    """What the server gets of files that somebody picks and sends."""
    async with served.window() as page:
        await say(page, "", *files)
        await expect(last_reply(page)).to_contain_text("something round")
    return [photo.data for photo in said(served)[-1].photos]


@pytest.mark.parametrize("orientation", [1, 3, 5, 6, 8])
async def test_a_large_photo_is_made_smaller_and_stays_upright(rapport: Served, orientation: int) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    large = file("IMG_1.JPEG", grain(TWELVE_MEGAPIXELS), "JPEG", quality=80, exif=exif)
    assert len(large["buffer"]) > 2_000_000
    (data,) = await received(rapport, large)
    small, before = decode(data), decode(large["buffer"])
    assert (small.width, small.height) == ((1536, 2048) if orientation > 4 else (2048, 1536))
    assert len(data) < len(large["buffer"]) / 2
    assert np.abs(quarters(data) - quarters(large["buffer"])).max() < 6
    assert (before.width > before.height) == (small.width > small.height)
    assert said(rapport)[-1].photos[0].name == "IMG_1.jpg"


async def test_what_is_transparent_comes_on_white_as_the_server_has_it(rapport: Served) -> None:
    image = grain((2400, 1800), "RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 1200, 900))
    sticker = file("sticker.png", image, "PNG")
    (data,) = await received(rapport, sticker)
    assert data[:2] == b"\xff\xd8"
    assert quarters(data)[0].min() > 250
    assert np.abs(quarters(data) - quarters(sticker["buffer"])).max() < 6


@pytest.mark.parametrize(
    "untouched",
    [
        file("heavy.png", grain((1200, 900)), "PNG"),  # many bytes of few pixels: it is never made larger
        file("light.jpg", PIL.Image.new("RGB", TWELVE_MEGAPIXELS, "teal"), "JPEG"),
        file("moving.gif", grain((2400, 1800), "L"), "GIF"),
        {"name": "IMG_2.HEIC", "mimeType": "image/heic", "buffer": b"\0\0\0\x18ftypheic" + bytes(900_000)},
    ],
    ids=lambda one: one["name"],
)
async def test_what_is_small_and_what_the_browser_cannot_open_goes_as_it_is(rapport: Served, untouched: Any) -> None:
    assert await received(rapport, untouched) == [untouched["buffer"]]


async def test_a_photo_that_is_too_large_for_the_server_fits_when_it_is_smaller(chromium: Browser) -> None:
    large = file("large.jpg", grain(TWELVE_MEGAPIXELS), "JPEG", quality=90)
    bounds = Bounds(MessageLimits(photo_megabytes=3))
    assert len(large["buffer"]) > bounds.limits.photo_bytes
    async with serving(chromium, FakeAssistant(), bounds=bounds) as served:
        assert len(await received(served, large)) == 1


async def test_a_photo_is_sent_as_it_was_picked_whatever_becomes_of_its_file(rapport: Served, tmp_path: Path) -> None:
    kept, gone = tmp_path / "kept.jpg", tmp_path / "gone.jpg"
    for path in (kept, gone):
        path.write_bytes(picture())
    async with rapport.window() as page:
        await page.locator("#pick").set_input_files([kept, gone])
        shown = page.locator("#tray img")
        await expect(shown).to_have_count(2)
        for picked in await shown.all():
            await expect(picked).to_have_js_property("complete", True)
        kept.write_bytes(b"something else entirely")
        gone.unlink()
        await say(page, "who is that?")
        await expect(last_reply(page)).to_contain_text("something round")
        await expect(page.locator(".message .failure")).to_have_count(0)
    assert [photo.data for photo in said(rapport)[-1].photos] == [picture(), picture()]


async def test_an_archive_that_has_changed_since_it_was_picked_is_said_to_have(rapport: Served, tmp_path: Path) -> None:
    archive = tmp_path / "rapport.zip"
    archive.write_bytes(b"PK\x03\x04")
    async with rapport.window() as page:
        await page.locator("#pick").set_input_files([archive])
        await expect(page.locator("#tray .tile")).to_contain_text("rapport.zip")
        archive.write_bytes(b"PK\x03\x04 and more")
        await say(page, "/import")
        await expect(page.locator(".failure")).to_contain_text("rapport.zip can't be read: it was changed")
    assert said(rapport) == []
    rapport.complaints.clear()  # the browser may log that it couldn't read


async def test_what_was_written_while_the_server_was_gone_goes_out_by_itself_in_order(chromium: Browser) -> None:
    assistant = FakeAssistant()
    async with serving(chromium, assistant) as first:
        port = int(first.address.rpartition(":")[2])
        async with first.window() as page:
            await say(page, "before")
            await expect(last_reply(page)).to_contain_text("You said: before")
            await first.chat.aclose()
            await say(page, "", jpeg())
            await say(page, "who was that?")
            await expect(page.locator(".message .waiting")).to_have_count(2)
            await expect(page.locator(".message .waiting").last).to_contain_text("goes out by itself")
            async with serving(chromium, assistant, WebOptions(port=port)) as second:
                await expect(last_reply(page)).to_contain_text("You said: who was that?")
                await expect(page.locator(".message .waiting")).to_have_count(0)
                assert [(one.text, len(one.photos)) for one in said(second)] == [
                    ("before", 0),
                    ("", 1),
                    ("who was that?", 0),
                ]


async def test_a_message_whose_receipt_got_lost_is_taken_once(rapport: Served) -> None:
    async with rapport.window() as page:
        tries = 0

        async def lossy(route: Route) -> None:
            nonlocal tries
            tries += 1
            answer = await route.fetch()
            assert answer.status == 202
            await (route.abort() if tries == 1 else route.fulfill(response=answer))

        # what the window hears of its own message would end the matter before it is sent again
        await page.route_web_socket("**/events*", lambda _: None)
        await page.route(MESSAGES, lossy)
        await page.reload()
        await say(page, "only once")
        await expect(page.locator(".message .waiting")).to_have_count(1)
        await expect(page.locator(".message .waiting")).to_have_count(0)
        assert tries == 2
    assert [one.text for one in said(rapport)] == ["only once"]
    rapport.complaints.clear()


async def test_a_connection_that_died_unnoticed_is_made_again_when_what_was_sent_does_not_come_back(
    rapport: Served,
) -> None:
    async with rapport.window() as page:
        connections = 0

        def deaf_at_first(window: WebSocketRoute) -> None:
            nonlocal connections
            connections += 1
            server, first = window.connect_to_server(), connections == 1
            server.on_message(lambda text: None if first and '"hello"' not in str(text) else window.send(text))

        await page.route_web_socket("**/events*", deaf_at_first)
        await page.reload()
        await say(page, "can you hear me?")
        await expect(page.locator(".reply:not(.open)").last).to_contain_text("You said: can you hear me?")
        assert connections == 2


async def test_a_message_that_the_feed_brings_back_is_not_sent_again(rapport: Served) -> None:
    async with rapport.window() as page:
        tries = 0

        async def lost(route: Route) -> None:
            nonlocal tries
            tries += 1
            await route.fetch()
            await route.abort()

        await page.route(MESSAGES, lost)
        await say(page, "only once")
        await expect(last_reply(page)).to_contain_text("You said: only once")
        await page.unroute(MESSAGES)
        await say(page, "and then")
        await expect(last_reply(page)).to_contain_text("You said: and then")
        await expect(page.locator(".message .waiting, .message .failure")).to_have_count(0)
        assert tries == 1
    assert [one.text for one in said(rapport)] == ["only once", "and then"]
    rapport.complaints.clear()


async def test_a_connection_that_has_gone_dead_is_given_up_and_tried_anew(rapport: Served) -> None:
    async with rapport.window() as page:
        await page.clock.install()
        tries = 0

        async def dead(route: Route) -> None:
            nonlocal tries
            tries += 1
            if tries > 1:
                await route.continue_()

        await page.route(MESSAGES, dead)
        await say(page, "hello")
        await expect(page.locator(".message")).to_have_count(1)
        await page.clock.fast_forward(59_000)
        await expect(page.locator(".message .waiting")).to_have_count(0)
        await page.clock.fast_forward(2_000)
        await expect(page.locator(".message .waiting")).to_have_count(1)
        await page.clock.fast_forward(20_000)
        await expect(page.locator(".message .waiting")).to_have_count(0)
        await page.clock.resume()
        await expect(last_reply(page)).to_contain_text("You said: hello")


@pytest.mark.parametrize("status", [429, 503])
async def test_what_passes_is_tried_again_by_the_page(rapport: Served, status: int) -> None:
    async with rapport.window() as page:
        tries = 0

        async def refusing(route: Route) -> None:
            nonlocal tries
            tries += 1
            if tries > 1:
                await route.continue_()
            elif status == 429:
                await route.fulfill(status=status, json={"error": "I have a lot to look at right now."})
            else:
                await route.fulfill(status=status, body="<h1>Service Unavailable</h1>")

        await page.route(MESSAGES, refusing)
        await say(page, "hello")
        await expect(page.locator(".message .waiting")).to_have_count(1)
        await expect(last_reply(page)).to_contain_text("You said: hello")
    assert [one.text for one in said(rapport)] == ["hello"]
    rapport.complaints.clear()
