"""The folder of a build, claimed by one build at a time: what can't be written there is told in a sentence."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import DataError

try:
    import fcntl
except ImportError:  # Windows: builds are not kept apart there
    fcntl = None  # type: ignore[assignment]

LOCK = "build.lock"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_HELD = {errno.EAGAIN, errno.EACCES}
_GOES_ON = "What was made is kept, and the same command goes on from here."


@contextmanager
def claimed(out: Path) -> Iterator[None]:
    """Make a build's folder, and hold it against other builds while this is open. Reading needs no claim.

    The claim is a lock of the operating system's on a file in the folder, so that it goes with the process, however
    that ends. Raises `DataError` at once where another build holds it, and for whatever in the folder can't be made,
    read or written meanwhile.
    """
    try:
        lock = _locked(out)
    except (FileExistsError, NotADirectoryError) as error:
        raise DataError(f"{out} is no folder, or lies in a file: name a folder to build in.") from error
    except OSError as error:
        raise DataError(f"{out} can't be built in ({error.strerror}). Name a folder that can be written.") from error
    try:
        yield
    except (ConnectionError, TimeoutError):  # no matter of the folder's
        raise
    except OSError as error:
        raise DataError(_sentence(error, out)) from error
    except sqlite3.DatabaseError as error:  # the teacher's answers
        raise DataError(f"A database in {out} can't be read or written ({error}). {_GOES_ON}") from error
    finally:
        with suppress(OSError):
            os.close(lock)


def _locked(out: Path) -> int:
    out.mkdir(parents=True, exist_ok=True)
    lock = os.open(out / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if error.errno in _HELD:
            raise DataError(f"Another build is at work in {out}. Wait until it has ended, or stop it.") from error
        raise
    return lock


def _sentence(error: OSError, out: Path) -> str:
    if error.errno in _FULL:
        return f"There is no room left on the disk for {out}. Make some. {_GOES_ON}"
    return f"{error.filename or out} can't be read or written ({error.strerror or error}). {_GOES_ON}"
