"""Long polling. python-telegram-bot's own loop tries for ever in silence; ours ends when Telegram is gone.

The program's runner then knows how the platform stands, and begins again with backoff.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import structlog
from telegram import Bot, Update
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from adapters.telegram.limits import seconds_of
from adapters.telegram.options import Clock

_log = structlog.get_logger(__name__)
_HELD = timedelta(seconds=30)  # how long Telegram holds a poll open while nothing comes
_FAILURES = 6  # in a row, after which Telegram counts as gone
_FIRST_WAIT = 1.0  # seconds; each further wait is twice as long


class Polling:
    """Asks Telegram for updates and hands each to `take`."""

    def __init__(
        self, bot: Bot, take: Callable[[Update], Awaitable[None]], allowed: Sequence[str], clock: Clock
    ) -> None:
        self._bot, self._take, self._allowed, self._clock = bot, take, allowed, clock
        self._offset, self._failures = 0, 0

    async def run(self) -> None:
        """Poll until cancelled. Raises the `TelegramError` that came again and again."""
        await self._bot.delete_webhook()
        while True:
            try:
                await self._poll(_HELD)
                self._failures = 0
            except RetryAfter as error:
                await self._clock.sleep(seconds_of(error))
            except NetworkError as error:
                await self._failed(error)

    async def confirm(self) -> None:
        """Tell Telegram what was taken, so that it doesn't come again after a restart."""
        with suppress(TelegramError):
            await self._poll(timedelta(0))

    async def _poll(self, held: timedelta) -> None:
        updates = await self._bot.get_updates(self._offset, timeout=held, allowed_updates=self._allowed)
        for update in updates:
            await self._take(update)
            self._offset = update.update_id + 1

    async def _failed(self, error: NetworkError) -> None:
        """Wait, longer each time; raise the error when that has no end, or was a refusal."""
        self._failures += 1
        if isinstance(error, BadRequest) or self._failures >= _FAILURES:
            raise error
        _log.info("telegram.poll_failed", error=type(error).__name__, failures=self._failures)
        await self._clock.sleep(_FIRST_WAIT * 2 ** (self._failures - 1))
