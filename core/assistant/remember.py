"""Learning: `/remember`, the buttons under an answer, `/wrong`, and "I meant the other one"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.assistant.conversations import Conversations, Shown
from core.commands.registry import Command, Confirm, Move, Remember, Wrong
from core.commands.settings import ChatSettings
from core.concepts import Concept, Region
from core.errors import UserError
from core.i18n.lazy_strings import LazyString, gettext_noop
from core.i18n.translator import Translator
from core.images.decoding import Image
from core.images.pictures import Pictures, numbered
from core.language.nouns import the
from core.language.wording import undo_button
from core.messages import Button, Chat, Message, Photo, Reply
from core.names import clean, fold
from core.policy.permissions import may_edit
from core.policy.quotas import Quotas
from core.recognition.index import Retriever
from core.recognition.recognizer import Recognizer
from core.recognition.subject import EnrolmentSample
from core.store.store import Store
from core.store.values import Change, NewReference
from core.words import check_category, check_info

TEACHING = (Remember, Confirm, Wrong, Move)
_LET_GO = gettext_noop("I've let go of that photo meanwhile. Please send it again.")
_OTHER_REGIONS = 4  # offered as buttons
_CERTAIN = 0.6  # the detector's confidence from which its word becomes a concept's category


@dataclass(frozen=True, slots=True)
class Lesson:
    """A photo studied for `/remember`, ready to be stored."""

    image: Image
    study: EnrolmentSample
    reference: NewReference
    blurred: bool

    @property
    def warnings(self) -> list[str | LazyString]:
        """What is poor about it, in sentences."""
        blur = [gettext_noop("That photo is blurred; a sharper one would help me more.")] if self.blurred else []
        return [*([self.study.warning] if self.study.warning else []), *blur]


class Teaching:
    """Turns what people show and correct into references, positive and negative."""

    def __init__(
        self,
        store: Store,
        retriever: Retriever,
        recognizer: Recognizer,
        conversations: Conversations,
        pictures: Pictures,
        quotas: Quotas,
    ) -> None:
        self._store, self._retriever, self._recognizer = store, retriever, recognizer
        self._conversations, self._pictures, self._quotas = conversations, pictures, quotas

    async def do(self, message: Message, command: Command, shown: Shown | None, translator: Translator) -> Reply:
        """Carry out a teaching command. Raises `UserError` with what is missing."""
        match command:
            case Remember():
                return await self._remember(message, command, shown, translator)
            case Move():
                return await self._move(message, command, translator)
            case Wrong():
                return await self._wrong(message, command, shown, translator)
            case Confirm():
                return await self._confirm(message, command, shown, translator)
        raise TypeError(f"{type(command).__name__} teaches nothing")

    # ── /remember ─────────────────────────────────────────────────────────────────────────────────

    async def _remember(
        self, message: Message, command: Remember, shown: Shown | None, translator: Translator
    ) -> Reply:
        name = clean(command.name)
        category = check_category(command.category or "")
        info = check_info(command.info) if command.info else None
        if shown is None:
            raise UserError(
                "Send a photo together with {command}, or answer to one with it.", command=f"/remember {name}"
            )
        known = await self._store.find(message.chat, name)
        if known and info and not await self._may_describe(message, known):
            raise UserError(
                "Only {creator} or an admin may change what I was told about {name}.",
                creator=known.creator_name,
                name=known.name,
            )
        lessons, refusals = await self._study(message, known, shown.photos)
        if not lessons:
            raise UserError(_in_a_row(refusals, translator))
        size = sum(len(lesson.reference.photo) for lesson in lessons)
        await self._quotas.require_room(message, names=0 if known else 1, size=size)
        change = await self._store.remember(
            message.chat,
            known.name if known else name,
            by=message.sender,
            category=category or (None if known and known.category else _seen_as(lessons)),
            info=info,
            references=[lesson.reference for lesson in lessons],
        )
        return await self._remembered(change, lessons, refusals, translator)

    async def _may_describe(self, message: Message, concept: Concept) -> bool:
        settings = ChatSettings.of((await self._store.state(message.chat)).settings)
        return may_edit(message.sender, concept.creator_id, settings)

    async def _study(
        self, message: Message, known: Concept | None, photos: tuple[Photo, ...]
    ) -> tuple[list[Lesson], list[str]]:
        """Study each photo; a refused one leaves its reason instead of a lesson."""
        lessons: list[Lesson] = []
        refusals: list[str] = []
        for number, photo in enumerate(photos, 1):
            with numbered(number, len(photos)):
                image = await self._pictures.open(photo)
            study = await self._recognizer.enrolment_sample(
                message.chat,
                image,
                concept_id=known.id if known else None,
                beside=[one.study for one in lessons],
            )
            if study.refusal:
                refusals.append(study.refusal)
            else:
                blurred = await self._pictures.blurred(image, study.region.box)
                lessons.append(Lesson(image, study, await self._reference(image, study), blurred))
        return lessons, refusals

    async def _reference(self, image: Image, study: EnrolmentSample) -> NewReference:
        stored = await self._pictures.stored(image)
        candidates = tuple(region.box.scaled(stored.factor) for region in study.others)
        return NewReference(stored.jpeg, study.region.box.scaled(stored.factor), candidates, study.embedding)

    async def _remembered(
        self, change: Change, lessons: list[Lesson], refusals: list[str], translator: Translator
    ) -> Reply:
        concept, last = change.concept, lessons[-1]
        told = _welcome(concept, translator) if change.created else _grown(concept, translator)
        warnings = [said for lesson in lessons for said in lesson.warnings]
        return Reply(
            translator.sentence_gap.join(filter(None, [told, _in_a_row([*warnings, *refusals], translator)])),
            image=await self._pictures.cutout(last.image, last.study.region.box),
            buttons=(*_other_regions(change, last, translator), *undo_button(change.id, translator)),
        )

    async def _move(self, message: Message, command: Move, translator: Translator) -> Reply:
        concept, reference = await self._store.reference(message.chat, command.reference_id)
        image = await self._pictures.open(Photo(reference.photo))
        box = command.box.within(image.box)
        embedding = await self._recognizer.embed(message.chat, image, box)
        change = await self._store.move_reference(message.chat, reference.id, box, embedding, message.sender)
        return Reply(
            translator.gettext("Got it: this is {name}.", name=concept.name),
            image=await self._pictures.cutout(image, box),
            buttons=undo_button(change.id, translator),
        )

    # ── corrections ───────────────────────────────────────────────────────────────────────────────

    async def _wrong(self, message: Message, command: Wrong, shown: Shown | None, translator: Translator) -> Reply:
        if shown is None or not shown.looks:
            raise UserError("I have no photo to correct. Answer to my reply with /wrong, or send the photo again.")
        index = await self._retriever.index(message.chat)
        seen = [
            (number, look, one)
            for number, look in enumerate(shown.looks)
            for one in self._recognizer.identify(index, look)
            if one.match and (command.name is None or fold(one.match.name) == fold(command.name))
        ]
        if not seen and command.name:
            raise UserError("I didn't take anyone there for {name}.", name=command.name)
        if not seen:
            raise UserError("I named nobody there.")
        if len(seen) > 1:
            commands = [f"/wrong {one.match.name}" for *_, one in seen if one.match]
            raise UserError("Which one? {commands}", commands=translator.format_list(commands, last="or"))
        number, look, one = seen[0]
        assert one.match  # noqa: S101 - for mypy: only those with a match were kept
        return await self._correct(
            message, shown, number, look.region_index(one), one.match.concept_id, translator, yes=False
        )

    async def _confirm(self, message: Message, command: Confirm, quoted: Shown | None, translator: Translator) -> Reply:
        shown, place = self._conversations.find(message.chat, command.shown), command.region
        if shown is None and quoted and message.quoted and not command.photo:
            shown, place = quoted, await self._seen_again(message.chat, quoted, command.concept_id)
        if shown is None or command.photo >= len(shown.looks):
            raise UserError(_LET_GO)
        return await self._correct(
            message, shown, command.photo, place, command.concept_id, translator, yes=command.yes
        )

    async def _seen_again(self, chat: Chat, shown: Shown, concept_id: int) -> int:
        """Where in a photo that was handed over anew the concept is seen now: a place of its look."""
        if not shown.looks:
            opened = [await self._pictures.open(photo) for photo in shown.photos]
            shown.looks = tuple([await self._recognizer.look(chat, image) for image in opened])
        index = await self._retriever.index(chat)
        for one in self._recognizer.identify(index, shown.looks[0]):
            if one.match and one.match.concept_id == concept_id:
                return shown.looks[0].region_index(one)
        raise UserError(_LET_GO)

    async def _correct(
        self,
        message: Message,
        shown: Shown,
        number: int,
        place: int,
        concept_id: int,
        translator: Translator,
        *,
        yes: bool,
    ) -> Reply:
        """Store what was seen at a place of a look as what the concept looks like, or does not."""
        look = shown.looks[number]
        if place >= len(look.regions):
            raise UserError("That button is broken; use /wrong NAME instead.")
        image = await self._pictures.open(shown.photos[number])
        stored = await self._pictures.stored(image)
        region = look.regions[place]
        embedding = await self._recognizer.embed(message.chat, image, region.box)
        reference = NewReference(stored.jpeg, region.box.scaled(stored.factor), (), embedding, negative=not yes)
        await self._quotas.require_room(message, size=len(stored.jpeg))
        change = await self._store.add_reference(message.chat, concept_id, reference, message.sender)
        self._conversations.forget(message.chat)
        if yes:
            said = translator.gettext("Thanks! {grown}", grown=_grown(change.concept, translator))
        else:
            said = translator.gettext(
                "Thanks, I won't take that for {name} again. If I should know it: /remember NAME.",
                name=change.concept.name,
            )
        return Reply(said, buttons=undo_button(change.id, translator))


def _welcome(concept: Concept, translator: Translator) -> str:
    if concept.photos < 2:
        return translator.gettext("Nice to meet {name}!", name=concept.name)
    return translator.ngettext(
        "Nice to meet {name}! I have {count} photo now.",
        "Nice to meet {name}! I have {count} photos now.",
        concept.photos,
        name=concept.name,
    )


def _grown(concept: Concept, translator: Translator) -> str:
    return translator.ngettext(
        "{name} now has {count} photo.", "{name} now has {count} photos.", concept.photos, name=concept.name
    )


def _in_a_row(sentences: Sequence[str | LazyString], translator: Translator) -> str:
    """Each sentence once, in this language."""
    return translator.sentence_gap.join(dict.fromkeys(translator.gettext(one) for one in sentences))


def _seen_as(lessons: list[Lesson]) -> str | None:
    """The detector's word for what is remembered, when it is sure."""
    region = max((lesson.study.region for lesson in lessons), key=lambda region: region.confidence)
    return region.category if region.confidence >= _CERTAIN else None


def _other_regions(change: Change, lesson: Lesson, translator: Translator) -> list[Button]:
    """I meant the cat: the photo's other regions, in the stored photo's pixels."""
    reference = change.references[-1]
    others = zip(lesson.study.others, lesson.reference.candidates, strict=True)
    return [
        Button(_meant(region, translator), f"/move {reference} {' '.join(map(str, box))}")
        for region, box in list(others)[:_OTHER_REGIONS]
    ]


def _meant(region: Region, translator: Translator) -> str:
    if region.category is None:
        return translator.gettext("I meant the whole photo")
    return translator.gettext("I meant {what}", what=the(region.category, translator))
