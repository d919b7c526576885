"""Learning: `/remember`, the buttons under an answer, `/wrong`, and "I meant the other one"."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from core.assistant.commands.doubts import asked_back
from core.assistant.commands.faces import face_to_keep, looks_for_faces, offer
from core.assistant.replies import point
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import Shown, identify, look, open_photo
from core.commands.arguments import is_number, parts_of
from core.commands.registry import Rights, command
from core.concepts import Box, Concept, Region
from core.errors import AnsweredAlready, BadPhoto, UserError
from core.i18n.lazy_strings import LazyString, gettext_noop
from core.i18n.translator import Translator
from core.language.everyday_words import is_person
from core.language.nouns import the
from core.messages import Button, Question, Reply
from core.names import check_category, check_info, clean, fold
from core.recognition.subject import EnrolmentSample, certain_category
from core.store.values import Change, NewReference

LET_GO = gettext_noop("I've let go of that photo meanwhile. Please send it again.")
_BROKEN_BUTTON = gettext_noop("That button is broken; use /wrong NAME instead.")
_OTHER_REGIONS, _MOST_ALIKE, _LIKELY = 3, 0.6, 0.5  # offered as buttons; their overlap, the detector's confidence


@dataclass(frozen=True, slots=True)
class Remember:
    """What follows `/remember`: the name, and what kind of thing it is and a text about it if they were given."""

    name: str
    category: str | None = None
    info: str | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """The answer to "is this bo?": which shown photo, which region in it, who, and whether it is."""

    shown: str
    photo: int
    region: int
    concept_id: int
    yes: bool


@dataclass(frozen=True, slots=True)
class Aim:
    """The person meant another region of a remembered photo."""

    reference_id: int
    box: Box


@dataclass(frozen=True, slots=True)
class Place:
    """One place in photos under discussion: the photo's number, counted from 0, and the box in its pixels."""

    photo: int
    box: Box


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A photo of a message, counted from 0, that may be stored as a reference, and whether its subject is blurred."""

    number: int
    sample: EnrolmentSample
    reference: NewReference
    blurred: bool

    @property
    def warnings(self) -> list[str]:
        """What is poor about it, as sentences."""
        blurred = gettext_noop("That photo is blurred; a sharper one would help me more.")
        return [*filter(None, [self.sample.warning]), *([blurred] if self.blurred else [])]


def read_remember(rest: str) -> Remember:
    """NAME | CATEGORY | INFO, of which all may be missing: then the name is asked for."""
    name, category, info = [*parts_of(rest, 3), "", ""][:3]
    return Remember(name, category or None, info or None)


def read_confirm(rest: str) -> Confirm:
    """What a button under an answer says: yes or no, the photo's key and number, the region, the concept."""
    parts = rest.split()
    if len(parts) != 5 or parts[0] not in {"yes", "no"} or not all(map(is_number, parts[2:])):
        raise UserError(_BROKEN_BUTTON)
    photo, region, concept_id = (int(part) for part in parts[2:])
    return Confirm(parts[1], photo, region, concept_id, parts[0] == "yes")


def read_aim(rest: str) -> Aim:
    """What a button under "Nice to meet …" says: the reference and the box that was meant."""
    numbers = rest.split()
    if len(numbers) != 5 or not all(map(is_number, numbers)):
        raise UserError("That button is broken; send the photo again with /remember NAME.")
    reference, *edges = (int(number) for number in numbers)
    return Aim(reference, Box(*edges))


@command(
    "remember",
    read_remember,
    arguments=gettext_noop("NAME | CATEGORY | INFO"),
    purpose=gettext_noop("with a photo, learn who or what is on it"),
    about_photo=True,
)
async def remember(services: Services, request: Request, given: Remember) -> Reply:
    """Learn the concept on the photos, or add the photos to the one of that name; without a name ask for it."""
    shown, translator = request.shown, request.translator
    if shown is None and given.name:
        said = translator.gettext("Send me a photo of {name}, and I'll know them.", name=clean(given.name))
        told = " | ".join([clean(given.name), given.category or "", given.info or ""]).rstrip(" |")
        return Reply(said, question=Question(with_photo=f"/remember {told}"))
    if shown is None:
        raise UserError("Send me a photo, and tell me who or what is on it.")
    if not given.name and not services.conversations.keeps_photos:
        raise UserError("Send it once more with the name, as in /remember bo: here I keep no photo to come back to.")
    if not given.name:
        question = Question(naming=f"/point {shown.key} | ")
        return Reply(translator.gettext("What shall I call it? Answer with the name."), question=question)
    return await learn(services, request, given, shown)


