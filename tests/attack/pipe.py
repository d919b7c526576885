"""The pipe: hostile lines, photos and archives by path. Each line gets one line, and the end comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.attack.processes import program
from tests.attack.report import MARK, Campaign
from tests.support.hostile.lines import pipe_lines
from tests.support.hostile.photos import hostile_photos

_HANG = 90  # seconds without a line; ten of CPU are a photo's limit
_BLANK = b" \t\r\n"


async def attack_pipe(folder: Path, *, lines: int, seeds: Iterable[int]) -> Campaign:
    """Write everything, read everything."""
    campaign = Campaign("pipe: lines, photos, archives")
    given = [line for line in pipe_lines(seed=1, count=lines) if line.decode(errors="replace").strip(" \t\r\n\ufeff")]
    for seed in seeds:
        given += _with_files(folder, seed)
    given.append(json.dumps({"id": "the end", "text": "/help"}).encode())
    async with program(campaign, folder, "pipe") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        writing = asyncio.create_task(_write(process.stdin, given))
        for _ in given:
            try:
                row = await asyncio.wait_for(process.stdout.readline(), _HANG)
            except TimeoutError:
                campaign.record(False, "no answer within the limit")
                break
            _check(campaign, row)
        else:
            campaign.record(b'"the end"' in row, f"the last line answers something else: {row[:200]!r}")
            campaign.record(not await process.stdout.read(), "there were more lines out than in")
            campaign.record(await process.wait() == 0, "the pipe did not end well")
        writing.cancel()
    return campaign


def _with_files(folder: Path, seed: int) -> Iterator[bytes]:
    for number, (kind, data) in enumerate(hostile_photos(seed)):
        path = folder / f"{seed}-{number}.bin"
        path.write_bytes(data)
        row = {"id": kind, "chat": f"photos{number % 4}", "text": f"/remember {MARK}{number}", "photos": [str(path)]}
        yield json.dumps(row).encode()


async def _write(source: asyncio.StreamWriter, lines: Iterable[bytes]) -> None:
    for line in lines:
        source.write(line + b"\n")
        await source.drain()
    source.close()


def _check(campaign: Campaign, row: bytes) -> None:
    try:
        found = json.loads(row)
    except ValueError:
        campaign.record(False, f"no JSON: {row[:200]!r}")
        return
    campaign.saw(str(found.get("text", found.get("error"))), "pipe")
