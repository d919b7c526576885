"""Which language each person has set Discord to: it tells with commands and buttons, not with messages."""

from __future__ import annotations

from collections import OrderedDict

_MOST = 10_000


class Languages:
    """Remembers, in memory, the languages of the people who used a command lately."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[int, str] = OrderedDict()

    def note(self, person_id: int, language: str) -> str:
        """A person's language, as Discord has just told; returns it."""
        self._known[person_id] = language
        self._known.move_to_end(person_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return language

    def of(self, person_id: int, otherwise: str) -> str:
        """A person's language, or another where it isn't known."""
        return self._known.get(person_id, otherwise)
