"""The memory of what was loaded: left alone while it stays, given back afterwards."""

from __future__ import annotations

import gc
import sys


def settle() -> None:
    """Let the garbage collector pass over all there is now, as what was loaded stays.

    A full collection stops every thread, the event loop's among them: for 0.15 s with the libraries of both messengers.
    """
    gc.freeze()


def release() -> None:
    """Collect what nobody holds any more, and let torch return to the GPU what it kept of it. Blocks."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    torch = sys.modules.get("torch")  # it is not loaded for this
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
