"""Names while they are being typed, and misspelt ones: what a platform offers to complete, what may have been meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from core.messages import Chat, Message, Sender
from core.names import fold
from core.policy.access import Access
from core.store.store import Store

_ALIKE = 60  # of 100: how alike a misspelt name must be to be offered
_LONG, _VERY_LONG = 5, 9  # letters of a name in which two slips are likely, and three
_LEAST = 3  # letters of what may be a name's beginning, or a word of it


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


def meant(typed: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The known names that somebody may have meant who wrote one that isn't known, the likeliest first.

    A few slips (letters swapped, left out, put in or mistaken) or the beginning, or a word, of a longer name.
    """
    wanted = fold(typed)
    slips = 3 if len(wanted) >= _VERY_LONG else 2 if len(wanted) >= _LONG else 1
    found = []
    for name in names:
        known = fold(name)
        distance = OSA.distance(wanted, known, score_cutoff=slips)
        if min(len(wanted), len(known)) < _LEAST and (len(wanted) == len(known) or distance > 1):
            distance = slips + 1  # of two letters one is half the name
        part = len(wanted) >= _LEAST and f" {known}".find(f" {wanted}") >= 0
        if part or distance <= slips:
            found.append((min(distance, slips), -fuzz.ratio(wanted, known), name))
    return [name for _, _, name in sorted(found)[:most]]


def same_as(name: str, names: Iterable[str]) -> str | None:
    """The known name that a new one looks like another spelling of, None for none.

    "Bo." and "boo" look like bo, "Zoe" like Zoë, "Kettel" like Kettle; "Mimi" is no Mia, and Anne no Anna.
    """
    new = _bare(name)
    for known in names:
        old = _bare(known)
        swapped = len(new) == len(old) >= _LONG and sorted(new) == sorted(old) and OSA.distance(new, old) == 1
        dropped = min(len(new), len(old)) >= _LONG and len(new) != len(old) and OSA.distance(new, old) == 1
        if fold(known) != fold(name) and (new == old or swapped or dropped) and new:
            return known
    return None


def _bare(name: str) -> str:
    """A name's letters and digits without marks, of doubled letters one: what two spellings have in common."""
    letters = (one for one in unicodedata.normalize("NFKD", fold(name)) if one.isalnum())
    return re.sub(r"([^\W\d])\1+", r"\1", "".join(letters))
