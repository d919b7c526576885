"""What people do on Discord is answered once: after edits, and by the process that follows one that ended."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from core.messages import Chat
from core.options import MessageLimits
from core.store.values import Arrival
from tests.support.peers.discord import RED, Peer, discord_over
from tests.support.stores import ROOT


def words(channel: object) -> list[str]:
    """What the bot has said in a channel."""
    return [one.content for one in channel.history() if one.author.bot]  # type: ignore[attr-defined]


async def test_a_message_that_becomes_a_command_is_obeyed_once(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        message = await ann.send(pets, f"{peer.mention} lst")
        before = len(words(pets))
        await ann.edit(message, f"{peer.mention} /list")
        assert len(words(pets)) == before + 1
        assert "I don't know anyone" in words(pets)[-1]
        for text in ("/list", "/help", "well, never mind"):
            await ann.edit(message, f"{peer.mention} {text}")
        assert len(words(pets)) == before + 1


@pytest.mark.parametrize("after", ["/help", "/forget bo", "who is that?"])
async def test_what_was_a_command_is_not_obeyed_again_when_it_is_edited(tmp_path: Path, after: str) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        message = await ann.send(pets, f"{peer.mention} /remember bo", attachments=[("bo.png", RED)])
        before = words(pets)
        await ann.edit(message, f"{peer.mention} {after}")
        assert words(pets) == before


async def test_a_photo_is_remembered_by_the_command_that_it_gets_later(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        photo = await ann.send(pets, "look", attachments=[("bo.png", RED)])
        assert words(pets) == []
        await ann.edit(photo, f"{peer.mention} /remember bo")
        assert words(pets)[-1].startswith("Nice to meet bo!")


async def test_plain_words_that_an_edit_brings_are_obeyed_once(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        photo = await ann.send(pets, "look", attachments=[("bo.png", RED)])
        await ann.edit(photo, f"{peer.mention} this is Mia")
        assert words(pets)[-1].startswith("Nice to meet Mia!")
        before = words(pets)
        for text in ("this is Max", "this is Mia!", "forget Mia", "/forget Mia", "never mind"):
            await ann.edit(photo, f"{peer.mention} {text}")
        assert words(pets) == before
        slip = await ann.send(pets, f"{peer.mention} froget Mia")
        before = words(pets)
        await ann.edit(slip, f"{peer.mention} what is the weather like?")
        await ann.edit(slip, f"{peer.mention} who do you know?")
        assert words(pets) == before
        await ann.edit(slip, f"{peer.mention} forget Mia")
        assert "forgotten Mia" in words(pets)[-1]
        await peer.restart()
        before = words(pets)
        await ann.edit(slip, f"{peer.mention} undo")
        assert words(pets) == before


async def test_an_edit_that_would_teach_if_there_were_a_photo_is_told_so_when_it_is_for_the_bot(tmp_path: Path) -> None:
    async with discord_over(tmp_path, message_content=True) as peer:
        ann, pets = peer.room()
        talk = await ann.send(pets, "tihs is Max")
        await ann.edit(talk, "this is Max")
        assert words(pets) == []
        slip = await ann.send(pets, f"{peer.mention} tihs is Max")
        before = words(pets)
        await ann.edit(slip, f"{peer.mention} this is fun")
        assert words(pets) == before
        await ann.edit(slip, f"{peer.mention} this is Max")
        assert words(pets)[-1] == "Send me a photo of Max, and I'll know them."
        assert len(words(pets)) == len(before) + 1


@pytest.mark.parametrize(
    ("size", "sentence"),
    [(0, "I couldn't fetch that from Discord. Please send it again."), (1_000_000, "That file is too large: 1 MB is")],
)
async def test_an_edit_whose_photo_cannot_be_fetched_is_told_so_if_it_would_teach(
    tmp_path: Path, size: int, sentence: str
) -> None:
    async with discord_over(tmp_path, limits=MessageLimits(photo_megabytes=1)) as peer:
        ann, pets = peer.room()
        lost = await ann.send(pets, "look", attachments=[("bo.png", RED + bytes(size))])
        peer.env.backend.cdn._blobs.clear()
        for text in ("who is that?", "this is fun"):
            await ann.edit(lost, f"{peer.mention} {text}")
            assert words(pets) == []
        await ann.edit(lost, f"{peer.mention} this is Max")
        (said,) = words(pets)
        assert said.startswith(sentence)


@pytest.mark.parametrize("after", ["forget Bo", "this is Max", "/undo"])
async def test_plain_words_that_were_obeyed_are_not_obeyed_again_when_they_are_edited(
    tmp_path: Path, after: str
) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        message = await ann.send(pets, f"{peer.mention} this is Bo", attachments=[("bo.png", RED)])
        before = words(pets)
        assert before[-1].startswith("Nice to meet Bo!")
        await ann.edit(message, f"{peer.mention} {after}")
        assert words(pets) == before


@pytest.mark.parametrize("after", ["/list", "@everyone /list", "forget Bo", "this is Mia"])
async def test_an_edit_that_is_not_for_the_bot_is_nothing_to_it(tmp_path: Path, after: str) -> None:
    async with discord_over(tmp_path, message_content=True) as peer:
        ann, pets = peer.room()
        await ann.edit(await ann.send(pets, "hello all"), after)
        assert words(pets) == []


async def test_talk_that_is_not_for_the_bot_writes_nothing_to_the_database(tmp_path: Path) -> None:
    async with discord_over(tmp_path, message_content=True) as peer:
        ann, pets = peer.room()
        await ann.send(pets, f"{peer.mention} /list")
        with closing(sqlite3.connect(tmp_path / "discord.db")) as database:

            def version() -> int:
                return int(database.execute("PRAGMA data_version").fetchone()[0])

            before = version()
            await ann.send(pets, "good morning")
            photo = await ann.send(pets, "look at that", attachments=[("bo.png", RED)])
            for text in ("oh", "this is Mia"):
                await ann.edit(photo, text)
            assert version() == before
            await ann.send(pets, f"{peer.mention} /list")
            assert version() != before


def answers(channel: object) -> list[Any]:
    """The bot's messages in a channel that answer one of somebody's."""
    return [one for one in channel.history() if one.author.bot and one.reference]  # type: ignore[attr-defined]


async def left_over(peer: Peer, *arrivals: Arrival) -> None:
    """Have the inbox as an earlier process left it, and start the bot anew."""
    assert peer.bot.client.user
    rows = await peer.running.store.inbox.record(f"discord:{peer.bot.client.user.id}", arrivals)
    assert None not in rows
    await peer.restart()


def place(channel: object, message: object = None, thread: str = "") -> dict[str, object]:
    """What is written down of a message, or of an interaction."""
    there = None if message is None else str(message.id)  # type: ignore[attr-defined]
    return {"channel": str(channel.id), "thread": thread, "message": there, "language": ""}  # type: ignore[attr-defined]


async def test_what_an_earlier_process_left_over_is_answered_in_its_order(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        remember = await ann.send(pets, f"{peer.mention} /remember bo", attachments=[("bo.png", RED)])
        listed = await ann.send(pets, f"{peer.mention} /category bo | dog")
        gone = await ann.send(pets, f"{peer.mention} /describe bo | likes snow")
        await ann.send(pets, f"{peer.mention} /forget bo")
        await ann.delete(gone)
        before = len(words(pets))
        key = f"discord:{pets.id}"
        await left_over(peer, *(Arrival(key, f"again {one.id}", place(pets, one)) for one in (remember, gone, listed)))
        remembered, filed = words(pets)[before:]
        assert remembered.startswith("Nice to meet bo!")
        assert "dog" in filed
        assert [one.reference.message_id for one in pets.history()[-2:] if one.reference] == [remember.id, listed.id]
        await peer.restart()
        assert len(words(pets)) == before + 2


async def test_what_cannot_be_answered_any_more_is_told_in_its_channel_once(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        old = await ann.send(pets, "good morning")
        key = f"discord:{pets.id}"
        await peer.running.store.set_setting(Chat.of(key), "language", "de", ROOT)
        await left_over(
            peer,
            Arrival(key, "interaction 1", place(pets)),
            Arrival(key, "interaction 2", place(pets)),
        )
        assert len(words(pets)) == 1
        assert words(pets)[0].startswith("Ich wurde neu gestartet")
        with closing(sqlite3.connect(tmp_path / "discord.db")) as database:
            await peer.running.store.inbox.record(
                f"discord:{peer.bot.client.user.id}",  # type: ignore[union-attr]
                [Arrival(key, f"late {number}", place(pets, old)) for number in range(3)],
            )
            database.execute("UPDATE inbox SET at = datetime('now', '-11 minutes')")
            database.commit()
        await peer.restart()
        assert len(words(pets)) == 2
        assert words(pets)[-1].startswith("Ich war eine Weile weg")


@contextmanager
def out_of_reach(peer: Peer) -> Iterator[None]:
    """Discord's addresses take no connection, while its gateway's goes on."""
    http = peer.bot.client.http
    request = http.request

    async def refused(*_: object, **__: object) -> object:
        key = ConnectionKey("discord.com", 443, True, True, None, None, None)
        raise aiohttp.ClientConnectorError(key, OSError(111, "Connection refused"))

    http.request = refused  # type: ignore[method-assign]
    try:
        yield
    finally:
        http.request = request  # type: ignore[method-assign]


async def take_up(peer: Peer) -> None:
    """What the chore does now and then, to its end."""
    handler = peer.bot._handler
    await handler.take_up_unsent()
    if tasks := [job.task for jobs in handler._order._jobs.values() for job in jobs]:
        await asyncio.wait(tasks)


async def test_what_discord_was_out_of_reach_for_is_answered_when_it_is_back_in_order_and_once(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        with out_of_reach(peer):
            asked = [await ann.send(pets, f"{peer.mention} {text}") for text in ("/list", "/help")]
            await take_up(peer)  # it isn't back: nothing is lost
        assert words(pets) == []
        asked.append(await ann.send(pets, f"{peer.mention} /privacy"))
        assert words(pets) == []  # it waits behind what was never told
        for _ in range(2):
            await take_up(peer)
            assert [one.reference.message_id for one in answers(pets)] == [one.id for one in asked]
        await peer.restart()
        assert len(answers(pets)) == len(asked)
