"""What the page posts: fields, photos and files, read in memory and within limits.

A photo that nobody asked to remember is never written to disk, so no part may spill into a temporary file.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from core.counting import millions
from core.errors import Busy, UserError
from core.i18n.lazy_strings import gettext_noop, lazy_ngettext
from core.messages import Attachment, Photo, Unreadable
from core.platforms.attachments import read_attachment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from starlette.requests import Request

    from adapters.web.options import Bounds

_MOST_FIELDS = 8
_NOT_WHOLE = gettext_noop("That message didn't arrive whole. Please send it again.")
TEXT_TOO_LONG = gettext_noop("That text is too long: {most} characters are the most I read.")
_FILES = "files"  # the field that photos and files come in


class Arriving:
    """Counts the bytes of uploads on their way, which are in memory: of all, and of each address."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most, self._most_each = most, most_each
        self._bytes: Counter[str] = Counter()

    @contextmanager
    def of(self, address: str) -> Iterator[Callable[[int], None]]:
        """A function that counts further bytes, until the context ends. It raises `Busy` when there are too many."""
        taken = 0

        def take(count: int) -> None:
            nonlocal taken
            if self._bytes.total() + count > self._most or self._bytes[address] + count > self._most_each:
                raise Busy("A lot is being sent to me right now. Please try again in a moment.")
            taken += count
            self._bytes[address] += count

        try:
            yield take
        finally:
            self._bytes[address] -= taken
            if not self._bytes[address]:
                del self._bytes[address]


class TooLarge(UserError):
    """More than we take: the sentence says of what, and how much is fine."""


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """One posted message: its fields, its photos, an export's zip, and what else came with it."""

    fields: dict[str, str]
    photos: tuple[Photo, ...]
    files: tuple[Attachment, ...]
    unreadable: tuple[Unreadable, ...]


async def read(request: Request, bounds: Bounds, take: Callable[[int], None]) -> Upload:
    """Read a multipart request; `take` counts its bytes, and may raise `Busy`.

    Raises `TooLarge`, or `UserError` when it is not a form we sent.
    """
    if "charset" in request.headers.get("content-type", "").lower():
        # No browser names one; some of Python's codecs make strings that can't be sent on.
        raise UserError(_NOT_WHOLE)
    stream = request.stream()
    try:
        form = await _LimitedParser(request, stream, bounds, take).parse()
    except (TooLarge, Busy):
        # A browser shows our sentence only when it could send what it meant to: read on for a while.
        left = bounds.upload_bytes
        async for chunk in stream:
            left -= len(chunk)
            if left < 0:
                break
        raise
    except (MultiPartException, FormParserError, KeyError) as error:
        raise UserError(_NOT_WHOLE) from error
    parts = [part for part in form.getlist(_FILES) if isinstance(part, UploadFile)]
    found = [read_attachment(await part.read(), _name(part), part.content_type or "") for part in parts]
    await form.close()
    return Upload(
        fields={key: value for key, value in form.items() if isinstance(value, str)},
        photos=tuple(one for one in found if isinstance(one, Photo)),
        files=tuple(one for one in found if isinstance(one, Attachment)),
        unreadable=tuple(one for one in found if isinstance(one, Unreadable)),
    )


class _LimitedParser(MultiPartParser):
    """Starlette's parser, which counts the bytes as they come and keeps those of photos and files in memory."""

    def __init__(
        self, request: Request, stream: AsyncGenerator[bytes, None], bounds: Bounds, take: Callable[[int], None]
    ) -> None:
        # four bytes for each character of the text, and the parser counts bytes
        super().__init__(
            request.headers, _counted(stream, take, bounds), max_fields=_MOST_FIELDS, max_part_size=4 * bounds.max_text
        )
        self.spool_max_size = max(bounds.limits.photo_bytes, bounds.max_file_bytes) + 1
        self._bounds = bounds
        self._so_far = 0

    def on_part_begin(self) -> None:
        super().on_part_begin()
        self._so_far = 0

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        if self._current_files > self._bounds.limits.photos:
            raise TooLarge(
                lazy_ngettext(
                    "{count} photo is the most I take at once: send the rest in another message.",
                    "{count} photos are the most I take at once: send the rest in another message.",
                    self._bounds.limits.photos,
                )
            )

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._current_part.file
        if part is not None and self._current_part.field_name != _FILES:
            return  # nobody asked for it
        self._so_far += end - start
        if part is None and self._so_far > self.max_part_size:
            raise TooLarge(TEXT_TOO_LONG, most=self._bounds.max_text)
        if part is not None:
            is_zip = _name(part).casefold().endswith(".zip")
            limit = self._bounds.max_file_bytes if is_zip else self._bounds.limits.photo_bytes
            if self._so_far > limit:
                name, most = _name(part)[:80], millions(limit)
                raise TooLarge(
                    "{name} is larger than {most} MB, the most I can take. Please send a smaller one.",
                    name=name,
                    most=most,
                )
        super().on_part_data(data, start, end)


async def _counted(
    stream: AsyncGenerator[bytes, None], take: Callable[[int], None], bounds: Bounds
) -> AsyncGenerator[bytes, None]:
    """The stream's chunks, counted as a whole: parts have headers, too, and there may be many."""
    left = bounds.upload_bytes + _MOST_FIELDS * 4 * bounds.max_text
    async for chunk in stream:
        left -= len(chunk)
        if left < 0:
            most = millions(bounds.upload_bytes)
            raise TooLarge(
                "That is more than {most} MB, the most I can take at once. Please send it in parts.", most=most
            )
        take(len(chunk))
        yield chunk


def _name(part: UploadFile) -> str:
    return part.filename or "photo"
