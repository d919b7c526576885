"""Looking at what is known: everybody in a gallery, one concept with its photos and texts, and what is kept at all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from core.assistant.request import Request
from core.assistant.services import Services
from core.commands import arguments
from core.commands.registry import command
from core.commands.settings import Diary, TrainingUse
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext, lazy_ngettext
from core.i18n.translator import Translator
from core.language.facts import in_one_line, listed
from core.language.nouns import noun
from core.language.wording import in_brief, photos
from core.messages import LONGEST_VALUE, Button, Card, Chat, Reply
from core.names import one_line
from core.options import ChatOptions
from core.policy.faces import compares_faces

_MOST_CARDS = 200
_ADDED, _ADDED_NAMELESS = gettext_noop("Added by {author} on {day}."), gettext_noop("Added on {day}.")
_KEPT = gettext_noop(
    "What I keep: the photos you send with /remember or confirm with a button (shrunk), the names and "
    "texts you give them, who added them and when. It stays in this bot's own database and belongs to "
    "this chat alone: no other chat can see it."
)
_KEPT_PHOTOS = gettext_noop(
    "Photos that you ask me to keep (/keep) stay as well, shrunk, with whom they show; when I forget somebody, every "
    "kept photo that shows them goes, too."
)
_DIARY = gettext_noop(
    "I keep a diary here: when I surely saw someone, and who sent the photo. /settings diary off erases it."
)
_FACES = gettext_noop(
    "Of the people whom you have taught me I keep numbers that tell their faces from others (biometric data), and I "
    "compare the faces in your photos with them. Of whoever isn't taught I keep no face. The numbers are in no export; "
    "they go with the person when I forget them, and all at once with /settings faces off."
)
_NO_FACES = gettext_noop("I compare no faces here, and keep nothing of any.")
_NO_FACES_BUT = gettext_noop("I compare no faces here but with those that I am to refuse.")
_REFUSING = gettext_noop(
    "Whoever doesn't want to be recognised here sends /optout with a photo of themselves: I forget them, and to refuse "
    "their face I have to keep numbers that tell it from others, until they send /optout back."
)
_TRAINING = gettext_noop(
    "A model may learn from what people who agree have taught me here: /consent says what that means, and takes yours "
    "back. I note who agreed, when, and to which wording."
)
_NO_TRAINING = gettext_noop("Nothing of this chat is used to train a model.")
_AT_ONCE_GONE = gettext_noop(
    "What I don't keep: every other photo. It is gone as soon as I've answered, so ask your question together with it; "
    "it is never written to disk."
)
_LINES_IN_MEMORY = gettext_noop(
    "What we say here is gone when I'm started anew. What I forget is taken out of it at once. It is in no export."
)
_DATABASE_ELSEWHERE = gettext_noop("That database is on the server {host}, which my host has set up.")
_MODEL_ELSEWHERE = gettext_noop(
    "The language model that answers you is at {host}, as my host has set it up. It gets your question, the photo "
    "that it is about, the last lines of our conversation, and the names, texts and photos of whom you ask about "
    "or whom I see there."
)
_MODEL_HERE = gettext_noop("A language model answers you. It runs on the same computer as I do.")
_LOCAL = gettext_noop("Nothing leaves the computer that I run on, apart from the chat itself.")
_REST = gettext_noop("Apart from that and the chat itself, nothing leaves the computer that I run on.")
_WAYS_OUT = gettext_noop(
    "/forget NAME makes me forget at once, {undo}. /forgetall erases everything of this chat, and /export "
    "gives you all of it as a zip."
)


@command("list", purpose=gettext_noop("everyone and everything I know here"))
async def show_all(services: Services, request: Request, _: None) -> Reply:
    """Show everything this chat knows."""
    concepts, translator = await services.store.concepts(request.chat), request.translator
    if not concepts:
        return Reply(translator.gettext("I don't know anyone here yet. Send a photo with /remember and a name."))
    references = await services.store.first_references(request.chat)
    shown = concepts[-_MOST_CARDS:]
    pictured = [one.id for one in shown if one.id in references]
    pictures = await asyncio.gather(
        *(services.pictures.portrait(request.chat, references[one], thumbnail=True) for one in pictured)
    )
    thumbnails = dict(zip(pictured, pictures, strict=True))
    cards = []
    for one in shown:
        category = noun(one.category, translator) if one.category else ""
        info = in_one_line(one.infos, one.name)
        parts = [category, translator.gettext(photos(one.photos)), in_brief(info)]
        text = " · ".join(part for part in parts if part)
        thumbnail, filed = thumbnails.get(one.id), one.category or ""
        listed_as = f"{one.name}{translator.colon}{text}"
        cards.append(
            Card(
                one.name,
                text,
                thumbnail,
                filed,
                one.photos,
                info,
                facts=tuple(dict.fromkeys(one_line(told.text) for told in one.infos)),
                concept=one.id,
                noun=category,
                line=listed_as,
            )
        )
    opening = translator.ngettext("I know {count} name here:", "I know {count} names here:", len(concepts))
    return Reply("\n".join([opening, *(card.line for card in cards)]), cards=tuple(cards))


@command(
    "show",
    arguments.name("show"),
    arguments=gettext_noop("NAME"),
    purpose=gettext_noop("their photos and what I was told"),
)
async def show(services: Services, request: Request, name: str) -> Reply:
    """Show one concept with its photos and texts."""
    concept, translator = await services.store.concept(request.chat, name), request.translator
    references = await services.store.references(request.chat, concept.id)
    positive = [one for one in references if not one.negative]
    portraits = [await services.pictures.portrait(request.chat, one) for one in positive]
    front = next((place for place, one in enumerate(positive) if one.id == concept.cover), 0)
    cards = []
    for number, (one, portrait) in enumerate(zip(positive, portraits, strict=True), 1):
        day = translator.format_date(one.at)  # alone where the platform tells no name
        text = translator.gettext("by {author}, {day}", author=one.author, day=day) if one.author else day
        numbered, is_cover = f"{number}{translator.colon}{text}", number == front + 1
        cards.append(Card(concept.name, text, portrait, number=number, cover=is_cover, line=numbered))
    kind = translator.in_brackets(noun(concept.category, translator)) if concept.category else ""
    lines = [f"{concept.name}{kind}"]
    lines += listed(concept.infos, concept.name, datetime.now(UTC), translator)
    day = translator.format_date(concept.created_at)
    added = _ADDED if concept.creator_name else _ADDED_NAMELESS
    lines.append(translator.gettext(added, author=concept.creator_name, day=day))
    counted = photos(len(positive))
    if corrections := len(references) - len(positive):
        corrected = lazy_ngettext("{count} correction", "{count} corrections", corrections)
        lines.append(translator.gettext("{photos}, {corrections}.", photos=counted, corrections=corrected))
    else:
        lines.append(translator.gettext("{photos}.", photos=counted))
    more, buttons = _also_kept(concept.name, len(await services.store.kept(request.chat, [concept.id])), translator)
    return Reply(
        "\n".join([*lines, *more]), image=portraits[-1] if portraits else None, cards=tuple(cards), buttons=buttons
    )


def _also_kept(name: str, count: int, translator: Translator) -> tuple[list[str], tuple[Button, ...]]:
    """That there are kept photos, too, and the button that shows them."""
    if not count:
        return [], ()
    said = translator.ngettext(
        "I also keep {count} photo of {name}.", "I also keep {count} photos of {name}.", count, name=name
    )
    command = f"/photos {name}"
    fits = len(command.encode()) <= LONGEST_VALUE
    return [said], (Button(translator.gettext("Show kept photos"), command),) if fits else ()


@command("privacy", purpose=gettext_noop("what I keep, and where"))
async def privacy(services: Services, request: Request, _: None) -> Reply:
    """What is kept and for how long, with this host's own numbers."""
    options, translator, where = services.chat_options, request.translator, services.whereabouts
    undo = lazy_gettext("and for good")
    if seconds := options.undo_seconds:
        undo = lazy_ngettext("and for good after {count} second", "and for good after {count} seconds", seconds)
    lines = [translator.gettext(_KEPT), translator.gettext(_KEPT_PHOTOS)]
    if request.settings.diary is Diary.ON:
        lines.append(translator.gettext(_DIARY))
    lines += map(translator.gettext, await _about_faces(services, request))
    lines.append(translator.gettext(_TRAINING if request.settings.training is TrainingUse.ON else _NO_TRAINING))
    if where.database:
        lines.append(translator.gettext(_DATABASE_ELSEWHERE, host=where.database))
    lines += map(translator.gettext, _passing(options, request.chat))
    if where.model:
        lines.append(translator.gettext(_MODEL_ELSEWHERE, host=where.model))
    elif where.model is not None:
        lines.append(translator.gettext(_MODEL_HERE))
    lines.append(translator.gettext(_REST if where.model or where.database else _LOCAL))
    lines.append(translator.gettext(_WAYS_OUT, undo=undo))
    return Reply("\n".join(lines))


