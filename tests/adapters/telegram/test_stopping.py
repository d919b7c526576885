"""Long work shows on Telegram how far it is, with a button that stops it; /stop waits for nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.running.rapport import rapport
from core.messages import Message, Question, Reply
from core.store.store import Store
from tests.support.clock import skip
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models
from tests.support.peers.telegram import TelegramPeer, not_connected
from tests.support.peers.telegram_people import People, QuickTime, serving, settings, telegram, words
from tests.support.recorder import LongWork, Recorder

GROUP = -5
RED = blocks("red").data


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


async def test_an_album_that_was_cut_off_is_taken_up_whole(tmp_path: Path) -> None:
    stuck, peer = Stuck(), TelegramPeer()
    async with telegram(tmp_path, peer, assistant=stuck, limits={"stop_seconds": 0}) as people:
        await people.say("@rapport_bot /remember bo", RED, blocks("red", "pink").data, chat_id=GROUP)
    async with telegram(tmp_path, peer) as people:
        assert words((await people.answers(GROUP))[0]).startswith("Nice to meet bo! I have 2 photos now.")


async def test_a_thumb_that_was_cut_off_asks_for_the_question_again(tmp_path: Path) -> None:
    peer, config, clock = TelegramPeer(), settings(tmp_path, limits={"stop_seconds": 0}), QuickTime()
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
        asking: Any = Asking()
        async with serving(replace(running, assistant=asking), config, peer, clock) as people:
            question = await people.ask("who is it?", RED)
            await people.react(question, "👍")
    async with telegram(tmp_path, peer) as people:
        assert words((await people.answers())[0]).startswith("I was away")


class Asking(Stuck):
    """Asks whether it is bo, and never answers a thumb."""

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        if message.photos:
            yield Reply("Is it bo?", question=Question(yes="/confirm 1"))
            return
        async for reply in super().answer(message):
            yield reply


async def test_what_is_too_old_by_the_next_start_gets_one_sentence_for_its_chat(tmp_path: Path) -> None:
    peer = TelegramPeer()
    async with telegram(tmp_path, peer, assistant=Stuck(), limits={"stop_seconds": 0}) as people:
        for number in range(3):
            await people.say(f"/show nobody-{number}")
    async with telegram(tmp_path, peer, chat={"late_minutes": 0}) as people:
        assert words((await people.answers())[0]).startswith("I was away for a while")
        people.message_id = 100
        assert "don't know anyone" in words(await people.ask("/list"))


class Teaching(Stuck):
    """Learns somebody with every message, and never says so."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store, self.taught = store, asyncio.Event()

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        await self._store.remember(message.chat, "bo", by=message.sender)
        self.taught.set()
        async for reply in super().answer(message):
            yield reply


async def test_what_was_cut_off_while_it_changed_the_memory_is_told_and_not_done_twice(tmp_path: Path) -> None:
    peer, config, clock = TelegramPeer(), settings(tmp_path, limits={"stop_seconds": 0}), QuickTime()
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
        teaching: Any = Teaching(running.store)
        async with serving(replace(running, assistant=teaching), config, peer, clock) as people:
            await people.say("/remember bo", RED, RED)
            await teaching.taught.wait()
    async with telegram(tmp_path, peer) as people:
        people.message_id = 100
        assert words((await people.answers())[0]).startswith("I was interrupted")
        assert "I know 1 name" in words(await people.ask("/list"))  # and nothing else came before that answer


async def test_talk_of_a_group_that_is_not_for_the_bot_writes_nothing(tmp_path: Path) -> None:
    async with telegram(tmp_path) as people:
        for chat_id in (GROUP, 7):
            await people.ask("/help", chat_id=chat_id)
        await people.ask("/settings replies known", chat_id=GROUP)
        assert marked(tmp_path) == (3, 3)
        for number in range(5):
            await people.say(f"just talk {number}", chat_id=GROUP)
        await people.say("", RED, chat_id=GROUP)
        await people.say("/other@another_bot", chat_id=GROUP)
        await people.ask("/list", chat_id=GROUP)
        assert marked(tmp_path) == (4, 4)


def marked(folder: Path) -> tuple[int, int]:
    """How many messages the store has marked as taken, and how many it has ever written down."""
    with closing(sqlite3.connect(folder / "telegram.db")) as db:
        (marks,) = db.execute("SELECT count(*) FROM answered").fetchone()
        (rows,) = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'").fetchone()
    return marks, rows


async def test_what_telegram_was_out_of_reach_for_is_answered_when_it_is_back_before_what_came_later(
    tmp_path: Path,
) -> None:
    async with telegram(tmp_path) as people:
        peer = people.peer
        for method in ("sendMessage", "getMe"):
            for _ in range(5):  # as often as a call is made
                peer.fail(method, not_connected())
        for number in range(4):
            await people.say(f"/show nobody-{number}")
            await peer.wait_for(lambda: not any(one.method == "sendMessage" for one in peer.faults))
        await people.say("", RED, RED, chat_id=7)
        assert "don't know anyone" in words(await people.ask("/list", chat_id=8, sender=8))
        assert not people.unread()
        answering = asyncio.create_task(people.answers(count=5))
        while not answering.done():
            skip(1)  # a process to open photos may have to be started meanwhile, which takes its own time
            await asyncio.sleep(0.02)
        answers = await answering
        assert [f"nobody-{number}" in words(one) for number, one in enumerate(answers[:4])] == [True] * 4
        assert "don't know anyone" in words(await people.ask("/list"))
        assert not people.unread()
        assert not peer.faults