async def learn(
    services: Services, request: Request, given: Remember, shown: Shown, place: Place | None = None
) -> Reply:
    """Learn the concept on the photos, or at one place in them; what the place is known not to be comes first."""
    name, category = clean(given.name), check_category(given.category or "")
    info = check_info(given.info) if given.info else None
    known = await services.store.find(request.chat, name)
    person = is_person(category or (known.category if known else None))
    enrolments, refusals = await _enrol(services, request, known, shown, place, person=person)
    if not enrolments:
        raise UserError(_unique(refusals, request.translator))
    size = sum(len(one.reference.photo) for one in enrolments)
    await services.quotas.require_room(request.message, names=0 if known else 1, size=size)
    before = await services.store.concepts(request.chat)
    detected = certain_category([one.sample.region for one in enrolments])
    change = await services.store.remember(
        request.chat,
        known.name if known else name,
        by=request.sender,
        category=category,
        detected=detected,
        info=info,
        references=[one.reference for one in enrolments],
    )
    last, translator = enrolments[-1], request.translator
    told = _welcome(change.concept, translator) if change.created else _grown(change.concept, translator)
    remarks = [*(warning for one in enrolments for warning in one.warnings), *refusals]
    others = () if place else request.for_author(*_other_regions(change, last, translator))
    samples = [one.sample for one in enrolments]
    filled = not category and not (known and known.category) and change.concept.category == detected
    asked = asked_back(request, change, samples, before, detected if filled else None)
    said = [told, _noted(request, info), _unique(remarks, translator), asked.text]
    of_faces = await offer(services, request, change.concept.name, samples, person=person)
    image = await open_photo(services, request.chat, shown, last.number)
    return Reply(
        "\n\n".join(filter(None, [translator.sentence_gap.join(filter(None, said)), of_faces.text])),
        image=await services.pictures.cutout(request.chat, image, last.sample.region.box),
        buttons=(*asked.buttons, *others, *request.undo_button(change), *of_faces.buttons),
        question=asked.question,
    )


async def _enrol(
    services: Services,
    request: Request,
    known: Concept | None,
    shown: Shown,
    place: Place | None,
    *,
    person: bool | None,
) -> tuple[list[Enrolment], list[str]]:
    """Study the photos as references, or the one place; a refused one leaves its reason instead."""
    numbers = [place.photo] if place else range(len(shown.photos))
    studied = await asyncio.gather(
        *(_study(services, request, shown, number, place, person=person) for number in numbers)
    )
    enrolments: list[Enrolment] = []
    refusals: list[str] = []
    shown.require_any()
    for one in filter(None, studied):  # each is judged beside those before it
        beside = [other.sample for other in enrolments]
        concept_id = known.id if known else None
        sample = await services.recognizer.judged(request.chat, one.sample, concept_id=concept_id, beside=beside)
        if sample.refusal:
            refusals.append(sample.refusal)
        else:
            enrolments.append(replace(one, sample=sample))
    return enrolments, refusals


async def _study(
    services: Services, request: Request, shown: Shown, number: int, place: Place | None, *, person: bool | None
) -> Enrolment | None:
    """Find what the photo is about, or take the place, and make a reference of it; None of one that can't be read."""
    chat, pictures = request.chat, services.pictures
    try:
        image = await open_photo(services, chat, shown, number)
    except BadPhoto:
        if place or len(shown.photos) == 1:
            raise
        return None  # the answer will say so
    sample = await services.recognizer.subject_sample(
        chat,
        image,
        place.box if place else None,
        faces=await looks_for_faces(services, request),
        person=person,
    )
    box = sample.region.box
    stored = await pictures.stored(chat, image)
    reference = NewReference(
        stored.jpeg,
        box.scaled(stored.factor),
        tuple(region.box.scaled(stored.factor) for region in sample.others),
        sample.embedding,
        face=sample.face,
    )
    blurred = not sample.refusal and await pictures.blurred(chat, image, box)
    if len(shown.photos) > 1:  # an album's photos are not all kept at full size
        shown.photos[number].image = None
    return Enrolment(number, sample, reference, blurred=blurred)


