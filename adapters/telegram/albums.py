"""Albums: Telegram sends each photo as a message of its own and never says which one is the last."""

from __future__ import annotations

import telegram

from adapters.telegram.options import Clock

_MOST = 10  # in one album


class Albums:
    """Collects albums from the arrival of their first photo until nothing came for `quiet` seconds."""

    def __init__(self, quiet: float, clock: Clock) -> None:
        self._quiet, self._clock = quiet, clock
        self._open: dict[tuple[int, str], list[telegram.Message]] = {}

    def join(self, message: telegram.Message) -> bool:
        """Put the message with its album; true when it is the first one of it."""
        parts = self._open.setdefault(_key(message), [])
        parts.append(message)
        return len(parts) == 1

    async def whole(self, first: telegram.Message) -> list[telegram.Message]:
        """All of the album that `first` began, in the order in which they were sent."""
        parts, seen = self._open[_key(first)], 0
        try:
            while seen < len(parts) < _MOST:
                seen = len(parts)
                await self._clock.sleep(self._quiet)
        finally:
            del self._open[_key(first)]
        return sorted(parts, key=lambda part: part.message_id)


def _key(message: telegram.Message) -> tuple[int, str]:
    return message.chat.id, message.media_group_id or ""
