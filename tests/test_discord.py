"""Discord: real discord.py and the real core (with fake models) before an in-memory Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import config as configuration
from bot.wiring import Rapport, rapport
from tests.discord_peer import Peer, discord_peer, last, response
from tests.fakes import blocks, fake_models

RED, BLUE, BOTH = (blocks(*colours).data for colours in (("red",), ("blue",), ("red", "blue")))


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Rapport]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'discord.db'}"
    async with rapport(configuration.load(store={"url": url}), fake_models()) as parts:
        yield parts


@pytest.fixture
async def peer(running: Rapport) -> AsyncIterator[Peer]:
    async with discord_peer(running) as there:
        yield there


async def test_remember_by_command_then_recognise_in_a_mention(peer: Peer) -> None:
    channel = peer.env.create_guild().create_text_channel("pets")
    ann = peer.env.guild.add_member(peer.env.create_user("ann"))
    told = await ann.slash(channel, "remember", name="bo", photo=("bo.png", RED))
    assert response(told).content == "Nice to meet bo!"
    await ann.send(channel, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
    assert last(channel).content == "That's bo."
