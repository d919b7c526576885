"""One message → replies: the whole story, readable from top to bottom.

a command  → Teaching (remember, correct) or Keeping (list, edit, forget, settings)
the rest   → is it for us? → Answering (look at the photo, say who is there, answer the question)
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import structlog

from core import commands
from core.access import Access
from core.answering import Answering
from core.commands import Ask, Stats
from core.concepts import Grade
from core.conversations import Conversations, Shown
from core.errors import ModelError, UserError
from core.keeping import Keeping
from core.messages import Message, Reply
from core.metrics import Metrics
from core.options import ChatSettings, Options, Replies
from core.quotas import Quotas
from core.reporting import Reporting
from core.store import Store
from core.teaching import TEACHING, Teaching

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
        options: Options,
    ) -> None:
        self._store, self._conversations, self._options = store, conversations, options
        self._answering, self._teaching, self._keeping = answering, teaching, keeping
        self._reporting, self._metrics = reporting, metrics
        self._access, self._quotas = access, quotas

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts while the answer grows, then one final reply; what goes wrong is said in a sentence."""
        counted = self._metrics.began(message)
        try:
            async for reply in self._route(message):
                counted.said(reply)
                yield reply
        except UserError as error:
            counted.ended("refused")
            yield Reply(str(error), private=True) if message.addressed else _SILENCE
        except ModelError as error:
            counted.ended("failed")
            _log.error("answer.failed", platform=message.chat.platform, error=type(error).__name__)
            yield Reply(str(error)) if message.addressed else _SILENCE
        finally:
            counted.over()

    async def _route(self, message: Message) -> AsyncIterator[Reply]:
        if self._access.blocks(message):
            yield _SILENCE
            return
        self._access.require(message)
        if len(message.photos) > self._options.photos:
            raise UserError(f"That's a lot! {self._options.photos} photos at once are the most I take.")
        command = commands.parse(message.text)
        shown = self._shown(message)
        if isinstance(command, TEACHING):
            await self._quotas.take_photos(message, _pictures(message))
            yield await self._teaching.do(message, command, shown)
        elif isinstance(command, Stats):
            yield await self._reporting.tell(message)
        elif not isinstance(command, Ask):
            yield await self._keeping.do(message, command)
        elif await self._speaks(message, shown):
            async for reply in self._answering.tell(message.chat, command.text, shown):
                yield reply
        else:
            yield _SILENCE

    def _shown(self, message: Message) -> Shown | None:
        """The photo a message is about: its own, the one it answers to, or the thread's last."""
        photos = message.photos or message.quoted
        if photos:
            return self._conversations.show(message.chat, message.id, photos)
        return self._conversations.last(message.chat, message.reply_to)

    async def _speaks(self, message: Message, shown: Shown | None) -> bool:
        """Whether a message deserves an answer: it is for the bot, or `/settings replies` says so.

        Counts the photos that are looked at for that.
        """
        if message.addressed:
            await self._quotas.take_photos(message, _pictures(message))
            return True
        replies = ChatSettings.of((await self._store.state(message.chat)).settings).replies
        if replies is Replies.ADDRESSED:
            return False
        await self._quotas.take_photos(message, _pictures(message))
        if replies is Replies.ALL:
            return True
        if not message.photos or shown is None:
            return False
        seen = await self._answering.sightings(message.chat, shown)
        return any(one.grade is Grade.SURE for sightings in seen for one in sightings)


def _pictures(message: Message) -> int:
    """How many photos the message wants looked at."""
    return len(message.photos or message.quoted)
