"""The messages and replies of each chat since the program started, for windows that connect late or again.

They are kept in memory; the store keeps their words over a restart (`Responder`). An entry is put again under its id
when it changes (a draft, then the reply; words that were forgotten since), and each time gets the next number, so that
a window only ever asks for everything after number N.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.concepts import NOTHING, Known
from core.i18n.lazy_strings import gettext_noop
from core.messages import AttachmentKind, Photo, Unreadable
from core.names import fold, redacted
from core.store.kept.lines import MASK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator

    Opened = Callable[[Photo], Awaitable[bytes]]

FORGOTTEN = gettext_noop("What I said here is forgotten.")
_NO_WORDS = frozenset({"id", "kind", "to", "at", "url", "image", "type", "reply_to", "grade"})
_MOST_CHATS = 512
_FACT = 32  # bytes that a fact takes in a set; its words are the index's
_VALUE = 64  # bytes of one value in a body, beside its letters
_LONGEST_CHAIN = 32


@dataclass(frozen=True, slots=True, repr=False)
class Blob:
    """Bytes that an entry shows or offers. A `raw` one is a person's photo as it came: it is handed to nobody."""

    data: bytes
    media_type: str
    name: str
    raw: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class TranscriptEntry:
    """A message or a reply. `body` is what the page gets of it.

    `author` is the sender's id, for a reply that of whom it answers; a `private` entry is theirs alone.
    `about` is the entry it answers or replies to; `photos` are a message's own, `unreadable` what else came with
    it. `open` means: more follows. `basis` is what an answer rests on, `passing` the words in it that only the
    windows that are open now may still show for a moment.
    """

    id: str
    author: str
    body: dict[str, object]
    about: str | None = None
    photos: tuple[Photo, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    blobs: tuple[Blob, ...] = ()
    private: bool = False
    open: bool = False
    basis: Known = NOTHING
    passing: frozenset[str] = frozenset()
    number: int = 0
    at: float = 0

    @property
    def size(self) -> int:
        """Its bytes in memory, approximately: its files, its words, and what it rests on."""
        files = sum(len(blob.data) for blob in self.blobs)
        return files + _size_of(self.body) + _FACT * (len(self.basis.facts) + len(self.basis.names))

    def is_for(self, reader: str) -> bool:
        """Whether the reader may see it."""
        return not self.private or self.author == reader

    def without_files(self) -> TranscriptEntry:
        """The entry without its photos and files; which photos there were is still reported."""
        gone = tuple(Unreadable(AttachmentKind.PHOTO, photo.name) for photo in self.photos)
        return replace(self, blobs=(), photos=(), unreadable=(*gone, *self.unreadable))

    def without(self, words: frozenset[str]) -> TranscriptEntry:
        """The entry without these words, and if it spoke of them, without its pictures and files.

        A file that is no picture (an export) may hold anybody, and goes in any case.
        """
        body = _redacted(self.body, words)
        if not words or (body == self.body and all(blob.media_type.startswith("image/") for blob in self.blobs)):
            return self
        if self.is_gallery:
            return self._without_cards(body)
        return replace(self.without_files(), body=_unpictured(body), passing=frozenset())

    def unnamed(self, names: frozenset[str], basis: Known) -> TranscriptEntry:
        """The entry without names that were given up for others; its pictures show who is known, and stay."""
        body = _redacted(self.body, names)
        return self if body == self.body and basis == self.basis else replace(self, body=body, basis=basis)

    @property
    def is_gallery(self) -> bool:
        """Whether its only pictures are those of cards, each of which shows one concept."""
        cards: Any = self.body.get("cards") or []
        other = self.body.get("image") or self.body.get("attachments")
        return bool(cards) and not other and all(card["photos"] is not None for card in cards)

    def _without_cards(self, body: dict[str, Any]) -> TranscriptEntry:
        """The gallery with `body` for its words: a card whose name is no longer said loses its picture, others stay."""
        before: Any = self.body["cards"]
        pairs = [(old, new, old["title"] != new["title"]) for old, new in zip(before, body["cards"], strict=True)]
        gone = {old["image"].rpartition("/")[2] for old, _, lost in pairs if lost and old["image"]}
        blobs = tuple(replace(one, data=b"") if str(at) in gone else one for at, one in enumerate(self.blobs))
        cards = [{**new, "image": None} if lost else new for _, new, lost in pairs]
        return replace(self, body={**body, "cards": cards, "redacted": True}, blobs=blobs, passing=frozenset())

    def emptied(self) -> TranscriptEntry:
        """The reply without anything in it: what it rested on is forgotten."""
        nothing: dict[str, object] = {
            "buttons": [],
            "sightings": [],
            "cards": [],
            "attachments": [],
            "regions": [],
            "shown": "",
        }
        nothing["image"] = None
        body = {**self.body, **nothing, "text": "" if self.open else FORGOTTEN, "redacted": True}
        return replace(self, body=body, blobs=(), basis=NOTHING, passing=frozenset())


@dataclass(slots=True, eq=False)
class Transcript:
    """The entries of one chat, from old to new; numbers of one `epoch` mean nothing in another."""

    chat: str
    epoch: str = field(default_factory=lambda: secrets.token_hex(8))
    entries: OrderedDict[str, TranscriptEntry] = field(default_factory=OrderedDict)
    clock: Callable[[], float] = time.monotonic
    number: int = 0
    dropped: int = 0
    bytes: int = 0
    known: Known = NOTHING
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    recalling: asyncio.Lock = field(default_factory=asyncio.Lock)
    recalled: bool = False
    given_up: bool = False  # another process answers the chat by now: its windows have to come again
    _readers: set[asyncio.Event] = field(default_factory=set)
    _open: set[str] = field(default_factory=set)  # the ids of entries that more follows for

    def put(self, entry: TranscriptEntry) -> None:
        """Add the entry, or replace the one of the same id in its place; wakes the readers.

        An answer that rests on what is known no more is put without its content.
        """
        if not self.known.upholds(entry.basis):
            entry = entry.emptied()
        self.number += 1
        before = self.entries.get(entry.id)
        self.bytes += entry.size - (before.size if before else 0)
        self.entries[entry.id] = replace(entry, number=self.number, at=self.clock())
        (self._open.add if entry.open else self._open.discard)(entry.id)
        self._wake()

    def recall(self, entries: Iterable[TranscriptEntry]) -> None:
        """Put entries of an earlier run before all others."""
        since, self.entries = self.entries, OrderedDict()
        for entry in entries:
            if entry.id not in since:
                self.put(entry)
        self.entries.update(since)
        self.recalled = True

    def learn(self, now: Known, spare: Collection[str] = ()) -> None:
        """Take over what the chat knows now, and take out of every entry what it no longer knows.

        The entries of the ids in `spare` (the forgetting itself) keep its words for the windows that are open now,
        until `settle` is called.
        """
        if 0 < now.revision < self.known.revision:
            return
        if now.revision != self.known.revision:
            self._wake()
        words, former, self.known = now.lost_since(self.known), now.renamed_since(self.known), now
        renamed = words & {name for _, name in former}
        for entry in list(self.entries.values()):
            if entry.id in spare:
                self.entries[entry.id] = replace(entry, passing=entry.passing | words)
                continue
            rest = entry.unnamed(renamed, now.renamed(entry.basis, former))
            rest = rest.without(words - renamed) if now.upholds(rest.basis) else rest.emptied()
            if rest is not entry:
                self.put(rest)
                asked = self.entries.get(entry.about or "")
                if asked and asked.photos and entry.blobs and not rest.blobs:  # that photo shows who is forgotten
                    self.put(replace(asked.without_files(), body=_unpictured(asked.body)))

    def _wake(self) -> None:
        for reader in self._readers:
            reader.set()

    def give_up(self) -> None:
        """Let its windows go: what follows comes from another transcript of the chat."""
        self.given_up = True
        self._wake()

    def settle(self) -> None:
        """Take out the words that entries were still allowed to show: a new window must not get them."""
        for entry in list(self.entries.values()):
            if entry.passing:
                self.put(replace(entry.without(entry.passing), passing=frozenset()))

    def since(self, number: int) -> list[TranscriptEntry]:
        """The entries after that number, in the order in which they were first put; not all are for every reader."""
        return [entry for entry in self.entries.values() if entry.number > number]

    def asking_again(self, message_id: str, author: str) -> TranscriptEntry | None:
        """The reply that asks this author for a message's photos or files, which were lost before it was answered."""
        lost, reply = self.entries.get(message_id), self.entries.get(f"re-{message_id}")
        if lost is None or reply is None or lost.author != author or lost.photos or not lost.unreadable:
            return None
        return reply if reply.body.get("failed") and not reply.open else None

    def has_gap(self, number: int) -> bool:
        """Whether something newer than `number` is no longer kept."""
        return 0 < number < self.dropped

    def source(self, entry_id: str | None) -> tuple[str | None, TranscriptEntry | None]:
        """The nearest message with attachments, going back from an entry along what each is about, and its id.

        The entry is None when that message is not kept (any more); the id, too, when none had attachments.
        """
        for _ in range(_LONGEST_CHAIN):  # ids come from outside: they may go round in circles
            entry = self.entries.get(entry_id or "")
            if entry is None or entry.photos or entry.unreadable:
                return entry_id, entry
            entry_id = entry.about
        return None, None

    async def file(self, entry_id: str, index: int, reader: str, opened: Opened) -> Blob | None:
        """A file of an entry; None when it isn't kept or not for this reader.

        A person's photo is what `opened` makes of it, once: its pixels. Raises what that raises.
        """

        def kept() -> Blob | None:
            entry = self.entries.get(entry_id)
            there = entry is not None and entry.is_for(reader) and index < len(entry.blobs)
            return entry.blobs[index] if entry and there and entry.blobs[index].data else None

        blob = kept()
        if blob is None or not blob.raw:
            return blob
        async with self.opening:
            blob = kept()
            if blob is None or not blob.raw:
                return blob
            name = f"{blob.name.rpartition('.')[0] or blob.name}.jpg"
            shown = Blob(await opened(Photo(blob.data, blob.name)), "image/jpeg", name)
            if kept() is not blob:  # it was let go of meanwhile
                return None
            entry = self.entries[entry_id]
            blobs = (*entry.blobs[:index], shown, *entry.blobs[index + 1 :])
            self.entries[entry_id] = replace(entry, blobs=blobs)
            self.bytes += len(shown.data) - len(blob.data)
            return shown

    def drop_oldest(self) -> bool:
        """Remove the oldest finished entry; returns false when there is none."""
        oldest = next((entry for entry in self.entries.values() if not entry.open), None)
        if oldest is None:
            return False
        del self.entries[oldest.id]
        self.bytes -= oldest.size
        self.dropped = max(self.dropped, oldest.number)
        return True

    def drop_files(self, before: float) -> None:
        """Remove the photos and files of entries put before that time; the texts stay, and which photos there were."""
        for entry in self.entries.values():
            if entry.at < before and (entry.blobs or entry.photos) and not entry.open:
                self.strip(entry)

    def strip(self, entry: TranscriptEntry) -> int:
        """Remove an entry's photos and files; its text stays. Returns how many bytes that has freed."""
        slim = entry.without_files()
        freed = entry.size - slim.size
        self.bytes -= freed
        self.entries[entry.id] = slim
        return freed

    @property
    def watched(self) -> bool:
        """Whether some window shows it."""
        return bool(self._readers)

    @property
    def idle(self) -> bool:
        """Whether nobody reads it and nothing is being answered."""
        return not self._readers and not self._open

    def subscribe(self) -> Subscription:
        """A context in which one can wait for the next change."""
        return Subscription(self._readers)


class Subscription:
    """One reader's wait for changes of a transcript: enter it, then `await changed()` again and again."""

    def __init__(self, readers: set[asyncio.Event]) -> None:
        self._readers = readers
        self._event = asyncio.Event()

    def __enter__(self) -> Subscription:
        self._readers.add(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        self._readers.discard(self._event)

    async def changed(self) -> None:
        """Wait until something was put since the last call."""
        await self._event.wait()
        self._event.clear()


def _size_of(value: object) -> int:
    """The bytes of a JSON value, approximately."""
    if isinstance(value, dict):
        return _VALUE + sum(_VALUE + _size_of(one) for one in value.values())
    if isinstance(value, list | tuple):
        return _VALUE + sum(map(_size_of, value))
    return _VALUE + len(value) if isinstance(value, str) else 0


def _redacted(value: Any, words: frozenset[str]) -> Any:
    """The JSON value with each of the words in it masked, wherever people's or the bot's words stand."""
    if isinstance(value, str):
        return redacted(value, words, MASK)
    if isinstance(value, list | tuple):
        inside = [_redacted(one, words) for one in value]
        return inside if isinstance(value, list) else tuple(inside)
    if isinstance(value, dict):
        left_alone = _NO_WORDS | {"name"} if value.get("kind") == "message" else _NO_WORDS  # the sender's own name
        if "size" in value and any(word in fold(str(value.get("name"))) for word in words):  # a file: "bo_1.jpg"
            value = {**value, "name": MASK}
        return {key: one if key in left_alone else _redacted(one, words) for key, one in value.items()}
    return value


def _unpictured(value: Any) -> Any:
    """The JSON value of an entry without the addresses of its pictures and files."""
    if isinstance(value, list | tuple):
        inside = [_unpictured(one) for one in value]
        return inside if isinstance(value, list) else tuple(inside)
    if isinstance(value, dict):
        body = {key: None if key in {"url", "image"} else _unpictured(one) for key, one in value.items()}
        if "attachments" in body:
            body["attachments"] = []
        if "kind" in body:
            body["redacted"] = True
        return body
    return value


class Transcripts:
    """The transcripts of all chats, within a number of entries for each and of bytes for all."""

    def __init__(self, *, keep_entries: int, keep_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_entries, self._keep_bytes, self._clock = keep_entries, keep_bytes, clock
        self._chats: OrderedDict[str, Transcript] = OrderedDict()

    def of(self, chat: str) -> Transcript:
        """The chat's transcript, a new one when it has none."""
        transcript = self.find(chat) or self._chats.setdefault(chat, Transcript(chat, clock=self._clock))
        self._chats.move_to_end(chat)
        if len(self._chats) > _MOST_CHATS:
            idle = (name for name, one in self._chats.items() if one.idle and name != chat)
            for name in sorted(idle, key=lambda name: bool(self._chats[name].entries))[:1]:
                del self._chats[name]
        return transcript

    def find(self, chat: str) -> Transcript | None:
        """The chat's transcript if there is one."""
        return self._chats.get(chat)

    def drop(self, transcript: Transcript) -> None:
        """Let a transcript go with its windows: another process answers the chat, or has done so meanwhile."""
        if self._chats.get(transcript.chat) is transcript:
            del self._chats[transcript.chat]
        transcript.give_up()

    def all(self) -> tuple[Transcript, ...]:
        """Those of all chats."""
        return tuple(self._chats.values())

    def watched(self) -> Iterator[Transcript]:
        """Those that some window shows."""
        return (transcript for transcript in self._chats.values() if transcript.watched)

    def shrink(self) -> None:
        """Remove what is beyond the limits.

        First go the files of whoever has most, so that nobody pushes out those of all others; then the oldest entries,
        those of the least recently used chats first.
        """
        for transcript in self._chats.values():
            while len(transcript.entries) > self._keep_entries and transcript.drop_oldest():
                pass
        self._strip_heaviest(sum(one.bytes for one in self._chats.values()) - self._keep_bytes)
        for transcript in self._chats.values():
            while sum(one.bytes for one in self._chats.values()) > self._keep_bytes and transcript.drop_oldest():
                pass

    def _strip_heaviest(self, excess: int) -> None:
        if excess <= 0:
            return
        files: defaultdict[str, deque[tuple[Transcript, TranscriptEntry]]] = defaultdict(deque)
        entries = ((one, entry) for one in self._chats.values() for entry in one.entries.values())
        for transcript, entry in sorted(entries, key=lambda pair: pair[1].at):
            if entry.blobs and not entry.open:
                files[entry.author].append((transcript, entry))
        sizes = {author: sum(entry.size for _, entry in own) for author, own in files.items()}
        while excess > 0 and len(sizes) > 1:
            author = max(sizes, key=lambda one: sizes[one])
            transcript, entry = files[author].popleft()
            freed = transcript.strip(entry)
            excess, sizes[author] = excess - freed, sizes[author] - freed
            if not files[author]:
                del sizes[author]

    def drop_files(self, seconds: float) -> None:
        """Remove photos and files that were put longer ago than that."""
        for transcript in self._chats.values():
            transcript.drop_files(self._clock() - seconds)
