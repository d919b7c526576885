"""One message → replies: the whole story, readable from top to bottom.

a command  → Teaching (remember, correct) or Keeping (list, edit, forget, settings)
the rest   → is it for us? → Answering (look at the photo, say who is there, answer the question)
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import structlog

from core import commands
from core.answering import Answering
from core.commands import Ask
from core.concepts import Grade
from core.conversations import Conversations, Shown
from core.errors import ModelError, UserError
from core.keeping import Keeping
from core.messages import Message, Reply
from core.options import ChatSettings, Options, Replies
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
        options: Options,
    ) -> None:
        self._store, self._conversations, self._options = store, conversations, options
        self._answering, self._teaching, self._keeping = answering, teaching, keeping

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts while the answer grows, then one final reply; what goes wrong is said in a sentence."""
        try:
            async for reply in self._route(message):
                yield reply
        except UserError as error:
            yield Reply(str(error), private=True) if message.addressed else _SILENCE
        except ModelError as error:
            _log.error("answer.failed", platform=message.chat.platform, error=type(error).__name__)
            yield Reply(str(error)) if message.addressed else _SILENCE

    async def _route(self, message: Message) -> AsyncIterator[Reply]:
        if len(message.photos) > self._options.photos:
            raise UserError(f"That's a lot! {self._options.photos} photos at once are the most I take.")
        command = commands.parse(message.text)
        shown = self._shown(message)
        if isinstance(command, TEACHING):
            yield await self._teaching.do(message, command, shown)
        elif not isinstance(command, Ask):
            yield await self._keeping.do(message, command)
        elif message.addressed or await self._speaks_up(message, shown):
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

    async def _speaks_up(self, message: Message, shown: Shown | None) -> bool:
        """Whether talk that wasn't meant for the bot deserves an answer, as `/settings replies` says."""
        replies = ChatSettings.of((await self._store.state(message.chat)).settings).replies
        if replies is not Replies.KNOWN:
            return replies is Replies.ALL
        if not message.photos or shown is None:
            return False
        seen = await self._answering.sightings(message.chat, shown)
        return any(one.grade is Grade.SURE for sightings in seen for one in sightings)
