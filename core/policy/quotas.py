"""How much one person and one chat may ask of the bot: photos a minute, names, stored bytes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aiolimiter import AsyncLimiter
from cachetools import LRUCache
from pydantic import Field

from core.counting import millions
from core.errors import Busy, NotAllowed, StoreError
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_ngettext
from core.options import Section
from core.policy.access import MESSENGERS

if TYPE_CHECKING:
    from core.messages import Chat, Message, Sender
    from core.policy.access import Access

_COUNTED_PLATFORMS = MESSENGERS | {"web"}  # the other ways in are the host's own
_MOST_COUNTED = 10_000  # persons and chats whose photos are counted; the least recent are let go


class QuotaOptions(Section):
    """`[quotas]`: the most that one person, and one chat, may use; 0 is no limit."""

    person_photos_minute: int = Field(30, ge=0, description="Photos a minute that one person may show.")
    person_names: int = Field(1000, ge=0, description="Names that one person may have remembered.")
    person_megabytes: float = Field(500, ge=0, description="Photos kept for one person.")
    chat_photos_minute: int = Field(60, ge=0, description="Photos a minute shown in one chat.")
    chat_names: int = Field(1000, ge=0, description="Names remembered in one chat.")
    chat_megabytes: float = Field(500, ge=0, description="Photos kept for one chat.")


@dataclass(frozen=True, slots=True)
class Quota:
    """What one person, or one chat, may use. 0 is no limit."""

    photos_minute: int
    names: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a chat, or a person, keeps: concepts, references, and their photos' size in bytes."""

    concepts: int
    references: int
    bytes: int


class Keeper(Protocol):
    """Who knows how much is kept: the store."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes may serve a person."""
        ...

    async def spend(self, key: str, count: int, most: int) -> bool:
        """Count so many more under a key, over all processes; false when that is more than `most` in a minute."""
        ...

    async def usage(self, chat: Chat) -> Usage:
        """How much the chat keeps."""
        ...

    async def usage_of(self, chat: Chat, person: Sender) -> Usage:
        """How much a person has made the bot keep, in all chats of the platform that `chat` is on."""
        ...


@dataclass(frozen=True, slots=True)
class Full:
    """What is said when there is no room for names, for photos' bytes, or for so many photos a minute.

    `…_at_once` is for what would not fit if nothing else were kept.
    """

    names: Callable[[int], LazyString]
    names_at_once: Callable[[int], LazyString]
    bytes: str
    bytes_at_once: str
    minute: Callable[[int], LazyString]
    minute_at_once: Callable[[int], LazyString]


_CHAT_FULL = Full(
    lambda most: lazy_ngettext(
        "{count} name is the most I keep in one chat. Forget somebody here first.",
        "{count} names are the most I keep in one chat. Forget somebody here first.",
        most,
    ),
    lambda most: lazy_ngettext(
        "{count} name is the most I keep in one chat, so those are too many.",
        "{count} names are the most I keep in one chat, so those are too many.",
        most,
    ),
    gettext_noop("This chat's photos fill the {most} MB that I keep for one. Forget somebody here first."),
    gettext_noop("{most} MB of photos are the most I keep for one chat, so that is too much."),
    lambda most: lazy_ngettext(
        "{count} photo a minute is the most in one chat. Give me a moment, then go on.",
        "{count} photos a minute are the most in one chat. Give me a moment, then go on.",
        most,
    ),
    lambda most: lazy_ngettext(
        "{count} photo a minute is the most in one chat, so those are too many at once. "
        "Send me {count} at a time, a minute apart.",
        "{count} photos a minute are the most in one chat, so those are too many at once. "
        "Send me {count} at a time, a minute apart.",
        most,
    ),
)
_PERSON_FULL = Full(
    lambda most: lazy_ngettext(
        "{count} name is the most I keep for one person. Forget somebody first.",
        "{count} names are the most I keep for one person. Forget somebody first.",
        most,
    ),
    lambda most: lazy_ngettext(
        "{count} name is the most I keep for one person, so those are too many.",
        "{count} names are the most I keep for one person, so those are too many.",
        most,
    ),
    gettext_noop("Your photos fill the {most} MB that I keep for one person. Forget somebody first."),
    gettext_noop("{most} MB of photos are the most I keep for one person, so that is too much."),
    lambda most: lazy_ngettext(
        "{count} photo a minute is the most from one person. Give me a moment, then go on.",
        "{count} photos a minute are the most from one person. Give me a moment, then go on.",
        most,
    ),
    lambda most: lazy_ngettext(
        "{count} photo a minute is the most from one person, so those are too many at once. "
        "Send me {count} at a time, a minute apart.",
        "{count} photos a minute are the most from one person, so those are too many at once. "
        "Send me {count} at a time, a minute apart.",
        most,
    ),
)


