import io
import os
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ModelError
from core.models.weights import checkpoint
from core.models.weights.catalogue import find

MAGIC = 0x1950A86A20F9469CFC6C


class Named:
    """Pickles as a name of another module, called with arguments: what torch's classes look like."""

    def __init__(self, name: str, *arguments: Any) -> None:
        self.name, self.arguments = name, arguments


class Storage(str):
    """Pickles as a persistent id."""

    dtype: str
    length: int


class Pickler(pickle._Pickler):  # the one written in Python lets a name be anything
    write: Callable[[bytes], None]

    def persistent_id(self, value: Any) -> Any:
        if isinstance(value, Storage):
            return ("storage", Named(f"torch.{value.dtype}"), str(value), "cpu", value.length, None)
        return None

    def save(self, value: Any, save_persistent_id: bool = True) -> None:
        if isinstance(value, Named):
            module, _, name = value.name.rpartition(".")
            self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
            if value.arguments:
                self.save(value.arguments)
                self.write(pickle.REDUCE)
        else:
            super().save(value, save_persistent_id)  # type: ignore[misc] # typeshed leaves it out


def storage(key: str, length: int, dtype: str = "FloatStorage") -> Storage:
    value = Storage(key)
    value.dtype, value.length = dtype, length
    return value


def tensor(store: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Named:
    return Named("torch._utils._rebuild_tensor_v2", store, offset, shape, strides, False, OrderedDict())


def written(path: Path, content: Any, storages: dict[str, bytes] | None = None, count: int = 6) -> Path:
    """A legacy checkpoint as torch lays it out."""
    out = io.BytesIO()
    for part in (MAGIC, 1001, {"little_endian": True}, content, list(storages or {})):
        Pickler(out, protocol=2).dump(part)
    for data in (storages or {}).values():
        out.write(struct.pack("<q", count) + data)
    path.write_bytes(out.getvalue())
    return path


SIX = np.arange(6, dtype="<f4")


def test_the_encoder_s_real_checkpoint_is_read_whole(weights_dir: Path) -> None:
    tensors = checkpoint.read(find("mobilenetv2").path(weights_dir))
    assert len(tensors) == 312
    assert tensors["features.0.0.weight"].shape == (32, 3, 3, 3)
    assert tensors["features.18.0.weight"].shape == (1280, 320, 1, 1)
    assert (tensors["features.0.1.running_var"] > 0).all()
    assert all(np.isfinite(values).all() for values in tensors.values())


def test_tensors_share_a_storage_by_offset_and_strides(tmp_path: Path) -> None:
    six = storage("a", 6)
    content = OrderedDict(turned=tensor(six, 0, (3, 2), (1, 3)), tail=tensor(six, 4, (2,), (1,)))
    tensors = checkpoint.read(written(tmp_path / "w.pt", content, {"a": SIX.tobytes()}))
    assert tensors["turned"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert tensors["tail"].tolist() == [4, 5]
    assert tensors["turned"].flags.c_contiguous


def test_whole_numbers_keep_their_type(tmp_path: Path) -> None:
    content = {"steps": tensor(storage("a", 6, "LongStorage"), 2, (), ())}
    tensors = checkpoint.read(written(tmp_path / "w.pt", content, {"a": np.arange(6, dtype="<i8").tobytes()}))
    assert tensors["steps"].dtype == np.int64
    assert tensors["steps"] == 2


@pytest.mark.parametrize(
    "name",
    ["posix.system", "os.system", "builtins.eval", "subprocess.Popen", "torch.load", "torch.nn.Linear"],
)
def test_a_pickle_that_asks_for_anything_but_tensors_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "w.pt", {"weight": Named(name, f"touch {tmp_path}/ran")})
    with pytest.raises(ModelError, match=f"{name}, which is no tensor"):
        checkpoint.read(path)
    assert not (tmp_path / "ran").exists()


def test_a_command_in_the_very_first_pickle_is_not_run(tmp_path: Path) -> None:
    class Command:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {tmp_path}/ran",)

    path = tmp_path / "w.pt"
    path.write_bytes(pickle.dumps(Command()))
    with pytest.raises(ModelError, match="system"):
        checkpoint.read(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.001, 0.01, 0.5, 0.999999])
def test_a_file_cut_short_is_reported_as_damaged(weights_dir: Path, tmp_path: Path, share: float) -> None:
    whole = find("mobilenetv2").path(weights_dir).read_bytes()
    path = tmp_path / "w.pt"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ModelError, match="damaged or cut short"):
        checkpoint.read(path)


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [
        (0, (7,), (1,)),
        (5, (2,), (1,)),
        (-1, (2,), (1,)),
        (0, (2,), (9,)),
        (0, (2, 2), (1,)),
        (0, (10**9,), (0,)),
    ],
)
def test_a_tensor_that_reaches_outside_its_storage_is_refused(
    tmp_path: Path, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    content = {"weight": tensor(storage("a", 6), offset, shape, strides)}
    with pytest.raises(ModelError, match=r"w\.pt hold a tensor"):
        checkpoint.read(written(tmp_path / "w.pt", content, {"a": SIX.tobytes()}))


def test_a_storage_of_another_length_than_announced_is_refused(tmp_path: Path) -> None:
    content = {"weight": tensor(storage("a", 6), 0, (6,), (1,))}
    with pytest.raises(ModelError, match="damaged or cut short"):
        checkpoint.read(written(tmp_path / "w.pt", content, {"a": SIX.tobytes()}, count=2**40))


def test_what_is_no_tensor_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'epoch', which is no tensor"):
        checkpoint.read(written(tmp_path / "w.pt", {"epoch": 3}))


def test_torch_s_newer_zip_layout_is_named(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ModelError, match="zip layout"):
        checkpoint.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        checkpoint.read(tmp_path / "nowhere.pt")
