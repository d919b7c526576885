"""`/stats`: what the bot has done since it was started, for its owner."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from core.access import Access
from core.errors import NotAllowed
from core.messages import Message, Reply
from core.metrics import Metrics
from core.platforms import Standing
from core.stats import LaneStats
from core.store import Store


class Reporting:
    """Tells the owner the figures; they hold no name, no chat and no word of anybody's."""

    def __init__(
        self,
        store: Store,
        access: Access,
        metrics: Metrics,
        standing: Standing,
        lanes: Callable[[], Iterable[LaneStats]],
    ) -> None:
        self._store, self._access, self._metrics = store, access, metrics
        self._standing, self._lanes = standing, lanes
        self._began = time.monotonic()

    async def tell(self, message: Message) -> Reply:
        """The figures in a few lines. Raises `NotAllowed` for anybody but the owner."""
        if not self._access.owns(message):
            raise NotAllowed("Only my owner gets my figures (access.owners in the configuration).")
        kept, outcomes = await self._store.totals(), self._metrics.outcomes()
        ways = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        lines = [
            f"Up for {_span(time.monotonic() - self._began)}.",
            f"Kept: {kept.concepts} names with {kept.references} photos "
            f"({kept.bytes / 1e6:.1f} MB) in {kept.chats} chats.",
            f"Answers: {sum(outcomes.values())}{f' ({ways})' if ways else ''}.",
        ]
        lines += [
            f"{one.name}: {one.condition}{f' ({one.reason})' if one.reason else ''}"
            for one in self._standing.all()
        ]
        for one in self._lanes():
            lines.append(f"{one.name}: {one.waiting} waiting, {one.running} running, {one.answered} done")
            lines[-1] += f", {one.failed} failed" if one.failed else ""
        return Reply("\n".join(lines), private=True)


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    days, hours = divmod(minutes // 60, 24)
    return f"{days} d {hours} h {minutes % 60} min"
