"""Reads torch checkpoints of the legacy (pre-zip) layout without torch, and without running their pickles.

The layout (torch/serialization.py, `_legacy_save`) is five pickles in a row, then raw numbers:
magic number, protocol version, facts about the machine, the object, the storages' keys in order,
then each storage as a 64-bit count and its elements, little-endian. In the object a tensor is
"rebuild from storage K at this offset, with this shape and these strides".
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError

Array = NDArray[Any]

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_ELEMENTS = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


def read(path: Path) -> dict[str, Array]:
    """Read a checkpoint's tensors by name, each a C-contiguous array of its own.

    The file is treated as hostile: its pickles may name tensors, storages and ordered dictionaries,
    nothing else. Raises `core.errors.ModelError` when the file is missing, cut short, of another
    layout, or asks for any other class (which the text names).
    """
    try:
        stream = io.BytesIO(path.read_bytes())
    except OSError as error:
        raise ModelError(f"The weights {path} can't be read: {error.strerror}.") from error
    try:
        return _read(stream)
    except _Malformed as error:
        raise ModelError(f"The weights {path.name} {error}. Fetch them again.") from error


class _Malformed(Exception):
    """What is wrong with the file, as the rest of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class _Storage:
    """A run of elements that comes later in the file."""

    key: str
    dtype: str
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage: offset and strides count elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def cut(self, elements: Array) -> Array:
        """Copy this tensor out of its storage's `elements`; refuses one that reaches outside."""
        numbers = (self.offset, *self.shape, *self.strides)
        if len(self.shape) != len(self.strides) or any(type(n) is not int or n < 0 for n in numbers):
            raise _Malformed("hold a tensor with an impossible shape")
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        if 0 not in self.shape and last >= elements.size:
            raise _Malformed("hold a tensor that reaches outside its storage")
        # A stride of 0 would let a short file ask for a huge array.
        if np.prod(self.shape, dtype=float) > elements.size:
            raise _Malformed("hold a tensor larger than its storage")
        steps = tuple(step * elements.itemsize for step in self.strides)
        return np.lib.stride_tricks.as_strided(elements[self.offset :], self.shape, steps).copy()


class _Unpickler(pickle.Unpickler):
    """Admits ordered dictionaries and our stand-ins for tensors and storages."""

    def find_class(self, module: str, name: str) -> Any:
        """Resolve a name from the pickle; the real torch is never looked at."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return self._tensor
        if module == "torch" and name in _ELEMENTS:
            return _ELEMENTS[name]
        raise _Malformed(f"ask for {module}.{name}, which is no tensor: refused, nothing of it was run")

    def persistent_load(self, pid: Any) -> _Storage:
        """Note down a storage: ("storage", type, key, device, count, view)."""
        kind, dtype, key, _device, count, view = pid
        if kind != "storage" or dtype not in _ELEMENTS.values() or view is not None:
            raise _Malformed("hold a storage of an unknown kind")
        return _Storage(str(key), dtype, int(count))

    # A bound method, not a class or function: a hostile pickle can't set attributes on it.
    def _tensor(self, storage: Any, offset: Any, shape: Any, strides: Any, *_rest: Any) -> _Tensor:
        if not isinstance(storage, _Storage):
            raise _Malformed("hold a tensor without a storage")
        return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _read(stream: io.BytesIO) -> dict[str, Array]:
    if bytes(stream.getbuffer()[:4]) == b"PK\x03\x04":
        raise _Malformed("are in torch's zip layout, not the legacy one")
    if _load(stream) != _MAGIC or _load(stream) != _PROTOCOL:
        raise _Malformed("are not a torch checkpoint of the legacy layout")
    _load(stream)
    tensors = _tensors(_load(stream))
    storages = _storages(stream, _load(stream), {t.storage.key: t.storage for t in tensors.values()})
    return {name: tensor.cut(storages[tensor.storage.key]) for name, tensor in tensors.items()}


def _load(stream: io.BytesIO) -> Any:
    try:
        return _Unpickler(stream).load()
    except _Malformed:
        raise
    # Damaged bytes make the unpickler fail in any of these ways (see the note in pickle's reference).
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, KeyError) as error:
        _cut_short(error)
    except (TypeError, ValueError, OverflowError, MemoryError, ImportError) as error:
        _cut_short(error)


def _cut_short(cause: Exception | None = None) -> NoReturn:
    raise _Malformed("are damaged or cut short") from cause


def _tensors(found: Any) -> dict[str, _Tensor]:
    if not isinstance(found, dict):
        raise _Malformed("hold no table of tensors")
    for name, tensor in found.items():
        if not isinstance(name, str) or not isinstance(tensor, _Tensor):
            raise _Malformed(f"hold {str(name)[:80]!r}, which is no tensor")
    return found


def _storages(stream: io.BytesIO, keys: Any, wanted: dict[str, _Storage]) -> dict[str, Array]:
    if not isinstance(keys, list) or set(keys) != set(wanted):
        _cut_short()
    return {key: _elements(stream.read, wanted[key]) for key in keys}


def _elements(take: Callable[[int], bytes], storage: _Storage) -> Array:
    count = int.from_bytes(take(8), "little")
    dtype = np.dtype(storage.dtype)
    data = take(count * dtype.itemsize) if count == storage.count else b""
    if count != storage.count or len(data) != count * dtype.itemsize:
        _cut_short()
    return np.frombuffer(data, dtype)
