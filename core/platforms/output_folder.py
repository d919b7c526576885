"""The folder for pictures and files that are handed over by their paths."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock

from core.concepts import Known
from core.errors import UserError
from core.messages import Reply
from core.names import mentioned
from core.platforms.local_files import reason_of


@dataclass(frozen=True, slots=True)
class _Written:
    """A file of ours: the key of the chat that it was written for, and what of its memory it rests on."""

    path: Path
    chat: str
    basis: Known
    size: int


class OutputFolder:
    """Where pictures and exports are written, numbered, for this machine's user alone. It is made when the first is.

    Without a path it is a new folder under the system's temporary one. Nothing that was there before is overwritten.
    At most so many files and bytes of ours are kept there: the oldest go, but never the last one.
    """

    def __init__(self, path: Path | None = None, *, most: int = 1000, most_bytes: int = 1 << 30) -> None:
        self._path, self._most, self._most_bytes = path, most, most_bytes
        self._made = False
        self._numbers = count(1)
        self._written: list[_Written] = []
        self._lock = Lock()  # chats are answered side by side

    @property
    def chats(self) -> frozenset[str]:
        """The keys of the chats that files are kept of."""
        return frozenset(one.chat for one in self._written)

    def write(self, ending: str, data: bytes, chat: str, basis: Known) -> Path:
        """Write a file whose name is a number and `ending`; returns its path. Blocks.

        `basis` is what it rests on (`basis_of`). Raises `UserError` when it can't be written.
        """
        try:
            with self._lock:
                folder = self._folder()
                while True:
                    path = folder / f"{next(self._numbers):06}{ending}"
                    with suppress(FileExistsError):
                        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                        break
                self._written.append(_Written(path, chat, basis, len(data)))
            with open(descriptor, "wb") as file:
                file.write(data)
            self._remove(self._beyond())
        except OSError as error:
            raise UserError(
                "I can't write the picture to {folder}: {reason}.", folder=str(self._path), reason=reason_of(error)
            ) from error
        return path

    def let_go(self, chat: str, now: Known) -> None:
        """Remove the chat's files that rest on what it no longer knows. Blocks."""
        self._remove(one for one in list(self._written) if one.chat == chat and not now.upholds(one.basis))

    def close(self) -> None:
        """Remove all files that were written, and the folder if it was made for them. Blocks."""
        self._remove(list(self._written))
        if self._made and self._path is not None:
            with suppress(OSError):  # somebody has put something of their own into it
                self._path.rmdir()

    def _folder(self) -> Path:
        if self._path is None:
            self._path, self._made = Path(mkdtemp(prefix="rapport-")), True
        if not self._path.exists():
            self._path.mkdir(parents=True)
            self._made = True
        if not self._written and not any(self._path.iterdir()):  # one with other things in it is theirs to protect
            with suppress(PermissionError):
                self._path.chmod(0o700)
        return self._path

    def _beyond(self) -> list[_Written]:
        """The oldest files, as far as there are too many or too large ones."""
        written = list(self._written)
        room = self._most_bytes
        for kept, one in enumerate(reversed(written)):
            room -= one.size
            if kept and (room < 0 or kept >= self._most):
                return written[: len(written) - kept]
        return []

    def _remove(self, gone: Iterable[_Written]) -> None:
        with self._lock:
            for one in gone:
                with suppress(OSError):  # whoever got the path may have moved it
                    one.path.unlink()
                with suppress(ValueError):  # another thread was faster
                    self._written.remove(one)


def basis_of(reply: Reply, before: Known, now: Known) -> Known:
    """What a reply's pictures and files rest on, of all that was known before it was made or is `now`."""
    known = Known(now.revision, before.facts | now.facts)
    if reply.attachments:  # an export holds everybody
        return known
    if reply.basis.facts:
        return reply.basis
    texts = [reply.text, *(f"{card.title}\n{card.text}" for card in reply.cards)]
    spoken_of = mentioned("\n".join(texts), (words for _, words in known.facts))
    return known.of({concept for concept, words in known.facts if words in spoken_of})