@command("aim", read_aim, rights=Rights.EDITOR, edits=True)
async def aim(services: Services, request: Request, given: Aim) -> Reply:
    """Let a stored photo mean another of its regions."""
    concept, reference = await services.store.reference(request.chat, given.reference_id)
    image = await services.pictures.stored_one(request.chat, reference.photo)
    box = given.box.within(image.box)
    embedding = await services.recognizer.embed(request.chat, image, box)
    change = await services.store.move_reference(request.chat, reference.id, box, embedding, request.sender)
    said = gettext_noop("Got it: this isn't {name}.") if reference.negative else gettext_noop("Got it: this is {name}.")
    return Reply(
        request.translator.gettext(said, name=concept.name),
        image=await services.pictures.cutout(request.chat, image, box),
        buttons=request.undo_button(change),
    )


@command(
    "wrong",
    lambda rest: rest or None,
    arguments=gettext_noop("NAME"),
    purpose=gettext_noop("that's not who I said it is"),
    about_photo=True,
    edits=True,
)
async def wrong(services: Services, request: Request, name: str | None) -> Reply:
    """That's not who you said; without a name: whoever the last answer named."""
    shown = request.shown
    if shown is None:
        raise UserError("I have no photo to correct. Answer to my reply with /wrong, or send the photo again.")
    await look(services, request.chat, shown)  # it may come with one that was never looked at
    index = await services.retriever.index(request.chat, request.revision)
    seen = [
        (number, one.region, one.match)
        for number, sightings in enumerate(await identify(services, index, shown))
        for one in sightings
        if one.match and (name is None or fold(one.match.name) == fold(name))
    ]
    if not seen and name:
        raise UserError("I didn't take anyone there for {name}.", name=name)
    if not seen:
        raise UserError("I named nobody there.")
    if len(seen) > 1:
        commands = request.translator.format_list([f"/wrong {match.name}" for *_, match in seen], last="or")
        raise UserError("Which one? {commands}", commands=commands)
    number, region, match = seen[0]
    return await _correct(services, request, shown, number, region, match.concept_id, yes=False)


@command("confirm", read_confirm, about_photo=True, edits=True)
async def confirm(services: Services, request: Request, given: Confirm) -> Reply:
    """Take the answer to "is this bo?" as a reference, positive or negative."""
    shown, region = services.conversations.find(request.chat, given.shown), None
    if shown and not any(one.features or one.fault for one in shown.photos):
        await look(services, request.chat, shown)  # it was another process that looked at it
    if shown and given.photo < len(shown.photos) and (features := shown.photos[given.photo].features):
        if given.region >= len(features.regions):
            raise UserError(_BROKEN_BUTTON)
        region = features.regions[given.region]
    elif shown is None and request.shown and request.message.quoted and not given.photo:
        # The platform handed the photo over anew: where in it is the concept seen now?
        shown = request.shown
        await look(services, request.chat, shown)
        index = await services.retriever.index(request.chat, request.revision)
        found = (one for one in (await identify(services, index, shown))[0] if one.match)
        region = next((one.region for one in found if one.match and one.match.concept_id == given.concept_id), None)
    if shown is None or region is None:
        raise UserError(LET_GO)
    question = f"{given.shown} {given.photo} {given.region}"
    return await _correct(
        services, request, shown, given.photo, region, given.concept_id, yes=given.yes, question=question
    )


async def is_not(services: Services, request: Request, shown: Shown, place: Place, name: str) -> None:
    """Store that whoever is at that place is not the one of that name."""
    concept = await services.store.concept(request.chat, name)
    region = Region(place.box)
    with suppress(AnsweredAlready):  # by the button, a moment ago
        await _correct(services, request, shown, place.photo, region, concept.id, yes=False)


