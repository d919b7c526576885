"""People on Telegram: raw updates in by the real webhook, answers out to the strict peer."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import stamina

from adapters.telegram.options import Clock, TelegramChatbot
from bot import config as configuration
from bot.build.platforms import telegram_of
from bot.build.rapport import Rapport
from bot.running.rapport import rapport
from core.ports import Generator
from tests.support.databases.chosen import url
from tests.support.decoders import shared_decoders
from tests.support.fakes import fake_models
from tests.support.peers.telegram import BOT, TOKEN, Call, TelegramPeer, chat, person, units

_RESTRICTIONS = (
    "is_member",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_send_messages",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_manage_topics",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_edit_tag",
    "can_react_to_messages",
)
CAPTIONED = {"document", "video", "animation", "voice", "audio"}
SPEED = 50.0  # the bot's seconds in one of ours


class QuickTime:
    """Time that runs fast, for the bot and its peer alike. Nobody who sleeps wakes while it is `paused`.

    `speed` is how many of the bot's seconds there are in one of ours.
    """

    def __init__(self, speed: float = SPEED) -> None:
        self._speed = speed
        self._runs = asyncio.Event()
        self._runs.set()

    def now(self) -> float:
        return asyncio.get_running_loop().time() * self._speed

    def clock(self) -> Clock:
        return Clock(self.now, self._sleep)

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        self._runs.clear()
        yield
        for _ in range(100):  # until what has come in is taken up
            await asyncio.sleep(0)
        self._runs.set()

    async def _sleep(self, seconds: float) -> None:
        await self._runs.wait()
        await asyncio.sleep(seconds / self._speed)
        await self._runs.wait()


def quick_clock() -> Clock:
    """A clock that runs fast."""
    return QuickTime().clock()


@contextmanager
def repeating_at_once() -> Iterator[None]:
    """Calls that failed are made again as often as ever, but without a wait."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


def settings(folder: Path, telegram: dict[str, Any] | None = None, **sections: Any) -> configuration.Config:
    """A configuration with Telegram on a webhook."""
    chosen = {"token": TOKEN, "webhook_url": "https://bot.example.org/", "webhook_port": 0}
    return configuration.load(
        store={"url": os.environ.get("TEST_STORE") or url(folder, "telegram.db")},
        telegram={**chosen, **(telegram or {})},
        **sections,
    )


@asynccontextmanager
async def telegram(
    folder: Path,
    peer: TelegramPeer | None = None,
    generator: Generator | None = None,
    assistant: TelegramChatbot | None = None,
    **sections: Any,
) -> AsyncIterator[People]:
    """The bot on a webhook, over fake models or before another assistant.

    No rule of Telegram's was broken when it ends.
    """
    time = QuickTime()
    peer = peer or TelegramPeer()
    peer.clock = time.now
    config = settings(folder, **sections)
    with repeating_at_once():
        async with rapport(config, fake_models(generator), decoders=shared_decoders()) as running:
            changed: dict[str, Any] = {"assistant": assistant} if assistant is not None else {}
            async with serving(replace(running, **changed), config, peer, time) as one:
                yield one
    assert peer.violations == []


@asynccontextmanager
async def serving(
    running: Rapport, config: configuration.Config, peer: TelegramPeer, time: QuickTime
) -> AsyncIterator[People]:
    bot = telegram_of(config, running, lambda: peer, time.clock())
    peer.webhook = {}
    run = asyncio.create_task(bot.run())
    await peer.wait_for(lambda: bool(peer.webhook))
    path = peer.webhook["url"].removeprefix("https://bot.example.org")
    async with httpx.AsyncClient(base_url=bot.webhook.address, trust_env=False, timeout=60) as http:
        yield People(peer, http, path, peer.webhook["secret_token"], time)
    await bot.aclose()
    await run


