"""One message → replies: the whole story, readable from top to bottom.

a command  → what its declaration in the registry says carries it out
the rest   → is it for us? → Answering (look at the photo, say who is there, answer the question)
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing

import structlog

from core.assistant.answering import Answering
from core.assistant.commands import COMMANDS
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import identify, look
from core.commands.registry import Call, Rights
from core.commands.settings import ChatSettings, Replies
from core.concepts import Grade, Known
from core.errors import BadPhoto, ModelError, NotAllowed, UserError, traced
from core.i18n.translator import Translator
from core.language.questions import is_small_talk
from core.messages import Chat, Message, Photo, Reply
from core.names import mentioned
from core.policy.permissions import is_admin

_log = structlog.get_logger(__name__)
_SILENCE = Reply("", silent=True)


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
        counted, request = services.metrics.began(message), None
        translator = services.translators.of(message.sender.language)
        try:
            request = await Request.read(services, message)
            translator = request.translator
            async for reply in self._replies(request):
                counted.said(reply)
                yield reply
        except UserError as error:
            counted.ended("refused")
            if request is None:  # refused before it was read; in the chat's language all the same
                translator = await self.translator(message)
            if request and request.shown and isinstance(error, BadPhoto):
                # Or every question after this one would be about a photo that can't be read.
                services.conversations.discard(message.chat, request.shown)
            yield Reply(translator.gettext(error.message), private=True) if message.addressed else _SILENCE
        except ModelError as error:
            counted.ended("failed")
            _log.error("answer.failed", platform=message.chat.platform, reason=str(error), error=traced(error))
            text = translator.gettext("That went wrong. My host finds the reason in my log.")
            if error.for_chats:
                text = translator.gettext(error.message)
            yield Reply(text) if message.addressed else _SILENCE
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

    async def viewable(self, chat: Chat, photo: Photo) -> bytes:
        """A photo for the chat's other members: a JPEG of its pixels alone, without what else the file told.

        Raises `core.errors.BadPhoto` with a sentence.
        """
        pictures = self._services.pictures
        return await pictures.preview(chat, await pictures.open(chat, photo))

    async def translator(self, message: Message) -> Translator:
        """The language in which the message's chat is spoken to, for what a platform has to say itself."""
        state = await self._services.store.state(message.chat)
        return self._services.translators.of(ChatSettings.of(state.settings).language, message.sender.language)

    async def _replies(self, request: Request) -> AsyncIterator[Reply]:
        services, message = self._services, request.message
        call = COMMANDS.read(message.text)
        if call is not None:
            async with aclosing(self._carry_out(call, request)) as replies:
                async for reply in replies:
                    yield reply
            return
        if message.addressed:
            await services.quotas.take_photos(message, request.photos)
        elif not await self._speaks_up(request):
            yield _SILENCE
            return
        question, shown = message.text.strip(), request.shown
        index = await services.retriever.index(request.chat, request.revision)
        known = index.known
        if request.unseen and not shown:
            if not question and any(one.name.lower().endswith(".zip") for one in request.unseen):
                raise UserError("What is that file for? If /export gave it to you, send it with /import.")
            if not mentioned(question, [one.name for one in index.concepts]):  # else it is about somebody we know
                raise UserError(request.cannot_look())
        if not request.photos and is_small_talk(question, request.translator.language):
            shown = None
        async for reply in self._answering.answer(request, question, shown, known):
            yield request.remarked(reply) if reply.final else reply

    async def _carry_out(self, call: Call, request: Request) -> AsyncGenerator[Reply]:
        """Run a command for whom it is for. Raises `UserError` for everybody else."""
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
        async with aclosing(replies):
            async for reply in replies:
                if command.edits:  # what was said before may be wrong now, or speak of what was forgotten
                    services.conversations.forget(request.chat)
                yield request.remarked(reply) if reply.final and command.about_photo and request.shown else reply

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
        seen = identify(services, index, request.shown)
        return any(one.grade is Grade.SURE for sightings in seen for one in sightings)


async def _alone(reply: Awaitable[Reply]) -> AsyncGenerator[Reply]:
    yield await reply
