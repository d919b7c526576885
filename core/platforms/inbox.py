"""A bot's durable inbox: what has arrived is written down before its platform hears so, and taken up after a restart.

    taken = await inbox.take_in([Arrival(chat.key, id, update)])     before the platform may forget the update
    async with taken[0]:                                             answered: edits inside mark it as edited
        await taken[0].begin_sending()                               just before the first thing that people see
        ...                                                          at its end it is done, unless it was cut off
    for one in await inbox.left_over(): ...                          at the start, before anything new comes
    for one in await inbox.unsent(): ...                             when the platform answers again, after `not_sent`

Where several processes serve the bot, with leases on chats (`core.store.sharing.leases`):

    await inbox.live()                                               at the start, and every second
    for one in await inbox.due(): ...                                whenever something may wait: instead of `left_over`
    if taken[0].ours: ...                                            else the process that has the chat answers it
    if not await inbox.owner(chat): await inbox.claim(chat)          where others are handed what is for their chats
    await inbox.end()                                                at the end

What kills the process while it is answered is given up after `_MOST_TRIES`: each time that something left over is taken
up is counted before it begins. From the second time on one is tried at a time, so that the others aren't given up too.

An answer that never reached the platform keeps its place: what comes after it in its chat waits (`Taken.must_wait`).

A failing or hanging store never silences the bot: it then answers without durability; the log and the metrics tell.
Where several processes serve a bot it waits instead, for nobody knows then whose a chat is.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, suppress
from contextvars import Token
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol, TypeVar

import structlog
from cachetools import LRUCache

from core.errors import RapportError, StoreError
from core.i18n.lazy_strings import gettext_noop
from core.store.inbox import UNDER_WAY, AnsweredRows
from core.store.sharing.leases import LIVES
from core.store.values import Arrival, Process, Received, Recorded

_log = structlog.get_logger(__name__)
_PATIENCE = 15.0  # seconds that the store may take to write something down
_REST = 10.0  # seconds for which a store that failed isn't asked again
_MOST_TRIES = 2  # of what is left over; after as many processes that died meanwhile it is given up
_MOST_SEEN = 10_000  # arrivals that are known without the store
_MOST_CHATS = 20  # that are taken at once where nobody has them: others want some, too

TOO_LATE = gettext_noop("I was away for a while, and can't answer what came in meanwhile. Please send it again.")
INTERRUPTED = gettext_noop(
    "I was interrupted while I was doing that, so it may be done only in part. Please have a look before you ask again."
)

T = TypeVar("T")
Count = Callable[[str], None]
"""Counts one of "left over", "too late", "interrupted", "given up", "maybe sent", "repeated" or "unrecorded"."""


class InboxStore(Protocol):
    """Where it is kept: `core.store.inbox.StoredInbox`, whose methods say what they do. They raise `StoreError`."""

    async def record(self, bot: str, arrivals: Sequence[Arrival], process: str = "") -> list[Recorded | None]: ...  # noqa: D102

    async def mark(self, arrival: Arrival) -> bool: ...  # noqa: D102

    async def was_obeyed(self, chat: str, message: str, *, as_command: bool) -> bool: ...  # noqa: D102

    async def begin_sending(self, rows: Sequence[int], process: str = "") -> bool: ...  # noqa: D102

    async def not_sent(self, rows: Sequence[int], process: str = "") -> None: ...  # noqa: D102

    async def try_again(self, rows: Sequence[int], process: str = "") -> None: ...  # noqa: D102

    async def cut_off(self, rows: Sequence[int], process: str = "") -> None: ...  # noqa: D102

    async def done(self, rows: Sequence[int], process: str = "") -> None: ...  # noqa: D102

    async def bots(self, platform: str) -> list[str]: ...  # noqa: D102

    async def hand_over(self, bot: str, to: str) -> None: ...  # noqa: D102

    async def pending(self, bot: str, process: str = "") -> list[Received]: ...  # noqa: D102

    async def waiting(self, bot: str, process: str = "") -> dict[int, str]: ...  # noqa: D102

    async def read(self, rows: Collection[int]) -> list[Received]: ...  # noqa: D102

    def listening(self, bot: str) -> AbstractContextManager[asyncio.Event]: ...  # noqa: D102

    async def live(self, bot: str, process: Process) -> int: ...  # noqa: D102

    async def end(self, bot: str, process: str) -> None: ...  # noqa: D102

    async def take_chats(self, bot: str, process: str, most: int) -> dict[str, str]: ...  # noqa: D102

    async def owner(self, bot: str, chat: str) -> Process | None: ...  # noqa: D102

    async def owners(self, bot: str, chats: Collection[str], process: str) -> dict[str, str]: ...  # noqa: D102

    async def claim(self, bot: str, chat: str, process: str) -> str | None: ...  # noqa: D102

    async def keep_chats(self, bot: str, chats: Collection[str]) -> None: ...  # noqa: D102

    async def let_go_of_chats(self, bot: str, process: str, idle: timedelta) -> None: ...  # noqa: D102


class AlreadySent(Exception):
    """Somebody else, an earlier or another process, has sent the answer or is sending it."""


class Fate(StrEnum):
    """What becomes of something that was left over."""

    AGAIN = "left over"  # it is answered as if it had come just now
    TOO_LATE = "too late"  # it is too old: its chat hears `TOO_LATE`, once for all of them
    INTERRUPTED = "interrupted"  # it has changed the chat's memory, or is given up: the chat hears `INTERRUPTED`


class Taken:
    """What was taken in for one answer: one update, or all those of an album. A context in which it is answered."""

    def __init__(
        self,
        inbox: Inbox,
        chat: str = "",
        rows: Sequence[int] = (),
        unmarked: Sequence[Arrival] = (),
        tries: int | None = None,
        *,
        ours: bool = True,
        behind: bool = False,
    ) -> None:
        """`tries` is how often it was taken up before; None when it came just now.

        `ours` says that this process answers its chat; else it only wrote it down. `behind` others that came in at
        another process: `due` brings those, and they come first.
        """
        self._inbox, self._chat, self.ours, self.behind = inbox, chat, ours, behind
        self._rows, self._unmarked, self._tries = tuple(rows), tuple(unmarked), tries
        self._sending: bool | None = None
        self._kept = False
        self._token: Token[AnsweredRows] | None = None
        self._try = AsyncExitStack()

    def joined(self, others: Sequence[Taken]) -> Taken:
        """This and others, answered together."""
        every = (self, *others)
        rows = [row for one in every for row in one._rows]
        tries = max((one._tries for one in every if one._tries is not None), default=None)
        return Taken(self._inbox, self._chat, rows, [arrival for one in every for arrival in one._unmarked], tries)

    def must_wait(self) -> bool:
        """Whether an earlier answer of its chat never reached the platform: it is then taken up again behind that one.

        Ask before it is put into its chat's order, and once more when its turn has come.
        """
        return self._inbox.must_wait(self._chat, self._rows)

    async def in_turn(self, work: Callable[[], Awaitable[None]], *, at_once: bool = False) -> None:
        """Have it answered by `work` now that it is its turn, unless it must wait; `at_once` it waits for nothing."""
        if at_once or not self.must_wait():
            async with self:
                await work()

    async def was_obeyed(self, message: str, *, as_command: bool) -> bool:
        """Whether that message of its chat was obeyed before it was edited to this, `as_command` or in plain words."""
        return await self._inbox.was_obeyed(self._chat, message, as_command=as_command)

    async def begin_sending(self) -> None:
        """Note that from now on the answer may have got through. Raises `AlreadySent` when it has before.

        So it does where nobody can say whether another process is sending it: it is kept then, as after `not_sent`.
        Call it just before the first thing that people see; further calls do nothing.
        """
        if self._sending is None:
            self._sending = await self._inbox.begin(self._rows, self._unmarked)
            self._kept = self._sending is None
        if not self._sending:
            raise AlreadySent

    async def not_sent(self) -> None:
        """Nothing got through, for sure: it stays in the inbox, and is taken up when the platform answers again."""
        self._kept, self._sending = True, None
        await self._inbox.not_sent(self._rows)

    async def __aenter__(self) -> Taken:
        """Let edits mark it, and count the try when it is not the first."""
        if self._tries is not None:
            self._try = await self._inbox.begin_try(self._rows, self._tries)
        self._token = UNDER_WAY.set(AnsweredRows(self._rows, self._inbox.process))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """It is done, also when it failed: only what was cut off is taken up again."""
        if self._token is not None:
            UNDER_WAY.reset(self._token)
        async with self._try:
            if not self._kept and not isinstance(error, asyncio.CancelledError):
                await self._inbox.done(self._rows)
                return
            if self._tries is not None:
                await self._inbox.cut_off(self._rows)
            if self._kept:
                self._inbox.keep(self._chat, self._rows)


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Something that an earlier process has taken in and not answered, and what becomes of it."""

    taken: Taken
    chat: str
    update: Mapping[str, Any]
    fate: Fate


