"""Discord's limits: how long, how often, how soon, how large; and answers that grow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from adapters.discord.wording import without_pictures_over
from core.i18n.translator import ENGLISH, Translator
from core.messages import Attachment, Button, Card, Message, Reply
from core.options import MessageLimits
from tests.support.fakes import SlowTalker
from tests.support.peers.discord import (
    BUTTON,
    CONTAINER,
    GALLERY,
    RED,
    ROW,
    TEXT,
    THUMBNAIL,
    Peer,
    core_on,
    discord_over,
    discord_peer,
    inside,
    last,
    parts,
    response,
    said,
)

SENTENCE = "It is a very good dog that naps in the sun all day. "


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    async with discord_over(tmp_path) as there:
        yield there


def quick(*words: str) -> SlowTalker:
    talker = SlowTalker(lambda prompt: list(words))
    talker.go_on.set()
    return talker


def texts(message: simcord.ResponseMessage) -> list[str]:
    return [one["content"] for one in parts(message) if one["type"] == TEXT]


def titles(message: simcord.ResponseMessage) -> list[str]:
    return [one.removeprefix("**").partition("**")[0] for one in texts(message) if one.startswith("**")]


# ── how long ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_long_answer_is_split_between_sentences(tmp_path: Path) -> None:
    async with discord_over(tmp_path, generator=quick(SENTENCE * 90)) as peer:
        ann, pets = peer.room()
        await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        await ann.send(pets, f"{peer.mention} tell me all", attachments=[("a.png", RED)])
        *_, one, two, three = pets.history()
        assert " ".join(part.content for part in (one, two, three)) == (SENTENCE * 90).strip()
        assert all(len(part.content) <= 2000 and part.content.endswith(".") for part in (one, two, three))
        assert not one.components
        assert three.components  # "Not bo" stands under the end
        assert three.attachments


async def test_a_long_answer_to_a_command_is_split_too(tmp_path: Path) -> None:
    async with discord_over(tmp_path, generator=quick(SENTENCE * 90)) as peer:
        ann, pets = peer.room()
        told = await ann.slash(pets, "ask", question="tell me all", photo=("a.png", RED))
        assert [response(told).content[-4:], *(one.content[-4:] for one in told.followups)] == ["day."] * 3


async def test_a_gallery_has_pages_that_turn_after_a_restart_too(peer: Peer) -> None:
    ann, pets = peer.room()
    for number in range(1, 12):
        await ann.slash(pets, "remember", name=f"bo{number}", info="barks\nloudly", photo=("x.png", RED))
    shown = response(await ann.slash(pets, "list"))
    opening, first, *_ = texts(shown)
    assert opening == "I know 11 names here:"
    assert first == "**bo1**\ndog · 1 photo · barks loudly"
    assert titles(shown) == ["bo1", "bo2", "bo3", "bo4", "bo5"]
    assert len([one for one in parts(shown) if one["type"] == THUMBNAIL]) == 5
    assert [one["type"] for one in shown.components] == [CONTAINER, ROW]
    await peer.restart()
    await ann.click(shown, label="▶")
    assert titles(shown) == ["bo6", "bo7", "bo8", "bo9", "bo10"]
    await ann.click(shown, label="▶")
    assert titles(shown) == ["bo11"]
    await ann.click(shown, label="◀")
    await ann.slash(pets, "forget", name="bo11")
    await ann.click(shown, label="◀")
    assert titles(shown)[0] == "bo1"


@pytest.mark.parametrize("patience", [0.0, 60.0])
async def test_a_page_that_is_no_more_is_the_last_one_there_is(tmp_path: Path, patience: float) -> None:
    async with discord_over(tmp_path, patience=patience) as peer:
        ann, pets = peer.room()
        for number in range(1, 7):
            await ann.slash(pets, "remember", name=f"bo{number}", photo=("x.png", RED))
        shown = response(await ann.slash(pets, "list"))
        await ann.slash(pets, "forget", name="bo6")
        await ann.click(shown, label="▶")
        assert titles(shown) == ["bo1", "bo2", "bo3", "bo4", "bo5"]
        assert len(pets.history()) == 8  # the page was turned in its place


# ── buttons ───────────────────────────────────────────────────────────────────────────────────────


async def test_buttons_work_after_a_restart(peer: Peer) -> None:
    ann, pets = peer.room()
    told = response(await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED)))
    await peer.restart()
    undone = response(await ann.click(told, label="Undo (bo remembered)"))
    assert "I don't know bo any more" in undone.content


async def test_a_correction_finds_its_photo_after_the_core_has_restarted_too(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        await ann.send(pets, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
        answer = last(pets)
        async with core_on(tmp_path) as fresh:
            peer.running = fresh
            await peer.env.advance_time(60)
            await peer.restart()
            assert "won't take that for bo again" in response(await ann.click(answer, label="Not bo")).content


# ── how soon ──────────────────────────────────────────────────────────────────────────────────────


SEEN = "I see a dog I don't know."  # the first draft, before a language model has said anything
GROWING = (SEEN, "a", "a good")  # the newest word is held back


async def grow(peer: Peer, talker: SlowTalker) -> None:
    """Let an answer be spoken whose words are "a", "good" and "dog", each after the draft before it has been sent."""
    await peer.wait_for_texts(*GROWING[:1])
    await talker.say_next()
    await peer.wait_for_texts(*GROWING[:2])
    await talker.say_next()
    await peer.wait_for_texts(*GROWING)
    talker.go_on.set()


async def test_an_answer_grows_by_edits_of_one_message(tmp_path: Path) -> None:
    talker = SlowTalker(lambda prompt: ["a ", "good ", "dog"])
    async with discord_over(tmp_path, generator=talker) as peer:
        ann, pets = peer.room()
        asking = asyncio.create_task(ann.send(pets, f"{peer.mention} what is it?", attachments=[("a.png", RED)]))
        await grow(peer, talker)
        await asking
        assert [body["content"] for body in peer.sent()] == [*GROWING, "a good dog"]
        assert len(pets.history()) == 2
        assert f"/channels/{pets.id}/typing" in [one.path for one in peer.env.http_requests]


async def test_a_command_that_takes_long_is_deferred_and_then_answered(tmp_path: Path) -> None:
    talker = SlowTalker(lambda prompt: ["a ", "good ", "dog"])
    async with discord_over(tmp_path, generator=talker) as peer:
        ann, pets = peer.room()
        asking = asyncio.create_task(ann.slash(pets, "ask", photo=("a.png", RED)))
        await talker.said.wait()
        assert peer.requests("/callback") == [{"type": 5}]  # "thinking"
        await grow(peer, talker)
        assert response(await asking).content == "a good dog"
        assert [body["content"] for body in peer.sent()] == [*GROWING, "a good dog"]


async def test_an_answer_that_is_ready_in_time_is_the_response_itself(tmp_path: Path) -> None:
    async with discord_over(tmp_path, patience=60) as peer:
        ann, pets = peer.room()
        told = await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        assert response(told).content.startswith("Nice to meet bo!")
        assert [body["type"] for body in peer.requests("/callback")] == [4]  # a message


async def test_a_channel_is_answered_in_order_and_holds_up_no_other(tmp_path: Path) -> None:
    talker = SlowTalker(lambda prompt: ["slow ", "answer"])
    async with discord_over(tmp_path, generator=talker) as peer:
        ann, pets = peer.room()
        more = peer.env.guild.create_text_channel("more")
        answered = asyncio.Event()

        def notice(event: str, payload: Mapping[str, Any]) -> None:
            if event == "MESSAGE_CREATE" and payload["author"].get("bot") and payload["channel_id"] == str(more.id):
                answered.set()

        peer.env.backend.subscribers.append(notice)
        asking = asyncio.create_task(ann.send(pets, f"{peer.mention} hm?", attachments=[("a.png", RED)]))
        await peer.wait_for_texts(SEEN)
        peer.env.backend.create_message(pets.id, ann.id, f"{peer.mention} /list")
        peer.env.backend.create_message(more.id, ann.id, f"{peer.mention} /list")
        await answered.wait()
        assert [one.content for one in pets.history() if one.author.bot] == [SEEN]
        talker.go_on.set()
        await asking
        answer, listed = [one.content for one in pets.history() if one.author.bot]
        assert answer == "slow answer"
        assert listed.startswith("I don't know anyone here yet")


# ── how often ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_an_answer_that_discord_would_not_take_is_sent_again(peer: Peer, status: int) -> None:
    ann, pets = peer.room()
    peer.env.inject_error("POST", "/channels/*/messages", status=status, times=2)
    await ann.send(pets, f"{peer.mention} /list")
    assert "I don't know anyone here yet" in last(pets).content
    nonces = {body["nonce"] for body in peer.sent()}
    assert len(peer.sent()) == 3
    assert len(nonces) == 1  # so that Discord sees a message that it took after all


async def test_a_commands_answer_is_sent_again_too(peer: Peer) -> None:
    ann, pets = peer.room()
    peer.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=429, times=2)
    assert "I don't know anyone here yet" in said(response(await ann.slash(pets, "list")))


async def test_a_draft_that_discord_would_not_take_is_no_loss(tmp_path: Path) -> None:
    async with discord_over(tmp_path, generator=quick("a ", "good ", "dog")) as peer:
        ann, pets = peer.room()
        peer.env.inject_error("PATCH", "/channels/*/messages/*", status=429, times=1)
        await ann.send(pets, f"{peer.mention} what is it?", attachments=[("a.png", RED)])
        assert last(pets).content == "a good dog"


async def test_where_the_bot_may_not_write_it_stays_well(peer: Peer) -> None:
    ann, pets = peer.room()
    more = peer.env.guild.create_text_channel("more")
    peer.env.inject_error("POST", f"/channels/{pets.id}/messages", status=403, code=50013, times=None)
    await ann.send(pets, f"{peer.mention} /list")
    await ann.send(more, f"{peer.mention} /list")
    assert len(pets.history()) == 1
    assert "I don't know anyone here yet" in last(more).content


async def test_where_the_bot_may_not_write_it_does_not_even_try(peer: Peer) -> None:
    peer.room()
    shut: Any = {peer.env.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
    silent = peer.env.guild.create_text_channel("silent", overwrites=shut)
    ann = peer.env.guild.add_member(peer.env.guild.owner)
    before = len(peer.env.http_requests)
    await ann.send(silent, f"{peer.mention} /list")
    assert len(peer.env.http_requests) == before


async def test_an_interaction_that_discord_has_given_up_on_stops_nothing(peer: Peer) -> None:
    ann, pets = peer.room()
    peer.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062, times=2)
    assert not (await ann.slash(pets, "list")).acknowledged
    assert said(response(await ann.slash(pets, "list")))


# ── how large ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_file_over_the_limit_is_refused_before_it_is_fetched(tmp_path: Path) -> None:
    async with discord_over(tmp_path, limits=MessageLimits(photo_megabytes=1)) as peer:
        ann, pets = peer.room()
        huge = ("huge.png", RED + bytes(1_000_000))
        refused = response(await ann.slash(pets, "remember", name="bo", photo=huge))
        assert refused.content == "That file is too large: 1 MB is the most I can fetch here."
        assert refused.ephemeral
        await ann.send(pets, "not for the bot", attachments=[huge])
        assert len(pets.history(viewer=peer.env.guild.owner)) == 1


async def test_a_link_that_has_expired_asks_for_the_photo_again(peer: Peer) -> None:
    ann, pets = peer.room()
    posted = await ann.send(pets, "look!", attachments=[("a.png", RED)])
    peer.env.backend.cdn._blobs.clear()
    told = response(await ann.context_menu(pets, "Who is this?", posted))
    assert told.content == "I couldn't fetch that from Discord. Please send it again."


class Scripted:
    """An assistant that gives the same reply to everything."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        yield self._reply

    def admits(self, message: Message) -> bool:
        return True

    async def translator(self, message: Message) -> Translator:
        return ENGLISH