def _passing(options: ChatOptions, chat: Chat) -> Iterator[str | LazyString]:
    """What becomes of photos that aren't kept, and of the web page's lines."""
    if minutes := options.photo_minutes:
        yield lazy_ngettext(
            "What I don't keep: every other photo. I hold it in memory for {count} minute so that you can ask about "
            "it, then it is gone; it is never written to disk.",
            "What I don't keep: every other photo. I hold it in memory for {count} minutes so that you can ask about "
            "it, then it is gone; it is never written to disk.",
            minutes,
        )
    else:
        yield _AT_ONCE_GONE
    if chat.platform == "web" and (days := options.history_days):
        yield lazy_ngettext(
            "What we say here is kept for {count} day, so that you find it again; text alone, without pictures. What "
            "I forget is taken out of it. It is in no export.",
            "What we say here is kept for {count} days, so that you find it again; text alone, without pictures. What "
            "I forget is taken out of it. It is in no export.",
            days,
        )
    elif chat.platform == "web":
        yield _LINES_IN_MEMORY


async def _about_faces(services: Services, request: Request) -> list[str]:
    """What is kept of faces here, and how a person is not recognised."""
    if not services.recognizer.finds_faces:
        return [_NO_FACES]
    if compares_faces(request.settings, request.chat):
        return [_FACES, _REFUSING]
    refused = len((await services.retriever.index(request.chat)).faces.refused)
    return [_NO_FACES_BUT if refused else _NO_FACES, _REFUSING]
