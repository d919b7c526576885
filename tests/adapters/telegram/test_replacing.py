"""Replies that take the place of the pressed message, reactions, and what only one person of a group sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.i18n.translator import Translator, Translators
from core.messages import Button, Message, Question, Reply
from tests.support.fakes import blocks
from tests.support.peers.telegram import BOT, Refused, TelegramPeer
from tests.support.peers.telegram_people import People, telegram, words

RED, GREEN = blocks("red").data, blocks("green").data
GROUP = -5
NEXT = (Button("Yes", "/next"),)
ASKED = Reply("Is it bo?", question=Question("/yes", "/no"))


class Pages:
    """An assistant that says one page after the other, and notes what it hears."""

    def __init__(self, *pages: Reply) -> None:
        self._pages, self.heard = [*pages], list[Message]()

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        self.heard.append(message)
        yield self._pages.pop(0)

    def admits(self, message: Message) -> bool:
        return True

    async def translator(self, message: Message) -> Translator:
        return Translators.load().by_language["en"]


def bots(people: People, chat_id: int = 7) -> list[dict[str, Any]]:
    return [one for one in people.peer.sent(chat_id) if one["from"] is BOT]


async def turned(folder: Path, *pages: Reply) -> list[dict[str, Any]]:
    """What stands in the chat after the first page was shown and its button pressed."""
    async with telegram(folder, assistant=Pages(*pages)) as people:
        first = await people.ask("/review")
        query = await people.press(first, "Yes")
        await people.peer.wait_for(lambda: query in people.peer.pressed)
        await people.ask("and now?") if len(pages) > 2 else None
        await people.peer.wait_for(lambda: any(words(one) == pages[1].text for one in bots(people)))
        return bots(people)


async def test_a_text_becomes_the_next_text(tmp_path: Path) -> None:
    (only,) = await turned(tmp_path, Reply("Is it bo?", buttons=NEXT), Reply("That was all.", replaces=True))
    assert words(only) == "That was all."
    assert not only.get("reply_markup")


async def test_a_picture_becomes_the_next_picture(tmp_path: Path) -> None:
    first = Reply("Is it bo?", image=RED, buttons=NEXT)
    (only,) = await turned(tmp_path, first, Reply("Is it mia?", image=RED, buttons=NEXT, replaces=True))
    assert words(only) == "Is it mia?"
    assert only["reply_markup"]
    assert only["photo"]


async def test_a_text_becomes_a_picture(tmp_path: Path) -> None:
    (only,) = await turned(tmp_path, Reply("Is it bo?", buttons=NEXT), Reply("Is it mia?", image=RED, replaces=True))
    assert only["photo"]


async def test_a_picture_gives_way_to_a_text(tmp_path: Path) -> None:
    (only,) = await turned(tmp_path, Reply("Is it bo?", image=RED, buttons=NEXT), Reply("That was all.", replaces=True))
    assert only["text"] == "That was all."


async def test_what_does_not_replace_is_a_message_of_its_own(tmp_path: Path) -> None:
    first, second = await turned(tmp_path, Reply("Is it bo?", buttons=NEXT), Reply("Noted."))
    assert (words(first), words(second)) == ("Is it bo?", "Noted.")


async def test_a_message_that_somebody_has_deleted_is_sent_anew(tmp_path: Path) -> None:
    pages = Pages(Reply("Is it bo?", buttons=NEXT), Reply("Is it mia?", replaces=True))
    async with telegram(tmp_path, assistant=pages) as people:
        first = await people.ask("/review")
        del people.peer.messages[7, first["message_id"]]
        await people.press(first, "Yes")
        assert words((await people.answers())[0]) == "Is it mia?"


# ── reactions ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("chat_id", [7, GROUP])
async def test_a_thumb_under_a_question_answers_it(tmp_path: Path, chat_id: int) -> None:
    pages = Pages(ASKED, Reply("Noted."))
    async with telegram(tmp_path, assistant=pages) as people:
        asked = await people.say("/wrong", RED, chat_id=chat_id)
        (question,) = await people.answers(chat_id)
        await people.react(question, "🔥", "👍", before=["🔥"])
        assert words((await people.answers(chat_id))[0]) == "Noted."
    told = pages.heard[-1]
    assert (told.text, told.reply_to, told.addressed) == ("👍", str(asked["message_id"]), True)
    assert told.sender.id == "7"


async def test_other_reactions_and_thumbs_under_anything_else_say_nothing(tmp_path: Path) -> None:
    pages = Pages(ASKED, Reply("That is bo.", buttons=NEXT), Reply("I don't know anyone."))
    async with telegram(tmp_path, assistant=pages) as people:
        question = await people.ask("", RED)
        statement = await people.ask("", RED)
        await people.react(question, "🔥")
        await people.react(question, "👍", before=["👍"])  # was there before
        await people.react(question, before=["👎"])  # taken away
        await people.react(statement, "👍")
        await people.ask("/list")
    assert [one.text for one in pages.heard] == ["", "", "/list"]


async def test_telegram_is_asked_for_reactions(tmp_path: Path) -> None:
    async with telegram(tmp_path) as people:
        assert "message_reaction" in people.peer.webhook["allowed_updates"]


# ── what one person sees ──────────────────────────────────────────────────────────────────────────


async def test_a_private_text_in_a_group_shows_to_who_asked(tmp_path: Path) -> None:
    async with telegram(tmp_path, assistant=Pages(Reply("Only admins may.", private=True), Reply("Hi!"))) as people:
        assert (await people.ask("/forgetall", chat_id=GROUP))["receiver_user"]["id"] == 7
        assert "receiver_user" not in await people.ask("/help", chat_id=GROUP)


async def test_where_telegram_does_not_know_that_all_see_it(tmp_path: Path) -> None:
    peer = TelegramPeer(ephemeral=False)
    peer.fail("sendMessage", Refused(400, "Bad Request: receiver not found"))
    async with telegram(tmp_path, peer, assistant=Pages(Reply("Only admins may.", private=True))) as people:
        refused = await people.ask("/forgetall", chat_id=GROUP)
        assert words(refused) == "Only admins may."
        assert "receiver_user" not in refused
