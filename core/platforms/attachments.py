"""A file that somebody attached: a photo, an export's zip, or something that can't be looked at."""

from __future__ import annotations

import mimetypes

from core.images.formats import media_type as type_of
from core.messages import Attachment, AttachmentKind, Photo, Unreadable

_ZIP = "application/zip"
_ZIPS = frozenset({_ZIP, "application/x-zip-compressed"})
_UNTOLD = frozenset({"", "application/octet-stream"})


def read_attachment(data: bytes, name: str, media_type: str = "") -> Photo | Attachment | Unreadable:
    """What a file is, by its first bytes, by the `media_type` that its sender told, and by its name.

    A file that claims to be a picture and is none (or a broken one) is a `Photo`, too: who decodes it says what
    is wrong with it.
    """
    if type_of(data):
        return Photo(data, name)
    if name.casefold().endswith(".zip"):
        return Attachment(name, _ZIP, data)
    told = media_type if media_type not in _UNTOLD else mimetypes.guess_type(name)[0] or ""
    if told in _ZIPS or (not told and data.startswith(b"PK\x03\x04")):
        return Attachment(name, _ZIP, data)
    return Photo(data, name) if told.startswith("image/") else Unreadable(kind_of(told), name)


def kind_of(media_type: str) -> AttachmentKind:
    """The kind of a file that is no picture, by its media type ("video/mp4"; "" where none is known)."""
    match media_type.partition("/")[0]:
        case "video":
            return AttachmentKind.VIDEO
        case "audio":
            return AttachmentKind.AUDIO
        case _:
            return AttachmentKind.FILE
