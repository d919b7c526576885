"""What a chat's messages are about, kept where several processes answer: for the one that takes the chat over.

A photo is kept by what Telegram knows it by, for as long as it can be spoken of, and fetched again by whoever answers
the chat then: "/remember bo" is about the chat's last photo, whichever process that was shown to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

import telegram

from adapters.telegram.attachments import TelegramFiles
from adapters.telegram.incoming import Origin, Origins
from core.errors import StoreError
from core.messages import Chat, Photo
from core.platforms.remote_photos import fetch_photos
from core.store.sharing.pointers import Pointer, StoredPointers

_MOST_RECALLED = 4  # messages with photos, the last ones of a chat that is taken over

Show = Callable[[Chat, str, tuple[Photo, ...]], object]
"""Makes photos of a message those that a chat is talking of: `core.assistant.conversations.Conversations.show`."""


class Pointers:
    """The pointers of one bot's chats; without a `store` there is nobody to take a chat over.

    `drop` lets go of what this process has of a conversation.
    """

    def __init__(
        self,
        store: StoredPointers | None,
        bot: str,
        origins: Origins,
        files: TelegramFiles,
        show: Show,
        drop: Callable[[Chat], None],
        lifetime: timedelta,
    ) -> None:
        self._store, self._bot, self._origins, self._files = store, bot, origins, files
        self._show, self._drop, self._lifetime = show, drop, lifetime
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
        self._drop(chat)  # from an earlier time, when this process had the chat
        try:
            kept = await self._store.of(self._bot, chat.key)
        except StoreError:
            return
        for one in kept:
            self._origins[int(chat.id), int(one.message)] = Origin(one.about, one.asks)
        for one in [one for one in kept if one.files][-_MOST_RECALLED:]:
            photos, _ = await fetch_photos([self._files.pointed(file) for file in one.files], required=False)
            if photos:
                self._show(Chat(chat.platform, chat.id, one.thread, private=chat.private), one.message, photos)

    async def shown(self, chat: Chat, messages: Sequence[telegram.Message]) -> None:
        """The photos of a message, or of those of an album, can be spoken of from now on."""
        if files := [file for one in messages for file in self._files.pointing(one)]:
            message = str(messages[0].message_id)
            await self._keep(chat, [Pointer(message, message, chat.thread, files=files)])

    async def answered(self, chat: Chat, about: str, sent: Sequence[int]) -> None:
        """Messages of ours are about the photos of a message."""
        await self._keep(chat, [Pointer(str(one), about, chat.thread) for one in sent])

    async def _keep(self, chat: Chat, new: Sequence[Pointer]) -> None:
        if self._store is not None and new and self._lifetime:
            try:
                await self._store.keep(self._bot, chat.key, new, self._lifetime)
            except StoreError:
                return  # the store has told its own log
