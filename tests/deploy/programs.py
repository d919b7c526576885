"""Programs of the system that these tests run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def program(name: str, package: str) -> str:
    """Where it is. Without it a stranger's test is skipped; in CI, which installs it, it fails."""
    if found := shutil.which(name):
        return found
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"this needs {name} (Debian: {package})")
    raise AssertionError(name)


def output_of(*command: str | Path, cwd: Path | None = None) -> str:
    """What a program prints; the test fails with all of that where the program does."""
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout
