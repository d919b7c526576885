"""The store of the bots in processes of their own, opened beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.build.rapport import keys_of
from bot.config import Config
from core.store.store import Store
from tests.support.databases.chosen import url


@asynccontextmanager
async def store_of(folder: Path) -> AsyncIterator[Store]:
    """The store at the test's URL, with the keys that the bots use."""
    store = await Store.open(url(folder), encoder="", keys=keys_of(Config(), url(folder)))
    try:
        yield store
    finally:
        await store.aclose()