class Inbox:
    """The inbox of one `bot`, named by platform and account ("telegram:4242").

    What is left over is answered up to an age of `late_minutes`. `is_gone` tells of another account of the platform
    whether nobody serves it any more: what it has left over is then this one's. With `leases` each chat is answered by
    one of the processes that serve the bot; `process` is what this one is known by, else "". It is given where this
    process has a lease on all of the bot's chats (`core.store.sharing.shards`): `left_over` is all that waits then.
    """

    def __init__(
        self,
        store: InboxStore,
        bot: str,
        late_minutes: float,
        count: Count = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        is_gone: Callable[[str], Awaitable[bool]] | None = None,
        *,
        leases: bool = False,
        process: str = "",
    ) -> None:
        self._is_gone, self._leases = is_gone, leases
        self.process = secrets.token_hex(8) if leases else process
        self._known = set[int]()  # rows of our chats that are being answered, or were lately
        self._claimed = dict[str, str]()  # chats that are ours since `due` last looked: the processes that had them
        self._store, self._bot, self._late = store, bot, timedelta(minutes=late_minutes)
        self._platform = bot.partition(":")[0]  # what the log is told: not the account
        self._count, self._clock = count, clock
        self._resting_until = self._lives_until = float("-inf")
        self._late_work = set[asyncio.Task[None]]()
        self._seen = LRUCache[tuple[str, str], bool](_MOST_SEEN)
        self._one_suspect = asyncio.Lock()
        self._unsent: dict[int, str] = {}  # rows that the platform is to be told of when it answers again: their chats
        self._undeleted: list[int] = []  # rows that are done, which the store couldn't be told

    async def take_in(self, arrivals: Sequence[Arrival]) -> list[Taken | None]:
        """Write down what arrived, in its order; None for each one that came before, and isn't to be answered.

        While the store fails all of it is taken, without being written down. Not so where chats have leases: nobody
        can tell then whose they are. Raises `StoreError`, and the platform has to bring it again.
        """
        if not arrivals:
            return []
        writing = self._store.record(self._bot, arrivals, self.process)
        rows = await self._unless_it_fails(writing, late=None if self.process else self._drop)
        if rows is None and self.process:
            raise StoreError("The store didn't take in what came: it is to come again.")
        taken = list[Taken | None]()
        for one, row in zip(arrivals, rows or [None] * len(arrivals), strict=True):
            # While the store can't tell, it is known here what this process has taken in.
            new = row is not None if rows else (one.chat, one.id) not in self._seen
            self._seen[one.chat, one.id] = True
            if not new:
                self._count("repeated")
            elif row is None:
                self._count("unrecorded")
            # What comes into a chat that was claimed just now is brought by `due`, with all that waits there.
            ours = row is None or (row.ours and one.chat not in self._claimed)
            behind = self._leases and row is not None and not self._known.issuperset(row.older)
            if self._leases and row is not None and ours:
                self._known.add(row.row)
            rows_of_it = () if row is None else (row.row,)
            taken.append(Taken(self, one.chat, rows_of_it, ours=ours, behind=ours and behind) if new else None)
        await self._delete_leftovers()
        return taken

    def unrecorded(self, arrival: Arrival | None = None) -> Taken:
        """Something that isn't written down, like talk that isn't for the bot: it is marked when an answer is sent."""
        return Taken(self, unmarked=[arrival] if arrival else ())

    async def left_over(self) -> list[LeftOver]:
        """What an earlier process has taken in and not answered, in the order in which it arrived.

        What may have been answered is let go of, and what was forgotten with its chat.
        """
        if self._is_gone is not None:
            for other in await self._unless_it_fails(self._store.bots(self._platform)) or []:
                if other != self._bot and await self._is_gone(other.partition(":")[2]):
                    await self._unless_it_fails(self._store.hand_over(other, self._bot))
        return await self._fates(await self._unless_it_fails(self._store.pending(self._bot, self.process)) or [])

    async def live(self, address: str = "", secret: str = "") -> int | None:
        """Say that this process lives; returns how many serve the bot, None while the store fails.

        Others that have something for it reach it at the address, and show it the secret.
        """
        began = asyncio.get_running_loop().time()
        serving = await self._unless_it_fails(self._store.live(self._bot, Process(self.process, address, secret)))
        if serving is not None:
            self._lives_until = began + LIVES.total_seconds()
        return serving

    async def end(self) -> None:
        """Say that it lives no longer: others take its chats at once."""
        await self._unless_it_fails(self._store.end(self._bot, self.process))

    async def owner(self, chat: str) -> Process | None:
        """The living process that answers a chat: this one only when `due` has seen what waits. Raises `StoreError`."""
        return None if chat in self._claimed else await self._store.owner(self._bot, chat)

    async def owners(self, chats: Collection[str]) -> Mapping[str, str] | None:
        """The ids of the living processes, or this one, that answer chats, by those; None while the store fails."""
        return await self._unless_it_fails(self._store.owners(self._bot, chats, self.process)) if chats else {}

    async def claim(self, chat: str) -> None:
        """Let this process answer a chat from now on, where no living one does. Raises `StoreError`.

        Like `due`, which has to be asked then, it must not run beside `take_in`.
        """
        before = await self._store.claim(self._bot, chat, self.process)
        if before is not None:
            self._claimed[chat] = before

    async def keep_chats(self, chats: Collection[str]) -> None:
        """Keep chats that somebody looks at, though nothing comes from them."""
        if chats:
            await self._unless_it_fails(self._store.keep_chats(self._bot, chats))

    async def let_go_of_chats(self, idle: timedelta) -> None:
        """Give up chats from which nothing came for so long."""
        await self._unless_it_fails(self._store.let_go_of_chats(self._bot, self.process, idle))

    def listening(self) -> AbstractContextManager[asyncio.Event]:
        """An event that is set when another process has written something down."""
        return self._store.listening(self._bot)

    async def due(self) -> tuple[Mapping[str, str], list[LeftOver]]:
        """What waits in this process's chats, in its order and each once, after it has taken some that nobody had.

        Returns these chats, too, each with the process that had it and died, or "". It must not run beside `take_in`:
        a caller lets one end only when what came of it is in the order of its chats.
        """

        async def waiting() -> tuple[dict[str, str], dict[int, str], list[Received]]:
            if self.process:
                self._claimed |= await self._store.take_chats(self._bot, self.process, _MOST_CHATS)
            taken = dict(self._claimed)
            rows = await self._store.waiting(self._bot, self.process)
            new = [row for row, chat in rows.items() if row not in self._known or chat in taken]
            return taken, rows, await self._store.read(new) if new else []

        found = await self._unless_it_fails(waiting())
        if found is None:  # what was taken stays claimed, and nothing counts as known that nobody has seen
            return {}, []
        taken, rows, new = found
        self._known = {*rows}
        self._claimed = {chat: before for chat, before in self._claimed.items() if chat not in taken}
        fresh = {one.row for one in new if self.process and not taken.get(one.chat) and not one.tries}
        return taken, await self._fates(new, fresh)

    @property
    def any_unsent(self) -> bool:
        """Whether anything waits for the platform to answer again."""
        return bool(self._unsent)

    async def unsent(self) -> list[LeftOver]:
        """What this process has answered without reaching the platform, and what came behind that, in its order.

        Put it into the order of its chats before anything else is awaited. While the store fails it goes on waiting.
        """
        due = tuple(self._unsent)

        async def still_pending() -> list[Received]:
            await self._store.not_sent(due, self.process)  # the store may have failed when it was told so
            return await self._store.pending(self._bot, self.process)

        pending = await self._unless_it_fails(still_pending())
        if pending is None:
            return []
        left = await self._fates([one for one in pending if one.row in due])
        for row in due:  # with those that were forgotten with their chats
            self._unsent.pop(row, None)
        return left

    def must_wait(self, chat: str, rows: Sequence[int]) -> bool:
        """Whether rows belong behind others of their chat that are unsent; they are then kept there. For `Taken`."""
        if not rows or not any(one == chat and row < min(rows) for row, one in self._unsent.items()):
            return False
        self.keep(chat, rows)
        return True

    def keep(self, chat: str, rows: Sequence[int]) -> None:
        """Keep rows until the platform answers again. For `Taken`."""
        self._unsent |= dict.fromkeys(rows, chat)

    async def _fates(self, pending: Sequence[Received], fresh: Collection[int] = ()) -> list[LeftOver]:
        """What becomes of rows, of which the `fresh` ones were never taken up by anybody."""
        left, maybe_sent, given_up = list[LeftOver](), 0, 0
        for one in pending:
            self._seen[one.chat, one.id] = True
            if one.sending or not one.update:
                maybe_sent += one.sending
                await self.done([one.row])
                continue
            late = self._clock() - one.at > self._late
            deadly = one.tries >= _MOST_TRIES
            fate = Fate.INTERRUPTED if one.edited or deadly else Fate.TOO_LATE if late else Fate.AGAIN
            given_up += deadly
            new = one.row in fresh
            if not new or fate is not Fate.AGAIN:
                self._count("given up" if deadly else fate)
            taken = Taken(self, one.chat, [one.row], tries=None if new else one.tries)
            left.append(LeftOver(taken, one.chat, one.update, fate))
        for _ in range(maybe_sent):
            self._count("maybe sent")
        if len(pending) > len(fresh):
            _log.info("inbox.left_over", bot=self._platform, messages=len(left), maybe_sent=maybe_sent)
        if given_up:
            _log.error("inbox.given_up", bot=self._platform, messages=given_up, tries=_MOST_TRIES)
        return left

    async def was_obeyed(self, chat: str, message: str, *, as_command: bool) -> bool:
        """Whether a message was obeyed before it was edited; false while the store fails. For `Taken`."""
        return bool(await self._unless_it_fails(self._store.was_obeyed(chat, message, as_command=as_command)))

    async def begin(self, rows: Sequence[int], unmarked: Sequence[Arrival]) -> bool | None:
        """Mark what is about to be sent; false when somebody else has sent it. For `Taken`.

        None where the store fails and others take this process for dead by now: they may be sending it.
        """
        fresh = await self._unless_it_fails(self._store.begin_sending(rows, self.process)) if rows else False
        if fresh is None and self._leases and asyncio.get_running_loop().time() > self._lives_until:
            return None
        for arrival in unmarked:
            new = await self._unless_it_fails(self._store.mark(arrival))
            fresh = fresh is None or new is None or new or fresh
        return fresh is not False or not (rows or unmarked)

    async def not_sent(self, rows: Sequence[int]) -> None:
        """Take the mark back: nothing got through. For `Taken`."""
        if rows:
            await self._unless_it_fails(self._store.not_sent(rows, self.process))

    async def begin_try(self, rows: Sequence[int], tries: int) -> AsyncExitStack:
        """Count a try of what was left over; what is returned ends it. For `Taken`.

        Of those that were tried before, one at a time: when the process dies, that is the one that killed it.
        """
        async with AsyncExitStack() as stack:
            if tries:
                await stack.enter_async_context(self._one_suspect)
            await self._unless_it_fails(self._store.try_again(rows, self.process))
            return stack.pop_all()

    async def cut_off(self, rows: Sequence[int]) -> None:
        """A try ended in good order, without an answer. For `Taken`."""
        await self._unless_it_fails(self._store.cut_off(rows, self.process))

    async def done(self, rows: Sequence[int]) -> None:
        """Delete what is answered; while the store fails that is put off. For `Taken`."""
        self._undeleted += rows
        await self._delete_leftovers()

    async def _delete_leftovers(self) -> None:
        if rows := tuple(self._undeleted):
            del self._undeleted[:]

            async def delete() -> bool:
                await self._store.done(rows, self.process)
                return True

            if await self._unless_it_fails(delete()) is None:
                self._undeleted += rows

    async def _drop(self, rows: list[Recorded | None]) -> None:
        """Rows that were written after all when nobody waited any more: they were answered without."""
        await self.done([row.row for row in rows if row is not None])

    async def _unless_it_fails(
        self, work: Coroutine[Any, Any, T], late: Callable[[T], Awaitable[None]] | None = None
    ) -> T | None:
        """What the store says; None when it fails or keeps silent, and for a while after that, unasked.

        Where chats have leases it is asked every time: whoever doesn't say that it lives loses its chats, and what
        isn't marked is answered twice. `late` gets what it says when nobody waits any more.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._resting_until and not self._leases:
            work.close()
            return None
        task = asyncio.create_task(work)
        done, _ = await asyncio.wait([task], timeout=_PATIENCE)
        try:
            if done:
                return task.result()
            reason = "It doesn't answer."
        except RapportError as error:
            reason = str(error)
        _log.error("inbox.failed", bot=self._platform, reason=reason)
        self._resting_until = loop.time() + _REST
        if not done:
            self._late_work.add(following := asyncio.create_task(_hand_over(task, late)))
            following.add_done_callback(self._late_work.discard)
        return None


async def _hand_over(task: asyncio.Task[T], late: Callable[[T], Awaitable[None]] | None) -> None:
    """Wait for work that took too long, and hand what came of it to `late`."""
    with suppress(RapportError):
        outcome = await task
        if late is not None:
            await late(outcome)
