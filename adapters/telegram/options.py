"""How the Telegram adapter is set up, and what it talks to."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pydantic import Field, SecretStr

from core.errors import PlatformError
from core.options import Section
from core.platforms.status import Chatbot

if TYPE_CHECKING:
    from datetime import datetime

    from core.concepts import Concept
    from core.i18n.translator import Translator
    from core.store.values import ChatState
from core.messages import Chat, Message, Sender

_TOKEN = re.compile(r"\d{3,}:[\w-]{30,}")
PLATFORM = "telegram"  # what its chats' keys begin with
LARGEST_DOWNLOAD = 20_000_000  # bytes: https://core.telegram.org/bots/api#getfile


class TelegramChatbot(Chatbot, Protocol):
    """What Telegram's people talk to."""

    def admits(self, message: Message) -> bool:
        """Whether the sender may talk here at all."""
        ...

    async def translator(self, message: Message) -> Translator:
        """The language in which the message's chat is spoken to."""
        ...


class TelegramStore(Protocol):
    """What the adapter has to tell the store."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes may serve the bot."""
        ...

    async def alone(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` as the only process that runs what is called so."""
        ...

    async def state(self, chat: Chat) -> ChatState:
        """The chat's settings."""
        ...

    async def homes(self, chat: Chat, person: Sender) -> tuple[Chat, ...]:
        """This chat, and the others of its platform in which the person has remembered something."""
        ...

    async def named_like(self, chat: Chat, typed: str, most: int) -> tuple[Concept, ...]:
        """Concepts of the chat whose names hold what was typed; those that begin with it come first."""
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


class TelegramOptions(Section):
    """`[telegram]`: the bot on Telegram (docs/telegram.md)."""

    token: SecretStr = Field(SecretStr(""), description="What @BotFather gave you; without one it is off.")
    api_url: str = Field(
        "https://api.telegram.org", pattern=r"^https?://.+$", description="The Bot API server; you may run your own."
    )
    webhook_url: str = Field(
        "", pattern=r"^(https://.+)?$", description="Its public https address; without one it polls."
    )
    webhook_host: str = Field("127.0.0.1", description="Where the webhook listens, behind your proxy.")
    webhook_port: int = Field(8443, ge=0, le=65535, description="Its port.")
    inline: bool = Field(False, description="Let people show their own concepts in any chat: @bot NAME.")
    draft_seconds: float = Field(1.5, ge=1, description="How often a growing answer is shown.")
    album_seconds: float = Field(1, gt=0, description="An album is whole when no photo came for so long.")

    def require_token(self) -> str:
        """The token. Raises `PlatformError` when it can't be one."""
        token = self.token.get_secret_value()
        if not _TOKEN.fullmatch(token):
            raise PlatformError(
                "telegram.token doesn't look like a bot's token (123456789:ABC…): copy it from @BotFather once more.",
                permanent=True,
            )
        return token
