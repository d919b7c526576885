"""What was said in each chat while this program runs: what a window that comes late or back still gets.

It lives in memory alone. An entry is put again under its id when it grows (a draft, then the reply), and
each time gets the next number, so that "everything after number N" is all a window ever has to ask for.
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
class Entry:
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
        """Bytes it keeps in memory, near enough."""
        return sum(len(blob.data) for blob in self.blobs) + len(str(self.body.get("text", "")))

    def is_for(self, reader: str) -> bool:
        """Whether the reader may see it."""
        return not self.private or self.author == reader


@dataclass(slots=True, eq=False)
class Transcript:
    """The entries of one chat, from old to new; numbers of one `epoch` mean nothing in another."""

    chat: str
    epoch: str = field(default_factory=lambda: secrets.token_hex(8))
    entries: OrderedDict[str, Entry] = field(default_factory=OrderedDict)
    clock: Callable[[], float] = time.monotonic
    number: int = 0
    dropped: int = 0
    bytes: int = 0
    _readers: set[asyncio.Event] = field(default_factory=set)

    def put(self, entry: Entry) -> None:
        """Add the entry, or replace the one of the same id in its place; wakes the readers."""
        self.number += 1
        before = self.entries.get(entry.id)
        self.bytes += entry.size - (before.size if before else 0)
        self.entries[entry.id] = replace(entry, number=self.number, at=self.clock())
        for reader in self._readers:
            reader.set()

    def since(self, number: int, reader: str) -> list[Entry]:
        """What the reader has not got yet, in the order in which it last changed."""
        newer = (entry for entry in reversed(self.entries.values()) if entry.number > number)
        return sorted((entry for entry in newer if entry.is_for(reader)), key=lambda entry: entry.number)

    def has_gap(self, number: int) -> bool:
        """Whether something newer than `number` has been let go of."""
        return 0 < number < self.dropped

    def source(self, entry_id: str | None) -> tuple[str | None, Entry | None]:
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
        """Let go of the oldest finished entry; false when there is none."""
        oldest = next((entry for entry in self.entries.values() if not entry.open), None)
        if oldest is None:
            return False
        del self.entries[oldest.id]
        self.bytes -= oldest.size
        self.dropped = max(self.dropped, oldest.number)
        return True

    def fade(self, before: float) -> None:
        """Let go of the photos and files of what was put before that time; the words stay, and what there was."""
        for entry in self.entries.values():
            if entry.at < before and (entry.blobs or entry.photos) and not entry.open:
                gone = tuple(Unreadable(AttachmentKind.PHOTO, photo.name) for photo in entry.photos)
                faded = replace(entry, blobs=(), photos=(), unreadable=(*gone, *entry.unreadable))
                self.bytes -= entry.size - faded.size
                self.entries[entry.id] = faded

    @property
    def idle(self) -> bool:
        """Whether nobody reads it and nothing is being answered."""
        return not self._readers and not any(entry.open for entry in self.entries.values())

    def listen(self) -> Listener:
        """A context in which one can wait for the next change."""
        return Listener(self._readers)


class Listener:
    """One reader of a transcript: `with` it, `await changed()` as often as wanted."""

    def __init__(self, readers: set[asyncio.Event]) -> None:
        self._readers = readers
        self._event = asyncio.Event()

    def __enter__(self) -> Listener:
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
        """Let go of the oldest entries, those of the chats used least recently first."""
        for transcript in self._chats.values():
            while len(transcript.entries) > self._keep_entries and transcript.drop_oldest():
                pass
        for transcript in self._chats.values():
            while self._bytes() > self._keep_bytes and transcript.drop_oldest():
                pass
        idle = [chat for chat, transcript in self._chats.items() if transcript.idle]
        for chat in idle[: max(0, len(self._chats) - _MOST_CHATS)]:
            del self._chats[chat]

    def fade(self, seconds: float) -> None:
        """Let go of photos and files that were put longer ago than that."""
        for transcript in self._chats.values():
            transcript.fade(self._clock() - seconds)

    def _bytes(self) -> int:
        return sum(transcript.bytes for transcript in self._chats.values())
