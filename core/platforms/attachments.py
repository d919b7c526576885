"""A file that somebody attached: a photo, an export's zip, or something that can't be looked at."""

from __future__ import annotations

import mimetypes

from core.images.formats import media_type as type_of
from core.images.moving import is_video
from core.messages import Attachment, AttachmentKind, Photo, Unreadable

_ZIP = "application/zip"
_ZIPS = frozenset({_ZIP, "application/x-zip-compressed"})
# Pictures that Python's own table lacks.
_PICTURES = frozenset({"heic", "heif", "hif", "avif", "jxl", "jfif", "webp", "jpg", "jpeg", "png", "gif"})
_UNTOLD = frozenset({"", "application/octet-stream"})


def read_attachment(data: bytes, name: str, media_type: str = "") -> Photo | Attachment | Unreadable:
    """What a file is, by its first bytes, by the `media_type` that its sender told, and by its name.

    A file that claims to be a picture and is none (or a broken one) is a `Photo`, too: who decodes it says what
    is wrong with it.
    """
    if type_of(data) or is_video(data):
        return Photo(data, name)
    if name.casefold().endswith(".zip"):
        return Attachment(name, _ZIP, data)
    told = told_type(name, media_type)
    if told in _ZIPS or (not told and data.startswith(b"PK\x03\x04")):
        return Attachment(name, _ZIP, data)
    kind = kind_of(told)
    return Photo(data, name) if kind is AttachmentKind.PHOTO else Unreadable(kind, name)


def told_type(name: str, media_type: str) -> str:
    """The media type that its sender told of a file, or that its name tells where that says nothing."""
    if media_type not in _UNTOLD:
        return media_type
    ending = name.casefold().rpartition(".")[2]
    return f"image/{ending}" if ending in _PICTURES else mimetypes.guess_type(name)[0] or ""


def kind_of(media_type: str) -> AttachmentKind:
    """The kind of a file by its media type ("video/mp4"; "" where none is known)."""
    match media_type.partition("/")[0]:
        case "image":
            return AttachmentKind.PHOTO
        case "video":
            return AttachmentKind.VIDEO
        case "audio":
            return AttachmentKind.AUDIO
        case _:
            return AttachmentKind.FILE
