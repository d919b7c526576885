"""Long polling. python-telegram-bot's own loop tries for ever in silence; ours ends when Telegram is gone.

The program's runner then knows that the platform failed, and begins again with backoff.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import stamina
from telegram import Bot, Update
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from adapters.telegram.limits import seconds_of

_HELD = timedelta(seconds=30)  # how long Telegram holds a poll open while nothing comes
_TRIES = 6  # in a row, after which Telegram counts as gone
_FIRST_WAIT = 1.0  # seconds; each further wait is twice as long


class Polling:
    """Asks Telegram for updates and hands each to `take`."""

    def __init__(self, bot: Bot, take: Callable[[Update], Awaitable[None]], allowed: Sequence[str]) -> None:
        self._bot, self._take, self._allowed = bot, take, allowed
        self._offset = 0

    async def run(self) -> None:
        """Poll until cancelled. Raises the `TelegramError` that came again and again, or was a refusal."""

        def again(error: Exception) -> bool | float:
            """Whether to poll again, or after how many seconds where Telegram says so."""
            if isinstance(error, RetryAfter):
                return seconds_of(error)
            return isinstance(error, NetworkError) and not isinstance(error, BadRequest)

        await self._bot.delete_webhook()
        while True:
            trying = stamina.retry_context(
                again, attempts=_TRIES, timeout=None, wait_initial=_FIRST_WAIT, wait_jitter=0, wait_max=60
            )
            async for attempt in trying:
                with attempt:
                    await self._poll(_HELD)

    async def confirm(self) -> None:
        """Tell Telegram what was taken, so that it doesn't come again after a restart."""
        with suppress(TelegramError):
            await self._poll(timedelta(0))

    async def _poll(self, held: timedelta) -> None:
        updates = await self._bot.get_updates(self._offset, timeout=held, allowed_updates=self._allowed)
        for update in updates:
            await self._take(update)
            self._offset = update.update_id + 1
