"""Photos that a platform holds, of which some may not be to be had."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from core.counting import millions
from core.errors import UserError
from core.i18n.lazy_strings import lazy_gettext
from core.messages import AttachmentKind, Photo, Unreadable


@dataclass(frozen=True, slots=True)
class RemotePhoto:
    """A photo, or something that moves, that the platform holds; `fetch` returns its bytes or raises `UserError`."""

    name: str
    fetch: Callable[[], Awaitable[bytes]]
    kind: AttachmentKind = AttachmentKind.PHOTO


async def fetch_photos(
    remote: Iterable[RemotePhoto], *, required: bool
) -> tuple[tuple[Photo, ...], tuple[Unreadable, ...]]:
    """The photos that can be fetched, and a report of each one that can't.

    Raises the first photo's `UserError` when there are photos, they are `required`, and none can be fetched.
    """
    photos, lost, reason = list[Photo](), list[Unreadable](), None
    for one in remote:
        try:
            photos.append(Photo(await one.fetch(), one.name))
        except UserError as error:
            if one.kind is AttachmentKind.PHOTO:
                reason = reason or error
            lost.append(Unreadable(one.kind, one.name, error.message))
    if reason is not None and required and not photos:
        raise reason
    return tuple(photos), tuple(lost)


def file_too_large(most: int) -> UserError:
    """The refusal of a file that has more than `most` bytes."""
    return UserError(
        lazy_gettext("That file is too large: {most} MB is the most I can fetch here.", most=millions(most))
    )
