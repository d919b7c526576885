"""Names while they are being typed: what a platform offers to complete them with."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from core.messages import Chat, Message, Sender
from core.names import fold
from core.policy.access import Access
from core.store.store import Store

_ALIKE = 60  # of 100: how alike a misspelt name must be to be offered


class Suggesting:
    """Offers the names of a chat to those who may talk to the bot there."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store, self._access = store, access

    async def names(self, chat: Chat, sender: Sender, typed: str, most: int) -> tuple[str, ...]:
        """At most `most` names that `typed` may become, the likeliest first; the newest without a word.

        Raises `NotAllowed` when the chat or the sender isn't on the host's list.
        """
        message = Message(chat, sender)
        if self._access.blocks(message):
            return ()
        self._access.require(message)
        known = [concept.name for concept in await self._store.concepts(chat)]
        return tuple(ranked(typed, known[::-1])[:most])


def ranked(typed: str, names: Sequence[str]) -> list[str]:
    """Names that begin like it, then those with a word that does, those that hold it, those alike."""
    wanted = fold(typed)
    if not wanted:
        return list(names)
    folded = {name: fold(name) for name in names}
    ranks = {
        name: (not text.startswith(wanted), f" {wanted}" not in text) for name, text in folded.items() if wanted in text
    }
    near = sorted((name for name in names if name in ranks), key=ranks.__getitem__)
    others = {name: folded[name] for name in names if name not in ranks}
    alike = process.extract(wanted, others, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=None)
    return [*near, *(name for _, _, name in alike)]