class Quotas:
    """Counts and refuses. The host is never refused, nor is whoever comes in by a way of the host's own.

    A chat's photos are counted by the process that answers it, a person's by the store where several processes do.
    """

    def __init__(self, store: Keeper, access: Access, most: QuotaOptions) -> None:
        self._store, self._access = store, access
        self._person = Quota(most.person_photos_minute, most.person_names, round(most.person_megabytes * 1e6))
        self._chat = Quota(most.chat_photos_minute, most.chat_names, round(most.chat_megabytes * 1e6))
        self._buckets: LRUCache[str, AsyncLimiter] = LRUCache(_MOST_COUNTED)

    async def take_photos(self, message: Message, count: int) -> None:
        """Count photos about to be looked at.

        Raises `Busy` when that is more than is left of a minute's worth, `NotAllowed` for more than a whole one.
        """
        if not count or self._exempt(message):
            return
        key = f"{message.chat.platform}:{message.sender.id}"
        own = self._bucket(f"person {key}", self._person.photos_minute)
        shared = self._bucket(f"chat {message.chat.key}", self._chat.photos_minute)
        for bucket, full in ((own, _PERSON_FULL), (shared, _CHAT_FULL)):
            if bucket and count > bucket.max_rate:  # no moment is long enough for them
                raise NotAllowed(full.minute_at_once(round(bucket.max_rate)))
            if bucket and not bucket.has_capacity(count):
                raise Busy(full.minute(round(bucket.max_rate)))
        if own and not await self._spends(key, count):
            raise Busy(_PERSON_FULL.minute(round(own.max_rate)))
        for bucket in (own, shared):
            if bucket:
                await bucket.acquire(count)

    async def require_room(self, message: Message, *, names: int = 0, size: int = 0) -> None:
        """Raise `NotAllowed` unless so many more names and bytes of photos may be kept."""
        if self._exempt(message):
            return
        chat, sender = message.chat, message.sender
        if self._chat.names or self._chat.bytes:
            _require(self._chat, await self._store.usage(chat), names, size, _CHAT_FULL)
        if self._person.names or self._person.bytes:
            used = await self._store.usage_of(chat, sender)
            _require(self._person, used, names, size, _PERSON_FULL)

    async def _spends(self, person: str, count: int) -> bool:
        """Whether a person may show so many more photos, for all processes; while the store fails each counts alone."""
        if not self._store.is_shared:
            return True
        with suppress(StoreError):
            return await self._store.spend(f"photos {person}", count, self._person.photos_minute)
        return True

    def _exempt(self, message: Message) -> bool:
        return message.chat.platform not in _COUNTED_PLATFORMS or self._access.owns(message)

    def _bucket(self, key: str, photos_minute: int) -> AsyncLimiter | None:
        """The leaky bucket that counts for `key`, None without a limit."""
        if not photos_minute:
            return None
        return self._buckets.setdefault(key, AsyncLimiter(photos_minute, 60))


def _require(quota: Quota, used: Usage, names: int, size: int, full: Full) -> None:
    if quota.names and names and used.concepts + names > quota.names:
        raise NotAllowed((full.names if names <= quota.names else full.names_at_once)(quota.names))
    if quota.bytes and size and used.bytes + size > quota.bytes:
        said = full.bytes if size <= quota.bytes else full.bytes_at_once
        raise NotAllowed(said, most=millions(quota.bytes))
