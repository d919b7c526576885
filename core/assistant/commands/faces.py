"""Faces: what is said when the first person is taught, and `/optout`, by which a person is not recognised here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import open_photo
from core.commands.registry import command
from core.commands.settings import Faces
from core.concepts import FaceVector, Region
from core.errors import BadPhoto, UserError
from core.i18n.lazy_strings import gettext_noop
from core.images.decoding import Image
from core.language.everyday_words import is_person
from core.messages import Button, Question, Reply
from core.policy.faces import compares_faces
from core.recognition.faces import is_same, owner_of
from core.recognition.subject import EnrolmentSample
from core.store.values import ChangeKind, ReferenceFace

MEANS = gettext_noop(
    "Then I keep, beside the photos that you teach me people with, numbers that tell their faces from others "
    "(biometric data), and compare the faces in your photos with them. They stay in this bot's database, are in no "
    "export, and go when I forget the person, and all at once with /settings faces off. Ask whoever you teach me "
    "whether they are fine with it; /optout with a photo of oneself makes me refuse that face."
)
_OFFER = gettext_noop(
    "I know people by clothes and surroundings only; I could know them by their faces, too. {means} An admin of this "
    "chat can allow it: /settings faces on."
)
_KNOWS = gettext_noop(
    "I know {name} by their face, too: I keep numbers that tell it from others (biometric data) until you forget them. "
    "/settings faces off erases these."
)
_ALLOWED = gettext_noop("From now on I know the people whom you teach me by their faces, too. {means}")
_SEND = gettext_noop("Send me a photo that shows your face, and nobody else's, and I won't recognise it here any more.")
_REFUSED = gettext_noop(
    "I won't recognise that face here any more, whoever sends or teaches it. So that I can refuse it I keep numbers "
    "that tell it from others, and nothing else of it; /optout back erases them."
)
_FORGOTTEN = gettext_noop("I've forgotten {names}.")
_UNTOLD = gettext_noop("Nobody whom I know here has that face, as far as I can tell; if I do know you: /forget NAME.")
_BACK = gettext_noop("I've erased what I kept to refuse your face: you may be taught and recognised here again.")
_MOST_COMPARED = 60  # stored photos whose faces are looked at because nothing of them is on record


@dataclass(frozen=True, slots=True)
class FaceOffer:
    """What is said of faces when a person was taught, and a button for it."""

    text: str = ""
    buttons: tuple[Button, ...] = ()


async def looks_for_faces(services: Services, request: Request) -> bool:
    """Whether a reference's face is looked for: to be compared later, or because somebody's is refused here."""
    if compares_faces(request.settings, request.chat):
        return True
    return bool(len((await services.retriever.index(request.chat)).faces.refused))


async def face_to_keep(services: Services, request: Request, image: Image, region: Region) -> ReferenceFace | None:
    """What there is of a face in a region, None where nobody looks. Raises `UserError` for a refused one."""
    if not await looks_for_faces(services, request):
        return None
    face = await services.recognizer.reference_face(request.chat, image, region)
    services.recognizer.require_admitted(await services.retriever.index(request.chat), face)
    return face


async def offer(
    services: Services, request: Request, name: str, samples: Sequence[EnrolmentSample], *, person: bool | None
) -> FaceOffer:
    """The first time that a person is taught: that they are known by their face now, or could be in a group."""
    if request.settings.faces is not Faces.AUTO or not services.recognizer.finds_faces:
        return FaceOffer()
    translator = request.translator
    if compares_faces(request.settings, request.chat):
        seen = any(one.face and one.face.visible is not None for one in samples)
        return FaceOffer(translator.gettext(_KNOWS, name=name)) if seen else FaceOffer()
    taught = person or (person is None and any(one.shows_person for one in samples))
    if not taught or not await services.store.offer_faces(request.chat, request.sender):
        return FaceOffer()
    said = translator.gettext(_OFFER, means=translator.gettext(MEANS))
    on = Button(translator.gettext("Allow it (admins)"), "/settings faces on")
    return FaceOffer(said, (on,))


def allowed(request: Request) -> Reply:
    """Faces are compared from now on."""
    translator = request.translator
    off = Button(translator.gettext("Don't compare faces"), "/settings faces off")
    return Reply(translator.gettext(_ALLOWED, means=translator.gettext(MEANS)), buttons=(off,))


def read_opt_out(rest: str) -> bool:
    """Nothing, or "back"."""
    if rest.casefold() not in {"", "back"}:
        raise UserError("Send /optout with a photo of yourself; /optout back takes it back.")
    return bool(rest)


@command(
    "optout",
    read_opt_out,
    arguments="back",
    purpose=gettext_noop("with a photo of yourself, I don't recognise you here any more"),
    about_photo=True,
    edits=True,
)
async def opt_out(services: Services, request: Request, back: bool) -> Reply:
    """Refuse a person's face, and forget whose it is, whoever has taught them; or take that back."""
    translator, chat = request.translator, request.chat
    if back:
        if not await services.store.admit_face(chat, request.sender):
            raise UserError("You haven't asked me to refuse a face here.")
        return Reply(translator.gettext(_BACK))
    if not services.recognizer.finds_faces:
        raise UserError(
            "I know nobody by their face, so there is none that I could refuse. /forget NAME makes me forget somebody."
        )
    if request.shown is None:
        return Reply(translator.gettext(_SEND), question=Question(with_photo="/optout"))
    image = await open_photo(services, chat, request.shown, 0)
    faces = await services.recognizer.faces_in(chat, image)
    if not faces:
        raise UserError("I can't see a face there. Please send a photo that shows yours clearly, and nobody else's.")
    if len(faces) > 1:
        raise UserError("I see several faces there. Please send a photo that shows only yours.")
    face = faces[0].embedding
    theirs = await _known_by(services, request, face)
    names = [one.name for one in await services.store.concepts(chat) if one.id in theirs]
    seconds = services.chat_options.undo_seconds
    change = await services.store.refuse_face(chat, face, theirs, request.sender, undo_seconds=seconds)
    said = [translator.gettext(_REFUSED)]
    if names:
        said.append(translator.gettext(_FORGOTTEN, names=translator.format_list(names)))
    else:
        said.append(translator.gettext(_UNTOLD))
    buttons = request.undo_button(change, ChangeKind.FORGET, names) if change and seconds else ()
    return Reply(translator.sentence_gap.join(said), buttons=buttons)


async def _known_by(services: Services, request: Request, face: FaceVector) -> list[int]:
    """The concepts whose face it is, by what is on record, or by the photos of those of whom nothing is."""
    chat, recognizer = request.chat, services.recognizer
    index = await services.retriever.index(chat)
    found, left = {owner_of(index.faces, face, likely=True)} - {None}, _MOST_COMPARED
    for concept in index.concepts:
        person = is_person(concept.category)
        if concept.id in index.faces.people or person is False:
            continue
        for reference in await services.store.references(chat, concept.id):
            if reference.negative or not left:
                continue
            left -= 1
            try:
                image = await services.pictures.stored_one(chat, reference.photo)
            except BadPhoto:
                continue
            theirs = await recognizer.stored_face(chat, image, reference.box, person=person)
            if theirs and theirs.embedding is not None and is_same(face, theirs.embedding):
                found.add(concept.id)
                break
    return sorted(one for one in found if one is not None)
