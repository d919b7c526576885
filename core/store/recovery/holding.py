"""Who uses a store's file: any number of programs at once, or one that puts another file in its place."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from core.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows: nobody is kept apart there
    fcntl = None  # type: ignore[assignment]

_IN_USE = "A Rapport is running with {path}. Stop it first."
_RESTORED = "{path} is just being restored. Try again in a moment."


def hold(path: Path, *, exclusive: bool) -> int | None:
    """Hold the store at `path` until the returned descriptor is closed, or the process has ended, however it does.

    The lock is the operating system's, on a file of its own beside the store. Returns None where there are no locks,
    or no room for the file. Raises `StoreError` when another process holds it so that both can't be. Blocks.
    """
    try:
        lock = os.open(f"{path}-lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # what can't be written says so when that is tried
        return None
    try:
        if fcntl is not None:
            fcntl.flock(lock, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if error.errno not in {errno.EAGAIN, errno.EACCES}:
            return None
        raise StoreError((_IN_USE if exclusive else _RESTORED).format(path=path)) from error
    return lock
