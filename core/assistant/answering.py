"""Questions and photos: look, retrieve, generate, and never speak of what was forgotten meanwhile.

Before each reply the chat's revision is compared. Where what the answer rests on has changed since it
was begun (somebody in it was forgotten, renamed or corrected), the answer is made anew. Where the generator
fails, who is in a photo is said all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from core.assistant.conversations import Conversations, Shown
from core.assistant.metrics import Metrics
from core.concepts import Concept, Grade, Sighting
from core.errors import Busy, GeneratorError, ModelError, RapportError, UserError
from core.executor.stream_lane import StreamLane
from core.i18n.lazy_strings import gettext_noop, lazy_gettext
from core.i18n.translator import Translator
from core.images.fonts import drawable
from core.images.pictures import Pictures, numbered
from core.language.composer import compose
from core.messages import Button, Chat, Reply
from core.names import mentioned
from core.ports import Prompt, PromptConcept, StatusMessage
from core.recognition.index import ChatIndex, Retriever
from core.recognition.recognizer import PhotoFeatures, Recognizer
from core.store.store import Store

_log = structlog.get_logger(__name__)
_TRIES = 5  # how often an answer is made anew because the chat's memory moved under it
_MOST_BUTTONS = 6


class _Moved(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to be answered: in which chat, about which photos if any, and in which language.

    `revision` is the chat's when it came, if that is known.
    """

    chat: Chat
    question: str
    shown: Shown | None
    translator: Translator
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What an answer rests on, true at `revision`: one prompt for each look, or one without a photo."""

    revision: int
    prompts: tuple[Prompt, ...]
    looks: tuple[PhotoFeatures, ...]

    def gist(self) -> list[object]:
        """What an answer could have told: who was seen, how surely, and what was known of them."""
        seen = [
            (one.match.concept_id, one.match.name, one.grade) if one.match else None
            for prompt in self.prompts
            for one in prompt.sightings
        ]
        told = [(known.name, known.category, known.info) for prompt in self.prompts for known in prompt.known]
        return [*seen, *told]


class Answering:
    """Answers questions about photos and names.

    `sees` is whether the generator looks at pictures, `patience` the seconds an answer may wait for it.
    """

    def __init__(
        self,
        store: Store,
        retriever: Retriever,
        recognizer: Recognizer,
        generation: StreamLane[Prompt],
        conversations: Conversations,
        pictures: Pictures,
        metrics: Metrics,
        *,
        sees: bool,
        patience: float,
    ) -> None:
        self._store, self._retriever, self._recognizer = store, retriever, recognizer
        self._generation, self._conversations, self._pictures = generation, conversations, pictures
        self._metrics, self._sees, self._patience = metrics, sees, patience

    async def sightings(
        self, chat: Chat, shown: Shown, revision: int | None = None
    ) -> tuple[tuple[Sighting, ...], ...]:
        """Who the chat would recognise in each of the pictures; `revision` is as `Retriever.index` has it."""
        await self._looks(chat, shown)
        return self._seen(await self._retriever.index(chat, revision), shown)

    async def tell(self, asked: Asked) -> AsyncIterator[Reply]:
        """Drafts, then the final reply. Raises `UserError` when the memory won't stand still."""
        for _ in range(_TRIES):
            try:
                async with aclosing(self._attempt(asked)) as replies:
                    async for reply in replies:
                        yield reply
            except _Moved:
                asked = replace(asked, revision=None)
                continue
            return
        raise UserError("What I know here is changing faster than I can answer. Please ask me again.")

    async def _looks(self, chat: Chat, shown: Shown) -> tuple[PhotoFeatures, ...]:
        """The regions of each picture and their embeddings, made once for each photo."""
        if not shown.looks:
            looks = [self._look(chat, shown, place) for place in range(len(shown.photos))]
            # A task of its own is worth it only beside others.
            shown.looks = tuple(await asyncio.gather(*looks)) if len(looks) > 1 else (await looks[0],)
        return shown.looks

    def _seen(self, index: ChatIndex, shown: Shown) -> tuple[tuple[Sighting, ...], ...]:
        """Who is in each picture, told apart once for each revision of the chat's memory."""
        if shown.revision != index.revision:
            shown.sightings = tuple(self._recognizer.identify(index, look) for look in shown.looks)
            shown.revision = index.revision
        return shown.sightings

    async def _look(self, chat: Chat, shown: Shown, place: int) -> PhotoFeatures:
        with numbered(place + 1, len(shown.photos)):
            image = await self._pictures.open(shown.photos[place])
        return await self._recognizer.look(chat, image)

    async def _attempt(self, asked: Asked) -> AsyncGenerator[Reply]:
        facts = await self._facts(asked)
        try:
            async with aclosing(self._generated(asked, facts)) as replies:
                async for reply in replies:
                    yield reply
        except (Busy, ModelError) as error:
            if asked.shown is None:
                raise
            _log.warning("generator.failed", platform=asked.chat.platform, error=type(error).__name__)
            yield await self._composed(asked, facts, error)

    async def _generated(self, asked: Asked, facts: Facts) -> AsyncGenerator[Reply]:
        prompts = await self._illustrated(asked.chat, facts, asked.shown) if self._sees else facts.prompts
        text = ""
        async with aclosing(self._words(asked, prompts)) as growing:
            async for words in growing:
                if isinstance(words, StatusMessage):
                    if not text:  # which might have to be compared with the memory first
                        yield Reply(words, final=False)
                    continue
                if text:
                    # The newest words are held back: the last ones belong to the final reply alone.
                    await self._stand_by(asked, facts)
                    yield Reply(text, final=False)
                text = words
        if not text.strip():
            raise GeneratorError(gettext_noop("I had no words for that. Please ask me again, or differently."))
        reply = await self._reply(text.strip(), asked, facts)
        await self._stand_by(asked, facts)
        self._conversations.say(asked.chat, asked.question, reply.text, asked.shown)
        yield reply

    async def _composed(self, asked: Asked, facts: Facts, error: RapportError) -> Reply:
        """Who is in the photos, which was found out without the generator, and why that is all.

        It stays out of the history: a language model would go on in its tone.
        """
        reply = await self._reply(_without_model(facts, asked.translator), asked, facts)
        await self._stand_by(asked, facts)
        return replace(reply, text=f"{reply.text}\n\n{_excuse(error, asked.translator)}")

    async def _words(self, asked: Asked, prompts: Sequence[Prompt]) -> AsyncGenerator[str]:
        """The text so far, longer each time; the answers about several photos stand below each other.

        A `StatusMessage` comes as it is.
        """
        text = ""
        for number, prompt in enumerate(prompts, 1):
            if len(prompts) > 1:
                text += f"\n{_opening(number, asked.translator)} " if text else f"{_opening(number, asked.translator)} "
            deadline = time.monotonic() + self._patience
            stream = self._generation.stream(prompt, chat=asked.chat.key, deadline=deadline)
            with self._metrics.stage("generate"):
                async with aclosing(stream) as pieces:
                    async for piece in pieces:
                        text += "" if isinstance(piece, StatusMessage) else piece
                        yield piece if isinstance(piece, StatusMessage) else text

    async def _stand_by(self, asked: Asked, facts: Facts) -> None:
        """Raise `_Moved` unless everything that the answer rests on is still so."""
        if await self._store.revision(asked.chat) == facts.revision:
            return
        if (await self._facts(replace(asked, revision=None))).gist() != facts.gist():
            raise _Moved

    # ── facts ─────────────────────────────────────────────────────────────────────────────────────

    async def _facts(self, asked: Asked) -> Facts:
        """What is so right now: who is in the photo, and what is known of them and of those asked about."""
        looks = await self._looks(asked.chat, asked.shown) if asked.shown else ()
        index = await self._retriever.index(asked.chat, asked.revision)
        # No await between here and the revision: all of it is of one moment.
        everyone = tuple(index.concepts)
        named = mentioned(asked.question, [concept.name for concept in everyone])
        seen = self._seen(index, asked.shown) if asked.shown else ((),)
        sizes = [look.size for look in looks] or [(0, 0)]
        history, said = self._conversations.history(asked.chat, asked.shown)
        prompts = [
            replace(prompt_of(asked, sightings, size, everyone, named), history=history, said=said)
            for sightings, size in zip(seen, sizes, strict=True)
        ]
        prompts = [*(replace(one, followed=True) for one in prompts[:-1]), prompts[-1]]
        return Facts(index.revision, tuple(prompts), looks)

    async def _illustrated(self, chat: Chat, facts: Facts, shown: Shown | None) -> list[Prompt]:
        """The prompts for a generator that sees: with the photos, and a picture of each concept."""
        seen = {one.id for prompt in facts.prompts for one in prompt.known}
        references = await self._store.first_references(chat, only=seen)
        photos = shown.photos if shown else (None,)
        illustrated = []
        for prompt, photo in zip(facts.prompts, photos, strict=True):
            portraits = {
                one.name: await self._pictures.portrait(references[one.id])
                for one in prompt.known
                if one.id in references
            }
            known = tuple(replace(one, picture=portraits.get(one.name)) for one in prompt.known)
            preview = await self._pictures.preview(photo) if photo else None
            illustrated.append(replace(prompt, known=known, photo=preview))
        return illustrated

    # ── the reply ─────────────────────────────────────────────────────────────────────────────────

    async def _reply(self, text: str, asked: Asked, facts: Facts) -> Reply:
        shown = asked.shown
        sightings = tuple(one for prompt in facts.prompts for one in prompt.sightings)
        image = None
        if shown and any(one.match for one in sightings):
            image = await self._pictures.annotated(shown.photos, [prompt.sightings for prompt in facts.prompts])
            text = "\n".join([text, *_legend(sightings)])
        buttons = _buttons(shown, facts, asked.translator) if shown else ()
        return Reply(text, image=image, buttons=buttons, sightings=sightings)