async def replying(folder: Path, reply: Reply) -> tuple[simcord.InteractionResult, Peer]:
    """What Discord gets when the assistant says this to a command."""
    async with core_on(folder) as running, discord_peer(running, assistant=Scripted(reply)) as peer:
        ann, pets = peer.room()
        return await ann.slash(pets, "list"), peer


async def test_a_file_that_discord_would_not_take_is_not_sent(tmp_path: Path) -> None:
    archive = Attachment("rapport.zip", "application/zip", bytes(26 << 20))
    _, peer = await replying(tmp_path, Reply("Here it is", attachments=(archive,), private=True))
    assert "grown too large for Discord: 25 MB is the most" in peer.sent()[-1]["content"]


async def test_long_cards_and_labels_and_many_buttons_keep_within_the_limits(tmp_path: Path) -> None:
    cards = tuple(Card("n" * 64, "t" * 2000, RED, photos=1) for _ in range(12))
    buttons = tuple(Button("l" * 100, f"/undo {number}") for number in range(40))
    _, peer = await replying(tmp_path, Reply("PhotoFeatures", cards=cards, buttons=buttons))
    body = peer.sent()[-1]
    sent = [*inside(body)]
    assert sum(len(one["content"]) for one in sent if one["type"] == TEXT) <= 4000
    assert len(sent) <= 40
    labels = [one["label"] for one in sent if one["type"] == BUTTON]
    assert len(labels) == 2 + 15  # those that turn the pages, and as many others as there is room for
    assert all(len(one) <= 80 for one in labels)


