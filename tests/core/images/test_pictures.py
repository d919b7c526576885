"""Picture work is shared out among chats."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from core.concepts import Box, Reference
from core.images.pictures import Pictures
from core.messages import Chat, Photo
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks

GREEDY, OTHER = Chat("web", "greedy"), Chat("web", "other")


async def test_a_gallery_of_two_hundred_delays_no_other_chat() -> None:
    pictures = Pictures(shared_decoders())
    stored = await pictures.stored(OTHER, await pictures.open(OTHER, blocks("red")))
    reference = Reference(1, 1, False, stored.jpeg, Box(0, 0, 99, 99), (), "ann", datetime.now(UTC))
    gallery = [asyncio.ensure_future(pictures.portrait(GREEDY, reference, thumbnail=True)) for _ in range(200)]
    await asyncio.sleep(0)
    await pictures.portrait(OTHER, reference)
    assert sum(one.done() for one in gallery) < 20
    await asyncio.gather(*gallery)


async def test_an_album_delays_no_other_chats_photo() -> None:
    pictures = Pictures(shared_decoders())
    album = [asyncio.ensure_future(pictures.open(GREEDY, Photo(blocks("red", "blue").data))) for _ in range(50)]
    await asyncio.sleep(0)
    await pictures.open(OTHER, blocks("red"))
    assert sum(one.done() for one in album) < 20
    await asyncio.gather(*album)
