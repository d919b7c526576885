"""What processes tell each other at once, by PostgreSQL's NOTIFY: that a chat was edited, that something came in.

Whoever hears nothing loses time and nothing else: the revision, and the rows of the inbox, are the truth.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, func, select

CHANNEL = "rapport"
"""What processes listen to."""


_LONGEST = 7000  # bytes of a topic; PostgreSQL takes 8000, and keys of chats are short


def announce(db: Connection, topic: str) -> None:
    """Tell the other processes when the transaction is kept; a file has none that listen.

    Topics are "chat" or "inbox" with the key of the chat that was edited, or the bot that something came in for.
    """
    if db.dialect.name != "sqlite" and len(topic.encode("utf-8", "surrogatepass")) <= _LONGEST:
        db.execute(select(func.pg_notify(CHANNEL, topic)))


class Listeners:
    """Who in this process waits for what."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def heard(self, topic: str) -> None:
        """Wake those who wait for it."""
        for event in self._waiting.get(topic, ()):
            event.set()

    @contextmanager
    def __call__(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set by each announcement while the block runs."""
        event = asyncio.Event()
        self._waiting[topic].add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)
            if not self._waiting[topic]:
                del self._waiting[topic]
