"""Messages and replies as the JSON that the page gets."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, cast

from adapters.web.transcript import FORGOTTEN, Blob, TranscriptEntry
from core.concepts import Known
from core.images.decoding import jpeg_size
from core.messages import AttachmentKind, Reply, Unreadable
from core.store.values import SaidLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.messages import Card, Message, PhotoRegion

    Link = Callable[[Blob], str]
    Size = tuple[int, int]

_JPEG = "image/jpeg"


def message_entry(
    message: Message, *, about: str | None = None, label: str = "", sizes: Sequence[Size | None] = ()
) -> TranscriptEntry:
    """A person's message as an entry; `about` is the id of the entry it replies to, `label` the pressed button's.

    `sizes` are those of its photos, as far as the page that sent them knows.
    """
    blobs: list[Blob] = []
    link = _links(message.chat.id, message.id, blobs)
    body: dict[str, object] = {
        "id": message.id,
        "kind": "message",
        "name": message.sender.name,
        "at": _now(),
        "text": message.text,
        "label": label,
        "pressed": message.pressed,
        "reply_to": about,
        "photos": [
            {**_file(Blob(one.data, _JPEG, one.name, raw=True), link), "pixels": size}
            for one, size in zip_longest(message.photos, sizes[: len(message.photos)])
        ],
        "files": [
            # An archive was read when it came: nobody fetches it from here again.
            *({"url": None, "name": one.name, "size": len(one.data)} for one in message.files),
            *({"url": None, "name": one.name} for one in message.unreadable),
        ],
    }
    return TranscriptEntry(
        id=message.id,
        author=message.sender.id,
        body=body,
        about=about,
        photos=message.photos,
        unreadable=(*(Unreadable(AttachmentKind.FILE, one.name) for one in message.files), *message.unreadable),
        blobs=tuple(blobs),
    )


def reply_entry(message: Message, reply: Reply, *, failed: bool = False, wanting: bool = False) -> TranscriptEntry:
    """A reply (or a draft of it) to a message as an entry; `failed` marks an error's sentence.

    With `wanting` it asks for the message's photos and files again: a window that still has them sends them by itself.
    """
    entry_id = f"re-{message.id}"
    blobs: list[Blob] = []
    link = _links(message.chat.id, entry_id, blobs)
    body = {"id": entry_id, "kind": "reply", "to": message.id, "at": _now(), "failed": failed, "wanting": wanting}
    return TranscriptEntry(
        id=entry_id,
        author=message.sender.id,
        body={**body, **reply_body(reply, link)},
        about=message.id,
        blobs=tuple(blobs),
        private=reply.private,
        open=not reply.final,
        basis=reply.basis,
    )


def body_for(entry: TranscriptEntry, reader: str) -> dict[str, object]:
    """What the page of this reader gets of an entry.

    What is private to somebody else is there a silent reply: a window that shows a draft of it hears that it has
    ended, and nothing of what it says.
    """
    if entry.is_for(reader):
        return entry.body
    told = {key: entry.body[key] for key in ("id", "kind", "to", "at")}
    return {**told, "failed": False, "wanting": False, **reply_body(Reply("", silent=True), _links("", "", []))}


def line_of(entry: TranscriptEntry) -> SaidLine:
    """What is kept of an entry over a restart: its words."""
    body = entry.body
    reply = body["kind"] == "reply"
    emptied = reply and body["text"] == FORGOTTEN
    return SaidLine(
        entry=entry.id,
        text="" if emptied else str(body["text"]),
        at=datetime.fromisoformat(str(body["at"])),
        reply=reply,
        about=entry.about or "",
        author=entry.author,
        name=str(body.get("name", "")),
        label=str(body.get("label", "")),
        private=entry.private,
        failed=bool(body.get("failed")),
        pressed=bool(body.get("pressed")),
        redacted=emptied,
        photos=0 if reply else len(cast("list[object]", body["photos"])),
        basis=entry.basis.facts,
    )


def recalled_entry(chat: str, line: SaidLine) -> TranscriptEntry:
    """A line of an earlier run as an entry: without pictures, files and buttons."""
    at = line.at.isoformat(timespec="seconds")
    if line.reply:
        text = FORGOTTEN if line.redacted else line.text
        body: dict[str, object] = {"id": line.entry, "kind": "reply", "to": line.about, "at": at, "failed": line.failed}
        body |= reply_body(Reply(text, private=line.private), _links(chat, line.entry, []))
        body |= {"redacted": True} if line.redacted else {}
    else:
        photo: dict[str, object] = {"url": None, "name": "photo", "type": _JPEG, "size": 0, "pixels": None}
        body = {"id": line.entry, "kind": "message", "name": line.name, "at": at, "text": line.text}
        body |= {"label": line.label, "pressed": line.pressed, "reply_to": line.about or None}
        body |= {"photos": [photo] * line.photos, "files": []}
    return TranscriptEntry(
        id=line.entry,
        author=line.author,
        body=body,
        about=line.about or None,
        unreadable=(Unreadable(AttachmentKind.PHOTO, "photo"),) * line.photos,
        private=line.private,
        basis=Known(0, line.basis),
    )


def reply_body(reply: Reply, link: Link) -> dict[str, object]:
    """A reply as JSON; `link` returns the URL of a picture or a file."""
    return {
        "text": reply.text,
        "final": reply.final,
        "silent": reply.silent,
        "private": reply.private,
        "image": _image(reply.image, link),
        "pixels": jpeg_size(reply.image) if reply.image else None,
        "replaces": reply.replaces,
        "progress": reply.progress,
        "shown": reply.shown,
        "regions": [_region(one) for one in reply.regions],
        "buttons": [{"label": button.label, "value": button.value} for button in reply.buttons],
        "sightings": [
            {
                "name": sighting.match.name if sighting.match else None,
                "grade": sighting.grade.value,
                "score": round(sighting.score, 4),
                "box": list(sighting.region.box),
                "category": sighting.region.category,
            }
            for sighting in reply.sightings
        ],
        "cards": [_card(card, link) for card in reply.cards],
        "attachments": [_file(Blob(file.data, file.media_type, file.name), link) for file in reply.attachments],
    }


def inline(blob: Blob) -> str:
    """The blob as a `data:` URL, for replies that no transcript keeps."""
    return f"data:{blob.media_type};base64,{base64.b64encode(blob.data).decode()}"


def _links(chat: str, entry_id: str, blobs: list[Blob]) -> Link:
    """A `link` that appends each blob to the entry's `blobs` and returns its URL."""

    def link(blob: Blob) -> str:
        blobs.append(blob)
        return f"/api/chats/{chat}/files/{entry_id}/{len(blobs) - 1}"

    return link


def _card(card: Card, link: Link) -> dict[str, object]:
    return {
        "title": card.title,
        "text": card.text,
        "image": _image(card.image, link),
        "category": card.category,
        "photos": card.photos,
        "info": card.info,
        "facts": list(card.facts),
        "number": card.number,
        "cover": card.cover,
        "concept": card.concept,
        "noun": card.noun,
    }


def _image(data: bytes | None, link: Link) -> str | None:
    return None if data is None else link(Blob(data, _JPEG, "picture.jpg"))


def _file(blob: Blob, link: Link) -> dict[str, object]:
    return {"url": link(blob), "name": blob.name, "type": blob.media_type, "size": len(blob.data)}


def _region(region: PhotoRegion) -> dict[str, object]:
    """A region, with its box in shares of the photo's width and height."""
    (x0, y0, x1, y1), (width, height) = region.box, region.size
    box = [round(share, 5) for share in (x0 / width, y0 / height, x1 / width, y1 / height)]
    shown = {"label": region.label, "value": region.value}
    return {"photo": region.photo, "box": box, "pixels": [width, height], **shown}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
