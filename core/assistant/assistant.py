"""One message → replies: the whole story, readable from top to bottom.

a command  → Teaching (remember, correct) or Keeping (list, edit, forget, settings)
the rest   → is it for us? → Answering (look at the photo, say who is there, answer the question)
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import structlog

from core.assistant.answering import Answering, Asked
from core.assistant.conversations import Conversations, Shown
from core.assistant.edit import Keeping
from core.assistant.metrics import Metrics
from core.assistant.remember import TEACHING, Teaching
from core.assistant.stats import Reporting
from core.commands import registry
from core.commands.registry import Ask, Command, Stats
from core.commands.settings import ChatSettings, Options, Replies
from core.concepts import Grade
from core.errors import BadPhoto, ModelError, UserError
from core.i18n.lazy_strings import lazy_ngettext
from core.i18n.translator import Translator, Translators
from core.language.questions import is_small_talk
from core.messages import Message, Reply
from core.policy.access import Access
from core.policy.quotas import Quotas
from core.store.store import Store
from core.store.values import ChatState

_log = structlog.get_logger(__name__)
_SILENCE = Reply("", silent=True)


class Assistant:
    """Answers messages. `answer` is all that adapters call."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        answering: Answering,
        teaching: Teaching,
        keeping: Keeping,
        reporting: Reporting,
        access: Access,
        quotas: Quotas,
        metrics: Metrics,
        translators: Translators,
        options: Options,
    ) -> None:
        self._store, self._conversations, self._options = store, conversations, options
        self._answering, self._teaching, self._keeping = answering, teaching, keeping
        self._reporting, self._metrics = reporting, metrics
        self._access, self._quotas, self._translators = access, quotas, translators

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts while the answer grows, then one final reply; what goes wrong is said in a sentence."""
        if self._access.blocks(message):
            yield _SILENCE
            return
        counted, translator = self._metrics.began(message), self._translators.of(message.sender.language)
        try:
            state = await self._store.state(message.chat)
            translator = self._translators.of(ChatSettings.of(state.settings).language, message.sender.language)
            async for reply in self._route(message, state, translator):
                counted.said(reply)
                yield reply
        except UserError as error:
            counted.ended("refused")
            yield Reply(translator.gettext(error.message), private=True) if message.addressed else _SILENCE
        except ModelError as error:
            counted.ended("failed")
            _log.error("answer.failed", platform=message.chat.platform, error=type(error).__name__)
            yield Reply(_for_the_host(error, translator)) if message.addressed else _SILENCE
        finally:
            counted.over()

    def admits(self, message: Message) -> bool:
        """Whether the sender may talk here at all: for platforms, before they fetch photos."""
        return self._access.admits(message)

    async def translator(self, message: Message) -> Translator:
        """The language in which the message's chat is spoken to, for what a platform has to say itself."""
        settings = ChatSettings.of((await self._store.state(message.chat)).settings)
        return self._translators.of(settings.language, message.sender.language)

    async def _route(self, message: Message, state: ChatState, translator: Translator) -> AsyncIterator[Reply]:
        self._access.require(message)
        if len(message.photos) > self._options.photos:
            raise UserError(
                lazy_ngettext(
                    "That's a lot! {count} photo at once is the most I take.",
                    "That's a lot! {count} photos at once are the most I take.",
                    self._options.photos,
                )
            )
        command = registry.parse(message.text)
        shown = self._shown(message)
        try:
            async for reply in self._carry_out(message, command, shown, state, translator):
                yield reply
        except BadPhoto:
            # Or every question after this one would be about a photo that can't be read.
            if shown is not None:
                self._conversations.discard(message.chat, shown)
            raise

    async def _carry_out(
        self,
        message: Message,
        command: Command,
        shown: Shown | None,
        state: ChatState,
        translator: Translator,
    ) -> AsyncIterator[Reply]:
        if isinstance(command, Ask) and message.files and not (command.text or message.photos):
            raise UserError("What is that file for? If /export gave it to you, send it with /import.")
        if isinstance(command, TEACHING):
            await self._quotas.take_photos(message, _pictures(message))
            yield await self._teaching.do(message, command, shown, translator)
        elif isinstance(command, Stats):
            yield await self._reporting.tell(message, translator)
        elif not isinstance(command, Ask):
            yield await self._keeping.do(message, command, translator)
        elif await self._speaks(message, state, shown):
            about = None if is_small_talk(command.text, translator.language) and not _pictures(message) else shown
            asked = Asked(message.chat, command.text, about, translator, state.revision)
            async for reply in self._answering.tell(asked):
                yield reply
        else:
            yield _SILENCE

    def _shown(self, message: Message) -> Shown | None:
        """The photo a message is about: its own, the one it answers to, or the thread's last."""
        if message.photos:
            return self._conversations.show(message.chat, message.id, message.photos)
        kept = self._conversations.last(message.chat, message.reply_to)
        if not message.quoted or (kept and message.reply_to):
            return kept
        return self._conversations.show(message.chat, message.reply_to or message.id, message.quoted)

    async def _speaks(self, message: Message, state: ChatState, shown: Shown | None) -> bool:
        """Whether a message deserves an answer: it is for the bot, or `/settings replies` says so.

        Counts the photos that are looked at for that.
        """
        if message.addressed:
            await self._quotas.take_photos(message, _pictures(message))
            return True
        replies = ChatSettings.of(state.settings).replies
        if replies is Replies.ADDRESSED:
            return False
        await self._quotas.take_photos(message, _pictures(message))
        if replies is Replies.ALL:
            return True
        if not message.photos or shown is None:
            return False
        seen = await self._answering.sightings(message.chat, shown, state.revision)
        return any(one.grade is Grade.SURE for sightings in seen for one in sightings)


def _for_the_host(error: ModelError, translator: Translator) -> str:
    """What a model's failure is told as: mostly it is the host who can help, and its reason is in English."""
    if translator.translates(error.message.sentence):
        return translator.gettext(error.message)
    return translator.gettext("That went wrong. The reason, for my host: {reason}", reason=str(error))


def _pictures(message: Message) -> int:
    """How many photos the message wants looked at."""
    return len(message.photos or message.quoted)
