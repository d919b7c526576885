"""A store that is deleted under a running pipe: nothing is acknowledged that isn't kept, and photos are known still."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fakes import blocks
from tests.support.processes.bot import bot_process

pytestmark = pytest.mark.timeout(240)
NOT_KEPT = "I can't get at my memory right now"


def _files(folder: Path) -> None:
    for file in folder.glob("rapport.db*"):
        if file.is_file():  # the keys are in a folder beside them
            file.unlink()


@pytest.mark.parametrize("delete", [_files, shutil.rmtree])
async def test_nothing_is_acknowledged_after_the_store_was_deleted(
    tmp_path: Path, delete: Callable[[Path], None]
) -> None:
    kept, photos = tmp_path / "kept", {}
    kept.mkdir()
    for colour in ("red", "blue"):
        photos[colour] = tmp_path / f"{colour}.png"
        photos[colour].write_bytes(blocks(colour).data)
    address = f"sqlite+aiosqlite:///{kept / 'rapport.db'}"
    async with bot_process("pipe", tmp_path, RAPPORT_STORE__URL=address) as process:

        async def say(text: str, *colours: str) -> str:
            assert process.stdin
            assert process.stdout
            line = {"id": text, "text": text, "photos": [str(photos[colour]) for colour in colours]}
            process.stdin.write(json.dumps(line).encode() + b"\n")
            return (await process.stdout.readline()).decode()

        assert "Nice to meet bo!" in await say("/remember bo", "red")
        assert "That's bo." in await say("", "red")
        delete(kept)
        assert NOT_KEPT in await say("/remember mia", "blue")
        assert NOT_KEPT in await say("/describe bo | likes tea")
        assert "That's bo." in await say("", "red")
    assert not kept.exists() or not list(kept.glob("rapport.db"))
