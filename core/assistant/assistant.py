"""One message → replies: the whole story, readable from top to bottom.

a command    → what its declaration in the registry says carries it out
plain words  → is it for us? → what they are taken for → the command that they stand for, or
the rest     → Answering (look at the photo, say who is there, answer the question)
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from core.assistant import dialogue
from core.assistant.answering import Answering
from core.assistant.commands import COMMANDS
from core.assistant.dialogue import Dialogue, next_one
from core.assistant.offers import did_you_mean
from core.assistant.replies import without_photo
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import identify, look
from core.commands.registry import Call, Rights
from core.commands.settings import ChatSettings, Replies
from core.concepts import Grade, Known
from core.errors import BadPhoto, ModelError, NotAllowed, StoreError, UnknownConcept, UserError, traced
from core.i18n.lazy_strings import LazyString, gettext_noop
from core.i18n.translator import Translator
from core.intents import Intent, Understood
from core.language.nouns import KINDS
from core.language.understanding import cautious, introduced, kind_said, understand
from core.language.understanding.topic import Asked, Topic
from core.messages import LONGEST_VALUE, Button, Chat, Message, Photo, Question, Reply
from core.names import mentioned
from core.policy.permissions import is_admin
from core.recognition.index import ChatIndex

_log = structlog.get_logger(__name__)
_SILENCE = Reply("", silent=True)
_WHETHER = {
    Intent.REMEMBER: gettext_noop("Is that {name}? Then I'll remember it."),
    Intent.RENAME: gettext_noop("Shall I call {name} {other} from now on?"),
    Intent.MERGE: gettext_noop("Are {name} and {other} one and the same?"),
    Intent.DESCRIBE: gettext_noop("Shall I remember that about {name}?"),
    Intent.UNTELL: gettext_noop("Shall I forget that about {name}?"),
    Intent.FORGET: gettext_noop("Shall I forget {name}?"),
}
_TEACHING = {Intent.REMEMBER, Intent.NO_IS}
_IN_THE_LOG = gettext_noop("That went wrong. My host can find the reason in my log.")
_NOTHING, _SAID_NOTHING = Understood(Intent.NONE), Dialogue()


@dataclass
class _Taken:
    """What a message was taken for, as far as that is known, and what its sender's words were about.

    `lacks_photo` is whether an edited one would teach who is on a photo, if one were in sight.
    """

    understood: Understood = _NOTHING
    dialogue: Dialogue = _SAID_NOTHING
    command: str = ""
    lacks_photo: bool = False


class Assistant:
    """Answers messages. `answer` is all that adapters call."""

    def __init__(self, services: Services, answering: Answering) -> None:
        self._services, self._answering = services, answering

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts while the answer grows, then one final reply; what goes wrong is said in a sentence."""
        services = self._services
        if services.access.blocks(message):
            yield _SILENCE
            return
        counted, request, taken = services.metrics.began(message), None, _Taken()
        translator = services.translators.of(message.sender.language)
        try:
            request = await Request.read(services, message)
            translator = request.translator
            async for made in self._replies(request, taken):
                reply = made if services.conversations.keeps_photos else without_photo(made)
                counted.said(reply)
                if reply.final and not reply.silent:
                    spoken_of = next_one(
                        taken.dialogue, taken.understood, reply, taken.command, new=bool(message.photos)
                    )
                    if taken.lacks_photo:  # what an older message lacks closes no question that was asked since
                        since = services.conversations.dialogue(message.chat, message.sender)
                        spoken_of = replace(since, question=since.question or reply.question)
                    services.conversations.go_on(message.chat, message.sender, spoken_of)
                yield request.recalled(replace(reply, understood=taken.understood)) if reply.final else reply
        except UserError as error:
            counted.ended("refused")
            if request is None:  # refused before it was read; in the chat's language all the same
                translator = await self.translator(message)
            if request and request.shown and isinstance(error, BadPhoto):
                # Or every question after this one would be about a photo that can't be read.
                services.conversations.discard(message.chat, request.shown)
            said = Reply(translator.gettext(error.message), private=True, understood=taken.understood)
            yield said if message.addressed else _SILENCE
        except (ModelError, StoreError) as error:
            counted.ended("failed")
            said = Reply(translator.gettext(_apology(error, message)))
            yield said if message.addressed else _SILENCE
        finally:
            if request and request.shown:
                request.shown.close()
            counted.over()

    def admits(self, message: Message) -> bool:
        """Whether the sender may talk here at all: for platforms, before they fetch photos."""
        return self._services.access.admits(message)

    async def known(self, chat: Chat) -> Known:
        """What the chat knows right now: for platforms that keep replies, to let go of what is forgotten."""
        return (await self._services.retriever.index(chat)).known

    async def settings(self, chat: Chat) -> ChatSettings:
        """What the chat has chosen: for platforms that show it in a way of their own."""
        return ChatSettings.of((await self._services.store.state(chat)).settings)

    async def viewable(self, chat: Chat, photo: Photo) -> bytes:
        """A photo for the chat's other members: a JPEG of its pixels alone, without what else the file told.

        Raises `core.errors.BadPhoto` with a sentence.
        """
        pictures = self._services.pictures
        return await pictures.preview(chat, await pictures.open(chat, photo))

    async def translator(self, message: Message) -> Translator:
        """The language in which the message's chat is spoken to, for what a platform has to say itself.

        While the store can't tell what the chat has chosen, it is the sender's.
        """
        try:
            settings = await self.settings(message.chat)
        except StoreError:
            settings = ChatSettings.of({})
        return self._services.translators.of(settings.language, message.sender.language)

    async def _replies(self, request: Request, taken: _Taken) -> AsyncIterator[Reply]:
        services, message = self._services, request.message
        if message.edited_after is None:  # what was asked since is no question that an older message answers
            taken.dialogue = services.conversations.dialogue(request.chat, request.sender, message.reply_to)
        text = message.text.strip() or dialogue.awaited(taken.dialogue, message)
        if call := COMMANDS.read(text):
            taken.understood, taken.command = dialogue.of_command(text), text
            async with aclosing(self._carry_out([call], request)) as replies:
                async for reply in replies:
                    yield reply
            return
        if not message.addressed and (message.edited_after is not None or not await self._speaks_up(request)):
            yield _SILENCE
            return
        if message.photos:  # what was asked before was about others
            taken.dialogue = replace(taken.dialogue, question=None)
        index = await services.retriever.index(request.chat, request.revision)
        taken.understood = Understood(Intent.WHO)  # what a photo without words asks
        calls = await self._understand(request, taken, index, text) if text else []
        guessed = dialogue.guess(taken.understood, text, taken.dialogue, request.shown) if message.addressed else ""
        changes = any(call.command.edits or call.command.about_photo for call in calls)
        if message.edited_after is not None and not changes and not taken.lacks_photo:
            replies = _alone(_silence())  # all else was answered before
        elif calls:
            replies = self._carry_out(calls, request)
        elif guessed:
            replies = _alone(self._asked_whether(request, guessed, taken.understood))
        else:
            replies = self._answered(request, taken.understood, index)
        async with aclosing(replies):
            async for reply in replies:
                yield reply

    async def _answered(self, request: Request, understood: Understood, index: ChatIndex) -> AsyncGenerator[Reply]:
        """Answer a photo, or words that ask for no edit."""
        services, message, shown = self._services, request.message, request.shown
        if message.addressed:
            await services.quotas.take_photos(message, request.photos)
        question = message.text.strip()
        if request.unseen and not shown:
            if not question and any(one.name.lower().endswith(".zip") for one in request.unseen):
                raise UserError("What is that file for? If /export gave it to you, send it with /import.")
            if not mentioned(question, [one.name for one in index.concepts]):  # else it is about somebody we know
                raise UserError(request.cannot_look())
        if not request.photos and self._answering.needs_no_photo(request, question, understood, index):
            shown = None
        async for reply in self._answering.answer(request, question, understood, shown, index.known):
            yield request.remarked(reply) if reply.final else reply

    async def _understand(self, request: Request, taken: _Taken, index: ChatIndex, text: str) -> list[Call]:
        """Take the words for what they ask, and return the commands that they stand for.

        Talk that isn't meant for the bot stands for none.
        """
        services, message = self._services, request.message
        shown = request.shown
        if shown:  # whoever was seen there may be forgotten by now
            await identify(services, index, shown)
        names, new = [concept.name for concept in index.concepts], bool(request.photos)
        first, *others = dialogue.topics(taken.dialogue, names, shown, new=new)
        taken.understood = self._meaning(text, request, first)
        for topic in others:
            other = self._meaning(text, request, topic)
            fits = other.intent is Intent.NO_IS if topic.asked is Asked.NOTHING else other.intent is not Intent.NONE
            if taken.understood.intent is Intent.NONE and fits:
                taken.understood = other
        if message.photos and taken.understood.intent is Intent.LIST:
            taken.understood = Understood(Intent.WHO)  # "tell me all" beside a photo is about the photo
        if not message.addressed or taken.understood.unsure:
            return []
        if taken.understood.which and shown and not shown.photos[0].features:
            await services.quotas.take_photos(message, request.photos)
            await look(services, request.chat, shown)
            await identify(services, index, shown)
        found = dialogue.commands(taken.understood, text, taken.dialogue, shown)
        if not found and not first.shows and first.asked is Asked.NOTHING:
            would = self._meaning(text, request, replace(first, shows=True))
            lacks_photo = would.intent in _TEACHING and not would.unsure
            taken.lacks_photo = lacks_photo and message.edited_after is not None
            if lacks_photo and would.names:
                taken.understood, found = would, [f"/remember {would.names[-1].replace('|', ' ')}"]
        is_new = {*taken.understood.names}.isdisjoint(names)
        teaches = is_new and taken.understood.intent in _TEACHING
        if teaches and len(taken.understood.names) == 1:
            found = [self._introducing(one, text, request, taken.understood) for one in found]
        taken.command = found[-1] if found else ""
        return [call for one in found if (call := COMMANDS.read(one))]

    def _meaning(self, text: str, request: Request, topic: Topic) -> Understood:
        return cautious(text, understand(text, request.translator.language, topic), topic)

    def _introducing(self, command: str, text: str, request: Request, understood: Understood) -> str:
        """The command that teaches a name, with what the text says of it besides."""
        [name] = understood.names
        told = introduced(text, name, request.translator.language)
        pointed = understood.which.kind if understood.which else ""
        kind = told.kind or kind_said(text.partition(name)[0], request.translator) or (pointed in KINDS and pointed)
        return dialogue.introducing(command, kind or "", told.text)

    async def _asked_whether(self, request: Request, command: str, understood: Understood) -> Reply:
        """Ask whether a guess is right, before anything is done."""
        translator = request.translator
        asked = _WHETHER.get(understood.intent, gettext_noop("Do you mean {name}?"))
        buttons = (Button(translator.gettext("Yes"), command), Button(translator.gettext("No"), dialogue.LEAVE))
        fits = len(command.encode()) <= LONGEST_VALUE
        return Reply(
            translator.gettext(asked, name=understood.names[0], other=understood.names[-1]),
            buttons=buttons if fits else (),
            question=Question(yes=command, no=dialogue.LEAVE),
        )

    async def _carry_out(self, calls: Sequence[Call], request: Request) -> AsyncGenerator[Reply]:
        """Run commands for whom they are for, and say what became of them in one reply.

        Raises `UserError` for everybody else.
        """
        done: list[Reply] = []
        for call in calls:
            async with aclosing(self._run(call, request)) as replies:
                async for reply in replies:
                    if reply.final and len(calls) > 1:
                        done.append(reply)
                    else:
                        yield reply
        if done:
            texts, buttons = [one.text for one in done], [button for one in done for button in one.buttons]
            yield replace(done[-1], text="\n".join(texts), buttons=tuple(buttons))

    async def _run(self, call: Call, request: Request) -> AsyncGenerator[Reply]:
        """Run one command for whom it is for. Raises `UserError` for everybody else."""
        services, command = self._services, call.command
        if command.rights is Rights.ADMIN and not is_admin(request.sender, request.chat):
            raise NotAllowed(command.refusal)
        if command.rights is Rights.OWNER and not services.access.owns(request.message):
            raise NotAllowed(command.refusal)
        if command.about_photo:
            if request.unseen and not request.shown and not request.message.pressed:
                raise UserError(request.cannot_look())
            await services.quotas.take_photos(request.message, request.photos)
        carried_out = command.run(services, request, call.arguments)
        replies = carried_out if isinstance(carried_out, AsyncGenerator) else _alone(carried_out)
        async with aclosing(self._or_offers(call, request, replies)) as replies:
            async for reply in replies:
                if command.edits:  # what was said before may be wrong now, or speak of what was forgotten
                    services.conversations.forget(request.chat)
                yield request.remarked(reply) if reply.final and command.about_photo and request.shown else reply

    async def _or_offers(self, call: Call, request: Request, replies: AsyncGenerator[Reply]) -> AsyncGenerator[Reply]:
        """The replies of a command; where its name isn't known, whom it may have meant."""
        try:
            async with aclosing(replies):
                async for reply in replies:
                    yield reply
        except UnknownConcept as error:
            yield await did_you_mean(self._services, request, call, error)

    async def _speaks_up(self, request: Request) -> bool:
        """Whether group talk that isn't for the bot gets an answer all the same, as `/settings replies` says.

        Counts the photos that are looked at for that.
        """
        services, message, replies = self._services, request.message, request.settings.replies
        if replies is Replies.ADDRESSED:
            return False
        await services.quotas.take_photos(message, request.photos)
        if replies is Replies.ALL:
            return True
        if not message.photos or request.shown is None:
            return False
        await look(services, request.chat, request.shown)
        index = await services.retriever.index(request.chat, request.revision)
        seen = await identify(services, index, request.shown)
        return any(one.grade is Grade.SURE for sightings in seen for one in sightings)


def _apology(error: ModelError | StoreError, message: Message) -> str | LazyString:
    """What a chat hears of a failure; the host's log has the reason. The store tells the host of its own by itself."""
    if isinstance(error, StoreError):
        return error.for_chat
    _log.error("answer.failed", platform=message.chat.platform, reason=str(error), error=traced(error))
    return error.message if error.for_chats else _IN_THE_LOG


async def _silence() -> Reply:
    return _SILENCE


async def _alone(reply: Awaitable[Reply]) -> AsyncGenerator[Reply]:
    yield await reply
