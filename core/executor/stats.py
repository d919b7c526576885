"""What the executor's lanes have done so far, for a page of figures or a log line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class LaneStats:
    """One lane at one moment; all but the first four count up from the start.

    `limit` is the most that is run at once: the batch size, which an out-of-memory error halves, or a
    stream lane's slots. `seconds` is the time spent in runs, `sizes` how many runs had which size.
    """

    name: str
    waiting: int
    running: int
    limit: int
    answered: int
    failed: int
    refused: int
    dropped: int
    hung: int
    runs: int
    seconds: float
    sizes: Mapping[int, int]


@dataclass(slots=True)
class Tally:
    """The counters behind `LaneStats`; only the event loop's thread touches them."""

    answered: int = 0
    failed: int = 0  # the model's fault
    refused: int = 0  # ours: full, late, shutting down
    dropped: int = 0  # the caller went away
    hung: int = 0  # runs given up
    seconds: float = 0.0
    sizes: Counter[int] = field(default_factory=Counter)

    def ran(self, size: int, seconds: float) -> None:
        """Count one run."""
        self.sizes[size] += 1
        self.seconds += seconds

    def snapshot(self, name: str, *, waiting: int, running: int, limit: int) -> LaneStats:
        """The figures as they are now."""
        return LaneStats(
            name=name,
            waiting=waiting,
            running=running,
            limit=limit,
            answered=self.answered,
            failed=self.failed,
            refused=self.refused,
            dropped=self.dropped,
            hung=self.hung,
            runs=self.sizes.total(),
            seconds=self.seconds,
            sizes=MappingProxyType(dict(self.sizes)),
        )
