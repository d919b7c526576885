"""The host key: what opens the rows' keys, and is kept apart from them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import structlog

from core.errors import StoreError

T = TypeVar("T")
_log = structlog.get_logger(__name__)
SIZE = 32
KEYRING = "keyring"
_IN_KEYRING = ("rapport", "host key")


@dataclass(frozen=True, slots=True, repr=False)
class HostKey:
    """One or more keys of `SIZE` bytes: the first one closes, each opens. `place` is where they are, for sentences."""

    keys: tuple[bytes, ...]
    place: str


@dataclass(frozen=True, slots=True)
class HostKeyPlace:
    """Where the host key is looked for: given in the configuration, or in a file, or in the system's keyring."""

    given: str = ""
    file: str = ""  # a path, or KEYRING

    def read(self) -> HostKey | None:
        """The host key, None where there is none yet. Raises `StoreError` for what can't be one. Blocks."""
        if self.given:
            return _parsed(self.given, "keys.host_key")
        if self.file == KEYRING:
            found = _in_keyring(lambda ring: ring.get_password(*_IN_KEYRING))
            return _parsed(found, "the keyring") if found else None
        try:
            return _parsed(Path(self.file).read_text("utf-8"), self.file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"The host key {self.file} can't be read. Check its permissions.") from error

    @property
    def is_written_here(self) -> bool:
        """Whether the host key is kept by Rapport itself, and not given to it."""
        return not self.given

    def make(self) -> HostKey:
        """The host key, made where there is none yet. Raises `StoreError`. Blocks."""
        if (found := self.read()) is not None:
            return found
        made = secrets.token_bytes(SIZE)
        self.write((made,), new=True)
        place = "the keyring" if self.file == KEYRING else self.file
        _log.warning(
            "keys.made",
            host_key=place,
            why="it opens what is stored, and without it all is lost: keep a copy of it, but never beside backups",
        )
        return self.read() or HostKey((made,), place)

    def write(self, keys: tuple[bytes, ...], *, new: bool = False) -> None:
        """Put keys in its place, which is a file or the keyring. Raises `StoreError`. Blocks."""
        if not self.is_written_here:
            raise StoreError(
                "The host key comes from outside. Give the new one there, a space and the old one behind it; run this "
                "again, and take the old one away."
            )
        text = "".join(f"{key.hex()}\n" for key in keys)
        if self.file == KEYRING:
            _in_keyring(lambda ring: ring.set_password(*_IN_KEYRING, text))
            return
        path = Path(self.file)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if new:
                place_new(part, path)
            else:
                os.replace(part, path)
        except OSError as error:
            raise StoreError(
                f"The host key can't be written to {path}. Check that you may write there, or set keys.host_file."
            ) from error
        finally:
            part.unlink(missing_ok=True)


def place_new(part: Path, path: Path) -> None:
    """Give a file its name, unless another process was faster."""
    try:
        os.link(part, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        os.replace(part, path)


def _parsed(text: str, place: str) -> HostKey:
    try:
        keys = tuple(bytes.fromhex(line) for line in text.split())
    except ValueError:
        keys = ()
    if not keys or any(len(key) != SIZE for key in keys):
        raise StoreError(f"The host key in {place} can't be one: it is {SIZE * 2} hexadecimal digits.")
    return HostKey(keys, place)


def _in_keyring(work: Callable[[Any], T]) -> T:
    """What `work` does with the library keyring. Raises `StoreError`."""
    try:
        keyring, errors = import_module("keyring"), import_module("keyring.errors")  # only where it is asked for
    except ModuleNotFoundError as error:
        raise StoreError(
            "keys.host_file = \"keyring\" needs the package keyring: pip install '.[keyring]', or name a file."
        ) from error
    try:
        return work(keyring)
    except errors.KeyringError as error:
        raise StoreError(
            f"The system's keyring can't be used ({type(error).__name__}). Unlock it, or name a file in keys.host_file."
        ) from error
