from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.support import browser
from tests.support.fakes_web import FakeAssistant
from tests.support.web_page import Served, serving


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser.chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rapport(chromium: Browser) -> AsyncIterator[Served]:
    async with serving(chromium, FakeAssistant()) as served:
        yield served
        assert served.complaints == []
