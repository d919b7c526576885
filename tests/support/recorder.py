"""An assistant that keeps what it is told: what an adapter makes of its platform's messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from core.concepts import NOTHING, Known
from core.i18n.translator import ENGLISH, Translator
from core.messages import AttachmentKind, Button, Chat, Message, Reply, Unreadable


class Forgetful:
    """What an assistant that remembers nobody tells of its memory."""

    async def known(self, _: Chat) -> Known:
        return NOTHING

    async def translator(self, _: Message) -> Translator:
        return ENGLISH


class Recorder(Forgetful):
    """Answers "ok" to everything that is meant for it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        self.messages.append(message)
        yield Reply("ok", silent=not message.addressed)

    def admits(self, _: Message) -> bool:
        return True


class LongWork(Recorder):
    """Works on everything, and shows a button to stop, until somebody says /stop."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped = asyncio.Event()

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        self.messages.append(message)
        if message.text == "/stop":
            self.stopped.set()
            yield Reply("I'm stopping.")
            return
        yield Reply("1 of 3 photos…", final=False, buttons=(Button("Stop", "/stop"),))
        await self.stopped.wait()
        yield Reply("I've stopped.")


def reported(*found: tuple[AttachmentKind, str]) -> tuple[Unreadable, ...]:
    """What a message is to report."""
    return tuple(Unreadable(kind, name) for kind, name in found)
