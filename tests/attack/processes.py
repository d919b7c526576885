"""The real program in a process of its own, on a new store, with the real lite models."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.config import load
from tests.attack.report import MARK, Campaign

HOUSE = Path(__file__).parents[2]
END_SECONDS = 40  # the program's own limit on stopping, and some


@asynccontextmanager
async def program(
    campaign: Campaign, folder: Path, *words: str, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot WORDS` with its log in `folder`; asks it to end, and looks at how it ended and at its log.

    `settings` are environment variables without their prefix, as `web__port="8123"`.
    """
    log = folder / f"{words[0]}.log"
    environment = {
        "RAPPORT_STORE__URL": f"sqlite+aiosqlite:///{folder / 'attack.db'}",
        "RAPPORT_MODELS__CACHE": str(load().models.cache),
        **{f"RAPPORT_{key.upper()}": value for key, value in settings.items()},
    }
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=HOUSE,
            env={**os.environ, "HOME": str(folder), **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=1 << 24,
        )
        try:
            yield process
            campaign.record(process.returncode in (None, 0), f"{words[0]} ended by itself: {process.returncode}")
        finally:
            if process.returncode is None:
                process.terminate()
            try:
                code = await asyncio.wait_for(process.wait(), END_SECONDS)
            except TimeoutError:
                process.kill()
                code = await process.wait()
            campaign.record(code == 0, f"{words[0]} ended with {code}")
    text = log.read_text(errors="replace")
    campaign.record(MARK not in text, f"the log of {words[0]} repeats what was said")
    campaign.record(log.stat().st_size < 20_000_000, f"the log of {words[0]} has {log.stat().st_size:,} bytes")
