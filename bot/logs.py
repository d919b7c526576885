"""Structured logs (structlog): JSON for machines, text for people, both on standard error."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

# Their records hold URLs with tokens, what people say, and what the store keeps.
_INDISCREET = ("httpx", "httpcore", "telegram", "discord", "aiosqlite")


def hush(level: int = logging.CRITICAL + 1) -> None:
    """Let indiscreet libraries say nothing of their own; the adapters log what a host needs to know."""
    for name in _INDISCREET:
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


def set_up(form: Literal["text", "json"], level: str) -> None:
    """Say how logs look and from which level on they are written."""
    hush()
    tell_of_retries()
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