async def test_many_buttons_under_a_text_keep_within_the_limits(tmp_path: Path) -> None:
    buttons = tuple(Button("l" * 100, f"/undo {number}") for number in range(40))
    _, peer = await replying(tmp_path, Reply("Which one?", buttons=buttons))
    labels = [one["label"] for one in inside(peer.sent()[-1]) if one["type"] == BUTTON]
    assert len(labels) == 25
    assert all(len(one) <= 80 for one in labels)


# ── what replaces what ────────────────────────────────────────────────────────────────────────────


class Pages(Scripted):
    """An assistant that says one page after the other."""

    def __init__(self, *pages: Reply) -> None:
        self._pages = [*pages]

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        yield self._pages.pop(0)


NEXT = (Button("Yes", "/next"),)


@pytest.mark.parametrize("patience", [0.0, 60.0])  # "thinking" is shown before the reply is there, or not
async def test_a_review_goes_on_in_one_message(tmp_path: Path, patience: float) -> None:
    pages = Pages(
        Reply("Is it bo?", image=RED, buttons=NEXT),
        Reply("Is it mia?", image=RED, buttons=NEXT, replaces=True),
        Reply("That was all.", replaces=True),
    )
    async with core_on(tmp_path) as running, discord_peer(running, assistant=pages, patience=patience) as peer:
        ann, pets = peer.room()
        shown = response(await ann.slash(pets, "help"))
        await ann.click(shown, label="Yes")
        assert said(last(pets)) == "Is it mia?"
        assert [one["type"] for one in parts(last(pets))] == [CONTAINER, TEXT, GALLERY, ROW, BUTTON]
        await ann.click(last(pets), label="Yes")
        assert said(last(pets)) == "That was all."
        assert [one["type"] for one in parts(last(pets))] == [CONTAINER, TEXT]
        assert len(pets.history()) == 1


async def test_what_does_not_replace_is_a_message_of_its_own(tmp_path: Path) -> None:
    pages = Pages(Reply("Is it bo?", image=RED, buttons=NEXT), Reply("Noted."))
    async with core_on(tmp_path) as running, discord_peer(running, assistant=pages) as peer:
        ann, pets = peer.room()
        await ann.click(response(await ann.slash(pets, "help")), label="Yes")
        assert [said(one) for one in pets.history()] == ["Is it bo?", "Noted."]


async def test_the_photos_of_one_are_a_media_gallery_in_pages(tmp_path: Path) -> None:
    cards = tuple(
        Card("bo", said := f"by Ann, day {number}", RED, number=number, line=f"{number}: {said}")
        for number in range(1, 13)
    )
    shown, _ = await replying(tmp_path, Reply("bo (dog)\n12 photos.", image=RED, cards=cards))
    text, captions = texts(response(shown))
    assert text == "bo (dog)\n12 photos."
    assert captions.splitlines()[9] == "-# 10: by Ann, day 10"
    (gallery,) = [one for one in parts(response(shown)) if one["type"] == GALLERY]
    assert len(gallery["items"]) == 10
    assert gallery["items"][0]["description"] == "bo: by Ann, day 1"
    assert [one["label"] for one in parts(response(shown)) if one["type"] == BUTTON] == ["1 / 2", "▶"]


async def test_a_picture_that_discord_finds_too_heavy_leaves_the_words(peer: Peer) -> None:
    ann, pets = peer.room()
    peer.env.inject_error("POST", "/channels/*/messages", status=413, code=40005, times=1)
    await ann.send(pets, f"{peer.mention} /remember bo", attachments=[("a.png", RED)])
    assert last(pets).content.startswith("Nice to meet bo!")
    assert not last(pets).attachments
    assert len(peer.sent()) == 2


def test_pictures_over_the_limit_are_left_out_before_they_are_sent() -> None:
    cards = (Card("bo", "bo", bytes(9)), Card("mia", "mia", bytes(11)))
    left = without_pictures_over(Reply("who", image=bytes(11), cards=cards), 10)
    assert (left.text, left.image, [one.image for one in left.cards]) == ("who", None, [bytes(9), None])
