"""Long work under way in each chat, so that whoever began it can stop it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from core.messages import Chat, Sender
from core.policy.permissions import is_admin, is_own


class Work:
    """One piece of long work; whoever does it looks at `stopped` between two steps."""

    def __init__(self, sender: Sender) -> None:
        self.sender, self.stopped = sender, False


class UnderWay:
    """All long work under way."""

    def __init__(self) -> None:
        self._works: defaultdict[str, list[Work]] = defaultdict(list)

    @contextmanager
    def begin(self, chat: Chat, sender: Sender) -> Iterator[Work]:
        """Work of the sender's that can be stopped until the block ends."""
        work = Work(sender)
        self._works[chat.key].append(work)
        try:
            yield work
        finally:
            self._works[chat.key].remove(work)
            if not self._works[chat.key]:
                del self._works[chat.key]

    def stop(self, chat: Chat, by: Sender) -> bool:
        """Stop the sender's work in the chat, an admin's everybody's; returns whether there was any."""
        mine = [one for one in self._works.get(chat.key, ()) if is_admin(by, chat) or is_own(by, one.sender.id)]
        for one in mine:
            one.stopped = True
        return bool(mine)
