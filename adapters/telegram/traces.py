"""Which message each of our answers was about: people answer to the answer and mean the photo."""

from __future__ import annotations

from collections import OrderedDict

from adapters.telegram.options import Clock

_MOST = 50_000


class Traces:
    """Remembers in memory, for as long as the photos are remembered, too: `minutes`."""

    def __init__(self, minutes: float, clock: Clock) -> None:
        self._seconds, self._clock = minutes * 60, clock
        self._origins: OrderedDict[tuple[int, int], tuple[float, str]] = OrderedDict()

    def note(self, chat_id: int, message_id: int, origin: str) -> None:
        """The message of ours was about `origin`."""
        self._origins[chat_id, message_id] = (self._clock.now(), origin)
        while len(self._origins) > _MOST or self._oldest() + self._seconds < self._clock.now():
            self._origins.popitem(last=False)

    def origin(self, chat_id: int, message_id: int) -> str | None:
        """The id of what a message of ours was about; None when that is no longer known."""
        at, origin = self._origins.get((chat_id, message_id), (0.0, None))
        return origin if origin is not None and at + self._seconds >= self._clock.now() else None

    def _oldest(self) -> float:
        return next(iter(self._origins.values()))[0]
