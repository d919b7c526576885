"""Models that load when they are first needed, and go when nobody needs them."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

import structlog

from core.errors import ConfigError, ModelError
from core.models import memory

_log = structlog.get_logger(__name__)
T = TypeVar("T")


class OnFirstUse(Generic[T]):
    """Builds a model on the worker thread that needs it first, so that the program starts at once.

    A build that failed is tried again at the next use: the weights may have arrived meanwhile. `state` is
    "not loaded", "loading", "ready" or "failed"; `device` is where `build` puts the model.
    """

    def __init__(
        self,
        build: Callable[[], T],
        *,
        name: str = "model",
        device: str = "cpu",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.device, self.state = name, device, "not loaded"
        self._build, self._clock, self._lock = build, clock, Lock()
        self._built: T | None = None
        self._used_at = clock()

    @property
    def loading(self) -> bool:
        """Whether it is just being built."""
        return self.state == "loading"

    def get(self) -> T:
        """The model. Raises what building it raises. Blocking."""
        with self._lock:
            self._used_at = began = self._clock()
            if self._built is not None:
                return self._built
            self.state = "loading"
            _log.info("model.loading", model=self.name)
            try:
                self._built = self._build()
            except ConfigError as error:
                self.state = "failed"
                raise ModelError(str(error)) from error  # whoever waits for it now is a chat, not the host
            except BaseException:
                self.state = "failed"
                raise
            memory.settle()
            self.state, self._used_at = "ready", self._clock()
            _log.info("model.ready", model=self.name, seconds=round(self._used_at - began, 1))
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
