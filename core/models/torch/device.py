"""The device that a torch model runs on, its number type, and torch's errors as ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ConfigError, ModelError, ModelMemoryError

_CPU_WORDS = ("can't allocate memory", "not enough memory")


class TorchDevice:
    """A torch device, the number type that its models compute in, and how to run them there.

    `name` is "cpu", "cuda", "cuda:1", "mps" or "auto". Half precision on CUDA: twice the speed, and
    embeddings that agree to three decimals.
    """

    def __init__(self, name: str = "auto", *, threads: int = 0) -> None:
        """Raises `core.errors.ConfigError` when this machine has no such device."""
        if name == "auto":
            other = "mps" if torch.backends.mps.is_available() else "cpu"
            name = "cuda" if torch.cuda.is_available() else other
        try:
            self.device = torch.device(name)
        except RuntimeError:
            raise ConfigError(f"There is no device {name!r}; use cpu, cuda, cuda:1, mps or auto.") from None
        count = torch.cuda.device_count()
        if self.device.type == "cuda" and (self.device.index or 0) >= count:
            raise ConfigError(f"This machine has no {name} that torch can use; {count} found.")
        self.dtype = torch.float16 if self.device.type == "cuda" else torch.float32
        torch.set_num_threads(threads or os.cpu_count() or 1)  # ultralytics would leave it at one
        # What recognises has a stream before that of a generator: its short work goes in between.
        self._stream = torch.cuda.Stream(self.device, priority=-1) if self.device.type == "cuda" else None

    @contextmanager
    def working(self) -> Iterator[None]:
        """Compute without gradients on this device. Raises `ModelMemoryError` or `ModelError` for torch's errors."""
        with memory_watched(), torch.inference_mode(), torch.cuda.stream(self._stream):
            yield

    def take(self, array: NDArray[Any]) -> torch.Tensor:
        """An array on the device, through pinned memory where that lets the copy run beside the CPU."""
        tensor = torch.from_numpy(np.require(array, requirements="W"))
        if self.device.type == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor.to(self.device)


class Chunks:
    """Runs items in chunks that fit into memory: one that doesn't is halved, and that is remembered."""

    def __init__(self, most: int) -> None:
        self.most = most

    def run(self, work: Callable[[Sequence[Any]], torch.Tensor], items: Sequence[Any]) -> torch.Tensor:
        """The results of all chunks in one tensor. Raises `ModelMemoryError` when one item is too much."""
        done: list[torch.Tensor] = []
        start = 0
        while start < len(items):
            chunk = items[start : start + self.most]
            try:
                with memory_watched():
                    done.append(work(chunk))
            except ModelMemoryError:
                if len(chunk) == 1:
                    raise
                self.most = len(chunk) // 2
            else:
                start += len(chunk)
        return torch.cat(done)


@contextmanager
def memory_watched() -> Iterator[None]:
    """Turn torch's errors into ours: out of memory into `ModelMemoryError`, others into `ModelError`."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()  # does nothing without CUDA
        raise ModelMemoryError("There is not memory enough for this batch.") from error
    except RuntimeError as error:
        if any(words in str(error) for words in _CPU_WORDS):
            raise ModelMemoryError("There is not memory enough for this batch.") from error
        raise ModelError(f"The model failed on a photo ({type(error).__name__}).") from error
