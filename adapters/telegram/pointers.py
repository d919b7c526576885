"""What a chat's messages are about, kept where several processes answer: for the one that takes the chat over.

A photo is kept by what Telegram knows it by, for as long as it can be spoken of, and fetched again by whoever answers
the chat then: "/remember bo" is about the chat's last photo, whichever process that was shown to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import timedelta

import telegram
from cachetools import TTLCache

from adapters.telegram.attachments import TelegramFiles
from adapters.telegram.incoming import Origin, Origins
from core.errors import StoreError
from core.messages import Chat, Question
from core.platforms.remote_photos import fetch_photos
from core.platforms.status import Conversing
from core.store.sharing.pointers import AskedPerson, Pointer, StoredPointers, recalled

_MOST_ASKED = 50_000  # people of whom it is known here that what they were asked is kept


class Pointers:
    """The pointers of one bot's chats; without a `store` there is nobody to take a chat over."""

    def __init__(
        self,
        store: StoredPointers | None,
        bot: str,
        origins: Origins,
        files: TelegramFiles,
        conversing: Conversing,
        lifetime: timedelta,
    ) -> None:
        self._store, self._bot, self._origins, self._files = store, bot, origins, files
        self._conversing, self._lifetime = conversing, lifetime
        self._asked: TTLCache[tuple[str, str, str], None] = TTLCache(_MOST_ASKED, max(1.0, lifetime.total_seconds()))
        self._new = set[str]()  # chats that were taken and nobody has spoken in since

    def taken(self, chats: Collection[str]) -> None:
        """This process answers these chats from now on, by their keys."""
        if self._store is not None:
            self._new.update(chats)

    async def recall(self, chat: Chat) -> None:
        """Learn what another process knew of the chat, before the first answer in it: its last photos are fetched."""
        if self._store is None or chat.key not in self._new:
            return
        self._new.discard(chat.key)
        self._conversing.drop(chat)  # from an earlier time, when this process had the chat
        try:
            kept = await self._store.of(self._bot, chat.key)
            open_still = await self._store.asked(self._bot, chat.key)
        except StoreError:
            return
        for one in kept:
            self._origins[int(chat.id), int(one.message)] = Origin(one.about, one.asks)
        for one in recalled(kept):
            photos, _ = await fetch_photos([self._files.pointed(file) for file in one.files], required=False)
            if photos:
                self._conversing.show(_in_thread(chat, one.thread), one.message, photos)
        for asked in open_still:
            self._asked[chat.key, asked.thread, asked.person] = None
            if asked.question is not None:
                self._conversing.ask(_in_thread(chat, asked.thread), asked.person, Question(**asked.question))

    async def shown(self, chat: Chat, messages: Sequence[telegram.Message]) -> None:
        """The photos of a message, or of those of an album, can be spoken of from now on."""
        if files := [file for one in messages for file in self._files.pointing(one)]:
            message = str(messages[0].message_id)
            await self._keep(chat, [Pointer(message, message, chat.thread, files=files)])

    async def answered(self, chat: Chat, about: str, sent: Sequence[int], *, asks: bool) -> None:
        """Messages of ours are about the photos of a message."""
        await self._keep(chat, [Pointer(str(one), about, chat.thread, asks) for one in sent])

    async def asked(self, chat: Chat, person: str) -> None:
        """Keep what a person was asked last in the chat's thread: it is what their "yes" means."""
        question, key = self._conversing.question(chat, person), (chat.key, chat.thread, person)
        if self._store is None or not self._lifetime or (question is None and key not in self._asked):
            return
        new = AskedPerson(person, chat.thread, asdict(question) if question else None)
        try:
            await self._store.ask(self._bot, chat.key, new, self._lifetime)
        except StoreError:
            return  # as below
        self._asked.pop(key, None)
        if question:
            self._asked[key] = None

    async def _keep(self, chat: Chat, new: Sequence[Pointer]) -> None:
        if self._store is not None and new and self._lifetime:
            try:
                await self._store.keep(self._bot, chat.key, new, self._lifetime)
            except StoreError:
                return  # the store has told its own log


def _in_thread(chat: Chat, thread: str) -> Chat:
    """A thread of the chat."""
    return Chat(chat.platform, chat.id, thread, private=chat.private)
