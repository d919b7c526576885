"""Learning: `/remember`, the buttons under an answer, `/wrong`, and "I meant the other one"."""

from __future__ import annotations

from dataclasses import dataclass

from core.commands import Command, Confirm, Move, Remember, Wrong
from core.concepts import Concept
from core.conversations import Conversations, Shown
from core.errors import UnknownConcept, UserError
from core.images import Image
from core.messages import Button, Message, Photo, Reply
from core.names import clean, fold
from core.options import ChatSettings
from core.permissions import may_edit
from core.pictures import Pictures
from core.recognition import Recognizer, Study
from core.retrieval import Retriever
from core.store import Store
from core.store_values import Change, NewReference
from core.words import check_category, check_info, counted

TEACHING = (Remember, Confirm, Wrong, Move)
_OTHER_REGIONS = 4  # offered as buttons
_CERTAIN = 0.6  # the detector's confidence from which its word becomes a concept's category


@dataclass(frozen=True, slots=True)
class Lesson:
    """A photo studied for `/remember`, ready to be stored."""

    image: Image
    study: Study
    reference: NewReference
    blurred: bool

    @property
    def warnings(self) -> list[str]:
        """What is poor about it, in sentences."""
        blur = ["That photo is blurred; a sharper one would help me more."] if self.blurred else []
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
    ) -> None:
        self._store, self._retriever, self._recognizer = store, retriever, recognizer
        self._conversations, self._pictures = conversations, pictures

    async def do(self, message: Message, command: Command, shown: Shown | None) -> Reply:
        """Carry out a teaching command. Raises `UserError` with what is missing."""
        match command:
            case Remember():
                return await self._remember(message, command, shown)
            case Move():
                return await self._move(message, command)
            case Wrong():
                return await self._wrong(message, command, shown)
            case Confirm():
                return await self._confirm(message, command)
        raise TypeError(f"{type(command).__name__} teaches nothing")

    # ── /remember ─────────────────────────────────────────────────────────────────────────────────

    async def _remember(self, message: Message, command: Remember, shown: Shown | None) -> Reply:
        name = clean(command.name)
        category = check_category(command.category or "")
        info = check_info(command.info) if command.info else None
        if shown is None:
            raise UserError(f"Send a photo together with /remember {name}, or answer to one with it.")
        known = await self._find(message, name)
        if known and info and not await self._may_describe(message, known):
            raise UserError(
                f"Only {known.creator_name} or an admin may change what I was told about {known.name}."
            )
        lessons, refusals = await self._study(message, known, shown.photos)
        if not lessons:
            raise UserError(" ".join(dict.fromkeys(refusals)))
        change = await self._store.remember(
            message.chat,
            known.name if known else name,
            by=message.sender,
            category=category or (None if known and known.category else _seen_as(lessons)),
            info=info,
            references=[lesson.reference for lesson in lessons],
        )
        return await self._remembered(change, lessons, refusals)

    async def _find(self, message: Message, name: str) -> Concept | None:
        try:
            return await self._store.concept(message.chat, name)
        except UnknownConcept:
            return None

    async def _may_describe(self, message: Message, concept: Concept) -> bool:
        settings = ChatSettings.of((await self._store.state(message.chat)).settings)
        return may_edit(message.sender, concept.creator_id, settings)

    async def _study(
        self, message: Message, known: Concept | None, photos: tuple[Photo, ...]
    ) -> tuple[list[Lesson], list[str]]:
        """Study each photo; a refused one leaves its reason instead of a lesson."""
        lessons: list[Lesson] = []
        refusals: list[str] = []
        for photo in photos:
            image = await self._pictures.open(photo)
            study = await self._recognizer.study(
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

    async def _reference(self, image: Image, study: Study) -> NewReference:
        stored = await self._pictures.stored(image)
        candidates = tuple(region.box.scaled(stored.factor) for region in study.others)
        return NewReference(stored.jpeg, study.region.box.scaled(stored.factor), candidates, study.embedding)

    async def _remembered(self, change: Change, lessons: list[Lesson], refusals: list[str]) -> Reply:
        concept, last = change.concept, lessons[-1]
        if change.created:
            said = f"Nice to meet {concept.name}!"
            said += f" I have {counted(concept.photos, 'photo')} now." if concept.photos > 1 else ""
        else:
            said = f"{concept.name} now has {counted(concept.photos, 'photo')}."
        warnings = dict.fromkeys([*(said for lesson in lessons for said in lesson.warnings), *refusals])
        return Reply(
            " ".join([said, *warnings]),
            image=await self._pictures.cutout(last.image, last.study.region.box),
            buttons=(*_other_regions(change, last), Button("Undo", f"/undo {change.id}")),
        )

    async def _move(self, message: Message, command: Move) -> Reply:
        concept, reference = await self._store.reference(message.chat, command.reference_id)
        image = await self._pictures.open(Photo(reference.photo))
        box = command.box.within(image.box)
        embedding = await self._recognizer.embed(message.chat, image, box)
        change = await self._store.move_reference(message.chat, reference.id, box, embedding, message.sender)
        return Reply(
            f"Got it: this is {concept.name}.",
            image=await self._pictures.cutout(image, box),
            buttons=(Button("Undo", f"/undo {change.id}"),),
        )

    # ── corrections ───────────────────────────────────────────────────────────────────────────────

    async def _wrong(self, message: Message, command: Wrong, shown: Shown | None) -> Reply:
        if shown is None or not shown.looks:
            raise UserError(
                "I have no photo to correct. Answer to my reply with /wrong, or send the photo again."
            )
        index = await self._retriever.index(message.chat)
        seen = [
            (number, look, one)
            for number, look in enumerate(shown.looks)
            for one in self._recognizer.identify(index, look)
            if one.match and (command.name is None or fold(one.match.name) == fold(command.name))
        ]
        if not seen:
            raise UserError(
                f"I didn't take anyone there for {command.name}." if command.name else "I named nobody there."
            )
        if len(seen) > 1:
            raise UserError(
                f"Which one? {' or '.join(f'/wrong {one.match.name}' for *_, one in seen if one.match)}"
            )
        number, look, one = seen[0]
        assert one.match  # noqa: S101 - for mypy: only those with a match were kept
        return await self._correct(
            message, shown, number, look.place_of(one), one.match.concept_id, yes=False
        )

    async def _confirm(self, message: Message, command: Confirm) -> Reply:
        shown = self._conversations.find(message.chat, command.shown)
        if shown is None or command.photo >= len(shown.looks):
            raise UserError("I've let go of that photo meanwhile. Please send it again.")
        return await self._correct(
            message, shown, command.photo, command.region, command.concept_id, yes=command.yes
        )

    async def _correct(
        self, message: Message, shown: Shown, number: int, place: int, concept_id: int, *, yes: bool
    ) -> Reply:
        """Store what was seen at a place of a look as what the concept looks like, or does not."""
        look = shown.looks[number]
        if place >= len(look.regions):
            raise UserError("That button is broken; use /wrong NAME instead.")
        image = await self._pictures.open(shown.photos[number])
        stored = await self._pictures.stored(image)
        region = look.regions[place]
        embedding = await self._recognizer.embed(message.chat, image, region.box)
        reference = NewReference(
            stored.jpeg, region.box.scaled(stored.factor), (), embedding, negative=not yes
        )
        change = await self._store.add_reference(message.chat, concept_id, reference, message.sender)
        self._conversations.forget(message.chat)
        name = change.concept.name
        said = (
            f"Thanks! {name} now has {counted(change.concept.photos, 'photo')}."
            if yes
            else f"Thanks, I won't take that for {name} again. If I should know it: /remember NAME."
        )
        return Reply(said, buttons=(Button("Undo", f"/undo {change.id}"),))


def _seen_as(lessons: list[Lesson]) -> str | None:
    """The detector's word for what is remembered, when it is sure."""
    region = max((lesson.study.region for lesson in lessons), key=lambda region: region.confidence)
    return region.category if region.confidence >= _CERTAIN else None


def _other_regions(change: Change, lesson: Lesson) -> list[Button]:
    """I meant the cat: the photo's other regions, in the stored photo's pixels."""
    reference = change.references[-1]
    others = zip(lesson.study.others, lesson.reference.candidates, strict=True)
    return [
        Button(
            f"I meant the {region.category or 'whole photo'}", f"/move {reference} {' '.join(map(str, box))}"
        )
        for region, box in list(others)[:_OTHER_REGIONS]
    ]
