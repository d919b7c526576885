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
from adapters.telegram.options import Clock
from core.errors import StoreError

_HELD = timedelta(seconds=30)  # how long Telegram holds a poll open while nothing comes
_SHORTEST = 1.0  # seconds that an empty poll takes at least, whatever a server does: nobody asks without a pause
_TRIES = 6  # in a row, after which Telegram counts as gone
_FIRST_WAIT = 1.0  # seconds; each further wait is twice as long


class Polling:
    """Asks Telegram for updates and hands them to `take`; Telegram forgets them once that has returned."""

    def __init__(
        self, bot: Bot, take: Callable[[Sequence[Update]], Awaitable[None]], allowed: Sequence[str], clock: Clock
    ) -> None:
        self._bot, self._take, self._allowed, self._clock = bot, take, allowed, clock
        self._offset = 0

    async def run(self) -> None:
        """Poll until cancelled. Raises the error that came again and again, or was a refusal."""

        def again(error: Exception) -> bool | float:
            """Whether to poll again, or after how many seconds where Telegram says so."""
            if isinstance(error, RetryAfter):
                return seconds_of(error)
            passes = isinstance(error, (NetworkError, StoreError))  # of a store, too: Telegram keeps what isn't taken
            return passes and not isinstance(error, BadRequest)

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
        began = self._clock.now()
        updates = await self._bot.get_updates(self._offset, timeout=held, allowed_updates=self._allowed)
        if updates:
            await self._take(updates)
            self._offset = updates[-1].update_id + 1
        elif held and (early := began + _SHORTEST - self._clock.now()) > 0:
            await self._clock.sleep(early)
