"""`/stats`: what the bot has done since it was started, for its owner."""

from __future__ import annotations

from core.assistant.request import Request
from core.assistant.services import Services
from core.commands.registry import Rights, command
from core.i18n.lazy_strings import gettext_noop, lazy_ngettext
from core.language.wording import names, photos
from core.messages import Reply


@command(
    "stats",
    rights=Rights.OWNER,
    refusal=gettext_noop("Only my owner gets those figures."),
)
async def stats(services: Services, request: Request, _: None) -> Reply:
    """The figures in a few lines; they hold no name, no chat and no word of anybody's."""
    kept, outcomes, translator = await services.store.totals(), services.metrics.outcomes(), request.translator
    ways = ", ".join(f"{outcome} {count}" for outcome, count in sorted(outcomes.items()))
    minutes = int(services.metrics.uptime()) // 60
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
    lines += [
        " ".join(filter(None, [f"{one.name}: {one.condition}.", one.reason])) for one in services.platform_status.all()
    ]
    lines += [
        translator.gettext(
            "{lane}: {waiting} waiting, {done} done, {failed} failed",
            lane=lane.name,
            waiting=lane.waiting,
            done=lane.answered,
            failed=lane.failed,
        )
        for lane in services.lanes()
    ]
    return Reply("\n".join(lines), private=True)
