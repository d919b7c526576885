"""The messages and replies of each chat since the program started, for windows that connect late or again.

They are kept in memory alone. An entry is put again under its id when it changes (a draft, then the reply), and
each time gets the next number, so that a window only ever asks for everything after number N.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.messages import AttachmentKind, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.messages import Photo

_MOST_CHATS = 512
_LONGEST_CHAIN = 32


@dataclass(frozen=True, slots=True, repr=False)
class Blob:
    """Bytes that an entry shows or offers."""

    data: bytes
    media_type: str
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class TranscriptEntry:
    """A message or a reply. `body` is what the page gets of it.

    `author` is the sender's id, for a reply that of whom it answers; a `private` entry is theirs alone.
    `about` is the entry it answers or replies to; `photos` are a message's own, `unreadable` what else came with
    it. `open` means: more follows.
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
    number: int = 0
    at: float = 0

    @property
    def size(self) -> int:
        """The bytes of its files, and the characters of its text."""
        return sum(len(blob.data) for blob in self.blobs) + len(str(self.body.get("text", "")))

    def is_for(self, reader: str) -> bool:
        """Whether the reader may see it."""
        return not self.private or self.author == reader


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
    _readers: set[asyncio.Event] = field(default_factory=set)

    def put(self, entry: TranscriptEntry) -> None:
        """Add the entry, or replace the one of the same id in its place; wakes the readers."""
        self.number += 1
        before = self.entries.get(entry.id)
        self.bytes += entry.size - (before.size if before else 0)
        self.entries[entry.id] = replace(entry, number=self.number, at=self.clock())
        for reader in self._readers:
            reader.set()

    def since(self, number: int, reader: str) -> list[TranscriptEntry]:
        """The entries after that number which the reader may see, in the order in which they last changed."""
        newer = (entry for entry in reversed(self.entries.values()) if entry.number > number)
        return sorted((entry for entry in newer if entry.is_for(reader)), key=lambda entry: entry.number)

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
                gone = tuple(Unreadable(AttachmentKind.PHOTO, photo.name) for photo in entry.photos)
                slim = replace(entry, blobs=(), photos=(), unreadable=(*gone, *entry.unreadable))
                self.bytes -= entry.size - slim.size
                self.entries[entry.id] = slim

    @property
    def idle(self) -> bool:
        """Whether nobody reads it and nothing is being answered."""
        return not self._readers and not any(entry.open for entry in self.entries.values())

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


class Transcripts:
    """The transcripts of all chats, within a number of entries for each and of bytes for all."""

    def __init__(self, *, keep_entries: int, keep_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_entries, self._keep_bytes, self._clock = keep_entries, keep_bytes, clock
        self._chats: OrderedDict[str, Transcript] = OrderedDict()

    def of(self, chat: str) -> Transcript:
        """The chat's transcript, a new one when it has none."""
        transcript = self._chats.setdefault(chat, Transcript(chat, clock=self._clock))
        self._chats.move_to_end(chat)
        return transcript

    def shrink(self) -> None:
        """Remove the oldest entries beyond the limits, those of the least recently used chats first."""
        for transcript in self._chats.values():
            while len(transcript.entries) > self._keep_entries and transcript.drop_oldest():
                pass
        for transcript in self._chats.values():
            while sum(one.bytes for one in self._chats.values()) > self._keep_bytes and transcript.drop_oldest():
                pass
        idle = [chat for chat, transcript in self._chats.items() if transcript.idle]
        for chat in idle[: max(0, len(self._chats) - _MOST_CHATS)]:
            del self._chats[chat]

    def drop_files(self, seconds: float) -> None:
        """Remove photos and files that were put longer ago than that."""
        for transcript in self._chats.values():
            transcript.drop_files(self._clock() - seconds)
