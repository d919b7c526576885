"""Takes the README's picture of the running page: `python -m tests.support.picture` writes docs/page.png.

The real page in Chromium before the real bot with the lite weights: a cat is remembered, and recognised
in another picture of it. Take it anew when the page or the weights have changed, and look at it.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from bot.build.platforms import web_chat
from bot.config import Config
from bot.running.rapport import rapport
from tests.support.browser import chromium, window
from tests.support.photos import brightened, cropped, mirrored, photo, resized_to, rotated

PICTURE = Path(__file__).parents[2] / "docs" / "page.png"


async def take(into: Path, folder: Path) -> None:
    """Play the scene and write the picture."""
    shots = {
        "cat.png": photo("cat", cropped(0, 0, 1, 0.85), resized_to(260)),
        "again.png": photo(
            "cat", mirrored, brightened(1.12), rotated(3), cropped(0.07, 0.12, 0.93, 0.9), resized_to(360)
        ),
    }
    for name, data in shots.items():
        (folder / name).write_bytes(data)
    config = Config(store={"url": f"sqlite+aiosqlite:///{folder / 'page.db'}"}, web={"port": 0})
    screen = {"viewport": {"width": 1240, "height": 1170}, "color_scheme": "light", "device_scale_factor": 1.25}
    async with rapport(config) as running:
        web = web_chat(config, running)
        web.open()
        serving = asyncio.create_task(web.run())
        async with chromium() as browser, window(browser, **screen) as page:
            await page.goto(web.link)
            await _say(page, "/remember Chelsea | cat | a tabby who owns the sofa", folder / "cat.png")
            await _say(page, "", folder / "again.png")
            await expect(page.locator("#gallery .card:not(.add)")).to_have_count(1)
            for image in await page.locator("img[src]").all():
                await expect(image).to_have_js_property("complete", True)
            into.parent.mkdir(exist_ok=True)
            await page.screenshot(path=into)
        await web.aclose()
        await serving


async def _say(page: Page, text: str, shot: Path) -> None:
    whole = page.locator("#log li.reply:not(.open)")
    before = await whole.count()
    await page.set_input_files("#pick", shot)
    await page.fill("#text", text)
    await page.click("#send")
    await whole.nth(before).wait_for()


def main() -> None:
    """Take it."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(take(PICTURE, Path(folder)))


if __name__ == "__main__":
    main()
