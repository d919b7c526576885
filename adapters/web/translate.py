"""Our values in the page's words, and back: JSON for messages and replies, `Message` for what was sent."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.web.transcript import Blob, Entry
from core.images.decoding import media_type
from core.messages import AttachmentKind, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.concepts import Sighting
    from core.messages import Message, Reply

    Link = Callable[[Blob], str]

_JPEG = "image/jpeg"
_BYTES = "application/octet-stream"


def message_entry(message: Message, *, about: str | None = None, label: str = "") -> Entry:
    """The entry of what a person sent; `about` is what it replies to, `label` the pressed button's."""
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
        "photos": [_file(Blob(one.data, media_type(one.data) or _BYTES, one.name), link) for one in message.photos],
        "files": [
            *(_file(Blob(one.data, one.media_type, one.name), link) for one in message.files),
            *({"url": None, "name": one.name} for one in message.unreadable),
        ],
    }
    return Entry(
        id=message.id,
        author=message.sender.id,
        body=body,
        about=about,
        photos=message.photos,
        unreadable=(*(Unreadable(AttachmentKind.FILE, one.name) for one in message.files), *message.unreadable),
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
