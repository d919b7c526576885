"""Debian's Chromium for the tests of the page."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# How long anything in the browser may take, in milliseconds: far more than it does on the slowest machine.
PATIENCE = 120_000


def chromium_path() -> str:
    """Where Chromium is. Without one a stranger's test is skipped; in CI, which installs it, it fails."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        sentence = "the page's tests need Chromium (Debian: apt-get install chromium)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
        raise AssertionError(sentence)
    return path


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running browser."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS, timeout=PATIENCE)
        yield browser
        await browser.close()


@asynccontextmanager
async def window(browser: Browser, **settings: Any) -> AsyncIterator[Page]:
    """An empty page that shares nothing with any other: it has cookies and a storage of its own."""
    context = await browser.new_context(**settings)
    context.set_default_timeout(PATIENCE)
    yield await context.new_page()
    await context.close()