@dataclass
class People:
    """Those who write to the bot, by raw updates posted to its webhook."""

    peer: TelegramPeer
    http: httpx.AsyncClient
    path: str
    secret: str
    time: QuickTime
    update_id: int = 0
    message_id: int = 0

    async def post(self, **update: object) -> httpx.Response:
        """One update, as Telegram posts it."""
        self.update_id += 1
        body = {"update_id": self.update_id, **update}
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        return await self.http.post(self.path, json=body, headers=headers)

    async def say(
        self, text: str = "", *photos: bytes, chat_id: int = 7, sender: int = 7, **more: Any
    ) -> dict[str, Any]:
        """A message, or an album of several photos; returns (the first of) it as Telegram keeps it."""
        if len(photos) < 2:
            return await self._message(text, photos[0] if photos else None, chat_id, sender, more)
        album = {"media_group_id": f"album-{self.message_id}", **more}
        async with self.time.paused():
            first = await self._message(text, photos[0], chat_id, sender, album)
            for photo in photos[1:]:
                await self._message("", photo, chat_id, sender, album)
        return first

    def message(self, text: str, photo: bytes | None, chat_id: int, sender: int, more: Call) -> dict[str, Any]:
        """A message as Telegram would send it, with the entities that its clients find."""
        self.message_id += 1
        kind = "caption" if photo is not None or more.keys() & CAPTIONED else "text"
        language = more.pop("language", "en")
        message: dict[str, Any] = {
            "message_id": self.message_id,
            "date": int(time.time()),
            "chat": chat(chat_id),
            "from": person(sender, language),
        }
        if text:
            message |= {kind: text}
            message |= {"entities" if kind == "text" else "caption_entities": entities(text)}
        if photo is not None:
            message["photo"] = [
                {"file_id": "small", "file_unique_id": "small", "width": 90, "height": 90, "file_size": 900},
                self.upload(photo),
            ]
        message |= more
        self.peer.messages[chat_id, self.message_id] = message
        return message

    async def _message(self, text: str, photo: bytes | None, chat_id: int, sender: int, more: Call) -> dict[str, Any]:
        message = self.message(text, photo, chat_id, sender, dict(more))
        assert (await self.post(message=message)).status_code == 200
        return message

    def upload(self, data: bytes, **more: object) -> Call:
        """A file that Telegram has."""
        name = f"file-{len(self.peer.files)}"
        self.peer.files[name] = data
        return {
            "file_id": name,
            "file_unique_id": name,
            "width": 800,
            "height": 600,
            "file_size": len(data),
            **more,
        }

    async def press(self, message: dict[str, Any], label: str, sender: int = 7) -> str:
        """Press a button of a message; returns the id of the press."""
        rows: Sequence[Sequence[Call]] = message["reply_markup"]["inline_keyboard"]
        (value,) = [button["callback_data"] for row in rows for button in row if button["text"] == label]
        query_id = f"q{self.update_id}"
        query = {"id": query_id, "from": person(sender), "chat_instance": "1", "data": value}
        under = {key: value for key, value in message.items() if value is not None}
        assert (await self.post(callback_query={**query, "message": under})).status_code == 200
        return query_id

    async def react(self, message: dict[str, Any], *emoji: str, before: Sequence[str] = (), sender: int = 7) -> None:
        """Put reactions under a message, where there were those `before`."""
        change = {"chat": message["chat"], "message_id": message["message_id"], "date": 1, "user": person(sender)}
        kinds = {
            when: [{"type": "emoji", "emoji": one} for one in given]
            for when, given in (("old_reaction", before), ("new_reaction", emoji))
        }
        await self.post(message_reaction={**change, **kinds})

    async def search(self, text: str, sender: int = 7) -> list[Call]:
        """Type into the field of another chat: @bot TEXT; returns the offered cards."""
        query_id = f"i{self.update_id}"
        await self.post(inline_query={"id": query_id, "from": person(sender), "query": text, "offset": ""})
        await self.peer.wait_for(lambda: query_id in self.peer.inline)
        return list(self.peer.inline[query_id]["results"])

    async def membership(self, chat_id: int, status: str, **more: object) -> None:
        """The bot's own standing in a chat changes."""
        rights = {
            "restricted": dict.fromkeys(_RESTRICTIONS, False) | {"until_date": 0},
            "kicked": {"until_date": 0},
        }
        old = {"status": "member", "user": BOT}
        new = {"status": status, "user": BOT, **rights.get(status, {}), **more}
        change = {"chat": chat(chat_id), "from": person(7), "date": 1}
        await self.post(my_chat_member={**change, "old_chat_member": old, "new_chat_member": new})

    async def answers(self, chat_id: int = 7, count: int = 1) -> list[dict[str, Any]]:
        """The next messages that the bot sends to a chat; each is handed out once."""
        await self.peer.wait_for(lambda: len(self.unread(chat_id)) >= count)
        found = self.unread(chat_id)[:count]
        for one in found:
            one["read"] = True
        return found

    def unread(self, chat_id: int = 7) -> list[dict[str, Any]]:
        """The bot's messages in a chat that `answers` hasn't handed out."""
        return [one for one in self.peer.sent(chat_id) if one["from"] is BOT and not one.get("read")]

    async def ask(self, text: str = "", *photos: bytes, **more: Any) -> dict[str, Any]:
        """Say something and wait for the answer."""
        await self.say(text, *photos, **more)
        return (await self.answers(more.get("chat_id", 7)))[0]


def entities(text: str) -> list[Call]:
    """The commands and mentions in a text, as Telegram marks them."""
    found = []
    for word in text.split():
        if word[:1] in "/@" and len(word) > 1:
            kind = "bot_command" if word[0] == "/" else "mention"
            found.append({"type": kind, "offset": units(text[: text.index(word)]), "length": units(word)})
    return found


def words(message: dict[str, Any]) -> str:
    """What a message says."""
    return str(message.get("text") or message.get("caption") or "")
