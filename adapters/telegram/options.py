"""How the Telegram adapter is set up, and what it talks to."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.concepts import Concept
from core.errors import PlatformError
from core.i18n.translator import Translator
from core.messages import Chat, Message, Reply, Sender

_TOKEN = re.compile(r"\d{3,}:[\w-]{30,}")
PLATFORM = "telegram"  # what its chats' keys begin with
LARGEST_DOWNLOAD = 20_000_000  # bytes: https://core.telegram.org/bots/api#getfile


class Assistant(Protocol):
    """What Telegram's people talk to."""

    def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts, then one final reply."""
        ...

    def admits(self, message: Message) -> bool:
        """Whether the sender may talk here at all."""
        ...

    async def translator(self, message: Message) -> Translator:
        """The language in which the message's chat is spoken to."""
        ...


class Memories(Protocol):
    """What the adapter has to tell the store."""

    async def first_time(self, chat: Chat, message_id: str) -> bool:
        """Mark a message as taken up; false when it was before."""
        ...

    async def homes(self, chat: Chat, person: Sender) -> tuple[Chat, ...]:
        """This chat, and the others of its platform in which the person has remembered something."""
        ...

    async def concepts(self, chat: Chat) -> tuple[Concept, ...]:
        """Everyone and everything that the chat knows."""
        ...

    async def left(self, chat: Chat, until: datetime | None) -> None:
        """The bot was removed from the chat: erase it then; None: it is back."""
        ...

    async def move(self, chat: Chat, to: Chat) -> None:
        """The chat goes on under another id."""
        ...


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds that only ever grow, and a way to wait for them."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class TelegramOptions:
    """The Telegram adapter's settings.

    Without a `webhook_url` it polls. `webhook_url` is the public https address in front of
    `webhook_host` and `webhook_port`. `draft_seconds` is how often a growing answer is shown,
    `album_seconds` how long an album may stay quiet before it is taken for whole.

    Raises `PlatformError` when the token can't be one.
    """

    token: str = field(repr=False)
    webhook_url: str = ""
    webhook_host: str = "127.0.0.1"
    webhook_port: int = 8443
    inline: bool = False
    largest_file: int = LARGEST_DOWNLOAD
    photo_minutes: float = 30
    left_days: float = 30
    draft_seconds: float = 1.5
    album_seconds: float = 1.0
    stop_seconds: float = 20

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.token):
            raise PlatformError(
                "telegram.token doesn't look like a bot's token (123456789:ABC…): copy it from @BotFather once more.",
                permanent=True,
            )
