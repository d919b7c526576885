"""The concept store: what each chat was told, in a SQL database.

Every method about a chat takes the chat first; ids of another chat's concepts are unknown in it.
Each edit is one transaction that also raises the chat's revision, so that an index or an answer
made of an earlier one can tell that it is stale.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast

import stamina
import structlog
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commands.settings import ChatSettings
from core.concepts import Box, Concept, Embedding, FaceVector, Reference, Verdict
from core.errors import Fault, StoreError, UnknownConcept
from core.messages import Chat, Sender
from core.names import fold
from core.policy.quotas import Usage
from core.store import chats as whole_chats
from core.store import erasing, faces, inbox, opening, reading
from core.store.database import Database
from core.store.edits import choices, forgetting, keeping, regrouping, rows, teaching
from core.store.edits import undo as undoing
from core.store.edits.edit import Edit, bump
from core.store.errors import DATABASE_ERRORS, is_conflict, refuse_broken, told_plainly
from core.store.faults.breaker import Attempt, StoreBreaker, StoreCondition
from core.store.faults.last_known import LastKnown
from core.store.faults.steady_clock import SteadyClock
from core.store.kept import lines as spoken
from core.store.kept import seen
from core.store.keys import whole
from core.store.keys.folder import KeyDestroyed, KeyFolder
from core.store.sharing import connections, spending
from core.store.sharing.announcing import Listeners
from core.store.sharing.pointers import StoredPointers
from core.store.sharing.shards import StoredShards
from core.store.sharing.signing_in import StoredSignIns
from core.store.training import consents, taught
from core.store.values import (
    Change,
    ChatState,
    Consents,
    Encoders,
    Imported,
    KeptPhoto,
    Memory,
    MemoryChanges,
    NewConcept,
    NewKept,
    NewReference,
    ReferenceFace,
    SaidLine,
    SightingNote,
    StaleFace,
    TaughtConcept,
    Totals,
    Undone,
)

_log = structlog.get_logger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

# How long the database's log may hold a message that was answered: emptying it keeps writers waiting.
_ANSWERED_IN_LOG = timedelta(seconds=30)


# How often a transaction that another one was in the way of is tried, and the seconds before the first new try.
_TRIES, _FIRST_PAUSE = 8, 0.01
_READINGS = 2  # of what has been forgotten meanwhile

# What makes room, or is asked for so that something is erased: it must work on a full disk.
_FREEING: frozenset[Callable[..., Any]] = frozenset(
    {
        forgetting.forget,
        forgetting.forget_all,
        forgetting.refuse_face,
        forgetting.admit_face,
        keeping.unkeep,
        teaching.undescribe,
        teaching.retell,
        choices.set_setting,
        choices.withdraw,
        regrouping.remove_reference,
        undoing.undo,
    }
)
# After these a chat may have references whose face nobody has looked for.
_TEACHING: frozenset[Callable[..., Any]] = frozenset(
    {teaching.remember, teaching.take_in, choices.set_setting, teaching.move_reference, undoing.undo}
)
# After these the connections that there are may go on failing when the disk is well again.
_BREAKS_CONNECTIONS = frozenset({Fault.GONE, Fault.READ_ONLY, Fault.DAMAGED, Fault.BROKEN})


def _nothing(_: Connection) -> None:
    """A transaction that shows whether one can be."""


def utc_now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class Store:
    """The concepts of all chats. Make one with `await Store.open(...)`; end it with `aclose()`.

    Every method raises `core.errors.StoreError` when the database fails, and `UserError` (a sentence
    for the chat) when the edit itself can't be. Every edit takes who asks for it and refuses by itself
    (`NotAllowed`) those who have no right to it: `core.policy.permissions`.
    """

    def __init__(
        self, database: Database, encoders: Encoders, clock: Callable[[], datetime], steady: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._steady = steady
        self._condition = StoreCondition(database.address)
        # What is asked for every message answers at once or not at all; a reading of many photos takes its time.
        self._states = StoreBreaker(self._condition, patience=3, brief=0.25)
        self._readings = StoreBreaker(self._condition, patience=15, brief=0.5)
        self._writings = StoreBreaker(self._condition, patience=5, brief=0.5)
        self._encoders = encoders
        self.faces_due: set[str] = set()  # the keys of chats with references whose face may be to be looked for
        self._clock = clock
        self._last = LastKnown()
        self._undestroyed = False  # whether keys of what was erased couldn't be destroyed, as on a full disk
        self._unsaid = False  # whether lines lost words that the database's log still holds
        self._answered = False  # whether rows of the inbox are gone that it still holds
        self._truncated_at = steady()
        self.encryption: whole.Encryption | None = None  # how far it is while an older store is encrypted
        self._listeners = Listeners()
        write = cast("inbox.Transaction", self._write)
        self.inbox = inbox.StoredInbox(self._read, write, steady, self._set_by, self._note_answered, self._listeners)
        self.pointers = StoredPointers(self._read, write)
        self.sign_ins = StoredSignIns(self._read, write, self._listeners)
        self.shards = StoredShards(self._read, write)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        encoder: str,
        faces: str = "",
        clock: Callable[[], datetime] | None = None,
        steady: Callable[[], datetime] | None = None,
        reserve: int = 0,
        keys: KeyFolder | None = None,
    ) -> Self:
        """Open or create the store at a SQLAlchemy URL and finish what a dead process left undone.

        `encoder` is the identity under which embeddings are stored and read, `faces` that of those of faces ("": none
        are compared), `reserve` the bytes of an SQLite file's disk that are held for forgetting. `keys` are those that
        rows are encrypted with; without, nothing is. `clock` tells the time instead of the system's, `steady` that from
        which deadlines count, whatever the system's is set to.
        """
        database = opening.database(url, reserve, keys)
        store = cls(database, Encoders(encoder, faces), clock or utc_now, steady or clock or SteadyClock())
        try:
            with told_plainly(database.address):
                await database.prepare()
                await opening.bring_up_to_date(database)
                await opening.find_keys(database)
                await database.keep_ledger()
                if count := await opening.drop_unreadable(database):
                    _log.warning("store.older_than_its_keys", rows_let_go_of=count)
            with suppress(StoreError):  # a disk that is full: the bot starts, and erasing is tried again
                if await store._read(erasing.any_ahead, store._steady()):
                    await store._write(erasing.bring_forward, store._steady())
                await store.erase_expired()
                await store._destroy_keys()
        except BaseException:
            await database.aclose()
            raise
        return store

    async def aclose(self) -> None:
        """Let what was begun finish, then close the database."""
        for breaker in (self._states, self._readings, self._writings):
            await breaker.aclose()
        await self._database.aclose()

    @property
    def fault(self) -> StoreError | None:
        """What is wrong with the store, in a sentence for the host; None while it is well."""
        return self._condition.fault

    async def ping(self) -> None:
        """Return if the store answers and what it is told would be kept, else raise `StoreError`."""
        await self._database.require_there()
        await self._read(reading.read_revision, "")

    @property
    def is_shared(self) -> bool:
        """Whether several processes may serve one bot with it."""
        return self._database.is_shared

    async def listen(self) -> None:
        """Hear what other processes announce, until the connection ends; at once where there are none."""
        if self.is_shared:
            await connections.listen(self._database.keeping, self._database.address, self._listeners.heard)

    async def alone(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` as the only process with this store that runs what is called so; wait for that if need be.

        Raises what `work` does, and `StoreError` when it can't be told any more that it is the only one.
        """
        if self.is_shared:
            await connections.alone(self._database.keeping, self._database.address, name, work)
        else:
            await work()

    async def spend(self, key: str, count: int, most: int) -> bool:
        """Count so many more under a key, over all processes; false when that is more than `most` in a minute."""
        return await self._write(spending.spend, key, count, most)

    async def check(self) -> None:
        """Read all of the database; raise `StoreError` when it is damaged. Seconds for each gigabyte."""
        with told_plainly(self._database.address):
            await self._database.check()

    # -- readings

    async def answers(self) -> dict[str, tuple[Verdict, ...]]:
        """The latest answers to "is this bo?" about what the present encoder saw, by the keys of their chats."""
        return await self._read(reading.read_all_answers, self._encoders.regions)

    async def state(self, chat: Chat) -> ChatState:
        """The chat's revision and settings. Made for every message: one hop to a thread.

        While the database can't tell, it is what was last so, marked with the fault; raises `StoreError` where nothing
        is known of the chat.
        """
        try:
            with told_plainly(self._database.address):
                found = await self._states.run(lambda _: self._database.state(chat.key))
        except StoreError as error:
            return self._last.instead(chat, error)
        revision, settings = found or (0, {})
        return self._last.read(chat, ChatState(revision, MappingProxyType(settings)))

    async def revision(self, chat: Chat) -> int:
        """The chat's revision: every edit by any process raises it. 0 if there never was one."""
        return (await self.state(chat)).revision

    async def watch(self, chat: Chat, check: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Call `check` after every edit of the chat, and every so many seconds for those of which nobody has heard.

        Returns never; raises what `check` raises.
        """
        with self._listeners(f"chat {chat.key}") as edited:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await edited.wait()
                edited.clear()
                await check()

    async def memory(self, chat: Chat) -> Memory:
        """The chat's concepts and the present encoder's embeddings, all of one moment."""

        async def read() -> Memory:
            memory, rows = await self._read(reading.read_memory, chat.key, self._encoders)
            known = await asyncio.to_thread(reading.stored_embeddings, rows, self._database.keys)
            return replace(memory, references=known)

        return await self._read_what_lives(read)

    async def memory_changes(self, chat: Chat, since: int) -> MemoryChanges | None:
        """What of `memory` is another than at the earlier revision `since`: an edit costs what it has changed.

        None where that is too much to be read one by one, or no longer known.
        """
        return await self._read(reading.read_memory_changes, chat.key, self._encoders, since)

    async def concepts(self, chat: Chat) -> tuple[Concept, ...]:
        """The chat's concepts, in the order they were remembered."""
        return await self._read(reading.read_concepts, reading.living_in(chat.key))

    async def concept(self, chat: Chat, name: str) -> Concept:
        """The concept of that name, however it is written. Raises `UnknownConcept`."""
        return await self._read(reading.read_concept_named, chat.key, name)

    async def find(self, chat: Chat, name: str) -> Concept | None:
        """The concept of that name, None if the chat knows nobody so called."""
        try:
            return await self.concept(chat, name)
        except UnknownConcept:
            return None

    async def named_like(self, chat: Chat, typed: str, most: int) -> tuple[Concept, ...]:
        """Up to `most` of the chat's concepts whose names hold what was typed; those that begin with it come first."""
        return await self._read(reading.read_named_like, chat.key, fold(typed), most)

    async def references(self, chat: Chat, concept_id: int) -> tuple[Reference, ...]:
        """A concept's references with their photos, old to new, the negative ones too."""
        return await self._read(reading.read_references, chat.key, concept_id)

    async def photo_ids(self, chat: Chat, concept_id: int) -> tuple[int, ...]:
        """The ids of a concept's positive references, in the order in which `/show` numbers them."""
        return await self._read(reading.read_photo_ids, chat.key, concept_id)

    async def reference(self, chat: Chat, reference_id: int) -> tuple[Concept, Reference]:
        """One reference with its photo, and the concept it is of. Raises `UnknownConcept`."""
        return await self._read(reading.read_reference, chat.key, reference_id)

    async def first_references(self, chat: Chat, only: Collection[int] | None = None) -> dict[int, Reference]:
        """The reference that stands for each concept, or for `only` those, by its id: their thumbnails."""
        return await self._read(reading.read_first_references, chat.key, only)

    async def homes(self, chat: Chat, person: Sender) -> tuple[Chat, ...]:
        """This chat, and the others of its platform in which the person has remembered something."""
        keys = await self._read(reading.read_homes, chat.platform, person.id)
        return (chat, *(Chat.of(key) for key in keys if key != chat.key))

    async def usage(self, chat: Chat) -> Usage:
        """How much the chat keeps."""
        return await self._read(seen.read_usage, chat.key)

    async def usage_of(self, chat: Chat, person: Sender) -> Usage:
        """How much a person has made the bot keep, in all chats of the platform that `chat` is on."""
        return await self._read(seen.read_usage_of, chat.platform, person.id)

    # -- what was seen

    async def note(self, chat: Chat, concept_ids: Collection[int], sender: str, message: str) -> None:
        """Note in the diary, if the chat keeps one, that concepts were surely seen in the photos of a message.

        `sender` is the name of who sent them. Called about one message twice, it notes each concept once.
        """
        await self._write(seen.note, chat.key, concept_ids, sender, message, self._clock())

    async def notes(self, chat: Chat, concept_id: int, most: int = 5) -> tuple[SightingNote, ...]:
        """A concept's last sightings in the diary, the newest first."""
        return await self._read(seen.read_notes, chat.key, concept_id, most)

    async def count_notes(self, chat: Chat) -> int:
        """How many sightings the chat's diary holds."""
        return await self._read(seen.count_notes, chat.key)

    async def kept(self, chat: Chat, concept_ids: Collection[int] = ()) -> tuple[KeptPhoto, ...]:
        """The photos that the chat keeps, or those of them that surely show all of these, the newest first."""
        return await self._read(seen.read_kept_of, chat.key, concept_ids)

    async def kept_pixels(self, chat: Chat, kept_ids: Collection[int]) -> dict[int, bytes]:
        """The JPEGs of kept photos by their ids."""
        return await self._read(seen.read_kept_pixels, chat.key, kept_ids)

    # -- what may be used for training

    async def consents(self, chat: Chat) -> Consents:
        """Who has turned training on in the chat, and who agrees."""
        return await self._read(consents.read_consents, chat.key)

    async def agreeing_chats(self) -> tuple[Chat, ...]:
        """All chats in which training is on and somebody agrees."""
        return tuple(Chat.of(key) for key in await self._read(consents.read_open_chats))

    async def taught(self, chat: Chat) -> tuple[TaughtConcept, ...]:
        """What may be used of the chat for training at this moment; nothing unless it is on and somebody agrees."""
        return await self._read(taught.read_taught, chat.key)

    # -- what was said on the web page

    async def say(self, chat: Chat, said: Sequence[SaidLine], revision: int) -> bool:
        """Keep lines that say what was known at the chat's `revision`; false when it is at another: look again.

        Later edits take out of them what the chat no longer knows.
        """
        kept = [replace(one, at=one.at - self._set_by()) for one in said]
        return await self._write(spoken.say, chat.key, kept, revision)

    async def lines(self, chat: Chat, most: int) -> tuple[SaidLine, ...]:
        """The last lines that were said in a chat, from old to new."""
        said = await self._read(spoken.read_lines, chat.key, most)
        return tuple(replace(one, at=one.at + self._set_by()) for one in said)

    # -- edits

    async def remember(
        self,
        chat: Chat,
        name: str,
        *,
        by: Sender,
        category: str | None = None,
        detected: str | None = None,
        info: str | None = None,
        references: Sequence[NewReference] = (),
    ) -> Change:
        """Create the concept, or add references, a newer info or another category to the one of that name.

        `detected` is the detector's word for it, which only fills an empty category.
        """
        return await self._edit(chat, by, teaching.remember, name, category, detected, info, references)

    async def take_in(
        self, chat: Chat, new: NewConcept, by: Sender, *, concept_id: int | None = None, import_id: int | None = None
    ) -> Imported:
        """Add one concept of an archive, or what `concept_id` doesn't have of it yet.

        With the `id` of the first one taken in as their `import_id`, all concepts of an archive are one change.
        """
        refuse_broken(new.name, new.category, *(info.text for info in new.infos))
        return await self._edit(chat, by, teaching.take_in, new, concept_id, import_id)

    async def add_reference(
        self,
        chat: Chat,
        concept_id: int,
        new: NewReference,
        by: Sender,
        *,
        question: str = "",
        shown: tuple[str, int] | None = None,
    ) -> Change:
        """Add a reference that corrects an answer: "yes, that's bo", or a negative one for "no".

        Where that was asked with buttons, `question` tells which one it was: it is answered once. With `shown`, the
        message and the number there, from 0, of the photo, diary and kept photos are put right, too.
        """
        return await self._edit(chat, by, teaching.add_reference, concept_id, new, question, shown)

    async def move_reference(self, chat: Chat, reference_id: int, box: Box, embedding: Embedding, by: Sender) -> Change:
        """Let a reference mean another region of its photo."""
        return await self._edit(chat, by, teaching.move_reference, reference_id, box, embedding)

    async def merge(
        self, chat: Chat, concept_id: int, other_id: int, by: Sender, *, contradicting: Collection[int] = ()
    ) -> Change:
        """Make one concept of two: the other one's photos and texts become this one's, until that is taken back.

        `contradicting` are references of either that say of the other one "this is not it": they count no more.
        """
        return await self._edit(chat, by, regrouping.merge, concept_id, other_id, contradicting)

    async def remove_reference(self, chat: Chat, reference_id: int, by: Sender, *, undo_seconds: float) -> Change:
        """Take a photo away from its concept; erase it after `undo_seconds`, or now if 0."""
        change = await self._edit(chat, by, regrouping.remove_reference, reference_id, undo_seconds)
        if undo_seconds <= 0:
            await self._truncate_wal()
        return change

    async def reassign_reference(self, chat: Chat, reference_id: int, name: str, by: Sender) -> Change:
        """Let a photo be of the concept of another name, a new one if need be."""
        return await self._edit(chat, by, regrouping.reassign_reference, reference_id, name)

    async def set_cover(self, chat: Chat, reference_id: int, by: Sender) -> Change:
        """Let a photo stand for its concept in galleries."""
        return await self._edit(chat, by, regrouping.set_cover, reference_id)

    async def rename(self, chat: Chat, concept_id: int, new_name: str, by: Sender) -> Change:
        """Give a concept another name. Raises `UserError` when it is taken."""
        return await self._edit(chat, by, teaching.rename, concept_id, new_name)

    async def describe(self, chat: Chat, concept_id: int, info: str, by: Sender) -> Change:
        """Add a text about a concept, beside what was said before."""
        return await self._edit(chat, by, teaching.describe, concept_id, info)

    async def undescribe(self, chat: Chat, concept_id: int, by: Sender, *, undo_seconds: float) -> Change:
        """Let go of all texts about a concept; erase them after `undo_seconds`, or now if 0.

        Raises `UserError` when there is none.
        """
        change = await self._edit(chat, by, teaching.undescribe, concept_id, undo_seconds)
        if undo_seconds <= 0:
            await self._truncate_wal()
        return change

    async def retell(
        self,
        chat: Chat,
        concept_id: int,
        by: Sender,
        *,
        gone: Collection[str] = (),
        new: Sequence[str] = (),
        undo_seconds: float,
    ) -> Change:
        """Let go of some texts about a concept and add others; the rest stays as it is, with authors and dates.

        Those that are let go of are erased after `undo_seconds`, or now if 0. Raises `UserError` when nothing changes.
        """
        change = await self._edit(chat, by, teaching.retell, concept_id, gone, new, undo_seconds)
        if undo_seconds <= 0:
            await self._truncate_wal()
        return change

    async def categorise(self, chat: Chat, concept_id: int, category: str | None, by: Sender) -> Change:
        """File a concept under another category, or under none."""
        return await self._edit(chat, by, teaching.categorise, concept_id, category)

    async def set_setting(self, chat: Chat, key: str, value: str, by: Sender) -> dict[str, str]:
        """Set one of the chat's settings; returns all that were ever made.

        Turned off, the diary is erased at once, the embeddings of faces are, and with training everybody's consent.
        Who is alone with the bot agrees by turning training on.
        """
        chosen = await self._edit(chat, by, choices.set_setting, key, value)
        if key in {"diary", "faces", "training"}:
            await self._truncate_wal()
        return chosen

    async def agree(self, chat: Chat, by: Sender, wording: int) -> None:
        """Let somebody agree that what they taught is used for training, as the wording of that number says.

        Raises `UserError` where training is off, or the wording is another one by now.
        """
        await self._edit(chat, by, choices.agree, wording)

    async def withdraw(self, chat: Chat, by: Sender) -> int:
        """Take somebody's consent back: in this chat, or if it is private in all of its platform.

        Returns in how many chats they had agreed.
        """
        elsewhere = await self._read(consents.read_agreed_of, chat.platform, by.id) if chat.private and by.id else []
        chats = (chat, *(Chat.of(key) for key in elsewhere if key != chat.key))
        gone = [await self._edit(one, by, choices.withdraw) for one in chats]
        await self._truncate_wal()
        return sum(gone)

    async def offer_faces(self, chat: Chat, by: Sender) -> bool:
        """Whether nobody was asked yet if faces are compared in a group; they aren't until an admin says so."""
        return await self._edit(chat, by, choices.offer_faces)

    async def refuse_face(
        self, chat: Chat, face: FaceVector, concept_ids: Collection[int], by: Sender, *, undo_seconds: float
    ) -> int | None:
        """Keep a template of a face that is not to be recognised.

        Those whose face it is are forgotten, as `forget` does; returns the change, None where there are none.
        """
        change_id = await self._edit(chat, by, forgetting.refuse_face, face, list(concept_ids), undo_seconds)
        if undo_seconds <= 0:
            await self._erase_now()
        return change_id

    async def admit_face(self, chat: Chat, by: Sender) -> bool:
        """Erase the template that was kept for whoever asks; whether there was one."""
        there = await self._edit(chat, by, forgetting.admit_face)
        await self._truncate_wal()
        return there

    async def forget(self, chat: Chat, concept_id: int, by: Sender, *, undo_seconds: float) -> Change:
        """Take a concept out of every reading at once; erase it after `undo_seconds`, or now if 0."""
        change = await self._edit(chat, by, forgetting.forget, concept_id, undo_seconds)
        if undo_seconds <= 0:
            await self._erase_now()
        return change

    async def forget_all(self, chat: Chat, by: Sender, *, undo_seconds: float, asked_at: int | None = None) -> int:
        """Take all of the chat's concepts out of every reading; erase them as `forget` does. Returns the change's id.

        Raises `UserError` when the chat isn't any more at the revision `asked_at` which somebody agreed to erase.
        """
        change_id = await self._edit(chat, by, forgetting.forget_all, undo_seconds, asked_at)
        if undo_seconds <= 0:
            await self._erase_now()
        return change_id

    async def keep(self, chat: Chat, new: NewKept, by: Sender) -> tuple[KeptPhoto, int]:
        """Keep a photo; returns it with the change. Raises `UserError` when it is kept already."""
        return await self._edit(chat, by, keeping.keep, new)

    async def take_in_kept(self, chat: Chat, new: NewKept, by: Sender, *, import_id: int | None = None) -> int:
        """Keep a photo that came with an archive, as a part of the import whose id it returns."""
        return await self._edit(chat, by, keeping.take_in_kept, new, import_id)

    async def unkeep(
        self, chat: Chat, number: int, by: Sender, *, undo_seconds: float, kept_id: int | None = None
    ) -> int:
        """Let a kept photo go, to be erased as `forget` does; returns the change's id.

        Raises `UnknownConcept` when there is none of that number, or it has another id than `kept_id`.
        """
        change_id = await self._edit(chat, by, keeping.unkeep, number, kept_id, undo_seconds)
        if undo_seconds <= 0:
            await self._truncate_wal()
        return change_id

    async def undo(
        self, chat: Chat, by: Sender, change_id: int | None = None, *, seconds: float | None = None
    ) -> Undone:
        """Take the given change back, or the person's last one; what it had added is erased for good.

        What was taught is taken back for so many `seconds` only, without limit by None; all else at any time.
        Raises `UserError` when there is nothing to take back or it is too late.
        """
        undone = await self._edit(chat, by, undoing.undo, change_id, seconds)
        await self._truncate_wal()
        return undone

    # -- whole chats

    async def left(self, chat: Chat, until: datetime | None) -> None:
        """The bot was removed from the chat: erase all of it at `until`, or with None (it is back) never."""
        due = until and until - self._set_by()
        await self._write(whole_chats.leave, chat.key, due)

    async def move(self, chat: Chat, to: Chat) -> None:
        """Hand the chat's whole memory to the id it goes on under; two memories become one."""
        await self._write(whole_chats.move, chat.key, to.key)
        for one in (chat, to):
            self._last.drop(one.key)

    # -- erasing and re-embedding, for all chats

    async def erase_expired(self, now: datetime | None = None) -> int:
        """Erase the forgotten concepts whose time to undo is over, and the chats that were left long ago.

        Returns how many concepts. For a timer, which also finds out whether a fault is over, and is told when keys
        can't be destroyed. `now` is for those who have a time of their own.
        """
        now = now or self._steady()
        if self.fault is not None:
            with suppress(StoreError, *DATABASE_ERRORS):
                if self.fault.fault in _BREAKS_CONNECTIONS:
                    await self._database.renew()
                await self._write(_nothing)
        left, erased = [], 0
        if await self._read(whole_chats.any_left, now):
            left = await self._write(whole_chats.abandon_left, now, frees=True)
        if await self._read(erasing.any_due, now):
            while done := await self._write(erasing.erase_due, now, frees=True):
                erased += done.concepts + done.kept
        for key in left:
            self._last.drop(key)
            await self._write(erasing.drop_if_empty, key, frees=True)
        if await self._read(inbox.any_old, now):
            await self._write(inbox.drop_old, now, frees=True)
        if self._undestroyed:
            await self._destroy_keys()
        unsaid, self._unsaid = self._unsaid, False
        if self._answered and not timedelta(0) <= now - self._truncated_at < _ANSWERED_IN_LOG:
            self._answered, self._truncated_at, unsaid = False, now, True
        await self._truncate_wal(erased=erased > 0 or bool(left) or unsaid)
        return erased

    async def _erase_now(self) -> None:
        """Erase what has just been forgotten; what that can't do, the timer does."""
        with suppress(StoreError):
            await self.erase_expired()

    async def erase_lines(self, age: timedelta) -> None:
        """Erase what was said on the web page longer ago than that, in all chats. For a timer."""
        before = self._steady() - age
        if await self._read(spoken.any_older, before):
            await self._write(spoken.erase_older, before, frees=True)
            await self._truncate_wal()

    async def totals(self) -> Totals:
        """How much all chats keep together."""
        return await self._read(seen.read_totals)

    async def count_stale(self) -> int:
        """How many references the present encoder has not embedded."""
        return await self._read(reading.count_stale, self._encoders.regions)

    async def stale_references(self, limit: int, after: int = 0) -> list[tuple[str, Reference]]:
        """Chat key and reference of the next references past the id `after` to embed anew."""
        return await self._read(reading.read_stale, self._encoders.regions, limit, after)

    async def store_embedding(self, reference_id: int, embedding: Embedding) -> None:
        """Write the present encoder's embedding of a reference, if that has not been erased meanwhile."""
        data = embedding.to_bytes()
        await self._write(rows.reembed, reference_id, self._encoders.regions, data)

    async def comparing_chats(self) -> tuple[Chat, ...]:
        """All chats that compare faces."""
        return tuple(Chat.of(key) for key in await self._read(faces.read_comparing))

    async def stale_faces(self, chat: Chat, limit: int, after: int = 0) -> list[StaleFace]:
        """The next references of a chat past the id `after` whose face is to be looked for."""
        return await self._read(faces.read_stale, chat.key, self._encoders.faces, limit, after)

    async def store_face(self, chat: Chat, reference_id: int, face: ReferenceFace) -> None:
        """Write what was found of a reference's face, if both are still wanted."""
        await self._write(rows.store_face, chat.key, reference_id, self._encoders.faces, face.to_bytes())

    async def erase_faces(self) -> None:
        """Erase all that is kept of faces, in all chats: the host compares none."""
        if await self._read(faces.any_kept):
            await self._write(faces.erase_all, frees=True)
            await self._truncate_wal()

    # -- transactions

    async def _read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def reading(_: Attempt) -> T:
            async with self._database.reading() as connection:
                return await connection.run_sync(work, *args, **kwargs)

        return await self._read_what_lives(partial(self._ask, self._readings, reading))

    async def _read_what_lives(self, read: Callable[[], Awaitable[T]]) -> T:
        """What a reading gives, made anew where it has met something that is forgotten."""
        for _ in range(_READINGS):
            with suppress(KeyDestroyed):  # it was forgotten just now, by another process perhaps
                return await read()
        # An older copy of the database was put in its place while it is in use.
        await self._ask(self._writings, lambda _: opening.drop_unreadable(self._database))
        return await read()

    async def _write(self, work: Callable[..., T], *args: Any, frees: bool = False) -> T:
        async def writing(call: Attempt) -> T:
            async with self._transaction(call, frees=frees) as connection:
                return await connection.run_sync(work, *args)

        return await self._ask(self._writings, writing, frees=frees)

    async def _edit(
        self,
        chat: Chat,
        by: Sender,
        work: Callable[Concatenate[Edit, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        refuse_broken(by.id, by.name, *args)
        answering = inbox.UNDER_WAY.get()

        def edit(db: Connection) -> tuple[T, int]:
            revision, chosen = bump(db, chat.key)
            settings = ChatSettings.of(chosen)
            inbox.note_edit(db, answering, self._clock())
            now = Edit(db, chat, settings, by, self._clock(), self._steady(), self._encoders)
            done = work(now, *args, **kwargs)
            return done, revision

        async def writing(call: Attempt) -> T:
            try:
                with ExitStack() as outcome:
                    async with self._transaction(call, frees=work in _FREEING) as connection:
                        done, revision = await connection.run_sync(edit)
                        await self._let_go_of_lines(connection, chat)
                        outcome.enter_context(self._last.being_kept(chat))  # before that it isn't there for anybody
                    self._last.edited(chat, revision)
                    if work in _TEACHING:
                        self.faces_due.add(chat.key)
                return done
            finally:
                self._listeners.heard(f"chat {chat.key}")

        return await self._ask(self._writings, writing, frees=work in _FREEING)

    @asynccontextmanager
    async def _transaction(self, call: Attempt, *, frees: bool) -> AsyncIterator[AsyncConnection]:
        """The write transaction of an attempt, which is kept unless it was given up."""
        async with self._database.turn(frees=frees):
            if self._database.keys is not None and self._database.keys.is_low:
                with suppress(StoreError):  # there are some left; else who needs one hears of it
                    await asyncio.to_thread(self._database.keys.refill)
            call.begin()
            async with self._database.writing() as connection:
                yield connection
                call.keep()

    async def _ask(
        self, breaker: StoreBreaker, attempt: Callable[[Attempt], Coroutine[Any, Any, T]], *, frees: bool = False
    ) -> T:
        """What the database answers, within the breaker's time. What `frees` room may use what is held for that."""

        async def told(call: Attempt) -> T:
            with told_plainly(self._database.address):
                if breaker.fault is not None and breaker.fault.fault in _BREAKS_CONNECTIONS:
                    await self._database.renew()
                trying = stamina.retry_context(
                    is_conflict, attempts=_TRIES, timeout=None, wait_initial=_FIRST_PAUSE, wait_jitter=_FIRST_PAUSE
                )
                async for one in trying:
                    with one:
                        return await attempt(call)
                raise AssertionError  # the last try raises

        try:
            return await breaker.run(told)
        except StoreError as error:
            error.can_forget = error.fault is Fault.FULL and not frees and self._database.holds_room
            if error.fault is not Fault.FULL or not frees:
                raise
        await self._database.make_room()
        try:
            return await breaker.run(told)
        finally:
            await self._database.hold_room()

    def _note_answered(self) -> None:
        self._answered = True

    def _set_by(self) -> timedelta:
        """How far the system's clock was set since the start: what is kept counts from the steady one."""
        return timedelta(seconds=round((self._clock() - self._steady()).total_seconds()))

    async def _let_go_of_lines(self, connection: AsyncConnection, chat: Chat) -> None:
        """Take out of the page's lines, within an edit, what the chat knows no longer by it."""
        if touched := await connection.run_sync(spoken.read_touched, chat.key):
            async with self._database.reading() as reader:  # to all others the edit hasn't been made yet
                before = await reader.run_sync(spoken.read_known, chat.key, touched)
            if await connection.run_sync(spoken.let_go, chat.key, before):
                self._unsaid = True

    async def _truncate_wal(self, *, erased: bool = True) -> None:
        """Destroy the keys of what was erased, and rid the log of it; what can't be done now, the next timer does."""

        async def truncating(_: Attempt) -> None:
            await self._database.truncate_wal(erased)

        with suppress(StoreError):
            if erased:
                await self._destroy_keys()
            await self._ask(self._writings, truncating)

    async def _destroy_keys(self) -> None:
        """Destroy the keys of all rows that are gone: a process that died may have left some."""
        keys = self._database.keys
        self._undestroyed = True
        while keys is not None and (dead := await self._read(whole.read_dead)):
            mark = await asyncio.to_thread(keys.destroy, dead)
            await self._write(whole.clear_dead, dead, mark, frees=True)
        self._undestroyed = False

    # -- encryption

    async def encrypt(self) -> None:
        """Encrypt the rows that aren't yet, a few at a time; interrupted, the next call goes on. For a chore."""
        if self._database.keys is None or (known := await self._read(whole.read_sealing)) is None or known.whole:
            return
        of, done = await self._read(whole.count_rows), 0
        for table in whole.TABLES:
            after: int | None = 0
            while after is not None:
                passed, after = await self._write(whole.encrypt_some, table, after)
                done += passed
                self.encryption = whole.Encryption(done, max(of, done))
        if not await self._read(whole.any_plain):
            await self._write(whole.note_whole)
            await self._truncate_wal()
            self.encryption = None
