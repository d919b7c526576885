"""What the page posts: fields, photos and files, read in memory and within limits.

A photo that nobody asked to remember is never written to disk, so no part may spill into a temporary file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from core.errors import UserError
from core.messages import Attachment, Photo, Unreadable
from core.platforms.attachments import read_attachment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from adapters.web.options import Bounds

_MOST_FIELDS = 8


class TooLarge(UserError):
    """More than we take: the sentence says of what, and how much is fine."""


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """One posted message: its fields, its photos, an export's zip, and what else came with it."""

    fields: dict[str, str]
    photos: tuple[Photo, ...]
    files: tuple[Attachment, ...]
    unreadable: tuple[Unreadable, ...]


async def read(request: Request, bounds: Bounds) -> Upload:
    """Read a multipart request. Raises `TooLarge`, or `UserError` when it is not a form we sent."""
    stream = request.stream()
    try:
        form = await _LimitedParser(request, stream, bounds).parse()
    except TooLarge:
        # A browser shows our sentence only when it could send what it meant to: read on for a while.
        left = bounds.limits.photos * bounds.limits.photo_bytes
        async for chunk in stream:
            left -= len(chunk)
            if left < 0:
                break
        raise
    except (MultiPartException, FormParserError, KeyError) as error:
        raise UserError("That message didn't arrive whole. Please send it again.") from error
    parts = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
    found = [read_attachment(await part.read(), _name(part), part.content_type or "") for part in parts]
    await form.close()
    return Upload(
        fields={key: value for key, value in form.items() if isinstance(value, str)},
        photos=tuple(one for one in found if isinstance(one, Photo)),
        files=tuple(one for one in found if isinstance(one, Attachment)),
        unreadable=tuple(one for one in found if isinstance(one, Unreadable)),
    )


class _LimitedParser(MultiPartParser):
    """Starlette's parser, which counts each file's bytes as they come and keeps them in memory."""

    def __init__(self, request: Request, stream: AsyncGenerator[bytes, None], bounds: Bounds) -> None:
        # four bytes for each character of the text, and the parser counts bytes
        super().__init__(request.headers, stream, max_fields=_MOST_FIELDS, max_part_size=4 * bounds.max_text)
        self.spool_max_size = max(bounds.limits.photo_bytes, bounds.max_file_bytes) + 1
        self._bounds = bounds
        self._so_far = 0

    def on_part_begin(self) -> None:
        super().on_part_begin()
        self._so_far = 0

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        if self._current_files > self._bounds.limits.photos:
            most = self._bounds.limits.photos
            raise TooLarge(f"{most} photos are the most I take at once: send the rest in another message.")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._current_part.file
        self._so_far += end - start
        if part is None and self._so_far > self.max_part_size:
            raise TooLarge(f"That text is too long: {self._bounds.max_text:,} characters are the most I read.")
        if part is not None:
            is_zip = _name(part).casefold().endswith(".zip")
            limit = self._bounds.max_file_bytes if is_zip else self._bounds.limits.photo_bytes
            if self._so_far > limit:
                name, most = _name(part)[:80], round(limit / 1e6)
                raise TooLarge(f"{name} is larger than {most} MB, the most I can take. Please send a smaller one.")
        super().on_part_data(data, start, end)


def _name(part: UploadFile) -> str:
    return part.filename or "photo"
