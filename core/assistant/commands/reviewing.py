"""`/review`: what the bot isn't sure about, one thing after another, in one message where a platform can edit it.

First whom it may have seen in the photos that are still under discussion, then the stored photos that look like nothing
of their own name. Nothing is kept for it but what was answered, in memory.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from core.assistant.commands.mending import WhichPhoto, move, remove
from core.assistant.commands.pointing import Point, point
from core.assistant.commands.remember import Confirm, confirm
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import identify, open_photo
from core.commands.arguments import is_number, parts_of
from core.commands.registry import Command, command
from core.concepts import Grade
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.messages import Button, Question, Reply
from core.names import clean
from core.policy.permissions import may_edit

_BROKEN = gettext_noop("That button is broken; send /review again.")
_GONE = gettext_noop("That is no longer open. Send /review to see what is.")
_IS_IT = gettext_noop("Is that {name}?")
_LOOKS_DIFFERENT = gettext_noop("I have this photo as {name}, but it looks different. Is that {name}?")
_LAST = gettext_noop("That was the last one.")
_NOTHING = gettext_noop("There is nothing that I'm unsure about right now.")
_YES, _NO, _SKIP, _OTHER = "yes", "no", "skip", "other"


@dataclass(frozen=True, slots=True)
class Review:
    """What follows `/review`: the item that is answered, empty to begin; the answer, or who it is."""

    item: str = ""
    answer: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """Something uncertain about a concept: a place in a shown photo, or a stored photo of it."""

    concept_id: int
    name: str
    shown: str = ""
    photo: int = 0
    region: int = 0
    reference_id: int = 0

    @property
    def key(self) -> str:
        """What its buttons call it."""
        if self.reference_id:
            return f"#{self.reference_id}"
        return f"{self.shown}.{self.photo}.{self.region}.{self.concept_id}"


def read_review(rest: str) -> Review:
    """Nothing, or what a button adds: ITEM ANSWER, or ITEM | NAME."""
    which, name = [*parts_of(rest, 2), ""][:2]
    words = which.split()
    if not words:
        return Review()
    item, answer = [*words, ""][:2]
    numbers = item[1:].split(".") if item.startswith("#") else item.split(".")[1:]
    known = answer in {_YES, _NO, _SKIP, _OTHER} or (name and not answer)
    if len(words) > 2 or not known or len(numbers) not in {1, 3} or not all(map(is_number, numbers)):
        raise UserError(_BROKEN)
    return Review(item, answer, name)


@command("review", read_review, purpose=gettext_noop("go through what I'm not sure about"), edits=True)
async def review(services: Services, request: Request, given: Review) -> Reply:
    """Take the answer to one item, if there is one, and ask about the next."""
    translator, said, undo = request.translator, "", tuple[Button, ...]()
    items = await pending(services, request)
    if given.item:
        item = next((one for one in items if one.key == given.item), None)
        if item is None:
            raise UserError(_GONE)
        if given.answer == _OTHER:
            asked = translator.gettext("Who is it, then? Answer with the name.")
            return Reply(asked, question=Question(naming=f"/review {item.key} | "))
        said, undo = await answered(services, request, item, given)
        services.conversations.set_aside(request.chat, item.key)
        items = await pending(services, request)
    if items:
        return await asked_about(services, request, items, said, undo)
    last = translator.gettext(_LAST if given.item else _NOTHING)
    text = translator.sentence_gap.join(filter(None, [said, last]))
    return Reply(text, buttons=undo, replaces=request.message.pressed)


async def pending(services: Services, request: Request) -> list[Item]:
    """What is open: uncertain sightings, the newest first, then stored photos, the worst first."""
    chat, conversations = request.chat, services.conversations
    index = await services.retriever.index(chat)
    items = [
        Item(one.match.concept_id, one.match.name, shown.key, number, photo.features.regions.index(one.region))
        for shown in conversations.photos_of(chat)
        for number, (photo, sightings) in enumerate(
            zip(shown.photos, await identify(services, index, shown), strict=True)
        )
        for one in sightings
        if photo.features and one.match and one.grade is Grade.MAYBE
    ]
    misfits = await services.recognizer.misfits(index)
    concepts = {one.id: one for one in index.concepts}
    for reference_id, concept_id in misfits:
        concept = concepts.get(concept_id)  # it may be gone by now
        if concept and may_edit(request.sender, chat, concept.creator_id, request.settings):
            items.append(Item(concept_id, concept.name, reference_id=reference_id))
    return [one for one in items if not conversations.is_aside(chat, one.key)]


async def answered(services: Services, request: Request, item: Item, given: Review) -> tuple[str, tuple[Button, ...]]:
    """Do what the answer asks for; returns what is said of that, and the button that takes it back."""
    gettext, which = request.translator.gettext, WhichPhoto(reference_id=item.reference_id)
    if given.answer == _SKIP or (item.reference_id and given.answer == _YES):
        return gettext("All right, I'll leave it as it is."), ()
    if given.name:
        name = clean(given.name)
        said = gettext("That is {other}, not {name}.", other=name, name=item.name)
        if item.reference_id:
            return said, await done(move, services, request, (which, name))
        shown = services.conversations.find(request.chat, item.shown)
        features = shown.photos[item.photo].features if shown else None
        if features is None:
            raise UserError(_GONE)
        there = Point(item.shown, item.photo, features.regions[item.region].box, name, item.name)
        return said, await done(point, services, request, there)
    if item.reference_id:
        return gettext("I've taken that photo of {name} away.", name=item.name), await done(
            remove, services, request, which
        )
    yes = given.answer == _YES
    answer = Confirm(item.shown, item.photo, item.region, item.concept_id, yes=yes)
    said = gettext("Thanks!") if yes else gettext("All right, that isn't {name}.", name=item.name)
    return said, await done(confirm, services, request, answer)


async def done(what: Command, services: Services, request: Request, arguments: object) -> tuple[Button, ...]:
    """Carry out the command that an answer stands for; returns its Undo button."""
    reply = what.run(services, request, arguments)
    if isinstance(reply, AsyncGenerator):
        raise TypeError("an answer is one reply")
    return tuple(button for button in (await reply).buttons if button.value.startswith("/undo"))


async def asked_about(
    services: Services, request: Request, items: list[Item], said: str, undo: tuple[Button, ...]
) -> Reply:
    """The question about the first item, with its picture."""
    item, gettext = items[0], request.translator.gettext
    question = _LOOKS_DIFFERENT if item.reference_id else _IS_IT
    more = ""
    if len(items) > 1:
        more = request.translator.ngettext("{count} more after this.", "{count} more after this.", len(items) - 1)
    choices = (
        (gettext("Yes"), _YES),
        (gettext("No"), _NO),
        (gettext("Not sure"), _SKIP),
        (gettext("Somebody else"), _OTHER),
    )
    index = await services.retriever.index(request.chat)
    return Reply(
        request.translator.sentence_gap.join(filter(None, [said, gettext(question, name=item.name), more])),
        image=await picture_of(services, request, item),
        buttons=(*(Button(label, f"/review {item.key} {answer}") for label, answer in choices), *undo),
        basis=index.known.of({item.concept_id}),
        replaces=request.message.pressed,
        question=Question(
            yes=f"/review {item.key} {_YES}",
            no=f"/review {item.key} {_NO}",
            naming=f"/review {item.key} | ",
            about=item.name,
        ),
    )


async def picture_of(services: Services, request: Request, item: Item) -> bytes:
    """What a question is about, cut out of its photo."""
    if item.reference_id:
        _, reference = await services.store.reference(request.chat, item.reference_id)
        return await services.pictures.portrait(request.chat, reference)
    shown = services.conversations.find(request.chat, item.shown)
    features = shown.photos[item.photo].features if shown else None
    if shown is None or features is None:
        raise UserError(_GONE)
    image = await open_photo(services, request.chat, shown, item.photo)
    picture = await services.pictures.cutout(request.chat, image, features.regions[item.region].box)
    shown.close()
    return picture
