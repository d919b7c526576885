"""Files told apart: by all of their bytes, or without reading gigabytes of them."""

from __future__ import annotations

import hashlib
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
