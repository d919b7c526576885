"""A zip from a stranger: what is in it, and its files unpacked one at a time, never more of them than is allowed.

Nothing of it is ever written to a disk, so a path that leads elsewhere harms nobody; such a file is unreadable all the
same, as a link is. Zips inside it stay closed.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from itertools import pairwise

from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop

MOST_FILES = 40_000  # photos, and cut-outs for RAP
_MOST_BYTES = 1 << 30  # unpacked, in all
# Photos are packed already: what grows to many times its size is no collection of photos.
_FREE_BYTES, _MOST_GROWTH = 64 << 20, 8
_PIECE = 1 << 18
_LOCAL_HEADER = 30  # bytes before a file's name, of which a file has at least so many
TOO_MUCH = gettext_noop("That is more than I can take in at once.")
_BROKEN = gettext_noop("That isn't a zip that I can read. Send me one that /export made.")

_PACKED_BY_MACOS = "__MACOSX"
_NOT_MEANT = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_ELSEWHERE = re.compile(r"/|[a-zA-Z]:")
# What a damaged zip raises, by where it is damaged. UnicodeDecodeError is a ValueError.
_FAILURES = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, NotImplementedError),
    *(ValueError, IndexError, KeyError, OverflowError),
)


class UnreadableFile(Exception):
    """One file of a zip can't be unpacked: it is missing, damaged, or larger than it may be."""


class Unzipper:
    """A zip's files by their paths, with slashes and without what systems put beside people's files. Blocking.

    Making one raises `UserError` with a sentence when the bytes are no zip, or one that can't be taken in.
    """

    def __init__(self, data: bytes) -> None:
        # Before a value is made for each: by its mark, since the count that a zip tells may be a lie.
        if data.count(b"PK\x01\x02") > MOST_FILES:
            raise UserError(TOO_MUCH)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _FAILURES as error:
            raise UserError(_BROKEN) from error
        entries = self._zip.infolist()
        ordered = sorted(entries, key=lambda one: one.header_offset)
        begins = [*(one.header_offset for one in ordered), self._zip.start_dir]
        rooms = (end - begin - _LOCAL_HEADER for begin, end in pairwise(begins))
        if any(one.compress_size > room for one, room in zip(ordered, rooms, strict=True)):
            raise UserError(_BROKEN)  # one piece of data for many files is a bomb
        self.size = len(data)
        self._left = min(_MOST_BYTES, _FREE_BYTES + _MOST_GROWTH * len(data))
        if sum(one.file_size for one in entries) > self._left:
            raise UserError(TOO_MUCH)
        self._files: dict[str, zipfile.ZipInfo | None] = {}
        for entry in entries:
            if not entry.is_dir() and (path := path_of(_name(entry))):
                self._add(path, entry)

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of all files, in the order in which they are listed."""
        return tuple(self._files)

    def read(self, path: str, most: int) -> bytes:
        """Unpack one file of at most `most` bytes, counting what comes out, whatever the zip says of it.

        Raises `UnreadableFile`, and `UserError` once all that was unpacked is too much.
        """
        entry, found = self._files.get(path), bytearray()
        if entry is None or entry.file_size > most:
            raise UnreadableFile
        try:
            with self._zip.open(entry) as packed:
                while piece := packed.read(_PIECE):
                    found += piece
                    self._left -= len(piece)
                    if self._left < 0:
                        raise UserError(TOO_MUCH)
                    if len(found) > most:
                        raise UnreadableFile
        except _FAILURES as error:
            raise UnreadableFile from error
        return bytes(found)

    def _add(self, path: str, entry: zipfile.ZipInfo) -> None:
        if path in self._files:
            raise UserError("{file} is in there twice, so I took nothing in.", file=path[:100])
        if entry.flag_bits & 1:
            raise UserError("That zip is locked with a password. Send me one without.")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise UserError(
                "That isn't a zip that I can read: it is packed in an unusual way. Please pack it as an ordinary zip."
            )
        elsewhere = _ELSEWHERE.match(_name(entry).replace("\\", "/")) or ".." in path.split("/")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        self._files[path] = None if elsewhere or kind not in {0, stat.S_IFREG} else entry


def path_of(name: str) -> str:
    """A file's path as zips and lists of names are compared: slashes, composed letters, no steps that lead nowhere.

    Empty for what systems put beside people's files.
    """
    parts = [part for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/") if part not in {"", "."}]
    last = parts[-1].casefold() if parts else ""
    skipped = _PACKED_BY_MACOS in parts or last in _NOT_MEANT or last.startswith("._")
    return "" if skipped else "/".join(parts)


def _name(entry: zipfile.ZipInfo) -> str:
    """An entry's name. macOS writes UTF-8 without saying so, and zipfile then takes it for the code page of DOS."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode()
    except ValueError:
        return entry.filename
