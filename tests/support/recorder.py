"""An assistant that keeps what it is told: what an adapter makes of its platform's messages."""

from __future__ import annotations

from collections.abc import AsyncIterator

from core.concepts import NOTHING, Known
from core.i18n.translator import ENGLISH, Translator
from core.messages import AttachmentKind, Chat, Message, Reply, Unreadable


class Forgetful:
    """What an assistant that remembers nobody tells of its memory."""

    async def known(self, _: Chat) -> Known:
        return NOTHING


class Recorder(Forgetful):
    """Answers "ok" to everything that is meant for it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        self.messages.append(message)
        yield Reply("ok", silent=not message.addressed)

    def admits(self, _: Message) -> bool:
        return True

    async def translator(self, _: Message) -> Translator:
        return ENGLISH


def reported(*found: tuple[AttachmentKind, str]) -> tuple[Unreadable, ...]:
    """What a message is to report."""
    return tuple(Unreadable(kind, name) for kind, name in found)
