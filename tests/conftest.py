"""Fixtures for every test: the real lite weights, fetched once and then kept in the user's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import load
from core.models.weights.catalogue import find


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """The folder with the lite models' files, verified: `find(name).path(weights_dir)` is one."""
    folder = load().models.cache
    find("yolo11n").fetch(folder)
    return folder
