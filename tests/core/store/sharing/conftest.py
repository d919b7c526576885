"""Processes die when a test says so, and never because the machine is slow."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.store.sharing import leases


@pytest.fixture(autouse=True)
def long_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process lives for an hour after it has said so."""
    monkeypatch.setattr(leases, "LIVES", timedelta(hours=1))
