"""The benchmark of a failing store, small: nobody is left without a sentence, and everybody known is recognised."""

from __future__ import annotations

from pathlib import Path

from benchmarks.chaos.store import figures
from tests.support.hostile import store_faults


async def test_whatever_the_store_suffers_photos_are_recognised_and_messages_answered(tmp_path: Path) -> None:
    rows = {one.what: one for one in await figures(tmp_path, store_faults.full, chats=2)}
    for fault in ("full", "read-only", "locked", "gone", "hanging"):
        for what in ("photos recognised", "messages with a sentence"):
            assert rows[f"{what}, {fault}"].measured == 1
        assert rows[f"until all is well after it, {fault}"].baseline
    assert "/forget on the full disk, to effect" in rows
