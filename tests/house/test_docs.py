"""What the documents say is held by a test is held by one that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.source import HOUSE

_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("document", ["docs/privacy.md", "SECURITY.md", "README.md", "ARCHITECTURE.md"])
def test_every_test_that_a_document_names_exists(document: str) -> None:
    for path, name in _NAMED.findall((Path(HOUSE) / document).read_text()):
        assert f"def {name}(" in (Path(HOUSE) / path).read_text(), f"{path}::{name}"