async def _correct(
    services: Services,
    request: Request,
    shown: Shown,
    number: int,
    region: Region,
    concept_id: int,
    *,
    yes: bool,
    question: str = "",
) -> Reply:
    """Store a region of a photo as what the concept looks like, or does not."""
    image, translator = await open_photo(services, request.chat, shown, number), request.translator
    stored = await services.pictures.stored(request.chat, image)
    embedding = await services.recognizer.embed(request.chat, image, region.box)
    features, evidence = shown.photos[number].features, None
    if features:
        index = await services.retriever.index(request.chat)
        evidence = services.recognizer.evidence(index, features, concept_id)
    face = await face_to_keep(services, request, image, region) if yes else None
    box = region.box.scaled(stored.factor)
    reference = NewReference(stored.jpeg, box, (), embedding, negative=not yes, evidence=evidence, face=face)
    await services.quotas.require_room(request.message, size=len(stored.jpeg))
    change = await services.store.add_reference(
        request.chat, concept_id, reference, request.sender, question=question, shown=(shown.origin, number)
    )
    shown.close()  # a button's photo need not be the one that the request shows
    if yes:
        said = translator.gettext("Thanks! {grown}", grown=_grown(change.concept, translator))
    else:
        said = translator.gettext(
            "Thanks, I won't take that for {name} again. Who is it? Tell me if you like.", name=change.concept.name
        )
        naming = Question(naming=f"{point(shown, number, region.box)} | ")
        index = await services.retriever.index(request.chat)
        misleading = services.recognizer.misleading(index, embedding, concept_id)
        if misleading and change.concept.photos > 1:
            return await _misled(services, request, change, misleading, said, naming)
        return Reply(said, buttons=request.undo_button(change), question=naming)
    return Reply(said, buttons=request.undo_button(change))


async def _misled(
    services: Services, request: Request, change: Change, reference_id: int, said: str, question: Question
) -> Reply:
    """Ask about the photo for which somebody else was surely taken for whom it is of, and show it."""
    _, reference = await services.store.reference(request.chat, reference_id)
    numbers, translator = await services.store.photo_ids(request.chat, change.concept.id), request.translator
    number, name, away = numbers.index(reference_id) + 1, change.concept.name, f"/remove #{reference_id}"
    why = translator.gettext(
        "It was this photo of {name} that misled me, number {number}. Remove it?", name=name, number=number
    )
    remove = Button(translator.gettext("Remove photo {number}", number=number), away)
    return Reply(
        translator.sentence_gap.join([said, why]),
        image=await services.pictures.portrait(request.chat, reference),
        buttons=(*request.for_author(remove), *request.undo_button(change)),
        question=replace(question, yes=away),
    )


def _welcome(concept: Concept, translator: Translator) -> str:
    if concept.photos < 2:
        return translator.gettext("Nice to meet {name}!", name=concept.name)
    return translator.ngettext(
        "Nice to meet {name}! I have {count} photo now.",
        "Nice to meet {name}! I have {count} photos now.",
        concept.photos,
        name=concept.name,
    )


def _noted(request: Request, info: str | None) -> str:
    """What was told in passing, as it is kept; who writes a command knows what it says."""
    if not info or request.message.text.lstrip().startswith("/"):
        return ""
    return request.translator.gettext("I'll keep in mind: “{text}”.", text=info)


def _grown(concept: Concept, translator: Translator) -> str:
    return translator.ngettext(
        "{name} now has {count} photo.", "{name} now has {count} photos.", concept.photos, name=concept.name
    )


def _unique(sentences: Sequence[str | LazyString], translator: Translator) -> str:
    """Each sentence once, in this language."""
    return translator.sentence_gap.join(dict.fromkeys(translator.gettext(one) for one in sentences))


def _other_regions(change: Change, enrolment: Enrolment, translator: Translator) -> list[Button]:
    """I meant the cat: those of the photo's other regions that differ and whose word is likely, or that stand out."""
    reference, chosen = change.references[-1], enrolment.sample.region.box
    whole = max((chosen, *(one.box for one in enrolment.sample.others)), key=lambda box: box.area)
    buttons: list[Button] = []
    for region, box in zip(enrolment.sample.others, enrolment.reference.candidates, strict=True):
        if chosen.overlap(region.box) > _MOST_ALIKE or (region.category and region.confidence < _LIKELY):
            continue
        if region.category is None and region.box == whole:
            label = translator.gettext("I meant the whole photo")
        elif region.category is None:
            label = translator.gettext("I meant what stands out")
        else:
            label = translator.gettext("I meant {what}", what=the(region.category, translator))
        if all(label != button.label for button in buttons):  # "I meant the bowl" twice tells nobody which
            buttons.append(Button(label, f"/aim {reference} {' '.join(map(str, box))}"))
    return buttons[:_OTHER_REGIONS]
