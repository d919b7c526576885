"""A pipe that gets SIGTERM: whatever was written to it before has a line out, an answer or why there is none."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.fakes import blocks
from tests.support.processes.bot import bot_process

pytestmark = pytest.mark.timeout(240)
SHUTTING_DOWN = "I'm shutting down"


async def rows_out(process: asyncio.subprocess.Process, count: int) -> list[Any]:
    assert process.stdout
    return [json.loads(await process.stdout.readline()) for _ in range(count)]


@pytest.mark.parametrize("released", [True, False])
async def test_every_line_that_was_written_is_answered_or_told_in_order(tmp_path: Path, released: bool) -> None:
    held, photo = tmp_path / "held", tmp_path / "photo.png"
    photo.write_bytes(blocks("red").data)
    async with bot_process("pipe", tmp_path, limits__stop_seconds="120" if released else "0.3") as process:
        assert process.stdin
        process.stdin.write(b'{"id": "first", "text": "/list"}\n')
        assert [row["id"] for row in await rows_out(process, 1)] == ["first"]
        held.touch()
        lines: list[dict[str, Any]] = [
            {"id": "0", "photos": [str(photo)]},
            *({"id": f"{n}", "text": "/list"} for n in range(1, 300)),
        ]
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
        await process.stdin.drain()
        await asyncio.sleep(0.5)  # so that some of them are read
        process.terminate()
        if released:
            held.unlink()
        rows = await rows_out(process, len(lines))
        held.unlink(missing_ok=True)  # the thread that looks at photos is waited for
        assert await process.wait() == 0
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    refused = [row for row in rows if "error" in row]
    assert all(row["error"].startswith(SHUTTING_DOWN) for row in refused)
    assert rows[-1] in refused  # it can't have been begun: only so many are read ahead
    assert ("error" in rows[0]) is not released
