"""After a restart the page shows what was said before, in words alone and without what was forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.web.transcript import FORGOTTEN
from tests.support.fakes import blocks
from tests.support.hostile.forgetting import parroting_bot

RED = blocks("red").data


async def _heard_anew(folder: Path, chat: str = "home") -> list[dict[str, Any]]:
    """What a browser gets of a chat from a bot that has just started."""
    async with parroting_bot(folder) as bot, bot.visitor(chat) as ben:
        await ben.asks("/help")
        return [entry for entry in ben.heard if entry["kind"] in {"message", "reply"} and entry.get("final", True)][:-2]


async def test_what_was_said_is_there_after_a_restart_in_its_order(tmp_path: Path) -> None:
    async with parroting_bot(tmp_path) as bot, bot.visitor("home", owner=True) as ann:
        await ann.asks("/remember bo | dog", RED, name="Ann")
        answer = await ann.asks("where is bo?", RED, name="Ann")
        before = [entry for entry in ann.heard if entry["kind"] in {"message", "reply"}]
    after = await _heard_anew(tmp_path)
    assert [entry["kind"] for entry in after] == ["message", "reply"] * 2
    assert [entry["id"] for entry in after] == list(dict.fromkeys(entry["id"] for entry in before))
    assert (after[2]["text"], after[2]["name"], after[2]["own"]) == ("where is bo?", "Ann", False)
    assert [photo["url"] for photo in after[2]["photos"]] == [None]
    assert after[3]["text"] == answer["text"]
    assert after[3]["at"] == answer["at"]
    assert (after[3]["image"], after[3]["buttons"], after[3]["sightings"]) == (None, [], [])
    assert await _heard_anew(tmp_path, "another") == []


async def test_a_name_that_was_forgotten_is_not_in_it(tmp_path: Path) -> None:
    async with parroting_bot(tmp_path) as bot, bot.visitor("home", owner=True) as ann:
        await ann.asks("/remember bonaparte | dog | hides the key", RED)
        await ann.asks("tell me about bonaparte")
        await ann.asks("what a nice day")
        await ann.asks("/forget bonaparte")
    after = await _heard_anew(tmp_path)
    assert "bonaparte" not in json.dumps(after)
    assert "hides the key" not in json.dumps(after)
    told = {entry["to"]: entry["text"] for entry in after if entry["kind"] == "reply"}
    asked = {entry["id"]: entry["text"] for entry in after if entry["kind"] == "message"}
    assert list(asked.values())[1:] == ["tell me about …", "what a nice day", "/forget …"]
    about = next(id for id, text in asked.items() if text == "tell me about …")
    assert told[about] == FORGOTTEN
    assert list(told.values())[-1].startswith("I've forgotten ….")
    assert len(asked) == len(told) == 4


async def test_merging_takes_nothing_out_of_the_conversation_until_that_one_is_forgotten(tmp_path: Path) -> None:
    async with parroting_bot(tmp_path) as bot, bot.visitor("home", owner=True) as ann:

        async def kept() -> list[dict[str, Any]]:
            """What a window that is opened now gets of the first six entries."""
            async with bot.visitor("home", owner=True) as anew:
                await anew.asks("/help")
                return [one for one in anew.heard if one["kind"] in {"message", "reply"}][:6]

        await ann.asks("/remember alfred | dog", RED)
        await ann.asks("/remember bonaparte | dog | hides the key", blocks("green").data)
        await ann.asks("tell me about bonaparte")
        before = await kept()
        assert any(photo["url"] for one in before if one["kind"] == "message" for photo in one["photos"])
        for text in ("/merge alfred | bonaparte", "/undo", "/merge alfred | bonaparte"):
            await ann.asks(text)
            assert [{**one, "number": 0} for one in await kept()] == [{**one, "number": 0} for one in before]
        await ann.asks("/forget alfred")
        assert "bonaparte" not in json.dumps(await kept())
    after = json.dumps(await _heard_anew(tmp_path))
    assert "bonaparte" not in after
    assert "alfred" not in after
    assert "hides the key" not in after


async def test_another_name_leaves_the_photos_and_the_answers_and_the_old_name_goes(tmp_path: Path) -> None:
    async with parroting_bot(tmp_path) as bot, bot.visitor("home", owner=True) as ann:
        await ann.asks("/remember bonaparte | dog", RED)
        answer = await ann.asks("tell me about bonaparte")
        await ann.asks("/rename bonaparte | alfred")
        async with bot.visitor("home", owner=True) as anew:
            await anew.asks("/help")
            told = [one for one in anew.heard if one["kind"] in {"message", "reply"}][:4]
        assert [photo["url"] is None for photo in told[0]["photos"]] == [False]
        assert told[3]["text"] == answer["text"].replace("bonaparte", "…")
        assert FORGOTTEN not in json.dumps(told)
    after = json.dumps(await _heard_anew(tmp_path))
    assert "bonaparte" not in after
    assert FORGOTTEN not in after


async def test_what_was_said_to_one_person_is_that_persons_alone_after_a_restart_too(tmp_path: Path) -> None:
    async with parroting_bot(tmp_path) as bot, bot.visitor("home", owner=True) as ann:
        await ann.asks("/show nobody-by-that-name")  # a refusal
        cookies = ann.http.cookies
    async with parroting_bot(tmp_path) as bot:
        bot.owner = cookies
        async with bot.visitor("home", owner=True) as ann, bot.visitor("home") as ben:
            for one in (ann, ben):
                await one.asks("/help")
            assert "nobody-by-that-name" in json.dumps([entry for entry in ann.heard if entry["kind"] == "reply"])
            assert "nobody-by-that-name" not in json.dumps([entry for entry in ben.heard if entry["kind"] == "reply"])


async def test_a_host_may_keep_none(tmp_path: Path) -> None:
    async with parroting_bot(tmp_path, chat={"history_days": 0}) as bot, bot.visitor("home", owner=True) as ann:
        await ann.asks("what a nice day")
        assert "kept for" not in (await ann.asks("/privacy"))["text"]
    assert await _heard_anew(tmp_path) == []
