"""A circuit breaker: a server that doesn't answer is left alone for a while, so that nobody waits for it.

The pattern is Nygard's (Release It!, 2nd edition, chapter 5): closed, open, half-open with one question as the probe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from core.errors import GeneratorError
from core.i18n.lazy_strings import lazy_gettext

_PAUSE, _LONGEST_PAUSE = 15.0, 120.0  # seconds; each pause after a probe that failed is twice the last one

_log = structlog.get_logger(__name__)


class Breaker:
    """Of one server and model. `counts` is whether an error is that of a server that is down, and not of a question.

    One such error opens it, unless the server has answered anybody since the question was sent: a slow answer among
    others is no silence.
    """

    def __init__(self, counts: Callable[[Exception], bool]) -> None:
        self._counts = counts
        self._answers = 0
        self._open_until: float | None = None  # in the event loop's time; None while it is closed
        self._pause = _PAUSE
        self._probing = False

    @property
    def is_closed(self) -> bool:
        """Whether the server answers, as far as is known."""
        return self._open_until is None

    @property
    def seconds_left(self) -> float:
        """Seconds until the server is asked again; 0 while it is closed, or the next question is the probe."""
        return max(0.0, (self._open_until or 0.0) - asyncio.get_running_loop().time()) if self._open_until else 0.0

    @contextmanager
    def question(self) -> Iterator[Callable[[], None]]:
        """Ask something inside; what it gives is to be called as soon as the server answers in words.

        Raises `GeneratorError` at once while the breaker is open.
        """
        probe, answers = not self.is_closed, self._answers
        if self._open_until is not None:
            if self._probing or asyncio.get_running_loop().time() < self._open_until:
                raise GeneratorError(
                    lazy_gettext("My language model doesn't answer at the moment; please ask again later.")
                )
            self._probing = True
        try:
            yield self._answered
        except Exception as error:
            if not self._counts(error):
                self._answered()
            elif self._answers == answers and (probe or self.is_closed):
                if probe:
                    self._pause = min(2 * self._pause, _LONGEST_PAUSE)
                self._open_until = asyncio.get_running_loop().time() + self._pause
                _log.warning("generator.down", pause=self._pause)
            raise
        finally:
            if probe:
                self._probing = False

    def _answered(self) -> None:
        self._answers += 1
        if not self.is_closed:
            _log.info("generator.back")
        self._open_until, self._pause = None, _PAUSE
