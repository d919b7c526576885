"""Telegram's flood limits, kept before Telegram has to say so (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).

python-telegram-bot's own `AIORateLimiter` lets typing and edits use up a group's messages, lets nearly
twice the limit through in a minute (a leaky bucket starts full), and one chat's `retry_after` stops all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from telegram.error import RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from adapters.telegram.options import Clock

_log = structlog.get_logger(__name__)
DRAFT = True  # says of a call that it may be dropped
Pace = bool | Callable[[], Awaitable[None]]
"""`DRAFT`, or what is to be awaited just before a call goes out; when that raises, the call isn't made."""
_TRIES = 5  # how often Telegram may ask for patience with one call
_SLACK = 0.05  # seconds added to each window: clocks differ
_LONGEST_SECONDS = 2.0  # that others wait for a call: what takes longer arrives nobody knows when
_LOOK_SECONDS = 0.01  # until somebody looks again whether a call has ended
_HEARD_SECONDS = 2.0  # until all processes have heard of one more, each second, or one that ended has sent its last

_COUNTED = ("send", "edit", "copy", "forward")  # what a call is named that counts as a message
_FLEETING = frozenset({"sendChatAction", "answerCallbackQuery", "answerInlineQuery"})  # too late is never

JSON = bool | dict[str, Any] | list[dict[str, Any]]
Call = Callable[[], Awaitable[JSON]]


class Window:
    """At most `most` messages in any `seconds`, or this process's part of that.

    Telegram counts when a call arrives, which may be a while after it began: a message counts from the beginning of its
    call until so many seconds after its end, though not while it takes unusually long, as a large file does.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds + _SLACK
        self._all = most
        self._times: deque[float] = deque()  # when messages went out, the oldest first
        self._under_way: deque[float] = deque()  # when the calls began that have not ended
        self._shares: deque[tuple[float, int]] = deque()  # when it was told, and its part

    def share(self, processes: int, now: float) -> None:
        """Let so many processes send at once: each has the same part.

        Less holds at once, more a while later; one that is new among others waits as long.
        """
        part = max(1, self._all // max(1, processes))
        if not self._shares and processes > 1:
            self.note(now + _HEARD_SECONDS - self._seconds, self._all)
        self._shares.append((now, part))
        while self._shares[0][0] < now - _HEARD_SECONDS:
            self._shares.popleft()
        self._most = min(one for _, one in self._shares)

    def wait(self, now: float, count: int = 1) -> float:
        """How many seconds until `count` more may go out; more than `most` count as `most`."""
        self._drop(now)
        over = self._counted(now) + min(count, self._most) - self._most
        if over <= 0:
            return 0.0
        return max(0.0, self._times[over - 1] + self._seconds - now) if over <= len(self._times) else _LOOK_SECONDS

    @property
    def half(self) -> int:
        """Half of the messages, one at least."""
        return max(1, self._most // 2)

    def has_room_for_drafts(self, now: float) -> bool:
        """Whether so few went out that a draft takes nothing from the answers behind it."""
        self._drop(now)
        return self._counted(now) < self.half

    def begin(self, now: float, count: int = 1) -> None:
        """A call with messages begins."""
        self._under_way.extend([now] * count)

    def end(self, began: float, now: float, count: int = 1) -> None:
        """It has ended."""
        for _ in range(count):
            self._under_way.remove(began)
        self.note(now, count)

    def note(self, now: float, count: int = 1) -> None:
        """Messages went out just now."""
        self._times.extend([now] * count)

    def empty(self, now: float) -> bool:
        """Whether nothing went out for so long that it no longer counts."""
        self._drop(now)
        return not self._times and not self._under_way

    def _counted(self, now: float) -> int:
        return len(self._times) + sum(began > now - _LONGEST_SECONDS for began in self._under_way)

    def _drop(self, now: float) -> None:
        while self._times and self._times[0] + self._seconds <= now:
            self._times.popleft()


@dataclass(slots=True)
class _ChatCalls:
    """One chat's calls: one at a time, in order. `waiting` counts those under way and behind."""

    windows: tuple[Window, ...]
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class DraftSkipped(TelegramError):
    """A draft would have used up what answers need, and was not sent."""


