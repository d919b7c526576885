"""What is known of chats while the database can't tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from cachetools import LRUCache

from core.errors import StoreError
from core.messages import Chat
from core.store.values import ChatState

_MOST_CHATS = 10_000


class LastKnown:
    """Revision and settings of chats as they were last read.

    Never older than an edit by this process: what was forgotten here is in no state that it gives.
    """

    def __init__(self) -> None:
        self._states: LRUCache[str, ChatState] = LRUCache(_MOST_CHATS)
        self._revisions: LRUCache[str, int] = LRUCache(_MOST_CHATS)  # which edits have made
        self._edits: Counter[str] = Counter()  # that are being kept, by the chat's key

    def read(self, chat: Chat, state: ChatState) -> ChatState:
        """Keep the state that was just read; returns it."""
        if state.revision >= self._revisions.get(chat.key, 0):
            self._states[chat.key] = state
        return state

    def instead(self, chat: Chat, error: StoreError) -> ChatState:
        """The state as it was last, marked by the fault. Raises the error where that isn't known.

        Nor is it while an edit's outcome is open: it may be forgetting somebody.
        """
        state = self._states.get(chat.key)
        if state is None or self._edits[chat.key]:
            raise error
        return replace(state, fault=error.fault)

    @contextmanager
    def being_kept(self, chat: Chat) -> Iterator[None]:
        """An edit of the chat may be there for others at any moment."""
        self._edits[chat.key] += 1
        try:
            yield
        finally:
            self._edits[chat.key] -= 1
            if not self._edits[chat.key]:
                del self._edits[chat.key]

    def edited(self, chat: Chat, revision: int) -> None:
        """The chat is at that revision now: an earlier state is none any more."""
        self._revisions[chat.key] = revision
        self._states.pop(chat.key, None)

    def drop(self, key: str) -> None:
        """All may have changed in the chat of that key."""
        self._states.pop(key, None)
