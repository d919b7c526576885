"""Whom it saw when, and the photos that people keep: `/seen`, `/keep`, `/unkeep`, `/photos`."""

from __future__ import annotations

from datetime import UTC, datetime

from core.assistant.request import Request
from core.assistant.services import Services
from core.commands import arguments
from core.commands.registry import command
from core.commands.settings import Diary
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.language.dates import moment_of
from core.messages import Button, Question, Reply
from core.policy.permissions import is_admin
from core.store.values import SightingNote

_MOST_TOLD = 5  # sightings


@command(
    "seen",
    arguments.name("seen"),
    arguments=gettext_noop("NAME"),
    purpose=gettext_noop("when I last saw them"),
)
async def seen(services: Services, request: Request, name: str) -> Reply:
    """When somebody was last seen, as far as the chat's diary tells."""
    concept, translator = await services.store.concept(request.chat, name), request.translator
    notes = await services.store.notes(request.chat, concept.id, _MOST_TOLD)
    now = datetime.now(UTC)
    buttons: tuple[Button, ...] = ()
    question: Question | None = None
    lines = []
    if notes:
        lines.append(_last_seen(concept.name, notes[0], now, translator))
        earlier = [_in_brief(one, now, translator) for one in notes[1:]]
        if earlier:
            listed = translator.format_list(earlier)
            lines.append(translator.gettext("Before that I saw {name} {moments}.", name=concept.name, moments=listed))
    elif request.settings.diary is Diary.ON:
        lines.append(translator.gettext("I haven't seen {name} since I've kept a diary.", name=concept.name))
    if request.settings.diary is Diary.OFF:
        if is_admin(request.sender, request.chat):
            said = gettext_noop("I don't note down whom I see when. If you like, I'll keep a diary from now on.")
            buttons = (Button(translator.gettext("Keep a diary"), "/settings diary on"),)
            question = Question(yes="/settings diary on")
        else:
            said = gettext_noop("I don't note down whom I see when. An admin of this chat can ask me to keep a diary.")
        lines.append(translator.gettext(said))
    return Reply("\n".join(lines), buttons=buttons, question=question)


def _last_seen(name: str, last: SightingNote, now: datetime, translator: Translator) -> str:
    moment = moment_of(last.at, now, translator)
    if not last.sender:
        return translator.gettext("I last saw {name} {moment}.", name=name, moment=moment)
    return translator.gettext(
        "I last saw {name} {moment}; {sender} sent the photo.", name=name, moment=moment, sender=last.sender
    )


def _in_brief(note: SightingNote, now: datetime, translator: Translator) -> str:
    moment = moment_of(note.at, now, translator)
    return f"{moment} ({note.sender})" if note.sender else moment
