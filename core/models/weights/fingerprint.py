"""Files told apart: by all of their bytes, or without reading gigabytes of them; and read only where they are right."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from core.errors import ModelError

_ENDS = 1 << 20  # bytes at the start and at the end that are read
_WEIGHTS = {".safetensors", ".bin", ".pt", ".pth", ".onnx"}


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hex. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(path: Path) -> str:
    """12 hex digits of a weight file, or of all those in a folder: their sizes, first and last megabytes.

    Raises `core.errors.ModelError` when there are none.
    """
    files = sorted(file for file in path.iterdir() if file.suffix in _WEIGHTS) if path.is_dir() else [path]
    digest = hashlib.sha256()
    try:
        for file in files:
            size = file.stat().st_size
            digest.update(size.to_bytes(8))
            with file.open("rb") as source:
                digest.update(source.read(_ENDS))
                source.seek(max(0, size - _ENDS))
                digest.update(source.read(_ENDS))
    except OSError as error:
        raise ModelError(f"The weights in {path} can't be read: {error.strerror or error}.") from error
    if not files:
        raise ModelError(f"There are no weights in {path}.")
    return digest.hexdigest()[:12]


def read_checked(path: Path, digest: str) -> bytes:
    """All bytes of a file: those that hash to the SHA-256 `digest`, whatever becomes of the file meanwhile.

    Raises `core.errors.ModelError` when they don't, or can't be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The weights in {path} can't be read: {error.strerror or error}.") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise _changed(path)
    return data


@contextmanager
def unchanged(digests: Mapping[Path, str]) -> Iterator[None]:
    """While a loader opens the files by itself: they hash to the digests, and nobody writes to them or swaps them.

    A file that didn't change since it was last hashed is not read again. Raises `core.errors.ModelError`.
    """
    before = {path: _state(path) for path in digests}
    for path, digest in digests.items():
        if _hashed(path, before[path]) != digest:
            raise _changed(path)
    yield
    for path in digests:
        if _state(path) != before[path]:
            raise _changed(path)


def _state(path: Path) -> tuple[int, ...]:
    """What is another after any change of the file; its owner can't set the last of them."""
    try:
        now = path.stat()
    except OSError as error:
        raise ModelError(f"The weights in {path} can't be read: {error.strerror or error}.") from error
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns


@lru_cache(maxsize=64)  # gigabytes, once for each state of a file
def _hashed(path: Path, _state: tuple[int, ...]) -> str:
    return sha256(path)


def _changed(path: Path) -> ModelError:
    return ModelError(
        "The model's file {name} isn't the one that was fetched: its checksum differs. "
        "Run: python -m bot models verify",
        name=path.name,
    )
