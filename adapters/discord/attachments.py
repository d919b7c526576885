"""What is attached to Discord's messages: photos that can be fetched, and everything that can't be looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

import aiohttp
import discord

from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.messages import Attachment, AttachmentKind, Unreadable
from core.platforms.attachments import kind_of, told_type
from core.platforms.remote_photos import RemotePhoto, file_too_large

_LOST = gettext_noop("I couldn't fetch that from Discord. Please send it again.")
_ARCHIVE = re.compile(r"\.zip$", re.IGNORECASE)


def photos_in(message: discord.Message, *, moving: bool = True) -> tuple[discord.Attachment, ...]:
    """The pictures that a message brings, forwarded ones too; with `moving` the videos as well."""
    return photos_among(_files_in(message), moving=moving)


def photos_among(files: Iterable[discord.Attachment], *, moving: bool = True) -> tuple[discord.Attachment, ...]:
    """Those of the files that are looked at; with `moving` the videos as well."""
    kinds = {AttachmentKind.PHOTO, AttachmentKind.VIDEO} if moving else {AttachmentKind.PHOTO}
    return tuple(one for one in files if kind_of_attachment(one) in kinds)


def archives_in(message: discord.Message) -> tuple[discord.Attachment, ...]:
    """The zips that a message brings."""
    return tuple(one for one in message.attachments if _ARCHIVE.search(one.filename))


def unreadable_in(message: discord.Message, besides: Iterable[discord.Attachment] = ()) -> tuple[Unreadable, ...]:
    """What a message brings that is no photo, forwarded or not, with its kind and name; `besides` are not among it."""
    taken = {one.id for one in besides}
    stickers = [*message.stickers, *(one for snapshot in message.message_snapshots for one in snapshot.stickers)]
    embeds = [*message.embeds, *(one for snapshot in message.message_snapshots for one in snapshot.embeds)]
    return (
        *unreadable_files(one for one in _files_in(message) if one.id not in taken),
        *(Unreadable(AttachmentKind.STICKER, one.name) for one in stickers),
        *(Unreadable(AttachmentKind.ANIMATION) for one in embeds if one.type == "gifv"),
        *((Unreadable(AttachmentKind.OTHER),) if message.poll else ()),
    )


def unreadable_files(files: Iterable[discord.Attachment]) -> tuple[Unreadable, ...]:
    """Those of the files that are no photos."""
    kinds = ((kind_of_attachment(one), one.filename) for one in files)
    return tuple(Unreadable(kind, name) for kind, name in kinds if kind is not AttachmentKind.PHOTO)


def kind_of_attachment(attachment: discord.Attachment) -> AttachmentKind:
    """What kind of file it is, by its media type, and by its name where Discord tells none; a GIF is a photo."""
    return kind_of(told_type(attachment.filename, attachment.content_type or ""))


class DiscordFiles:
    """Fetches what is behind Discord's links, which expire: at most `largest` bytes each."""

    def __init__(self, largest: int) -> None:
        self._largest = largest

    def photos(self, attachments: Iterable[discord.Attachment]) -> list[RemotePhoto]:
        """The photos and videos among the attachments."""
        return [
            RemotePhoto(one.filename, partial(self._fetch, one), kind_of_attachment(one))
            for one in photos_among(attachments)
        ]

    async def files(self, attachments: Iterable[discord.Attachment]) -> tuple[Attachment, ...]:
        """The attachments with their bytes. Raises `UserError` when one can't be fetched."""
        return tuple(
            [
                Attachment(one.filename, one.content_type or "application/octet-stream", await self._fetch(one))
                for one in attachments
            ]
        )

    async def _fetch(self, attachment: discord.Attachment) -> bytes:
        if attachment.size > self._largest:
            raise file_too_large(self._largest)
        try:
            return await attachment.read()
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
            raise UserError(_LOST) from error


def _files_in(message: discord.Message) -> list[discord.Attachment]:
    return [*message.attachments, *(one for snapshot in message.message_snapshots for one in snapshot.attachments)]
