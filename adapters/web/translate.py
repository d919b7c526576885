"""Our values in the page's words, and back: JSON for messages and replies, `Message` for what was sent."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.web.transcript import Blob, Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.concepts import Sighting
    from core.messages import Message, Reply

    Link = Callable[[Blob], str]

_JPEG = "image/jpeg"
# What a browser can show; everything else is only ever offered as a download.
_SIGNATURES = ((b"\xff\xd8\xff", _JPEG), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"))


def message_entry(message: Message, *, about: str | None = None, label: str = "") -> Entry:
    """The entry of what a person sent; `about` is what it replies to, `label` the pressed button's."""
    photos = [Blob(photo.data, media_type(photo.data), photo.name) for photo in message.photos]
    files = [Blob(file.data, file.media_type, file.name) for file in message.files]
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
        "photos": [_file(blob, link) for blob in photos],
        "files": [_file(blob, link) for blob in files],
    }
    return Entry(
        id=message.id,
        author=message.sender.id,
        body=body,
        about=about,
        photos=message.photos,
        blobs=tuple(blobs),
    )


def reply_entry(message: Message, reply: Reply, *, failed: bool = False) -> Entry:
    """The entry of what the assistant has said so far to a message."""
    entry_id = f"re-{message.id}"
    blobs: list[Blob] = []
    link = _links(message.chat.id, entry_id, blobs)
    body = {"id": entry_id, "kind": "reply", "to": message.id, "at": _now(), "failed": failed}
    return Entry(
        id=entry_id,
        author=message.sender.id,
        body={**body, **reply_body(reply, link)},
        about=message.id,
        blobs=tuple(blobs),
        private=reply.private,
        open=not reply.final,
    )


def reply_body(reply: Reply, link: Link) -> dict[str, object]:
    """A reply as JSON; `link` says under which address the page finds a picture or a file."""
    return {
        "text": reply.text,
        "final": reply.final,
        "silent": reply.silent,
        "private": reply.private,
        "image": _image(reply.image, link),
        "buttons": [{"label": button.label, "value": button.value} for button in reply.buttons],
        "sightings": [_sighting(sighting) for sighting in reply.sightings],
        "cards": [
            {
                "title": card.title,
                "text": card.text,
                "image": _image(card.image, link),
                "category": card.category,
                "photos": card.photos,
                "info": card.info,
            }
            for card in reply.cards
        ],
        "attachments": [_file(Blob(file.data, file.media_type, file.name), link) for file in reply.attachments],
    }


def inline(blob: Blob) -> str:
    """The blob as a `data:` address, for answers that no transcript keeps."""
    return f"data:{blob.media_type};base64,{base64.b64encode(blob.data).decode()}"


def media_type(data: bytes) -> str:
    """What a browser may take the bytes for, by their first ones: never what a sender says they are."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in {b"heic", b"heix", b"mif1", b"heim", b"heis"}:
        return "image/heic"
    return "application/octet-stream"


def _links(chat: str, entry_id: str, blobs: list[Blob]) -> Link:
    """A `link` that files each blob under the entry and hands out its address."""

    def link(blob: Blob) -> str:
        blobs.append(blob)
        return f"/api/chats/{chat}/files/{entry_id}/{len(blobs) - 1}"

    return link


def _image(data: bytes | None, link: Link) -> str | None:
    return None if data is None else link(Blob(data, _JPEG, "picture.jpg"))


def _file(blob: Blob, link: Link) -> dict[str, object]:
    return {"url": link(blob), "name": blob.name, "type": blob.media_type, "size": len(blob.data)}


def _sighting(sighting: Sighting) -> dict[str, object]:
    return {
        "name": sighting.match.name if sighting.match else None,
        "grade": sighting.grade.value,
        "score": round(sighting.score, 4),
        "box": list(sighting.region.box),
        "category": sighting.region.category,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
