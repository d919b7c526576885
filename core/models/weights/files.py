"""One file of a model's weights; each kind of file has its own way here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelError

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