def prompt_of(
    asked: Asked,
    sightings: tuple[Sighting, ...],
    size: tuple[int, int],
    everyone: Sequence[Concept],
    named: Sequence[str],
) -> Prompt:
    """What a generator gets: of all that is known, those seen in the photo or named in the question."""
    seen = {one.match.concept_id for one in sightings if one.match}
    about = [one for one in everyone if one.id in seen or one.name in named]
    return Prompt(
        question=asked.question,
        translator=asked.translator,
        size=size,
        sightings=sightings,
        known=tuple(PromptConcept(one.id, one.name, one.category, one.info) for one in about),
        names=tuple(one.name for one in everyone),
    )


def _opening(number: int, translator: Translator) -> str:
    return translator.gettext("Photo {number}:", number=number)


def _without_model(facts: Facts, translator: Translator) -> str:
    """What can be said of photos without a language model."""
    # As if another photo followed each: no hint that a language model could say more.
    said = [translator.sentence_gap.join(compose(replace(prompt, followed=True))) for prompt in facts.prompts]
    if len(said) == 1:
        return said[0]
    return "\n".join(f"{_opening(number, translator)} {text}" for number, text in enumerate(said, 1))


def _excuse(error: RapportError, translator: Translator) -> str:
    """Why that is all; mostly it is the host who can help, and that reason is in English."""
    if isinstance(error, UserError):
        return translator.gettext(error.message)
    known = translator.translates(error.message.sentence)
    reason = error.message if known else lazy_gettext("The reason, for my host: {reason}", reason=str(error))
    return translator.gettext("I can't say more than that right now. {reason}", reason=reason)


