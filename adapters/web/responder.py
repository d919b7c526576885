"""From a posted message to its reply in the transcript: each chat in order, chats beside each other."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from adapters.web.serialization import line_of, recalled_entry, reply_entry
from adapters.web.taking import ATTACHMENTS_GONE, arrival_of, chat_of, said_instead, taken_up
from core.assistant.commands import COMMANDS
from core.errors import FULL, SHUTTING_DOWN, Busy, RapportError, StoreError, UserError
from core.messages import Chat, Reply
from core.platforms.inbox import TOO_LATE
from core.platforms.order import ChatOrder
from core.platforms.sentences import sentence_about, translator_for
from core.platforms.status import Remembering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from adapters.web.transcript import Blob, Transcript, TranscriptEntry, Transcripts
    from core.commands.settings import ChatSettings
    from core.i18n.lazy_strings import LazyString
    from core.messages import Message, Photo
    from core.platforms.inbox import Inbox, LeftOver
    from core.store.values import Process, SaidLine

_ASKED_AT_ONCE = 4
_SEND_SECONDS = 0.2  # in which the last replies are sent to the windows
_PASSING_SECONDS = 3  # for which the windows that are open show who it was that was just forgotten
# These must not wait behind an answer that may be about to name whom they forget, or to say what they put right.
_URGENT = frozenset({"/forget", "/forgetall", "/undo", "/rename", "/describe", "/retell", "/category"})
_LONG = frozenset({"/import", "/export"})  # edits of their own follow each other in the store all the same

_Written = asyncio.Future[AbstractAsyncContextManager[object] | None]
"""In what a message is answered, as soon as it is written down; None when it came before."""


class WebChatbot(Remembering, Protocol):
    """What the web chat talks to."""

    async def settings(self, chat: Chat) -> ChatSettings:
        """What the chat has chosen. Raises `RapportError`."""
        ...

    async def viewable(self, chat: Chat, photo: Photo) -> bytes:
        """A photo for the chat's other members: a JPEG of its pixels alone. Raises `RapportError`."""
        ...


class History(Protocol):
    """Who keeps lines over a restart: the store."""

    async def say(self, chat: Chat, said: Sequence[SaidLine], revision: int) -> bool:
        """Keep lines that say what was known at the chat's `revision`; false when it is at another by now."""
        ...

    async def lines(self, chat: Chat, most: int) -> tuple[SaidLine, ...]:
        """The last lines of a chat, from old to new."""
        ...


