"""Files of this machine that somebody named by their paths, and lines of text, whatever either turns out to be."""

from __future__ import annotations

import errno
import io
import os
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from core.counting import millions
from core.errors import UserError
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext
from core.messages import Attachment, Photo, Unreadable
from core.platforms.attachments import read_attachment

_TOGETHER = 10  # times what one file may have: all files of one message
_IN_FOLDERS = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".heic", ".heif", ".json"})
_MOST_IN_FOLDER = 40_000
_SHOWN = 100  # characters of a path that are repeated
_REASONS = {
    errno.ENOENT: gettext_noop("there is no such file or folder"),
    errno.ENOTDIR: gettext_noop("there is no such file or folder"),
    errno.EACCES: gettext_noop("I'm not allowed to"),
    errno.EPERM: gettext_noop("I'm not allowed to"),
    errno.ENAMETOOLONG: gettext_noop("its name is too long"),
    errno.ENOSPC: gettext_noop("the disk is full"),
    errno.EDQUOT: gettext_noop("the disk is full"),
    errno.EROFS: gettext_noop("the disk can only be read"),
}


def read_files(paths: Iterable[Path], largest: int, *, folders: bool = False) -> list[Photo | Attachment | Unreadable]:
    """What the files are, in their order. Blocks, but never waits for a writer as a named pipe would have it.

    With `folders` a folder is a zip of its photos and lists of names. Raises `UserError` for what isn't there, can't
    be read, is no file but a folder, a device, a pipe or a socket, and for more than `largest` bytes in one file
    (a zip: ten times that) or ten times that in all.
    """
    most = _TOGETHER * largest
    found, left = [], most
    for path in paths:
        packed = folders and os.path.isdir(path)  # pathlib raises for names that are too long
        data = _packed(path, most) if packed else _content(path, most if path.suffix.lower() == ".zip" else largest)
        left -= len(data)
        if left < 0:
            raise UserError("Those files are too large together: {most} MB is the most I take.", most=millions(most))
        found.append(read_attachment(data, f"{path.name}.zip" if packed else path.name))
    return found


def _packed(folder: Path, most: int) -> bytes:
    """A zip of a folder's photos and lists of names, whatever else there is. Links are not followed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        seen = 0
        for inside, _, names in os.walk(folder):
            seen += len(names)
            if seen > _MOST_IN_FOLDER:
                raise UserError(
                    "{name} has too many files in it: {most} is the most I take.",
                    name=folder.name,
                    most=_MOST_IN_FOLDER,
                )
            for path in (Path(inside, name) for name in sorted(names)):
                if path.suffix.lower() in _IN_FOLDERS and path.is_file() and not path.is_symlink():
                    inside_zip = os.fsencode(path.relative_to(folder).as_posix()).decode(errors="replace")
                    packed.writestr(inside_zip, _content(path, most - out.tell()))
    return out.getvalue()


def _content(path: Path, largest: int) -> bytes:
    shown = str(path) if len(str(path)) <= _SHOWN else f"{str(path)[:_SHOWN]}…"
    try:
        # Looked at before it is opened, which can do something to a device, and after: it may be another by then.
        regular = stat.S_ISREG(path.stat().st_mode)
        if regular:
            with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
                kind = os.fstat(file.fileno())
                regular = stat.S_ISREG(kind.st_mode)
                # Some files of /proc have no size and plenty of content: what is read is bounded, too.
                data = (file.read(largest + 1) or b"") if regular and kind.st_size <= largest else b""
    except OSError as error:
        raise UserError("I can't read “{path}”: {reason}.", path=shown, reason=reason_of(error)) from error
    except ValueError as error:  # a NUL, or half a character
        raise UserError("I can't read “{path}”: no file can be called that.", path=shown) from error
    if not regular:
        raise UserError("I can't read “{path}”: it isn't a file, but a folder, a device or a pipe.", path=shown)
    if max(len(data), kind.st_size) > largest:
        raise UserError(
            "{name} is too large: {most} MB is the most I take. Please make it smaller, a photo as a JPEG.",
            name=path.name,
            most=millions(largest),
        )
    return data


def reason_of(error: OSError) -> LazyString | str:
    """Why the system refuses a file, to be said in the chat's language; in the system's words where that is rare."""
    return lazy_gettext(_REASONS[error.errno]) if error.errno in _REASONS else error.strerror or "?"


def read_line(source: TextIO, longest: int) -> str:
    """The next line with its end, "" where there is none; of one of more than `longest` characters the beginning.

    Such a beginning has more than `longest` characters; the rest of the line is skipped without being kept.
    """
    text = part = source.readline(longest + 1)
    while len(part) > longest and not part.endswith("\n"):
        part = source.readline(longest + 1)
    return text
