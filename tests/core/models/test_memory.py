from __future__ import annotations

import gc
import weakref

from core.models import memory


class _Model:
    """In a cycle, as modules of torch are: only the collector finds out that nobody holds it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_loaded_is_passed_over_until_memory_is_released() -> None:
    model = _Model()
    gone = weakref.ref(model)
    memory.settle()
    del model
    gc.collect()
    assert gone() is not None
    memory.release()
    assert gone() is None
    assert gc.get_freeze_count() > 0  # the rest is passed over as before
