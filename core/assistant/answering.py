"""Questions and photos: look, retrieve, generate, and never speak of what was forgotten meanwhile.

Before the generator begins, with each edit while it speaks, and before each reply the chat's revision is
compared. Where what the answer rests on has changed since it was begun (somebody in it was forgotten, renamed
or corrected, be it in the photo, the notes, the names or the conversation), its drafts are taken back and it is
made anew. Where the generator fails, who is in a photo is said all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog

from core.assistant.replies import answerable
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import Shown, identify, look, open_photo
from core.assistant.taking_down import take_down
from core.concepts import Concept, Grade, Known, Reference, Sighting
from core.errors import Busy, GeneratorError, ModelError, StoreError, UserError, traced
from core.executor.stream_lane import StreamLane
from core.i18n.lazy_strings import LazyString, lazy_gettext
from core.i18n.translator import Translator
from core.images.pictures import Annotated
from core.intents import Intent, Understood
from core.language.composer import SEEN, first_words, is_of_facts, without_model
from core.language.spoken import Spoken
from core.messages import Reply
from core.names import mentioned, redacted
from core.platforms.background import watched
from core.platforms.order import give_way
from core.ports import Prompt, PromptConcept, StatusMessage
from core.recognition.index import ChatIndex
from core.recognition.recognizer import PhotoFeatures

_log = structlog.get_logger(__name__)
_TRIES = 5  # how often an answer is made anew because the chat's memory changed under it
_WATCH_SECONDS = 1.0  # in which an edit by another process is heard of; this one's are at once
_SEVERAL = 2  # buttons that only a picture tells apart
_TALK = frozenset({Intent.GREET, Intent.THANKS, Intent.HELP, Intent.LIST})
_TAKEN_BACK = Reply("…", final=False)

PromptSource = Callable[[], Awaitable[Prompt]]
"""Gives a prompt when a generator is free to answer it; raises when it would no longer be true."""
Prepared = asyncio.Task[Reply]
"""The reply that is being got ready: all but its words, and below them what the picture's numbers mean."""


class _Wordless(GeneratorError):
    """The generator ended its answer without a word of it."""


class _Unanswered(GeneratorError):
    """A question that only the language model could have answered, which failed for this reason."""

    def __init__(self, error: ModelError) -> None:
        super().__init__(_excuse(error, answers=False))
        self.args = (str(error),)  # what the log is told


