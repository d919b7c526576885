"""Putting right who is who: `/merge`, and `/remove`, `/move` and `/cover` for one photo.

A photo is named as `/show` numbers it, or with its id by a button: a number may mean another photo by the time that
somebody presses it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.assistant.request import Request
from core.assistant.services import Services
from core.commands import arguments
from core.commands.arguments import is_number, parts_of
from core.commands.registry import Rights, command
from core.concepts import Concept
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop, lazy_ngettext
from core.messages import Question, Reply
from core.names import clean


@dataclass(frozen=True, slots=True)
class WhichPhoto:
    """A photo of somebody: by its number, from 1, or by the id of its reference."""

    name: str = ""
    number: int = 0
    reference_id: int = 0


def read_photo(command: str) -> Callable[[str], WhichPhoto]:
    """A reader of NAME NUMBER, or of # and a reference's id, which a button says."""

    def read(rest: str) -> WhichPhoto:
        if rest.startswith("#") and is_number(rest[1:]):
            return WhichPhoto(reference_id=int(rest[1:]))
        name, _, number = rest.rpartition(" ")
        if not name or not is_number(number):
            raise UserError(
                "Which photo? /show NAME numbers them: write the number after the name, as in {example}.",
                example=f"/{command} bo 2",
            )
        return WhichPhoto(name.strip(), int(number))

    return read


def read_move(rest: str) -> tuple[WhichPhoto, str]:
    """NAME NUMBER | OTHER, of which the last may be missing: then it is asked for."""
    which, other = [*parts_of(rest, 2), ""][:2]
    return read_photo("move")(which), other


async def find_photo(services: Services, request: Request, which: WhichPhoto) -> tuple[Concept, int]:
    """The concept and the id of the reference. Raises `UserError` when there is no such photo."""
    if which.reference_id:
        concept, reference = await services.store.reference(request.chat, which.reference_id)
        return concept, reference.id
    concept = await services.store.concept(request.chat, which.name)
    photos = await services.store.photo_ids(request.chat, concept.id)
    if not photos:
        raise UserError("I have no photo of {name}.", name=concept.name)
    if not 1 <= which.number <= len(photos):
        raise UserError(
            lazy_ngettext(
                "I have {count} photo of {name}. /show {name} shows it.",
                "I have {count} photos of {name}. /show {name} numbers them.",
                len(photos),
                name=concept.name,
            )
        )
    return concept, photos[which.number - 1]


@command(
    "merge",
    arguments.pair("merge", "Mia | Mimi"),
    arguments=gettext_noop("NAME | OTHER"),
    purpose=gettext_noop("these two are one and the same"),
    rights=Rights.EDITOR,
    edits=True,
)
async def merge(services: Services, request: Request, names: tuple[str, str]) -> Reply:
    """Make one of two: the other one's photos and texts become those of the first."""
    store, translator = services.store, request.translator
    if not names[1]:
        raise UserError("Who is the same? Write both names, as in {example}.", example="/merge Mia | Mimi")
    concept, other = [await store.concept(request.chat, name) for name in names]
    index = await services.retriever.index(request.chat)
    contradicting = services.recognizer.contradicting(index, concept.id, other.id)
    change = await store.merge(request.chat, concept.id, other.id, request.sender, contradicting=contradicting)
    said = translator.gettext("Got it: {other} is {name}.", other=other.name, name=concept.name)
    said = translator.sentence_gap.join([said, _left(change.concept, request)])
    return Reply(said, buttons=request.undo_button(change))


@command(
    "remove",
    read_photo("remove"),
    arguments=gettext_noop("NAME NUMBER"),
    purpose=gettext_noop("take one of their photos away"),
    rights=Rights.EDITOR,
    edits=True,
)
async def remove(services: Services, request: Request, which: WhichPhoto) -> Reply:
    """Take a photo away from whom it is of."""
    concept, reference_id = await find_photo(services, request, which)
    seconds = services.chat_options.undo_seconds
    change = await services.store.remove_reference(request.chat, reference_id, request.sender, undo_seconds=seconds)
    translator = request.translator
    said = [
        translator.gettext("I've taken that photo of {name} away.", name=concept.name),
        _left(change.concept, request),
    ]
    if not seconds:
        return Reply(translator.sentence_gap.join(said))
    until = translator.ngettext(
        "You can take that back for {count} second.", "You can take that back for {count} seconds.", seconds
    )
    return Reply(translator.sentence_gap.join([*said, until]), buttons=request.undo_button(change))


@command(
    "move",
    read_move,
    arguments=gettext_noop("NAME NUMBER | OTHER"),
    purpose=gettext_noop("that photo shows somebody else"),
    rights=Rights.EDITOR,
    edits=True,
)
async def move(services: Services, request: Request, given: tuple[WhichPhoto, str]) -> Reply:
    """Let a photo be somebody else's."""
    concept, reference_id = await find_photo(services, request, given[0])
    if not given[1]:
        asked = request.translator.gettext("Who is it, then? Answer with the name.")
        return Reply(asked, question=Question(naming=f"/move #{reference_id} | "))
    name = clean(given[1])
    if await services.store.find(request.chat, name) is None:
        await services.quotas.require_room(request.message, names=1)
    change = await services.store.reassign_reference(request.chat, reference_id, name, request.sender)
    translator = request.translator
    said = [translator.gettext("That photo shows {other}, not {name}.", other=change.concept.name, name=concept.name)]
    if change.created:
        said.append(translator.gettext("Nice to meet {name}!", name=change.concept.name))
    return Reply(translator.sentence_gap.join(said), buttons=request.undo_button(change))


@command(
    "cover",
    read_photo("cover"),
    arguments=gettext_noop("NAME NUMBER"),
    purpose=gettext_noop("the photo that stands for them"),
    rights=Rights.EDITOR,
    edits=True,
)
async def cover(services: Services, request: Request, which: WhichPhoto) -> Reply:
    """Choose the photo that stands for somebody in galleries."""
    concept, reference_id = await find_photo(services, request, which)
    change = await services.store.set_cover(request.chat, reference_id, request.sender)
    said = request.translator.gettext("From now on I show {name} with that photo.", name=concept.name)
    return Reply(said, buttons=request.undo_button(change))


def _left(concept: Concept, request: Request) -> str:
    """How many photos there are of somebody now."""
    translator = request.translator
    if not concept.photos:
        return translator.gettext(
            "I have none of {name} now: show me one, or I won't recognise {name}.", name=concept.name
        )
    return translator.ngettext(
        "I have {count} photo of {name} now.", "I have {count} photos of {name} now.", concept.photos, name=concept.name
    )
