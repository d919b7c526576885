"""Weights on hubs and release pages: which files, from where, under what licence, and which are here."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.models.weights.downloads import Progress, download
from core.models.weights.packages import sha256

_OURS = Path(__file__).with_name("hosted.toml")
_SUMS = "checksums.json"


@dataclass(frozen=True, slots=True)
class File:
    """One file at an address that names its commit. `sha256` is empty, `bytes` 0 where nobody told us."""

    name: str
    url: str
    sha256: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Hosted:
    """One model in a few files; `family` says how they are read."""

    name: str
    kind: str
    family: str
    about: str
    licence: str
    files: tuple[File, ...]
    architecture: str = ""

    @property
    def pinned(self) -> bool:
        """Whether the checksum of the weights was known before anybody fetched them."""
        return all(file.sha256 for file in self.files if not file.name.endswith(".json"))

    @property
    def bytes(self) -> int:
        """How much is to be fetched, as far as it is known."""
        return sum(file.bytes for file in self.files)

    def path(self, cache: Path) -> Path:
        """The folder where it lies once fetched."""
        return cache / self.name

    def weights(self, cache: Path) -> Path:
        """What a model is loaded from: its one file, or the folder where it has several."""
        return self.path(cache) / self.files[0].name if len(self.files) == 1 else self.path(cache)


def hosted(path: Path = _OURS) -> tuple[Hosted, ...]:
    """Every entry of a list of hosted weights, ours unless another is named."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(_entry(name, fields) for name, fields in tables.items())


def installed(entry: Hosted, cache: Path) -> bool:
    """Whether all its files are here: quick, `verify` reads them too."""
    folder = entry.path(cache)
    return (folder / _SUMS).is_file() and all((folder / file.name).is_file() for file in entry.files)


def verify(entry: Hosted, cache: Path) -> bool:
    """Whether all its files hash to what is pinned, or to what they were when they came."""
    if not installed(entry, cache):
        return False
    came: dict[str, str] = json.loads((entry.path(cache) / _SUMS).read_text("utf-8"))
    return all(sha256(entry.path(cache) / file.name) == (file.sha256 or came.get(file.name)) for file in entry.files)


def remove(entry: Hosted, cache: Path) -> None:
    """Delete its files; it is no error when they aren't here."""
    shutil.rmtree(entry.path(cache), ignore_errors=True)


def fetch(
    entry: Hosted,
    cache: Path,
    progress: Progress = lambda _done, _total: None,
    *,
    get: Callable[..., str] = download,
) -> Path:
    """Its folder, with the files that aren't there yet downloaded. Blocks.

    Raises `core.errors.ModelError` with what to do.
    """
    folder = entry.path(cache)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sums = {file.name: _came(file, folder / file.name, progress, get) for file in entry.files}
        (folder / _SUMS).write_text(json.dumps(sums), "utf-8")
    except OSError as error:
        raise ModelError(f"The weights can't be kept in {folder}: {error.strerror or error}.") from error
    return folder


def _came(file: File, target: Path, progress: Progress, get: Callable[..., str]) -> str:
    """The checksum of a file that is here, or is fetched now."""
    if target.is_file() and (not file.sha256 or sha256(target) == file.sha256):
        return file.sha256 or sha256(target)
    return get(file.url, target, digest=file.sha256, size=file.bytes, progress=progress)


def _entry(name: str, fields: dict[str, Any]) -> Hosted:
    files = tuple(File(**file) for file in fields.pop("files"))
    return Hosted(name=name, files=files, **fields)
