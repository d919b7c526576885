"""Telegram and Discord: hostile texts, photos, files, updates and interactions by the real libraries."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.attack.report import MARK, Campaign
from tests.support.hostile.lines import sendable_texts
from tests.support.hostile.photos import hostile_photos
from tests.support.peers.discord import TEXT, discord_over, inside
from tests.support.peers.telegram import BOT
from tests.support.peers.telegram_people import People, telegram, words

_HANG = 120  # seconds for an answer
_TELEGRAM_MOST, _DISCORD_MOST = 4096, 2000  # characters in a message, which the platforms see to
_CHATS = (7, 8, 9, -5, -6)
_OPEN = {"chat_photos_minute": 0, "person_photos_minute": 0, "chat_names": 0, "person_names": 0}


async def attack_telegram(folder: Path, *, messages: int, seeds: Iterable[int]) -> Campaign:
    """Messages to five chats, each asked for a sign of life now and then; and updates with bytes changed."""
    campaign = Campaign("Telegram: texts, photos, updates")
    rng = random.Random(3)  # noqa: S311 - the same attack each time
    async with telegram(folder, quotas=_OPEN) as people:
        for number, text in enumerate(sendable_texts(seed=3, count=messages)):
            sent = text[:_TELEGRAM_MOST]
            if sent.strip():
                await people.say(sent, chat_id=rng.choice(_CHATS), sender=rng.randrange(1, 50))
            await _changed_update(people, campaign, rng)
            if number % 100 == 99:
                await _alive_on_telegram(people, campaign, f"after text {number}")
        for seed in seeds:
            for number, (_, data) in enumerate(hostile_photos(seed)):
                await people.say(f"/remember {MARK}{number}", data, chat_id=rng.choice(_CHATS[:3]))
                campaign.attempts += 1
            await _alive_on_telegram(people, campaign, "after the photos")
        for message in people.peer.messages.values():
            if message["from"] is BOT:
                campaign.saw(words(message), "Telegram")
    return campaign


async def _changed_update(people: People, campaign: Campaign, rng: random.Random) -> None:
    """Post an update that Telegram would not send; whatever the answer, it comes, and is no 5xx."""
    update: Any = rng.choice(
        [
            {},
            [],
            "update",
            {"update_id": rng.choice([None, "x", -1, 10**30])},
            {"update_id": 1, "message": rng.choice([None, [], "x", {}, {"message_id": 1}])},
            {"update_id": 1, "message": {"message_id": 1, "date": 10**30, "chat": {"id": "x", "type": "none"}}},
            {"update_id": 1, "callback_query": {"id": "q", "from": {"id": 7}, "data": "\0" * 64}},
            {"update_id": 1, "inline_query": {"id": "q", "from": {}, "query": "x" * 300, "offset": "-1"}},
            {"update_id": 1, "my_chat_member": {"chat": {"id": 7, "type": "private"}}},
        ]
    )
    headers = {"X-Telegram-Bot-Api-Secret-Token": people.secret}
    try:
        answer = await people.http.post(people.path, json=update, headers=headers, timeout=_HANG)
    except httpx.HTTPError as error:
        campaign.record(False, f"{update!r}: {type(error).__name__}")
        return
    campaign.record(answer.status_code < 500, f"{update!r}: {answer.status_code}")
    campaign.saw(answer.text, "the webhook")


async def _alive_on_telegram(people: People, campaign: Campaign, when: str) -> None:
    """Each chat answers /help, behind all that was sent to it."""
    for chat in _CHATS:
        sent = await people.say("/settings", chat_id=chat, sender=1)
        try:
            async with asyncio.timeout(_HANG):
                await people.peer.wait_for(partial(_answered, people, chat, sent["message_id"]))
            held = True
        except TimeoutError:
            held = False
        campaign.record(held, f"chat {chat} gave no sign of life {when}", count=100 // len(_CHATS))


def _answered(people: People, chat: int, message_id: int) -> bool:
    """Whether the bot has said something in the chat since that message."""
    return any(
        place == chat and number > message_id and message["from"] is BOT
        for (place, number), message in people.peer.messages.items()
    )


async def attack_discord(folder: Path, *, messages: int, every: int) -> Campaign:
    """Texts, and one photo in `every`, in a channel; simcord raises what the adapter lets through."""
    campaign = Campaign("Discord: texts, photos")
    async with discord_over(folder, {"quotas": _OPEN}) as peer:
        ann, channel = peer.room()
        for text in sendable_texts(seed=4, count=messages):
            if sent := text.replace("\0", "")[: _DISCORD_MOST - 40].strip():
                await ann.send(channel, f"{peer.mention} {sent}")
                campaign.attempts += 1
        for number, (_, data) in enumerate(hostile_photos(5)):
            if number % every == 0 and len(data) < 8_000_000:
                await ann.send(channel, f"{peer.mention} /remember {MARK}{number}", attachments=[("a.jpg", data)])
                campaign.attempts += 1
        before = len(peer.sent())
        await ann.send(channel, f"{peer.mention} /help")
        campaign.record(len(peer.sent()) > before, "Discord gave no sign of life")
        for body in peer.sent():
            laid_out = (part["content"] for part in inside(body) if part["type"] == TEXT)
            told = "\n".join([str(body.get("content")), *laid_out])
            campaign.saw(told, "Discord")
            campaign.record("@everyone" not in told or _no_pings(body), f"a ping: {body!r}"[:300])
    return campaign


def _no_pings(body: dict[str, Any]) -> bool:
    return bool(body.get("allowed_mentions", {}).get("parse") == [])
