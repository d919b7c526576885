"""A message that kills the process whenever it is answered is given up, and keeps nobody else from an answer."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.support.databases.chosen import url
from tests.support.peers.telegram import BOT, TelegramPeer
from tests.support.peers.telegram_http import telegram_server
from tests.support.peers.telegram_people import People, words

ROOT = Path(__file__).parents[3]
CHATS = (7, 8, 9)

# The bot on fake models; it kills itself when it is to answer what names poison.
_BOT = """
import asyncio, os, signal, sys
from dataclasses import replace
from pathlib import Path
from bot.build.platforms import telegram_of
from bot.running.rapport import rapport
from tests.support.fakes import fake_models
from tests.support.peers.telegram_people import settings

class Deadly:
    def __init__(self, assistant):
        self.admits, self.translator, self._answer = assistant.admits, assistant.translator, assistant.answer

    def answer(self, message):
        if "poison" in message.text:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._answer(message)

async def main(folder, address):
    config = settings(Path(folder), {"webhook_url": "", "api_url": address})
    async with rapport(config, fake_models()) as running:
        await telegram_of(config, replace(running, assistant=Deadly(running.assistant)), None).run()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_kills_the_process_each_time_is_given_up_and_the_others_are_answered(
    tmp_path: Path, database: str
) -> None:
    peer = TelegramPeer(open=True)
    people = People(peer, None, "", "", None)  # type: ignore[arg-type] # no webhook is posted to
    for number, (chat_id, text) in enumerate(
        [(7, "/show poison"), (8, "/show pet"), (7, "/help"), (9, "/show poison")]
    ):
        message = people.message(text, None, chat_id, chat_id, {})
        peer.updates.append({"update_id": number + 1, "message": message})
    said, ends = "", list[int]()
    async with telegram_server(peer) as address:
        while not ends or ends[-1] == -signal.SIGKILL:
            ended, output = await run(tmp_path, address, peer)
            said += output
            ends.append(ended)
            assert len(ends) < 9, said
    assert 3 <= len(ends) - 1 <= 6  # twice a process was to answer it again, for each of two
    for chat_id, first in ((7, "I was interrupted"), (9, "I was interrupted"), (8, "I don't know")):
        assert words(answers(peer, chat_id)[0]).startswith(first)
    assert [len(answers(peer, chat_id)) for chat_id in CHATS] == [2, 1, 1]
    assert "inbox.given_up" in said
    assert "poison" not in said
    assert peer.violations == []


async def run(folder: Path, address: str, peer: TelegramPeer) -> tuple[int, str]:
    """Let the bot run until it dies, or has answered every chat and is told to stop; its status, and what it logged."""
    start = asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _BOT, str(folder), address),
        cwd=ROOT,
        env={**os.environ, "TEST_STORE": url(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    bot = await start
    ending = asyncio.create_task(bot.communicate())
    answering = asyncio.create_task(peer.wait_for(lambda: [len(answers(peer, one)) for one in CHATS] == [2, 1, 1]))
    await asyncio.wait([ending, answering], return_when=asyncio.FIRST_COMPLETED)
    if answering.done():
        bot.terminate()
    answering.cancel()
    output, _ = await ending
    assert bot.returncode is not None
    return bot.returncode, output.decode()


def answers(peer: TelegramPeer, chat_id: int) -> list[dict[str, Any]]:
    return [one for one in peer.sent(chat_id) if one["from"] is BOT]
