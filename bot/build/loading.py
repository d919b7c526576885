"""Models that load in the background or when first needed, and go when nobody needs them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

import structlog

from core.errors import ConfigError, ModelError, RapportError
from core.models import memory

_log = structlog.get_logger(__name__)
_LOOK = 5.0  # seconds between looks for models that nobody uses
T = TypeVar("T")


class OnFirstUse(Generic[T]):
    """Builds a model on the worker thread that needs it first, so that the program starts at once.

    A build that failed is tried again at the next use: the weights may have arrived meanwhile. `state` is
    "not loaded", "loading", "ready" or "failed".
    """

    def __init__(
        self,
        build: Callable[[], T],
        *,
        name: str = "model",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.state = name, "not loaded"
        self._build, self._clock, self._lock = build, clock, Lock()
        self._built: T | None = None
        self._used_at = clock()

    def get(self) -> T:
        """The model. Raises what building it raises. Blocking."""
        with self._lock:
            if self._built is None:
                self._built = self._loaded()
            self._used_at = self._clock()
            return self._built

    def let_go(self, idle: float) -> bool:
        """Give its memory back when it wasn't asked for in `idle` seconds; a run under way keeps it."""
        if not self._lock.acquire(blocking=False):
            return False  # it is just being loaded
        try:
            if self._built is None or self._clock() - self._used_at < idle:
                return False
            self._built, self.state = None, "not loaded"
        finally:
            self._lock.release()
        memory.release()
        return True

    def _loaded(self) -> T:
        began, self.state = self._clock(), "loading"
        _log.info("model.loading", model=self.name)
        try:
            model = self._build()
        except ConfigError as error:
            self.state = "failed"
            raise ModelError(str(error)) from error  # whoever waits for it now is a chat, not the host
        except BaseException:
            self.state = "failed"
            raise
        self.state = "ready"
        _log.info("model.ready", model=self.name, seconds=round(self._clock() - began, 1))
        return model


async def warm(models: Sequence[OnFirstUse[Any]]) -> None:
    """Load the models before the first photo comes; a failure will be told to whoever sends one."""
    for model in models:
        try:
            await asyncio.to_thread(model.get)
        except RapportError as error:
            _log.warning("model.not_loaded", model=model.name, reason=str(error))


async def let_go_when_idle(models: Sequence[OnFirstUse[Any]], seconds: float) -> None:
    """Give the memory of models back that nobody used for so long, from now until cancelled."""
    while True:
        await asyncio.sleep(min(_LOOK, seconds))
        for model in models:
            if await asyncio.to_thread(model.let_go, seconds):
                _log.info("model.let_go", model=model.name)
