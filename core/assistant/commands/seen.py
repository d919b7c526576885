"""Whom it saw when, and the photos that people keep: `/seen`, `/keep`, `/unkeep`, `/photos`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import identify, look
from core.assistant.taking_down import keep_photo
from core.commands import arguments
from core.commands.arguments import is_number
from core.commands.registry import Rights, command
from core.commands.settings import Diary
from core.errors import UnknownConcept, UserError
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.language.dates import day_of, moment_of
from core.messages import Button, Card, Question, Reply
from core.names import masked, mentioned
from core.policy.permissions import is_admin
from core.store.values import ChangeKind, SightingNote

_MOST_TOLD = 5  # sightings
_MOST_SHOWN = 20  # photos; the newest
_MOST_BUTTONS = 5
_BETWEEN = re.compile(r"[@\s|,;&+、，]|\b(and|und|y|e|with|mit|con)\b|[和与跟及]")


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
        lines.append(translator.gettext("I haven't seen {name} since I started keeping a diary.", name=concept.name))
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


# ── kept photos ───────────────────────────────────────────────────────────────────────────────────


@command("keep", purpose=gettext_noop("with a photo or in answer to one, keep it"), about_photo=True)
async def keep(services: Services, request: Request, _: None) -> Reply:
    """Keep the photos that the message shows, with whom they show. Raises `UserError` when there is none."""
    shown, translator = request.shown, request.translator
    if shown is None:
        raise UserError("Which photo? Send it with /keep, or answer to it with /keep.")
    await look(services, request.chat, shown)
    index = await services.retriever.index(request.chat, request.revision)
    sentences, buttons = list[str](), list[Button]()
    for number, sightings in enumerate(await identify(services, index, shown)):
        if shown.photos[number].fault:
            continue  # the answer will say so
        kept, change_id = await keep_photo(services, request, shown, number, sightings)
        if kept.shows:
            names = translator.format_list(kept.shows)
            said = translator.gettext("I've kept it as photo {number}: {names}.", number=kept.number, names=names)
        else:
            said = translator.gettext("I've kept it as photo {number}.", number=kept.number)
        sentences.append(said)
        buttons += request.undo_button(change_id, ChangeKind.KEEP)
    return Reply(translator.sentence_gap.join(sentences), buttons=tuple(buttons[-1:]))


@command(
    "photos",
    lambda rest: rest,
    arguments=gettext_noop("NAME and NAME"),
    purpose=gettext_noop("the photos that I was asked to keep"),
)
async def photos(services: Services, request: Request, names: str) -> Reply:
    """The kept photos that show all of these names, or all that are kept; the newest first."""
    index, translator = await services.retriever.index(request.chat), request.translator
    by_name = {one.name: one.id for one in index.concepts}
    asked = mentioned(names, by_name)
    if strange := _BETWEEN.sub("", masked(names, asked)):
        raise UnknownConcept("I don't know anyone or anything called {name} here.", name=strange if asked else names)
    kept = await services.store.kept(request.chat, [by_name[name] for name in asked])
    who = translator.format_list(asked)
    if not kept and asked:
        said = translator.ngettext(
            "I've kept no photo that shows {names}.", "I've kept no photo that shows {names}.", len(asked), names=who
        )
        return Reply(said)
    if not kept:
        return Reply(translator.gettext("I've kept no photo here. Send one with /keep, and I will."))
    shown, now = kept[:_MOST_SHOWN], datetime.now(UTC)
    pixels = await services.store.kept_pixels(request.chat, [one.id for one in shown])
    cards = []
    for one in shown:
        day = day_of(one.at, now, translator)
        said = gettext_noop("{names} (kept by {author}, {day})") if one.author else gettext_noop("{names} ({day})")
        listed = translator.format_list(one.shows) or translator.gettext("nobody I know")
        line = translator.gettext(said, names=listed, author=one.author, day=day)
        title = translator.gettext("Photo {number}", number=one.number)
        cards.append(Card(title, line, pixels.get(one.id), line=f"{title}{translator.colon}{line}"))
    opening = translator.ngettext("I've kept {count} photo:", "I've kept {count} photos:", len(kept))
    if asked:
        opening = translator.ngettext(
            "I've kept {count} photo of {names}:", "I've kept {count} photos of {names}:", len(kept), names=who
        )
    buttons = [
        Button(translator.gettext("Let photo {number} go", number=one.number), f"/unkeep {one.number} {one.id}")
        for one in shown[:_MOST_BUTTONS]
    ]
    lines = [opening, *(card.line for card in cards)]
    ids = {by_name[name] for one in shown for name in (*one.shows, *one.perhaps) if name in by_name}
    return Reply("\n".join(lines), cards=tuple(cards), buttons=tuple(buttons), basis=index.known.of(ids))


def read_unkeep(rest: str) -> tuple[int, int | None]:
    """The photo's number, and its id, which a button adds."""
    numbers = rest.split()
    if len(numbers) not in {1, 2} or not all(map(is_number, numbers)):
        raise UserError("Which photo? Write its number after it, as in /unkeep 3.")
    return int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else None


@command(
    "unkeep",
    read_unkeep,
    arguments=gettext_noop("NUMBER"),
    purpose=gettext_noop("let a kept photo go"),
    rights=Rights.EDITOR,
)
async def unkeep(services: Services, request: Request, which: tuple[int, int | None]) -> Reply:
    """Let a kept photo go."""
    (number, kept_id), seconds = which, services.chat_options.undo_seconds
    change_id = await services.store.unkeep(request.chat, number, request.sender, undo_seconds=seconds, kept_id=kept_id)
    said = request.translator.gettext("I've let go of photo {name}.", name=number)
    return Reply(said, buttons=request.undo_button(change_id, ChangeKind.UNKEEP) if seconds else ())
