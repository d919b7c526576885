"""Memory that libraries keep for later, given back."""

from __future__ import annotations

import gc
import sys


def release() -> None:
    """Collect what nobody holds any more, and let torch return to the GPU what it kept of it. Blocks."""
    gc.collect()
    torch = sys.modules.get("torch")  # it is not loaded for this
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
