"""What a process has in place of a model: the pool's replicas of it, behind the same ports."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import structlog
from ray import serve
from ray.exceptions import ActorUnavailableError, GetTimeoutError, NodeDiedError, ObjectLostError, RayActorError
from ray.serve.exceptions import RayServeException

from core.concepts import Embedding, Face, Mask, Region
from core.errors import ModelError
from core.images.decoding import Image
from core.ports import Categories, View

_log = structlog.get_logger(__name__)
_GONE = (RayActorError, ActorUnavailableError, NodeDiedError, ObjectLostError)  # the machine, not the photo
_PAUSE = 0.1  # seconds until another replica is asked
_TRIES = 3  # that there is time for: that a machine is gone is noticed late, and nothing comes of what it was at


class PooledModel:
    """A model of the pool, asked by its deployment's handle: `name` is the deployment's, `seconds` bound one batch.

    It keeps `Detector`, `Encoder`, `Saliency` and `FaceFinder`, whichever its replicas are. Blocking, as they are.
    """

    def __init__(self, name: str, seconds: float) -> None:
        """Raises `ModelError` when nothing of that name is in the pool."""
        self._name, self._seconds = name, seconds
        try:
            self._handle = serve.get_app_handle(name)
        except RayServeException as error:
            raise ModelError(f"The pool has no {name}: python -m bot cluster deploy") from error
        self.identity, self.dimension = self._ask("facts")

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """As `core.ports.Detector`."""
        return self._results("detect", images, categories)

    def salient(self, images: Sequence[Image]) -> list[Mask]:
        """As `core.ports.Saliency`."""
        return self._results("salient", images)

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """As `core.ports.Encoder`."""
        return self._results("encode", views)

    def find(self, views: Sequence[View]) -> list[list[Face]]:
        """As `core.ports.FaceFinder`."""
        return self._results("find", views)

    def _results(self, method: str, *batch: Sequence[Any]) -> list[Any]:
        found: list[Any] = self._ask("ask", method, *map(list, batch))
        return found

    def _ask(self, method: str, *arguments: object) -> Any:
        """What a replica answers; another is asked when its machine dies. Raises `ModelError` when time is over."""
        until = time.monotonic() + self._seconds
        while (left := until - time.monotonic()) > 0:
            answer = getattr(self._handle, method).remote(*arguments)
            try:
                return answer.result(timeout_s=min(left, self._seconds / _TRIES))
            except _GONE as error:
                _log.warning("pool.replica_gone", model=self._name, kind=type(error).__name__)
                time.sleep(_PAUSE)
            except (TimeoutError, GetTimeoutError):
                _log.warning("pool.replica_silent", model=self._name)
                answer.cancel()
        raise ModelError(f"The pool's {self._name} did not answer within {self._seconds:g} seconds.")
