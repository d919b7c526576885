"""What a platform is to the program, and the condition of each one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.concepts import Known
from core.messages import Chat, Message, Photo, Question, Reply
from core.platforms.sentences import SpeaksLanguages


class Chatbot(Protocol):
    """What a platform talks to: `core.assistant.Assistant`, or a test's fake."""

    def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts, then one final reply. Raises `UserError` with a sentence for the sender."""
        ...


class Remembering(Chatbot, SpeaksLanguages, Protocol):
    """A chatbot before a platform that keeps what was said: it tells what of that is still so."""

    async def known(self, chat: Chat) -> Known:
        """What the chat knows right now. Raises `core.errors.StoreError`."""
        ...


class Conversing(Protocol):
    """What the chats are talking of: `core.assistant.conversations.Conversations`."""

    def show(self, chat: Chat, message_id: str, photos: tuple[Photo, ...]) -> object:
        """Make photos of a message those that the chat is talking of."""
        ...

    def drop(self, chat: Chat) -> None:
        """Let go of what the chat was talking of."""
        ...

    def question(self, chat: Chat, person: str) -> Question | None:
        """What a person was asked last in the chat's thread, by their id."""
        ...

    def ask(self, chat: Chat, person: str, question: Question) -> None:
        """Let that be what they were asked."""
        ...


class Platform(Protocol):
    """A messenger that people reach the assistant by. Each object serves once."""

    @property
    def name(self) -> str:
        """One lower-case word: what its chats' keys begin with."""
        ...

    async def run(self) -> None:
        """Serve until `aclose`. Raises `core.errors.PlatformError` when that can't be done (any more)."""
        ...

    async def aclose(self) -> None:
        """Take no more, answer what is under way within a limit, and let go of everything.

        Also called after `run` has failed, and when `run` never began.
        """
        ...


class Condition(StrEnum):
    """What a platform is doing."""

    STARTING = "starting"
    SERVING = "serving"
    WAITING = "waiting"  # it failed and will be tried again
    FAILED = "failed"  # it failed for good: somebody has to do something
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class PlatformState:
    """One platform at one moment: its condition, why (a sentence, or empty), and its failures so far."""

    name: str
    condition: Condition = Condition.STARTING
    reason: str = ""
    failures: int = 0


class PlatformStatus:
    """The state of every platform; the program's runner writes it, health pages and metrics read it."""

    def __init__(self) -> None:
        self._states: dict[str, PlatformState] = {}

    def note(self, name: str, condition: Condition, reason: str = "") -> None:
        """Record a platform's condition; a failure has a reason and is counted."""
        before = self._states.get(name, PlatformState(name))
        self._states[name] = PlatformState(name, condition, reason, before.failures + bool(reason))

    def all(self) -> tuple[PlatformState, ...]:
        """Every platform's state, in the order in which they were first noted."""
        return tuple(self._states.values())
