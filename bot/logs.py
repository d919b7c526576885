"""Structured logs (structlog): JSON for machines, text for people, both on standard error.

A log tells what happened, of which kind an error is and where it came from; never what somebody wrote or sent, what
the store keeps, or a secret. Our own lines are made so; what this module adds can't be gone round: records of
libraries lose their words when they are made, errors that nobody caught are told by kind and place, and the
configuration's secrets are struck out of whatever is left.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import warnings
from collections.abc import Collection
from typing import Any, Literal

import structlog

from core.errors import traced

# Their records would be many and say little without their words; the adapters log what a host needs to know.
_TALKATIVE = ("httpx", "httpcore", "telegram", "discord", "aiosqlite", "python_multipart")
_OURS = ("adapters", "bot", "core")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST = 2000  # characters of one value
_STRUCK = "…"

_log = structlog.get_logger(__name__)


def hush(level: int = logging.CRITICAL + 1) -> None:
    """Let talkative libraries say nothing of their own."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(level)


def tell_of_retries() -> None:
    """Have stamina log what failed by its kind alone: its own log line quotes the error."""
    from stamina import instrumentation  # noqa: PLC0415 - for those who try again; help is quick without it

    def told(details: instrumentation.RetryDetails) -> None:
        structlog.get_logger(__name__).warning(
            "retry",
            work=details.name,
            tries=details.retry_num,
            error=type(details.caused_by).__name__,
            seconds=round(details.wait_for, 1),
        )

    instrumentation.set_on_retry_hooks([told])


def set_up(form: Literal["text", "json"], level: str, secrets: Collection[str] = ()) -> None:
    """Say how logs look and from which level on they are written; `secrets` are struck out wherever they appear."""
    hush()
    tell_of_retries()
    take_words_from_libraries()
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            Discreet(secrets),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class Discreet:
    """A structlog processor: of an error its kind and places, of other objects their type, no secret, one line."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        self._secrets = sorted(secrets, key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """The event without what it mustn't tell."""
        error = event.pop("exc_info", None)
        error = sys.exc_info()[1] if error is True else error[1] if isinstance(error, tuple) else error
        if isinstance(error, BaseException):
            event["error"] = traced(error)
        for told in ("stack_info", "exception", "stack"):
            event.pop(told, None)
        return {key: self._value(value) for key, value in event.items()}

    def _value(self, value: object) -> object:
        if isinstance(value, BaseException):
            value = traced(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if not isinstance(value, str):
            return type(value).__name__
        for secret in self._secrets:
            value = value.replace(secret, _STRUCK)
        return _CONTROLS.sub(" ", value)[:_LONGEST]


class _Record(logging.LogRecord):
    """What a library logs, without its words: where it spoke, and the kind and the places of its error."""

    def __init__(self, name: str, level: int, pathname: str, lineno: int, msg: object, *rest: Any, **more: Any) -> None:
        super().__init__(name, level, pathname, lineno, msg, *rest, **more)
        if str(name).partition(".")[0] in _OURS:
            return
        error = self.exc_info[1] if self.exc_info else None
        self.msg, self.args = f"{pathname}:{lineno} {self.funcName}", ()
        if error is not None:
            self.msg += f" {traced(error)}"
        self.exc_info = self.exc_text = self.stack_info = None


class _ToUs(logging.Handler):
    """Writes the records of libraries as our own log does."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one, unless it is ours: then it went through structlog before."""
        if record.name.partition(".")[0] not in _OURS:
            _log.log(record.levelno, "library", logger=record.name, place=record.getMessage())


def take_words_from_libraries() -> None:
    """For this process, from now on: whatever is logged, warned of or raised past everybody is told without words."""
    logging.setLogRecordFactory(_Record)
    root = logging.getLogger()
    if not any(isinstance(one, _ToUs) for one in root.handlers):
        root.addHandler(_ToUs(logging.WARNING))

    def warned(_message: object, category: type[Warning], filename: str, lineno: int, *_: object, **__: object) -> None:
        _log.warning("warning", kind=category.__name__, place=f"{filename}:{lineno}")

    def uncaught(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
        _log.critical("uncaught", error=traced(error))

    def in_thread(details: threading.ExceptHookArgs) -> None:
        if details.exc_value is not None:
            _log.critical("uncaught", error=traced(details.exc_value))

    def unraisable(details: Any) -> None:
        if details.exc_value is not None:
            _log.error("unraisable", error=traced(details.exc_value))

    warnings.showwarning = warned  # type: ignore[assignment] # it is called by position
    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, in_thread, unraisable
