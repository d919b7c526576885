"""Questions and photos: look, retrieve, generate, and never speak of what was forgotten meanwhile.

Before each reply the chat's revision is compared. Where what the answer rests on has changed since it
was begun (somebody in it was forgotten, renamed or corrected), the answer is made anew. Where the generator
fails, who is in a photo is said all the same.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import Shown, identify, look, open_photo
from core.concepts import Concept, Grade, Sighting
from core.errors import Busy, GeneratorError, ModelError, RapportError, UserError
from core.executor.stream_lane import StreamLane
from core.i18n.lazy_strings import gettext_noop, lazy_gettext
from core.i18n.translator import Translator
from core.images.fonts import drawable
from core.images.pictures import Annotated
from core.language.composer import compose
from core.messages import Button, Reply
from core.names import mentioned
from core.ports import Prompt, PromptConcept, StatusMessage
from core.recognition.recognizer import PhotoFeatures

_log = structlog.get_logger(__name__)
_TRIES = 5  # how often an answer is made anew because the chat's memory changed under it
_MOST_BUTTONS = 6


class _Stale(Exception):
    """What the answer rests on has changed since."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer rests on, true at `revision`: one prompt for each photo, or one without a photo."""

    revision: int
    prompts: tuple[Prompt, ...]
    features: tuple[PhotoFeatures, ...]

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

    def __init__(self, services: Services, generation: StreamLane[Prompt], *, sees: bool, patience: float) -> None:
        self._services, self._generation = services, generation
        self._sees, self._patience = sees, patience

    async def answer(self, request: Request, question: str, shown: Shown | None) -> AsyncIterator[Reply]:
        """Drafts, then the final reply. Raises `UserError` when the memory keeps changing under it."""
        revision: int | None = request.revision
        for _ in range(_TRIES):
            evidence = await self._evidence(request, question, shown, revision)
            try:
                try:
                    async with aclosing(self._generated(request, question, shown, evidence)) as replies:
                        async for reply in replies:
                            yield reply
                except (Busy, ModelError) as error:
                    if shown is None:
                        raise
                    _log.warning("generator.failed", platform=request.chat.platform, error=type(error).__name__)
                    # It stays out of the history: a language model would go on in its tone.
                    text = f"{_composed(evidence, request.translator)}\n\n{_excuse(error, request.translator)}"
                    reply = await self._reply(text, request, shown, evidence)
                    await self._require_fresh(request, question, shown, evidence)
                    yield reply
            except _Stale:
                revision = None
                continue
            return
        raise UserError("What I know here is changing faster than I can answer. Please ask me again.")

    async def _evidence(self, request: Request, question: str, shown: Shown | None, revision: int | None) -> Evidence:
        """What is so right now: who is in the photos, and what is known of them and of those asked about.

        `revision` is as `Retriever.index` has it.
        """
        services = self._services
        features = await look(services, request.chat, shown) if shown else ()
        index = await services.retriever.index(request.chat, revision)
        # No await between here and the revision: all of it is of one moment.
        named = mentioned(question, [concept.name for concept in index.concepts])
        seen = identify(services, index, shown) if shown else ((),)
        sizes = [one.size for one in features] or [(0, 0)]
        history, said = services.conversations.history(request.chat, shown)
        prompts = [
            replace(
                prompt_of(question, request.translator, sightings, size, index.concepts, named),
                history=history,
                said=said,
                followed=number < len(seen),
            )
            for number, (sightings, size) in enumerate(zip(seen, sizes, strict=True), 1)
        ]
        return Evidence(index.revision, tuple(prompts), features)

    async def _generated(
        self, request: Request, question: str, shown: Shown | None, evidence: Evidence
    ) -> AsyncGenerator[Reply]:
        """The generator's words as drafts, then whole; raises `_Stale` rather than say what is no longer so."""
        prompts = await self._illustrated(request, shown, evidence) if self._sees else evidence.prompts
        text = said = ""  # what stands in the answer, and up to its last piece
        for number, prompt in enumerate(prompts, 1):
            if len(prompts) > 1:
                text = f"{text}\n" if text else ""
                text += _opening(number, request.translator)
            deadline = time.monotonic() + self._patience
            stream = self._generation.stream(prompt, chat=request.chat.key, deadline=deadline)
            with self._services.metrics.stage("generate"):
                async with aclosing(stream) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, StatusMessage):
                            if not said:  # else it would have to be compared with the memory first
                                yield Reply(piece, final=False)
                            continue
                        if said:  # the newest words are held back: the last ones belong to the final reply alone
                            await self._require_fresh(request, question, shown, evidence)
                            yield Reply(said, final=False)
                        text += piece
                        said = text
        if not said.strip():
            raise GeneratorError(gettext_noop("I had no words for that. Please ask me again, or differently."))
        reply = await self._reply(said.strip(), request, shown, evidence)
        await self._require_fresh(request, question, shown, evidence)
        self._services.conversations.say(request.chat, question, reply.text, shown)
        yield reply

    async def _illustrated(self, request: Request, shown: Shown | None, evidence: Evidence) -> list[Prompt]:
        """The prompts for a generator that sees: with the photos, and a picture of each concept."""
        services, pictures = self._services, self._services.pictures
        known = {one.id for prompt in evidence.prompts for one in prompt.known}
        references = await services.store.first_references(request.chat, only=known)
        portraits = {id: await pictures.portrait(request.chat, reference) for id, reference in references.items()}
        illustrated = []
        for number, prompt in enumerate(evidence.prompts):
            photo = (
                await pictures.preview(request.chat, await open_photo(services, request.chat, shown, number))
                if shown
                else None
            )
            concepts = tuple(replace(one, picture=portraits.get(one.id)) for one in prompt.known)
            illustrated.append(replace(prompt, known=concepts, photo=photo))
        return illustrated

    async def _require_fresh(self, request: Request, question: str, shown: Shown | None, evidence: Evidence) -> None:
        """Raise `_Stale` unless everything that the answer rests on is still so."""
        if await self._services.store.revision(request.chat) == evidence.revision:
            return
        if (await self._evidence(request, question, shown, None)).gist() != evidence.gist():
            raise _Stale

    async def _reply(self, text: str, request: Request, shown: Shown | None, evidence: Evidence) -> Reply:
        """The final reply: the text with the annotated picture, sightings and buttons."""
        sightings = tuple(one for prompt in evidence.prompts for one in prompt.sightings)
        if shown is None:
            return Reply(text, sightings=sightings)
        image = None
        if any(one.match for one in sightings):
            photos = [
                Annotated(
                    await open_photo(self._services, request.chat, shown, number), prompt.size[0], prompt.sightings
                )
                for number, prompt in enumerate(evidence.prompts)
            ]
            image = await self._services.pictures.annotated(request.chat, photos)
            # Who the numbers in the picture are, where no font here can write a name into it.
            legend = [
                f"({number}: {one.match.name})"
                for number, one in enumerate(sightings, 1)
                if one.match and not drawable(one.match.name)
            ]
            text = "\n".join([text, *legend])
        return Reply(text, image=image, buttons=_buttons(shown, evidence, request.translator), sightings=sightings)


def prompt_of(
    question: str,
    translator: Translator,
    sightings: tuple[Sighting, ...],
    size: tuple[int, int],
    everyone: Sequence[Concept],
    named: Sequence[str],
) -> Prompt:
    """What a generator gets: of all that is known, those seen in the photo or named in the question."""
    seen = {one.match.concept_id for one in sightings if one.match}
    about = [one for one in everyone if one.id in seen or one.name in named]
    return Prompt(
        question=question,
        translator=translator,
        size=size,
        sightings=sightings,
        known=tuple(PromptConcept(one.id, one.name, one.category, one.info) for one in about),
        names=tuple(one.name for one in everyone),
    )


def _opening(number: int, translator: Translator) -> str:
    """What the words about one photo of several begin with; `number` counts from 1."""
    return translator.gettext("Photo {number}:", number=number) + " "


def _composed(evidence: Evidence, translator: Translator) -> str:
    """What can be said of photos without a language model."""
    # As if another photo followed each: no hint that a language model could say more.
    said = [translator.sentence_gap.join(compose(replace(prompt, followed=True))) for prompt in evidence.prompts]
    if len(said) == 1:
        return said[0]
    return "\n".join(f"{_opening(number, translator)}{text}" for number, text in enumerate(said, 1))


def _excuse(error: RapportError, translator: Translator) -> str:
    """Why that is all; mostly it is the host who can help, and that reason is in English."""
    if isinstance(error, UserError):
        return translator.gettext(error.message)
    known = translator.translates(error.message.sentence)
    reason = error.message if known else lazy_gettext("The reason, for my host: {reason}", reason=str(error))
    return translator.gettext("I can't say more than that right now. {reason}", reason=reason)


def _buttons(shown: Shown, evidence: Evidence, translator: Translator) -> tuple[Button, ...]:
    """Under each uncertain sighting yes and no; under a sure one the chance to say no."""
    buttons = []
    for number, (features, prompt) in enumerate(zip(evidence.features, evidence.prompts, strict=True)):
        prefix = _opening(number + 1, translator) if len(evidence.prompts) > 1 else ""
        for one in prompt.sightings:
            if one.match is None:
                continue
            choices = [(translator.gettext("That's not {name}", name=one.match.name), "no")]
            if one.grade is Grade.MAYBE:
                yes = translator.gettext("Yes, that's {name}", name=one.match.name)
                choices = [(yes, "yes"), (translator.gettext("No"), "no")]
            region = features.regions.index(one.region)
            which = f"{shown.key} {number} {region} {one.match.concept_id}"
            buttons += [Button(f"{prefix}{label}", f"/confirm {answer} {which}") for label, answer in choices]
    return tuple(buttons[:_MOST_BUTTONS])
