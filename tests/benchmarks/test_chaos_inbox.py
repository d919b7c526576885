"""The inbox under kill -9, small: the whole size is `python -m benchmarks.chaos inbox`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.chaos.inbox import killed


async def test_what_telegram_handed_over_is_answered_once_though_the_bot_is_killed(
    tmp_path: Path, weights_dir: Path
) -> None:
    result = await killed(tmp_path, messages=40, chats=8, kills=3)
    assert result.sent == 40
    assert result.lost == 0
    assert result.doubled == 0
    assert result.disordered == 0
    assert len(result.unanswered & result.under_way) <= result.counted
