"""A shard that processes share: what is heard by one that may have lost it, and whose inboxes there are no more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.discord.options import DiscordOptions
from adapters.discord.sharing.shards import Shard
from core.store.sharing.shards import Shards

FOUR = Shards("discord:77", 4, range(4))


def shard(until: list[float | None]) -> Shard:
    store: Any = None  # it is not asked
    options = DiscordOptions(shards=4, shard_ids=(1,))
    return Shard(FOUR, 1, "process", options, store, 1, datetime.now(UTC), lambda: until[-1])


@pytest.mark.parametrize("ours", [True, False])
async def test_what_is_heard_waits_until_it_is_known_who_has_the_shard(ours: bool) -> None:
    now = asyncio.get_running_loop().time()
    until: list[float | None] = [now - 1]
    asking = asyncio.create_task(shard(until).is_ours())
    done, _ = await asyncio.wait([asking], timeout=0.5)
    assert not done
    until.append(now + 3600 if ours else None)
    assert await asking is ours


async def test_inboxes_of_the_account_that_are_of_no_shard_any_more_are_taken_over() -> None:
    one = shard([None])
    assert one.inbox == "discord:77:1/4"
    gone = {name: await one.is_gone(name) for name in ("77", "77:0/1", "77:0:2", "77:3/4", "78", "78:0/1")}
    assert [name for name, is_so in gone.items() if is_so] == ["77", "77:0/1", "77:0:2"]
