"""Long work shows on Telegram how far it is, with a button that stops it; /stop waits for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.messages import Message, Reply
from tests.support.clock import skip
from tests.support.peers.telegram import TelegramPeer
from tests.support.peers.telegram_people import People, telegram, words
from tests.support.recorder import LongWork, Recorder

GROUP = -5


async def progress(people: People, chat_id: int) -> dict[str, Any]:
    """The message that shows how far it is."""
    await people.say("/import", chat_id=chat_id)
    (shown,) = await people.answers(chat_id)
    assert words(shown) == "1 of 3 photos…"
    return shown


class Slow(LongWork):
    """Takes more than a second of Telegram's time for what it shows."""

    async def answer(self, message: Any) -> Any:
        if message.text != "/stop":
            skip(0.1)  # five seconds of the quick clock
        async for reply in super().answer(message):
            yield reply


@pytest.mark.parametrize("chat_id", [7, GROUP])
async def test_pressing_stop_stops_it_and_the_progress_becomes_the_reply(tmp_path: Path, chat_id: int) -> None:
    async with telegram(tmp_path, assistant=Slow()) as people:
        shown = await progress(people, chat_id)
        await people.press(shown, "Stop")
        assert words((await people.answers(chat_id))[0]) == "I'm stopping."
        await people.peer.wait_for(lambda: words(shown) == "I've stopped.")
        assert not shown.get("reply_markup")


async def test_saying_stop_stops_it(tmp_path: Path) -> None:
    async with telegram(tmp_path, assistant=Slow()) as people:
        shown = await progress(people, GROUP)
        assert words(await people.ask("/stop", chat_id=GROUP)) == "I'm stopping."
        await people.peer.wait_for(lambda: words(shown) == "I've stopped.")


class Stuck(Recorder):
    """Never answers what it is asked."""

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        self.messages.append(message)
        await asyncio.Event().wait()
        yield Reply("never")


async def test_what_stopping_cut_off_is_answered_at_the_next_start_in_its_order(tmp_path: Path) -> None:
    stuck, peer = Stuck(), TelegramPeer()
    async with telegram(tmp_path, peer, assistant=stuck, limits={"stop_seconds": 0}) as people:
        for number in range(3):
            await people.say(f"/show nobody-{number}")
        await people.say("/show nobody-3", chat_id=GROUP)
        await people.say("just talk among people", chat_id=GROUP)
    assert not peer.sent(GROUP)[2:]
    async with telegram(tmp_path, peer) as people:
        answers = await people.answers(count=3)
        assert [f"nobody-{number}" in words(one) for number, one in enumerate(answers)] == [True] * 3
        assert "nobody-3" in words((await people.answers(GROUP))[0])
    async with telegram(tmp_path, peer) as people:
        people.message_id = 100
        assert "don't know anyone" in words(await people.ask("/list"))


async def test_what_is_too_old_by_the_next_start_gets_one_sentence_for_its_chat(tmp_path: Path) -> None:
    peer = TelegramPeer()
    async with telegram(tmp_path, peer, assistant=Stuck(), limits={"stop_seconds": 0}) as people:
        for number in range(3):
            await people.say(f"/show nobody-{number}")
    async with telegram(tmp_path, peer, chat={"late_minutes": 0}) as people:
        assert words((await people.answers())[0]).startswith("I was away for a while")
        people.message_id = 100
        assert "don't know anyone" in words(await people.ask("/list"))