class ChatLimiter(BaseRateLimiter[Pace]):
    """Lets each chat's messages through at Telegram's pace; a chat that has to wait holds up no other.

    30 messages a second in all, one a second in a chat, 20 a minute in a group; edits and drafts count
    as messages, an album as many as it has. Everything else (typing, answers to buttons, questions)
    passes freely. A call made with `rate_limit_args=DRAFT` is one that nobody misses: while others wait, or
    half of what a minute allows is used up, it raises `DraftSkipped` instead. With something to await, that is done
    last, when the call's turn has come.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._overall = Window(30, 1)
        self._overall_lock = asyncio.Lock()
        self._chats: dict[object, _ChatCalls] = {}

    def share(self, processes: int) -> None:
        """Let so many processes send at once; what is one chat's is sent by one of them."""
        self._overall.share(processes, self._clock.now())

    def taken_over(self, chat_id: int) -> None:
        """Another process has sent to the chat up to now: half of what may be sent counts as sent."""
        windows = (Window(1, 1), Window(20, 60)) if chat_id < 0 else (Window(1, 1),)
        for window in windows:
            window.note(self._clock.now(), window.half)
        self._chats[chat_id] = _ChatCalls(windows)

    @property
    def chats(self) -> int:
        """How many chats it has counts of."""
        return len(self._chats)

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, JSON]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Pace | None,
    ) -> JSON:
        """Make the call as soon as it may be made, and again when Telegram asks for patience."""
        call = partial(callback, *args, **kwargs)
        if endpoint in _FLEETING:
            return await call()
        if "chat_id" not in data or not endpoint.startswith(_COUNTED):
            return await self._retry_when_told(call, endpoint)
        count = len(data["media"]) if endpoint == "sendMediaGroup" else 1
        async with self._calls_of(data["chat_id"]) as chat:

            async def in_time() -> JSON:
                """Make the call once the windows of its chat, and the one of all chats, have room for it."""
                await self._wait_for(chat.windows, count)
                async with self._overall_lock:
                    await self._wait_for((self._overall,), count)
                    if callable(rate_limit_args):
                        await rate_limit_args()
                    began = self._clock.now()
                    self._overall.begin(began, count)
                try:
                    return await call()
                finally:
                    self._overall.end(began, self._clock.now(), count)
                    for window in chat.windows:  # a chat's calls wait for each other
                        window.note(self._clock.now(), count)

            if rate_limit_args is DRAFT:
                now, windows = self._clock.now(), (*chat.windows, self._overall)
                if chat.turn.locked() or not all(window.has_room_for_drafts(now) for window in windows):
                    raise DraftSkipped("a draft would have used up what answers need")
            async with chat.turn:
                return await self._retry_when_told(in_time, endpoint)

    async def _retry_when_told(self, call: Call, endpoint: str) -> JSON:
        """Make the call again when Telegram has asked for patience, after as long as it asked for."""
        for _ in range(_TRIES - 1):
            try:
                return await call()
            except RetryAfter as error:
                seconds = seconds_of(error)
                _log.warning("telegram.retry_after", endpoint=endpoint, seconds=seconds)
                await self._clock.sleep(seconds + _SLACK)
        return await call()

    async def _wait_for(self, windows: tuple[Window, ...], count: int) -> None:
        while wait := max(window.wait(self._clock.now(), count) for window in windows):
            await self._clock.sleep(wait)

    @asynccontextmanager
    async def _calls_of(self, chat_id: object) -> AsyncIterator[_ChatCalls]:
        """The chat's calls, counted while anything that went out still matters."""
        is_group = str(chat_id).startswith(("-", "@"))
        windows = (Window(1, 1), Window(20, 60)) if is_group else (Window(1, 1),)
        chat = self._chats.setdefault(chat_id, _ChatCalls(windows))
        chat.waiting += 1
        try:
            yield chat
        finally:
            chat.waiting -= 1
            # Let the two oldest chats go if they are idle: two for each call, so the table can't grow for long.
            now = self._clock.now()
            for oldest in list(self._chats)[:2]:
                calls = self._chats.pop(oldest)
                if calls.waiting or not all(window.empty(now) for window in calls.windows):
                    self._chats[oldest] = calls


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone, in seconds."""
    asked = error.retry_after
    return asked if isinstance(asked, int | float) else asked.total_seconds()