class Responder:
    """Lets the assistant answer the messages of each chat one after the other, into the chat's transcript.

    `most` is how many may wait in one chat, `most_bytes` what the files of all that wait may weigh; beyond that
    `submit` raises `Busy`. In the `inbox`, if there is one, it is written down what is accepted.
    """

    def __init__(
        self,
        assistant: WebChatbot,
        transcripts: Transcripts,
        most: int,
        most_bytes: int,
        history: History | None = None,
        most_recalled: int = 300,
        inbox: Inbox | None = None,
    ) -> None:
        self._history, self._most_recalled, self._inbox = history, most_recalled, inbox
        self._assistant, self._transcripts, self._most_bytes = assistant, transcripts, most_bytes
        self._order, self._bytes = ChatOrder(most), 0
        self._asking, self._closing = asyncio.Semaphore(_ASKED_AT_ONCE), False
        # Where several processes answer chats: what is taken in, and what is taken up, one by one.
        self._turn: AbstractAsyncContextManager[object] = asyncio.Lock() if inbox and inbox.process else nullcontext()

    async def submit(self, transcript: Transcript, message: Message, entry: TranscriptEntry) -> None:
        """Write the message down and put its entry; it is answered in turn. When this returns, it won't get lost.

        Raises `Busy` when too many wait, or after `drain`: it is then as if it had never come. So it is where several
        processes answer chats and the store fails: `StoreError`.
        """
        size = sum(len(data) for data in (*(one.data for one in message.photos), *(one.data for one in message.files)))
        if size and self._bytes and self._bytes + size > self._most_bytes:
            raise Busy(FULL)

        def answered(_: object) -> None:
            self._bytes -= size

        written: _Written = asyncio.get_running_loop().create_future()
        # It has its place before it is written down: what finds none may come again, and isn't taken for a repetition.
        task = self._enqueue(transcript, message, written)
        self._bytes += size
        task.add_done_callback(answered)
        taken: AbstractAsyncContextManager[object] | None = nullcontext()
        try:
            if self._inbox:
                async with self._turn:
                    asked = transcript.asking_again(message.id, message.sender.id)
                    again = f"{transcript.epoch}.{asked.number}" if asked else ""
                    (new,) = await self._inbox.take_in([arrival_of(message, entry, again)])
                taken = new if new and new.ours else None  # else the process that has taken the chat answers
            if taken:
                _put(transcript, message, entry)
            if not written.done():  # else we are about to stop: it is taken up at the next start
                written.set_result(taken)
        finally:
            written.cancel()

    async def owner(self, chat: str) -> Process | None:
        """The other process that answers a chat; None where this one does, from now on if no living one did.

        For an inbox with leases. Raises `StoreError`, and after `drain` `Busy` where it would be this one's.
        """
        assert self._inbox is not None  # noqa: S101 - as above
        key = Chat("web", chat).key
        owner = await self._inbox.owner(key)
        if owner is None and self._closing:
            raise Busy(SHUTTING_DOWN)
        if owner is None:
            async with self._turn:
                await self._inbox.claim(key)
                await self._take_up(*await self._inbox.due())
            owner = await self._inbox.owner(key)
        if owner is None:
            raise StoreError("Nobody has the chat: this process has to say that it lives, and see what waits, first.")
        return None if owner.id == self._inbox.process else owner

    async def take_up(self) -> None:
        """Go on with what an earlier process has accepted and not answered. Call it before anything new comes.

        With leases also when another process may have written something down, or have died.
        """
        more = self._inbox is not None
        while self._inbox and more and not self._closing:
            async with self._turn:
                chats, left = await self._inbox.due() if self._inbox.process else ({}, await self._inbox.left_over())
                await self._take_up(chats, left)
            more = bool(chats)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answer messages for as long as the block runs, and first what is left over."""
        await self.take_up()
        yield
        await self.aclose()

    async def _take_up(self, chats: Iterable[str], leftovers: Iterable[LeftOver]) -> None:
        """Answer what is left over, after `chats` were taken from processes that knew more of them than this one."""
        for old in filter(None, (self._transcripts.find(Chat.of(key).id) for key in chats)):
            self._transcripts.drop(old)
        told = set[str]()
        for left in leftovers:
            transcript = self._transcripts.of(chat_of(left))
            with transcript.subscribe():  # no idle chat meanwhile, to be let go
                await self.recall(transcript)
            message, entry = taken_up(left, transcript)
            lost = left.update["attached"] and transcript.asking_again(message.id, message.sender.id)
            if message.id in transcript.entries and not lost:  # its answer was kept, only nobody noted so any more
                async with left.taken:
                    continue
            instead = said_instead(left)
            if instead == TOO_LATE:
                instead = "" if transcript.chat in told else instead  # once is enough
                told.add(transcript.chat)
            _put(transcript, message, entry)
            written: _Written = asyncio.get_running_loop().create_future()
            written.set_result(left.taken)
            self._enqueue(transcript, message, written, instead, limited=False)

    def _enqueue(
        self,
        transcript: Transcript,
        message: Message,
        written: _Written,
        instead: str | None = None,
        *,
        limited: bool = True,
    ) -> asyncio.Task[None]:
        """Answer the message in turn, or say a sentence `instead`. Raises `Busy`, if `limited`."""
        first_word = message.text.casefold().split(maxsplit=1)[:1]
        return self._order.submit(
            message.chat.key,
            partial(self._answer, transcript, message, written, instead),
            urgent=not _URGENT.isdisjoint(first_word),
            at_once=COMMANDS.is_at_once(message.text),
            may_be_overtaken=not message.text.startswith("/") or not _LONG.isdisjoint(first_word),
            limited=limited,
        )

    async def refresh(self, transcript: Transcript) -> None:
        """Take out of the transcript what the chat no longer knows, whoever made it forget. Raises `RapportError`."""
        await self.recall(transcript)
        transcript.learn(await self._assistant.known(Chat("web", transcript.chat)))

    async def recall(self, transcript: Transcript) -> None:
        """Bring back what was said before the program started, as soon as the store gives it."""
        if self._history is None or transcript.recalled:
            return
        chat = Chat("web", transcript.chat)
        async with transcript.recalling:
            if transcript.recalled:
                return
            try:
                said = await self._history.lines(chat, self._most_recalled)
                transcript.learn(await self._assistant.known(chat))
            except RapportError:  # of which the store tells the host
                return
            transcript.recall(recalled_entry(transcript.chat, line) for line in said)

    async def _keep(self, transcript: Transcript, own: tuple[str, str]) -> None:
        """Keep a message and its reply over a restart, as they may be read once their passing words are gone."""
        chat = Chat("web", transcript.chat)
        while self._history is not None and not transcript.given_up:
            now = await self._assistant.known(chat)
            transcript.learn(now, spare=own)
            entries = [transcript.entries[one] for one in own if one in transcript.entries]
            if any(one.open for one in entries):  # the message came again meanwhile: its next answer keeps it
                return
            said = [line_of(one.without(one.passing)) for one in entries if not one.body.get("silent")]
            if await self._history.say(chat, said, now.revision):
                return

    async def file(self, transcript: Transcript, entry_id: str, index: int, reader: str) -> Blob | None:
        """A file of an entry, None if it isn't kept (any more). Raises `RapportError`."""
        await self.refresh(transcript)
        chat = Chat("web", transcript.chat)
        return await transcript.file(entry_id, index, reader, partial(self._assistant.viewable, chat))

    async def ask(self, message: Message) -> Reply:
        """The final reply to a command that stays out of the conversation; windows hear of what it changes.

        Raises `UserError`.
        """
        final = Reply("")
        try:
            async with self._asking:  # galleries must not hold up what people say
                async for reply in self._assistant.answer(message):
                    final = reply
        except UserError:  # of its kind: an unknown name is no fault of the page's
            raise
        except Exception as error:  # the platform's edge, as in `_reply`
            raise UserError(sentence_about(error, "web.failed")) from error
        if transcript := self._transcripts.find(message.chat.id):
            await self.refresh(transcript)
        return final

    async def settings(self, chat: str) -> ChatSettings:
        """What the chat has chosen. Raises `RapportError`."""
        return await self._assistant.settings(Chat("web", chat))

    async def drain(self, seconds: float) -> None:
        """Take no more messages, and stop what is still being answered after so many seconds."""
        busy, self._closing = len(self._order) > 0, True
        await self._order.drain(seconds)
        if busy:
            await asyncio.sleep(_SEND_SECONDS)

    async def aclose(self) -> None:
        """Stop answering."""
        await self._order.drain(0)

    async def _answer(
        self, transcript: Transcript, message: Message, written: _Written, instead: str | None = None
    ) -> None:
        taken = await written
        if taken is None:
            return
        own = (message.id, f"re-{message.id}")
        async with taken:
            if instead is None:
                await self._reply(transcript, message, own)
            else:
                await self._say(transcript, message, instead)
            try:
                await self._keep(transcript, own)
            except RapportError:  # of which the store tells the host
                return

    async def _reply(self, transcript: Transcript, message: Message, own: tuple[str, str]) -> None:
        reply = Reply("", final=False)
        try:
            before = await self._assistant.known(message.chat)
            transcript.learn(before)
            async for reply in self._assistant.answer(message):
                entry = reply_entry(message, reply)
                # Nothing may come between an answer and its place in the transcript; a command has no basis to lose.
                if reply.final and message.text.startswith("/"):
                    now = await self._assistant.known(message.chat)
                    transcript.learn(now, spare=own)
                    entry = replace(entry, passing=now.lost_since(before))
                    asyncio.get_running_loop().call_later(_PASSING_SECONDS, transcript.settle)
                transcript.put(entry)
            if not reply.final:
                raise RuntimeError("the assistant ended without a final reply")
        except Exception as error:  # noqa: BLE001 - the platform's edge: whatever broke, the chat gets an answer
            await self._say(transcript, message, sentence_about(error, "web.failed"))

    async def _say(self, transcript: Transcript, message: Message, sentence: str | LazyString) -> None:
        """Say why there is no answer; "" says nothing."""
        text = (await translator_for(self._assistant, message)).gettext(sentence)
        wanting = sentence == ATTACHMENTS_GONE
        transcript.put(reply_entry(message, Reply(text, silent=not text), failed=True, wanting=wanting))


def _put(transcript: Transcript, message: Message, entry: TranscriptEntry) -> None:
    """Put a message's entry, and one of the answer that is on its way."""
    transcript.put(entry)
    transcript.put(reply_entry(message, Reply("", final=False)))