def _legend(sightings: Sequence[Sighting]) -> list[str]:
    """Who the numbers in the picture are, where no font here can write a name into it."""
    return [
        f"({number}: {one.match.name})"
        for number, one in enumerate(sightings, 1)
        if one.match and not drawable(one.match.name)
    ]


def _buttons(shown: Shown, facts: Facts, translator: Translator) -> tuple[Button, ...]:
    """Under each uncertain sighting yes and no; under a sure one the chance to say no."""
    buttons = []
    for number, (look, prompt) in enumerate(zip(facts.looks, facts.prompts, strict=True)):
        which = f"{_opening(number + 1, translator)} " if len(facts.looks) > 1 else ""
        for one in prompt.sightings:
            if one.match:
                place = f"{shown.key} {number} {look.region_index(one)} {one.match.concept_id}"
                choices = _choices(one.grade, one.match.name, translator)
                buttons += [Button(f"{which}{label}", f"/confirm {yes} {place}") for label, yes in choices]
    return tuple(buttons[:_MOST_BUTTONS])


def _choices(grade: Grade, name: str, translator: Translator) -> list[tuple[str, str]]:
    if grade is Grade.MAYBE:
        return [
            (translator.gettext("Yes, that's {name}", name=name), "yes"),
            (translator.gettext("No"), "no"),
        ]
    return [(translator.gettext("That's not {name}", name=name), "no")]
