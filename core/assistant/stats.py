"""`/stats`: what the bot has done since it was started, for its owner."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from core.assistant.metrics import Metrics
from core.errors import NotAllowed
from core.executor.stats import LaneStats
from core.i18n.lazy_strings import lazy_ngettext
from core.i18n.translator import Translator
from core.language.wording import names, photos
from core.messages import Message, Reply
from core.platforms.status import PlatformStatus
from core.policy.access import Access
from core.store.store import Store


class Reporting:
    """Tells the owner the figures; they hold no name, no chat and no word of anybody's."""

    def __init__(
        self,
        store: Store,
        access: Access,
        metrics: Metrics,
        platform_status: PlatformStatus,
        lanes: Callable[[], Iterable[LaneStats]],
    ) -> None:
        self._store, self._access, self._metrics = store, access, metrics
        self._platform_status, self._lanes = platform_status, lanes
        self._began = time.monotonic()

    async def tell(self, message: Message, translator: Translator) -> Reply:
        """The figures in a few lines. Raises `NotAllowed` for anybody but the owner."""
        if not self._access.owns(message):
            raise NotAllowed("Only my owner gets my figures (access.owners in the configuration).")
        kept, outcomes = await self._store.totals(), self._metrics.outcomes()
        ways = ", ".join(f"{outcome} {count}" for outcome, count in sorted(outcomes.items()))
        minutes = int(time.monotonic() - self._began) // 60
        lines = [
            translator.gettext("Up for {hours} h {minutes} min.", hours=minutes // 60, minutes=minutes % 60),
            translator.gettext(
                "Kept: {names} with {photos} ({size} MB) in {chats}.",
                names=names(kept.concepts),
                photos=photos(kept.references),
                size=round(kept.bytes / 1e6, 1),
                chats=lazy_ngettext("{count} chat", "{count} chats", kept.chats),
            ),
            translator.gettext("Answers: {count} ({ways})", count=sum(outcomes.values()), ways=ways),
        ]
        lines += [" ".join([f"{one.name}: {one.condition}.", one.reason]) for one in self._platform_status.all()]
        lines += [
            translator.gettext(
                "{lane}: {waiting} waiting, {done} done, {failed} failed",
                lane=lane.name,
                waiting=lane.waiting,
                done=lane.answered,
                failed=lane.failed,
            )
            for lane in self._lanes()
        ]
        return Reply("\n".join(lines), private=True)
