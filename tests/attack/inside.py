"""What a chat's own members try: every edit in every role by every way, and forgetting under an answer."""

from __future__ import annotations

from pathlib import Path

from bot import config as configuration
from bot.running.rapport import rapport
from tests.attack.report import Campaign
from tests.support.decoders import shared_decoders
from tests.support.fakes import fake_models
from tests.support.hostile import forgetting, rights


async def attack_rights(folder: Path, *, ways: tuple[str, ...]) -> Campaign:
    """Each edit in each role by each of these ways, where only who made something may edit it, and where anyone may."""
    campaign = Campaign("rights: edit × role × way")
    config = configuration.load(
        store={"url": f"sqlite+aiosqlite:///{folder / 'attack.db'}"},
        access=dict(rights.ACCESS),
        quotas=dict(rights.UNLIMITED),
    )
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
        for number, setting in enumerate(("creator", "anyone"), 1):
            # What is so already can't be seen to be done.
            names = [name for name, one in rights.EDITS.items() if one.text != f"/settings edits {setting}"]
            async for one in rights.attempts(running, names, ways, setting, start=number * 100_000):
                campaign.record(one.held, f"{one.edit} by {one.role}, {one.way}: {one.outcome}, not {one.expected}")
                campaign.saw(one.said, one.edit)
    return campaign


async def attack_forgetting(folder: Path, *, times: int) -> Campaign:
    """So many times, by each way in turn, at as many points of the answer."""
    campaign = Campaign("forgetting under a streaming answer")
    async with forgetting.parroting_bot(folder) as bot:
        for attempt in forgetting.attempts(times):
            found = await forgetting.leaks(bot, attempt)
            campaign.record(not found, f"{attempt}: {found}")
    return campaign
