"""The same model on several devices: each item goes where least is waiting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from core.executor.batch_lane import BatchLane

T = TypeVar("T")
R = TypeVar("R")


class Replicas(Generic[T, R]):
    """Lanes that run the same model, seen as one. Chats have their turns on each."""

    def __init__(self, lanes: Sequence[BatchLane[T, R]]) -> None:
        if not lanes:
            raise ValueError("there is at least one of a model")
        self._lanes = tuple(lanes)

    async def submit(self, item: T, *, chat: str = "", deadline: float | None = None) -> R:
        """As `BatchLane.submit`, on the lane with the least to do whose device responds."""
        lane = min(self._lanes, key=lambda one: (one.dead, one.load))
        return await lane.submit(item, chat=chat, deadline=deadline)
