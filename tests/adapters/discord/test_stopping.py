"""Long work shows on Discord how far it is, with a button that stops it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from core.messages import Message
from tests.support.peers.discord import core_on, discord_peer, last, response
from tests.support.recorder import LongWork


class Telling(LongWork):
    """Tells when it has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = asyncio.Event()

    async def answer(self, message: Message) -> Any:
        async for reply in super().answer(message):
            yield reply
            self.shown.set()


@pytest.mark.parametrize("by_command", [False, True])
async def test_the_progress_has_a_button_to_stop_and_becomes_the_reply(tmp_path: Path, by_command: bool) -> None:
    assistant = Telling()
    async with core_on(tmp_path) as running, discord_peer(running, assistant=assistant) as peer:
        ann, pets = peer.room()
        work = ann.slash(pets, "export") if by_command else ann.send(pets, f"{peer.mention} /import")
        working = asyncio.create_task(work)
        await assistant.shown.wait()
        assistant.stopped.set()  # simcord lets nobody do anything else meanwhile
        done = await working
        sent = [body for body in peer.sent() if body["content"] == "1 of 3 photos…"]
        (button,) = sent[0]["components"][0]["components"]
        assert (button["label"], button["custom_id"]) == ("Stop", "say:/stop")
        shown = response(done) if by_command else last(pets)  # type: ignore[arg-type]
        assert (shown.content, shown.components) == ("I've stopped.", [])


async def test_there_is_a_command_that_stops(tmp_path: Path) -> None:
    async with core_on(tmp_path) as running, discord_peer(running, assistant=LongWork()) as peer:
        ann, pets = peer.room()
        assert response(await ann.slash(pets, "stop")).content == "I'm stopping."
