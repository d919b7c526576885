"""What an answer imports holds up the event loop: all of it is there once the bot has started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ANSWERS = """
import asyncio, sys
from bot.config import Config
from bot.running.rapport import load_the_rest, rapport
from core.messages import Chat, Message, Sender
from tests.support.fakes import blocks, fake_models

SAID = [
    ("/remember bo", "red"), ("/remember mia", "blue"), ("", "red", "blue"), ("where is mia?", "blue", "red"),
    ("was ist das?", "green"), ("/list",), ("/show bo",), ("/seen bo",), ("/stats",), ("/settings",), ("/export",),
    ("/forgt bo",), ("/forget beo",), ("/forget bo",), ("/undo",),
]


async def main():
    config = Config(store={"url": "sqlite+aiosqlite:///" + sys.argv[1]})
    async with rapport(config, fake_models()) as running:
        for model in running.vision_models:
            await asyncio.to_thread(model.get)
        await load_the_rest()
        before = set(sys.modules)
        for language in ("en", "de", "es", "zh"):
            sender = Sender("1", "Ann", language=language)
            for text, *colours in SAID:
                photos = (blocks(*colours),) if colours else ()
                async for _ in running.assistant.answer(Message(Chat("test", language), sender, text, photos)):
                    pass
        new = {one for one in set(sys.modules) - before if not one.startswith("PIL.")}  # pictures are opened on threads
        print("\\n", *sorted(new))


asyncio.run(main())
"""


def test_no_answer_imports_anything(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _ANSWERS, str(tmp_path / "late.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == []
