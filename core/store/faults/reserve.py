"""A file beside the store that holds some of its disk's room, so that forgetting works when all the rest is full."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_STEP = 64 << 10  # bytes to which the size is rounded
_LEFT = 256 << 10  # bytes of a full disk that are left to others
_CHUNK = os.urandom(1 << 20)  # written where room can't be had otherwise; zeros would take none on some disks


class Reserve:
    """The file, of `size` bytes where there is room for so many; 0 for none. All methods block."""

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size
        self._held = path.stat().st_size if size and path.exists() else 0

    @property
    def is_whole(self) -> bool:
        """Whether it has its full size."""
        return self._held >= self._size

    @property
    def is_held(self) -> bool:
        """Whether there is something to give back."""
        return self._held > 0

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing left of it: what room there is now is for forgetting."""
        return self._size > 0 and not self._held

    def hold(self) -> None:
        """Take the room, as much as there is. What can't be had now is tried for again the next time."""
        if self.is_whole:
            return
        try:
            free = shutil.disk_usage(self._path.parent).free
            wanted = min(self._size, (self._held + free - _LEFT) // _STEP * _STEP)
            if wanted > self._held:
                _allocate(self._path, wanted)
                self._held = wanted
        except OSError:
            self.release()

    def release(self) -> None:
        """Give the room back."""
        self._path.unlink(missing_ok=True)
        self._held = 0


def _allocate(path: Path, size: int) -> None:
    """Make the file take that many bytes of its disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            for start in range(0, size, len(_CHUNK)):
                file.write(_CHUNK[: size - start])
