"""The processes that open photos, the same for all tests of a run: starting them takes longer than most tests do."""

from __future__ import annotations

import functools

from core.images.decoders import Decoders
from core.images.decoding import Limits


@functools.cache
def shared_decoders() -> Decoders:
    """What photos are opened with where a test doesn't look at how; `conftest.py` ends it with the run."""
    return Decoders(Limits())
