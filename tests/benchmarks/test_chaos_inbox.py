"""The inbox under kill -9, small: the whole size is `python -m benchmarks.chaos inbox`."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from benchmarks.chaos.inbox import killed
from tests.support.databases.chosen import url


@pytest.mark.parametrize(
    ("by", "messages", "chats", "kills"),
    [(signal.SIGKILL, 40, 8, 3), (signal.SIGTERM, 12, 1, 1)],
    ids=["kill -9", "a service manager that stops it while one chat has many messages waiting"],
)
async def test_what_telegram_handed_over_is_answered_once_though_the_bot_is_ended(
    tmp_path: Path, weights_dir: Path, database: str, by: signal.Signals, messages: int, chats: int, kills: int
) -> None:
    result = await killed(tmp_path, url(tmp_path), messages=messages, chats=chats, kills=kills, by=by)
    assert result.sent == messages
    assert result.lost == 0
    assert result.doubled == 0
    assert result.disordered == 0
    assert len(result.unanswered & result.under_way) <= result.counted
