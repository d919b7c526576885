"""The catalogue of weights: which files a model has, where each comes from, and whether they are here."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.errors import ModelError
from core.models.weights.addresses import AddressedFile
from core.models.weights.files import File, Progress, ShippedFile
from core.models.weights.fingerprint import sha256
from core.models.weights.hub import HubFile
from core.models.weights.npm import NpmFile
from core.models.weights.packages import PackagedFile
from core.options import closest

_OURS = Path(__file__).with_name("catalogue.toml")
_SUMS = "checksums.json"  # of files without a known checksum: what they were when they came
# A key that only files of one kind have.
_KINDS: Mapping[str, type[File]] = MappingProxyType(
    {
        "shipped": ShippedFile,
        "package": PackagedFile,
        "npm": NpmFile,
        "repository": HubFile,
        "url": AddressedFile,
    }
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of one model. `kind` is detector, encoder or saliency; `family` says how the files are read."""

    name: str
    kind: str
    about: str
    licence: str
    files: tuple[File, ...]
    family: str = ""
    architecture: str = ""

    @property
    def pinned(self) -> bool:
        """Whether the checksum of the weights was known before anybody fetched them."""
        return all(file.sha256 for file in self.files if not file.name.endswith(".json"))

    @property
    def bytes(self) -> int:
        """The size of the files, as far as it is known."""
        return sum(file.bytes for file in self.files)

    def path(self, cache: Path) -> Path:
        """What a model is loaded from: its one file, or the folder where it has several."""
        first = self.files[0].path(self.name, cache)
        return first if len(self.files) == 1 else first.parent

    def is_here(self, cache: Path) -> bool:
        """Whether all its files are here in full size: quick, `is_sound` reads them too."""
        return all(
            path.is_file() and (path.stat().st_size == file.bytes or not file.bytes)
            for file in self.files
            for path in (file.path(self.name, cache),)
        )

    def is_sound(self, cache: Path) -> bool:
        """Whether all its files hash to what is pinned, or to what they were when they came (2 s a GB)."""
        came = self._came(cache)
        return self.is_here(cache) and all(
            sha256(file.path(self.name, cache)) == (file.sha256 or came.get(file.name)) for file in self.files
        )

    def digests(self, cache: Path) -> dict[Path, str]:
        """The SHA-256 of each of its files as far as it is known: what is pinned, or what it was when it came."""
        came = self._came(cache)
        known = {file.path(self.name, cache): file.sha256 or came.get(file.name, "") for file in self.files}
        return {path: digest for path, digest in known.items() if digest}

    def fetch(self, cache: Path, progress: Progress = lambda _done, _total: None) -> None:
        """Download what isn't here yet, or is damaged. Blocks.

        `progress` hears of one file after the other. Each file appears whole or not at all, however many
        processes fetch at once. Raises `core.errors.ModelError` with what to do.
        """
        came = self._came(cache)
        try:
            for file in self.files:
                target = file.path(self.name, cache)
                part = target
                known = file.sha256 or came.get(file.name)
                if not target.is_file() or (known and sha256(target) != known):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    part = file.fetch(target.parent, progress)
                elif known:
                    continue
                digest = sha256(part)
                if digest != (file.sha256 or digest) or part.stat().st_size != (file.bytes or part.stat().st_size):
                    part.unlink()
                    raise ModelError(
                        f"The file that came for {self.name} ({file.origin}) is not the one we trust: its checksum "
                        "differs. Nothing of it was kept; try again, and check where your package index (`pip config "
                        "list`) or mirror of the hub (HF_ENDPOINT) has it from."
                    )
                if not file.sha256:
                    came[file.name] = digest
                    (target.parent / _SUMS).write_text(json.dumps(came), "utf-8")
                part.replace(target)
        except OSError as error:
            raise ModelError(f"The weights can't be kept in {cache}: {error.strerror or error}.") from error

    def remove(self, cache: Path) -> None:
        """Delete its files; it is no error when they aren't here.

        Raises `core.errors.ModelError` for what comes with the program.
        """
        if any(isinstance(file, ShippedFile) for file in self.files):
            raise ModelError(f"{self.name} comes with Rapport itself: there is nothing to remove.")
        for file in self.files:
            file.path(self.name, cache).unlink(missing_ok=True)
        shutil.rmtree(cache / self.name, ignore_errors=True)

    def _came(self, cache: Path) -> dict[str, str]:
        """The checksums of its files when they came; those without a known one are among them."""
        sums = cache / self.name / _SUMS
        return dict(json.loads(sums.read_text("utf-8"))) if sums.is_file() else {}


def catalogue(path: Path = _OURS) -> tuple[Weights, ...]:
    """Every entry of a catalogue file, ours unless another is named."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    found = []
    for name, fields in tables.items():
        files = fields.pop("files")
        made = tuple(next(made(**file) for key, made in _KINDS.items() if key in file) for file in files)
        found.append(Weights(name=name, files=made, **fields))
    return tuple(found)


def find(name: str) -> Weights:
    """The entry of that name. Raises `core.errors.ModelError` that lists the names there are."""
    known = {weights.name: weights for weights in catalogue()}
    if name not in known:
        near = closest(name, known)
        asked = f" Did you mean {near}?" if near else ""
        raise ModelError(f"There is no model {name!r}; there are: {', '.join(known)}.{asked}")
    return known[name]
