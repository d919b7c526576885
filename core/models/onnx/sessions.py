"""ONNX Runtime sessions on the CPU, with its many errors turned into ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native

from core.errors import ModelError, ModelMemoryError
from core.models.weights.fingerprint import read_checked

# Everything ONNX Runtime raises derives straight from Exception; these are what loading and running give.
_FAILURES = (
    *(native.Fail, native.InvalidArgument, native.InvalidGraph, native.InvalidProtobuf, native.NoSuchFile),
    *(
        native.NoModel,
        native.NotImplemented,
        native.RuntimeException,
        native.EPFail,
        RuntimeError,
        ValueError,
    ),
)
_NO_MEMORY = "Failed to allocate memory"  # core/framework/bfc_arena.cc


class Session:
    """One loaded graph. Runs may overlap from several threads; each uses `threads` cores (0: all)."""

    def __init__(
        self, model: Path | bytes, *, threads: int = 0, digest: str = "", weights: Mapping[str, bytes] | None = None
    ) -> None:
        """Load a graph from a file or from bytes. Raises `core.errors.ModelError`.

        With the SHA-256 `digest` of the file what is loaded are the very bytes that were hashed. `weights` are the
        contents of the files that the graph has its weights in, by what it calls them.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Waiting threads sleep: the web chat and the other model need the cores between two photos.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        checked = read_checked(model, digest) if digest and isinstance(model, Path) else model
        try:
            if weights:
                names, data = list(weights), list(weights.values())
                options.add_external_initializers_from_files_in_memory(names, data, list(map(len, data)))
            self._session = onnxruntime.InferenceSession(
                checked if isinstance(checked, bytes) else str(checked), options, providers=["CPUExecutionProvider"]
            )
        except _FAILURES as error:
            what = "A model" if isinstance(model, bytes) else f"The model {model.name}"
            raise ModelError(f"{what} can't be loaded. Check it with `python -m bot models verify`.") from error

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the graph calls its inputs."""
        return tuple(one.name for one in self._session.get_inputs())

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the graph calls its outputs."""
        return tuple(one.name for one in self._session.get_outputs())

    def run(
        self, inputs: Mapping[str, NDArray[Any]], outputs: Sequence[str] | None = None
    ) -> list[NDArray[np.float32]]:
        """The named outputs, or all in the graph's order.

        Raises `core.errors.ModelError` when it fails on these inputs, `ModelMemoryError` for want of memory.
        """
        try:
            return list(self._session.run(outputs, dict(inputs)))
        except _FAILURES as error:
            if _NO_MEMORY in str(error):
                raise ModelMemoryError("There is not memory enough for this batch.") from error
            raise ModelError(f"The model failed on a photo ({type(error).__name__}).") from error
