"""The store's tests run with both databases."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def on_both(database: str) -> None:
    """Every test of the folder has the parameter."""
