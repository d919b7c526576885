"""What people say on its way in: it is written down before the page hears that it has arrived, and taken up again.

Photos and files are never written down, only that there were some: who sent them hears that they are needed again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.web.serialization import line_of, recalled_entry
from core.i18n.lazy_strings import gettext_noop
from core.messages import AttachmentKind, Chat, Message, Sender, Unreadable
from core.platforms.inbox import INTERRUPTED, TOO_LATE, Fate, LeftOver
from core.store.values import Arrival, SaidLine

if TYPE_CHECKING:
    from adapters.web.transcript import Transcript, TranscriptEntry

ATTACHMENTS_GONE = gettext_noop("I was interrupted before I could look at what you attached. Please send it again.")


def arrival_of(message: Message, entry: TranscriptEntry, again: str = "") -> Arrival:
    """All that is written down of a message, whose entry this is.

    `again` tells this time from those before where what was lost of it was asked for, and comes now.
    """
    line, sender = line_of(entry), message.sender
    update = {
        "id": message.id,
        "text": message.text,
        "pressed": message.pressed,
        "sender": {"id": sender.id, "name": sender.name, "admin": sender.admin, "language": sender.language},
        "attached": bool(message.photos or message.files),
        "unreadable": [[one.kind.value, one.name] for one in entry.unreadable],
        "at": line.at.isoformat(),
        "about": line.about,
        "label": line.label,
        "photos": line.photos,
    }
    return Arrival(message.chat.key, f"{message.id}~{again}" if again else message.id, update)


def chat_of(left: LeftOver) -> str:
    """The id of the chat in which it was."""
    return left.chat.partition(":")[2]


def taken_up(left: LeftOver, transcript: Transcript) -> tuple[Message, TranscriptEntry]:
    """A message that an earlier process has taken in, and its entry, without the photos and files that came with it."""
    update = left.update
    sender = Sender(**update["sender"])
    line = SaidLine(
        entry=update["id"],
        text=update["text"],
        at=datetime.fromisoformat(update["at"]),
        about=update["about"],
        author=sender.id,
        name=sender.name,
        label=update["label"],
        pressed=update["pressed"],
        photos=update["photos"],
    )
    unreadable = tuple(Unreadable(AttachmentKind(kind), name) for kind, name in update["unreadable"])
    entry = recalled_entry(transcript.chat, line)
    files = [{"url": None, "name": one.name} for one in unreadable]
    entry = replace(entry, body={**entry.body, "files": files}, unreadable=(*entry.unreadable, *unreadable))
    reply_to, quoted = transcript.source(line.about)
    message = Message(
        chat=Chat("web", transcript.chat),
        sender=sender,
        text=line.text,
        id=line.entry,
        unreadable=unreadable,
        reply_to=reply_to,
        quoted=quoted.photos if quoted else (),
        quoted_unreadable=quoted.unreadable if quoted else (),
        pressed=line.pressed,
    )
    return message, entry


def said_instead(left: LeftOver) -> str | None:
    """The sentence that is said instead of an answer; None where it can be answered."""
    if left.fate is Fate.INTERRUPTED:
        return INTERRUPTED
    if left.fate is Fate.TOO_LATE:
        return TOO_LATE
    return ATTACHMENTS_GONE if left.update["attached"] else None
