"""The bot with fake models as a process of its own, for tests that end it in the middle.

`python -m tests.support.processes.bot run` or `pipe`; configured by the environment, as always. While the file that
HELD names is there, no photo is looked at. DISCORD_AT is where Discord is (`tests.support.peers.discord_wire`).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import discord
import yarl

from bot import config as configuration
from bot.build.models import generator_of
from bot.cli.options import set_up_logs
from bot.running import rapport, serving
from core.concepts import Region
from core.images.decoding import Image
from core.options import Role
from core.ports import Categories
from tests.support.fakes import BlockDetector, fake_models

ROOT = Path(__file__).parents[3]


class HeldDetector(BlockDetector):
    """Looks at nothing while there is a file."""

    def __init__(self, held: Path) -> None:
        self._held = held

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        while self._held.exists():
            time.sleep(0.02)
        return super().detect(images, categories)


@asynccontextmanager
async def bot_process(way: str, folder: Path, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, killed at the end of the block. Its store is in the folder; `settings` are as `web__port="8123"`."""
    environment = {
        "HELD": str(folder / "held"),
        "RAPPORT_STORE__URL": f"sqlite+aiosqlite:///{folder / 'rapport.db'}",
        **{key if key.isupper() else f"RAPPORT_{key.upper()}": value for key, value in settings.items()},
    }
    with (folder / "log.txt").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.processes.bot", way),
            cwd=ROOT,
            env={**os.environ, "HOME": str(folder), **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def inbox(folder: Path, *, sending: bool = False) -> list[str]:
    """What is written down of each arrival, as it is on the disk now; only of those whose answer was being sent."""
    with closing(sqlite3.connect(folder / "rapport.db", timeout=30)) as database:
        chosen = database.execute('SELECT "update" FROM inbox WHERE sending OR NOT ? ORDER BY id', [sending])
        return [update for (update,) in chosen]


async def inbox_has(folder: Path, count: int) -> None:
    """Wait until so many are written down; another process does that, so nothing tells when."""
    while len(inbox(folder)) != count:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


def main(way: str) -> None:
    """Serve until a signal comes."""
    config = configuration.load()
    set_up_logs(config)
    if at := os.environ.get("DISCORD_AT"):
        discord.http.Route.BASE = f"{at}/api/v10"
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"{at.replace('http', 'ws', 1)}/gateway/")
    models = replace(
        fake_models(generator_of(config)), detectors={"cpu": lambda: HeldDetector(Path(os.environ["HELD"]))}
    )
    vars(serving)["rapport"] = partial(rapport.rapport, models=models)
    serve = (
        serving.serve(config, role=Role(os.environ.get("ROLE", "all")))
        if way == "run"
        else serving.serve_pipe(config, drafts=False, pictures=None)
    )
    asyncio.run(serve)


if __name__ == "__main__":
    main(sys.argv[1])
