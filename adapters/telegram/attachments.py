"""What is attached to Telegram's messages: photos that can be fetched, and everything that can't be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import telegram
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from adapters.telegram.options import LARGEST_DOWNLOAD
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.messages import Attachment, AttachmentKind, Unreadable
from core.platforms.attachments import kind_of, told_type
from core.platforms.remote_photos import RemotePhoto, file_too_large

Film = telegram.Animation | telegram.Video | telegram.VideoNote | telegram.Document
Media = telegram.Message | telegram.ExternalReplyInfo
_LOST = gettext_noop("I couldn't fetch that from Telegram. Please send it again.")
# A message has one attachment. Of an animation or a venue Telegram repeats part as a document or a location.
_KINDS = {
    "animation": AttachmentKind.ANIMATION,
    "video": AttachmentKind.VIDEO,
    "video_note": AttachmentKind.VIDEO,
    "sticker": AttachmentKind.STICKER,
    "voice": AttachmentKind.AUDIO,
    "audio": AttachmentKind.AUDIO,
    "document": AttachmentKind.FILE,
    **dict.fromkeys(
        (
            *("venue", "location", "contact", "poll", "dice", "game", "story", "paid_media"),
            *("invoice", "checklist", "giveaway", "giveaway_winners"),
        ),
        AttachmentKind.OTHER,
    ),
}


def unreadable_in(
    media: Media, *, besides: telegram.Document | None = None, moving: bool = False
) -> tuple[Unreadable, ...]:
    """What is attached and is no photo, with its kind and its file's name; empty where there is nothing such.

    `besides` is a file that is taken as it is; `moving` says that what moves is looked at.
    """
    if (
        media.photo
        or _picture_file(media)
        or (moving and _moving(media))
        or (besides is not None and media.document == besides)
    ):
        return ()
    for field, kind in _KINDS.items():
        if item := getattr(media, field):
            by_type = _kind_of_file(item) if isinstance(item, telegram.Document) else kind
            return (Unreadable(by_type, getattr(item, "file_name", None) or ""),)
    return ()


def has_attachment(message: telegram.Message) -> bool:
    """Whether a person attached anything to the message, a photo or not."""
    return bool(message.photo or _picture_file(message) or unreadable_in(message))


class TelegramFiles:
    """Fetches photos and files from Telegram: at most `largest` bytes each, and no more than Telegram hands over."""

    def __init__(self, bot: Bot, largest: int) -> None:
        self._bot, self._largest = bot, min(largest, LARGEST_DOWNLOAD)

    def photos(self, media: Media, message_id: int, *, moving: bool = False) -> list[RemotePhoto]:
        """The photo that a message shows, also one that was sent as a file; empty without one.

        With `moving` videos and animations are such, too.
        """
        if media.photo:
            best = media.photo[-1]
            return [RemotePhoto(f"photo-{message_id}.jpg", lambda: self._fetch(best))]
        picture = _picture_file(media)
        if picture:
            return [RemotePhoto(picture.file_name or "photo", lambda: self._fetch(picture))]
        film = _moving(media) if moving else None
        if film is None:
            return []
        kind = AttachmentKind.ANIMATION if isinstance(film, telegram.Animation) else AttachmentKind.VIDEO
        return [RemotePhoto(getattr(film, "file_name", None) or "", lambda: self._fetch(film), kind)]

    def pointing(self, media: Media) -> list[dict[str, Any]]:
        """What Telegram knows the photo of a message by, or what moves in it; empty without one."""
        item: telegram.PhotoSize | Film | None = media.photo[-1] if media.photo else None
        item = item or _picture_file(media) or _moving(media)
        if item is None:
            return []
        [photo] = self.photos(media, 0, moving=True)
        known = {"id": item.file_id, "unique": item.file_unique_id, "size": item.file_size or 0}
        return [{**known, "name": photo.name, "kind": photo.kind}]

    def pointed(self, file: Mapping[str, Any]) -> RemotePhoto:
        """What `pointing` told of."""
        item = telegram.Document(file["id"], file["unique"], file_size=file["size"])
        return RemotePhoto(file["name"], lambda: self._fetch(item), AttachmentKind(file["kind"]))

    async def file(self, document: telegram.Document) -> Attachment:
        """A file with its bytes. Raises `UserError` when it can't be fetched."""
        media_type = document.mime_type or "application/octet-stream"
        return Attachment(document.file_name or "file", media_type, await self._fetch(document))

    async def _fetch(self, item: telegram.PhotoSize | Film) -> bytes:
        if (item.file_size or 0) > self._largest:
            raise file_too_large(self._largest)
        try:
            file = await self._bot.get_file(item.file_id)
            return bytes(await file.download_as_bytearray())
        except BadRequest as error:
            raise (file_too_large(self._largest) if "too big" in error.message else UserError(_LOST)) from error
        except TelegramError as error:
            raise UserError(_LOST) from error


def _picture_file(media: Media) -> telegram.Document | None:
    """A photo that was sent as a file, uncompressed."""
    document = media.document
    return document if document is not None and _kind_of_file(document) is AttachmentKind.PHOTO else None


def _moving(media: Media) -> Film | None:
    """A video, round or not, a GIF (which Telegram makes a video of), or a video that was sent as a file."""
    film = media.animation or media.video or media.video_note
    document = media.document
    return film or (document if document is not None and _kind_of_file(document) is AttachmentKind.VIDEO else None)


def _kind_of_file(document: telegram.Document) -> AttachmentKind:
    """By its type, or by its name: iPhones' photos often come as `application/octet-stream`."""
    return kind_of(told_type(document.file_name or "", document.mime_type or ""))
