"""How the Discord adapter is set up, and what it talks to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from core.options import Section
from core.platforms.status import Chatbot

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from core.i18n.translator import Translator
    from core.store.sharing.shards import Shards, Share
from core.messages import Chat, Message, Sender


class DiscordChatbot(Chatbot, Protocol):
    """What Discord's people talk to."""

    def admits(self, message: Message) -> bool:
        """Whether the sender may talk here at all."""
        ...

    async def translator(self, message: Message) -> Translator:
        """The language in which the message's chat is spoken to."""
        ...


class Naming(Protocol):
    """What completes the names that people type."""

    async def names(self, chat: Chat, sender: Sender, typed: str, most: int) -> tuple[str, ...]:
        """At most `most` names of the chat, the likeliest first. Raises `UserError`."""
        ...


class DiscordStore(Protocol):
    """What the adapter has to tell the store."""

    async def left(self, chat: Chat, until: datetime | None) -> None:
        """The bot was removed from the chat: erase it then; None: it is back."""
        ...


class ShardStore(Protocol):
    """Where processes share the bot's shards: `core.store.sharing.shards.StoredShards`, which says what it does."""

    async def hold(  # noqa: D102
        self, shards: Shards, process: str, connected: Collection[int], ended: Collection[int]
    ) -> Share: ...

    async def end(self, process: str) -> None: ...  # noqa: D102

    async def turn(self, key: str, seconds: float) -> float: ...  # noqa: D102

    async def chats(self, platform: str, most: int) -> list[Chat]: ...  # noqa: D102


class SharedShard(Protocol):
    """A shard that other processes may have, too: `adapters.discord.sharing.shards.Shard`."""

    @property
    def away_since(self) -> datetime:
        """When somebody was last connected for it."""
        ...

    async def turn(self) -> None:
        """Wait until Discord lets the bot connect once more, whichever process has connected before."""
        ...

    async def known(self) -> list[int]:
        """Channels in which something was answered lately, where any of direct messages may be among them."""
        ...

    async def is_ours(self) -> bool:
        """Whether this process has it still; wait while that can't be told."""
        ...


class DiscordOptions(Section):
    """`[discord]`: the Discord bot; docs/discord.md tells how to make one."""

    token: SecretStr = Field(SecretStr(""), description="The bot's token; without one Discord is off.")
    memory: Literal["channel", "server"] = Field(
        "channel",
        description='"channel": each channel has a memory of its own; "server": one for all of them.',
    )
    message_content: bool = Field(
        False, description="Ask for the privileged intent, to see photos that aren't sent to the bot."
    )
    shards: int = Field(1, ge=0, description="Connections for many servers; 0 lets Discord say how many.")
    shard_ids: tuple[int, ...] = Field(
        (),
        description="Those of the connections that this process may have, as [0, 1]; without any: all of them.",
    )

    @field_validator("shard_ids")
    @classmethod
    def _are_shards(cls, numbers: tuple[int, ...], others: ValidationInfo) -> tuple[int, ...]:
        """Each is one of the shards, of which there must be a fixed number."""
        there = others.data.get("shards", 0)
        if any(not 0 <= number < there for number in numbers) or len(set(numbers)) < len(numbers):
            raise ValueError(f"each is a number of its own below discord.shards, which is {there}")
        return numbers


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds: what the host has no wish to set.

    `draft_seconds` is how often a growing answer is shown, `patience` how long an answer may take before
    Discord is told that it will come (it waits for three seconds). `retry_seconds` is the first wait before a
    reply is sent again that Discord would not take. After `away_seconds` without a connection Discord counts
    as out of reach; every `look_seconds` somebody looks.
    """

    draft_seconds: float = 1.5
    patience: float = 1.0
    retry_seconds: float = 1.0
    away_seconds: float = 60
    look_seconds: float = 5
