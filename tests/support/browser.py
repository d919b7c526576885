"""Debian's Chromium for the tests of the page."""

from __future__ import annotations

import os
import shutil

import pytest

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium_path() -> str:
    """Where Chromium is. Without one a stranger's test is skipped; in CI, which installs it, it fails."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        sentence = "the page's tests need Chromium (Debian: apt-get install chromium)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
        raise AssertionError(sentence)
    return path