class _Stale(Exception):
    """What the answer rests on has changed since."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question under way: the message, its words, the photos it is about, and what was known when it was asked.

    `understood` is what the words were taken for.
    """

    request: Request
    words: str
    understood: Understood
    shown: Shown | None
    known: Known


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer rests on, true when the chat knew `concepts`: a prompt for each photo, or one without a photo."""

    concepts: tuple[Concept, ...]
    known: Known
    prompts: tuple[Prompt, ...]
    features: tuple[PhotoFeatures, ...]

    @property
    def shown(self) -> list[int]:
        """Which prompts are asked: those of photos that can be read, or the one that is about none."""
        return [number for number, one in enumerate(self.prompts) if one.shows] or [0]

    def is_upheld_by(self, now: Evidence) -> bool:
        """Whether all that an answer could have told is still so.

        That is who was seen and how surely, what was known of them, every name, and what was said before.
        """
        pairs = list(zip(self.prompts, now.prompts, strict=True))
        return all(
            before.question == after.question
            and before.known == after.known
            and _seen(before) == _seen(after)
            and set(before.names) <= set(after.names)
            and {*before.history, *before.said} <= {*after.history, *after.said}
            for before, after in pairs
        )

    def basis_of(self, text: str, *, recalls: bool) -> Known:
        """What of it these words rest on; `recalls` is whether what was said before was known to who wrote them."""
        ids = {one.id for prompt in self.prompts for one in prompt.known}
        ids |= {one.match.concept_id for prompt in self.prompts for one in prompt.sightings if one.match}
        named = mentioned(text, self.prompts[0].names)
        ids |= {one.id for one in self.concepts if one.name in named}
        basis = self.known.of(ids)
        if recalls:
            said = (entry.basis for prompt in self.prompts for entry in (*prompt.history, *prompt.said))
            basis = replace(basis, facts=basis.facts.union(*said))
        return basis


def _seen(prompt: Prompt) -> list[tuple[int, str, Grade] | None]:
    return [(one.match.concept_id, one.match.name, one.grade) if one.match else None for one in prompt.sightings]


class Answering:
    """Answers questions about photos and names.

    `sees` is whether the generator looks at pictures, `recalls` whether it reads what was said before, `patience`
    the seconds an answer may wait for it, `most_letters` how many of an answer are shown.
    """

    def __init__(
        self,
        services: Services,
        generation: StreamLane[PromptSource],
        *,
        sees: bool,
        recalls: bool,
        patience: float,
        most_letters: int,
    ) -> None:
        self._services, self._generation = services, generation
        self._sees, self._recalls, self._patience, self._most_letters = sees, recalls, patience, most_letters
        self._thinks_first = False  # whether the last answer began with thoughts that nothing opened
        # A language model may have something to say to talk beside a photo; the composer has not.
        self._without_photo = _TALK if recalls else _TALK | {Intent.NONE, Intent.YES, Intent.NO, Intent.ABOUT}

    def needs_no_photo(self, request: Request, question: str, understood: Understood, index: ChatIndex) -> bool:
        """Whether words aren't about the last photo; a language model may say of any what it sees."""
        of_facts = not self._recalls and is_of_facts(question, understood, index.concepts, request.translator)
        return of_facts or understood.intent in self._without_photo

    async def answer(
        self, request: Request, question: str, understood: Understood, shown: Shown | None, known: Known
    ) -> AsyncIterator[Reply]:
        """Drafts, then the final reply; `known` is what the chat knew when it was asked.

        Raises `UserError` when the memory keeps changing under it.
        """
        asked, drafted = _Asked(request, question, understood, shown, known), False
        revision: int | None = request.revision
        for _ in range(_TRIES):
            evidence = await self._evidence(asked, revision)
            try:
                async for reply in self._answered(asked, evidence):
                    drafted = True
                    yield reply
            except _Stale:
                revision = None
                if drafted:
                    yield _TAKEN_BACK
                continue
            if shown and request.settings.takes_down:
                seen = [prompt.sightings for prompt in evidence.prompts]
                await take_down(self._services, request, shown, seen)
            return
        raise UserError("What I know here is changing faster than I can answer. Please ask me again.")

    async def _answered(self, asked: _Asked, evidence: Evidence) -> AsyncGenerator[Reply]:
        """The generator's answer, or what can be said without it; raises `_Stale` rather than what is no longer so."""
        request, prepared = asked.request, asyncio.create_task(self._prepared(asked, evidence))  # while words are made
        prepared.add_done_callback(lambda done: done.cancelled() or done.exception())  # told to whoever awaits it
        try:
            async with aclosing(self._generated(asked, evidence, prepared)) as replies:
                async for reply in replies:
                    yield reply
        except (Busy, ModelError) as error:
            said, answers = without_model(first := evidence.prompts[evidence.shown[0]])
            if not said:
                raise error if isinstance(error, Busy | _Wordless) else _Unanswered(error) from error
            reason = str(error) if isinstance(error, ModelError) else ""
            _log.warning("generator.failed", platform=request.chat.platform, reason=reason, error=traced(error))
            # It stays out of the history: a language model would go on in its tone.
            excuse = request.translator.gettext(_excuse(error, answers=answers))
            text = f"{request.translator.sentence_gap.join(said)}\n\n{excuse}"
            tells_photo = first.brought or asked.understood.intent in SEEN
            reply = await self._reply(text, asked if tells_photo else replace(asked, shown=None), evidence, prepared)
            await self._require_fresh(asked, evidence)
            yield reply
        finally:
            prepared.cancel()

    async def _evidence(self, asked: _Asked, revision: int | None) -> Evidence:
        """What is so right now: who is in the photos, and what is known of them and of those asked about.

        `revision` is as `Retriever.index` has it. A name in the question that was forgotten since it was asked is
        taken out of it.
        """
        services, request, shown = self._services, asked.request, asked.shown
        features = await look(services, request.chat, shown) if shown else ()
        index = await services.retriever.index(request.chat, revision)
        seen = await identify(services, index, shown) if shown else ((),)
        # No await between here and the end: all of it is of one moment.
        lost = index.known.lost_since(asked.known)
        question = redacted(asked.words, lost, request.translator.gettext("someone"))
        named = mentioned(question, [concept.name for concept in index.concepts])
        sizes = [one.size for one in features] or [(0, 0)]
        history, said = services.conversations.history(request.chat, index.concepts, shown)
        prompts = [
            replace(
                prompt_of(question, request.translator, sightings, size, index.concepts, named),
                history=history,
                said=said,
                understood=asked.understood,
                brought=bool(request.photos) or (request.points and not said),
            )
            for sightings, size in zip(seen, sizes, strict=True)
        ]
        if len(prompts) > 1:
            prompts = [replace(one, album=tuple(prompts)) for one in prompts]
        return Evidence(index.concepts, index.known, tuple(prompts), features)

    async def _generated(self, asked: _Asked, evidence: Evidence, prepared: Prepared) -> AsyncGenerator[Reply]:
        """The generator's words as drafts, then whole; raises `_Stale` rather than say what is no longer so."""
        chat, translator, prompts = asked.request.chat, asked.request.translator, evidence.prompts
        # A language model may take long, or never answer: who was seen doesn't wait for it.
        seen = translator.sentence_gap.join(first_words(prompts[evidence.shown[0]])) if self._recalls else ""
        if seen:
            yield self._draft(seen, evidence)
        told = said = ""  # what stands in the answer of the photos before, and up to the last piece
        # Facts alone are told of an album in one go, a language model looks at one photo after the other.
        for number in evidence.shown if self._recalls else evidence.shown[:1]:
            heading = translator.gettext("Photo {number}:", number=number + 1) if self._recalls else ""
            before = f"{told}\n{heading} ".lstrip() if len(prompts) > 1 else ""
            ready, check = partial(self._prompt, asked, evidence, number), partial(self._require_fresh, asked, evidence)
            stream = self._generation.stream(ready, chat=chat.key, deadline=time.monotonic() + self._patience)
            watch = self._services.store.watch(chat, check, _WATCH_SECONDS)
            spoken = Spoken(prompts[number].names, most=self._most_letters, thinks_first=self._thinks_first)
            with self._services.metrics.stage("generate"):
                async with aclosing(watched(stream, watch, silent=give_way)) as pieces:
                    async for piece in pieces:
                        waits = isinstance(piece, StatusMessage)
                        text = said if waits else spoken.add(piece)
                        if text is None or (waits and said):
                            continue
                        await self._require_fresh(asked, evidence)
                        if not text:  # nothing was said yet, or what was said were thoughts
                            why = f"{seen}\n\n{translator.gettext(piece) if waits else ''}"
                            yield self._draft(why.strip() or "…", evidence)
                        elif said:  # the newest words are held back: the last ones belong to the final reply alone
                            yield self._draft(said, evidence)
                        said = before + text if text else ""
                        if spoken.is_over:
                            break
            self._thinks_first = spoken.end()
            told = said = before + spoken.text if spoken.text else told
        if not said.strip():
            raise _Wordless(lazy_gettext("I had no words for that. Please ask me again, or differently."))
        reply, question = await self._reply(said.strip(), asked, evidence, prepared), prompts[0].question
        await self._require_fresh(asked, evidence)
        self._services.conversations.say(chat, evidence.concepts, question, reply.text, asked.shown, reply.basis.facts)
        yield reply

    def _draft(self, text: str, evidence: Evidence) -> Reply:
        return Reply(text, final=False, basis=evidence.basis_of(text, recalls=self._recalls))

    async def _prompt(self, asked: _Asked, evidence: Evidence, number: int) -> Prompt:
        """What the generator gets about photo `number`, counted from 0, true at this moment; raises `_Stale` otherwise.

        For a generator that sees it has the photo, and a picture of each concept.
        """
        prompt, services, chat = evidence.prompts[number], self._services, asked.request.chat
        if self._sees:
            pictures = services.pictures
            references: dict[int, Reference] = {}
            with suppress(StoreError):  # it can be answered without pictures of those who are known
                references = await services.store.first_references(chat, only={one.id for one in prompt.known})
            portraits = {id: await pictures.portrait(chat, reference) for id, reference in references.items()}
            known = tuple(replace(one, picture=portraits.get(one.id)) for one in prompt.known)
            prompt = replace(prompt, known=known)
            if asked.shown:
                photo = await open_photo(services, chat, asked.shown, number)
                prompt = replace(prompt, photo=await pictures.preview(chat, photo))
        await self._require_fresh(asked, evidence)  # it may have waited long for its turn
        return prompt

    async def _require_fresh(self, asked: _Asked, evidence: Evidence) -> None:
        """Raise `_Stale` unless everything that the answer rests on is still so."""
        if await self._services.store.revision(asked.request.chat) == evidence.known.revision:
            return
        if not evidence.is_upheld_by(await self._evidence(asked, None)):
            raise _Stale

    async def _prepared(self, asked: _Asked, evidence: Evidence) -> Reply:
        """The final reply but for its words: the annotated picture and its legend, sightings and buttons."""
        chat, shown, translator = asked.request.chat, asked.shown, asked.request.translator
        if shown is None:
            return Reply("")
        sightings = tuple(one for prompt in evidence.prompts for one in prompt.sightings)
        reply = Reply("", sightings=sightings, shown=shown.key)
        reply = answerable(reply, shown, evidence.features, evidence.prompts, translator)
        if not any(one.match for one in sightings) and len(reply.buttons) < _SEVERAL:
            return reply
        photos = [
            Annotated(await open_photo(self._services, chat, shown, number), prompt.size[0], prompt.sightings)
            for number, prompt in enumerate(evidence.prompts)
            if prompt.shows
        ]
        with self._services.metrics.stage("draw"):
            drawn = await self._services.pictures.annotated(chat, photos)
        legend = [
            translator.in_brackets(f"{number}{translator.colon}{name}").strip() for number, name in drawn.numbered
        ]
        return replace(reply, image=drawn.jpeg, text="\n".join(legend))

    async def _reply(self, text: str, asked: _Asked, evidence: Evidence, prepared: Prepared) -> Reply:
        """The final reply, with the words that it was waiting for."""
        basis = evidence.basis_of(text, recalls=self._recalls)
        if asked.shown is None:
            return Reply(text, basis=basis)
        reply = await prepared
        return replace(reply, text="\n".join(filter(None, [text, reply.text])), basis=basis)


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
        known=tuple(PromptConcept(one.id, one.name, one.category, one.info, infos=one.infos) for one in about),
        names=tuple(one.name for one in everyone),
    )


def _excuse(error: Busy | ModelError, *, answers: bool) -> str | LazyString:
    """Why that is all, or no answer; mostly it is the host who can help, and has the reason in the log."""
    if isinstance(error, Busy):
        return error.message
    reason = error.message if error.for_chats else lazy_gettext("My host can find the reason in my log.")
    if isinstance(error, _Wordless):  # who is there was said all the same
        reason = lazy_gettext("Please ask me again, or differently.")
    if answers:
        return lazy_gettext("I can't say more than that right now. {reason}", reason=reason)
    return lazy_gettext("I can't answer that right now. {reason}", reason=reason)
