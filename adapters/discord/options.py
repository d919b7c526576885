"""How the Discord adapter is set up, and what it talks to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from core.i18n.translator import Translator
from core.messages import Chat, Message, Reply, Sender


class Assistant(Protocol):
    """What Discord's people talk to."""

    def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts, then one final reply."""
        ...

    async def translator(self, message: Message) -> Translator:
        """The language in which the message's chat is spoken to."""
        ...


class Naming(Protocol):
    """What completes the names that people type."""

    async def names(self, chat: Chat, sender: Sender, typed: str, most: int) -> tuple[str, ...]:
        """At most `most` names of the chat, the likeliest first. Raises `UserError`."""
        ...


class Memories(Protocol):
    """What the adapter has to tell the store."""

    async def first_time(self, chat: Chat, message_id: str) -> bool:
        """Mark a message as taken up; false when it was before."""
        ...

    async def left(self, chat: Chat, until: datetime | None) -> None:
        """The bot was removed from the chat: erase it then; None: it is back."""
        ...


@dataclass(frozen=True, slots=True)
class DiscordOptions:
    """The Discord adapter's settings.

    `memory` is whether each channel has its own or a server shares one. `message_content` asks Discord for
    the privileged intent of that name. `shards` is how many connections the servers are spread over; 0 lets
    Discord say. `draft_seconds` is how often a growing answer is shown, `patience` how long an answer may
    take before Discord is told that it will come (it waits for three seconds). `retry_seconds` is the first
    wait before a reply is sent again that Discord would not take. After `away_seconds` without a connection
    Discord counts as out of reach; every `look_seconds` somebody looks.
    """

    token: str = field(repr=False)
    memory: Literal["channel", "server"] = "channel"
    message_content: bool = False
    shards: int = 1
    largest_file: int = 20_000_000
    photo_minutes: float = 30
    left_days: float = 30
    draft_seconds: float = 1.5
    patience: float = 1.0
    retry_seconds: float = 1.0
    away_seconds: float = 60
    look_seconds: float = 5
    stop_seconds: float = 20
