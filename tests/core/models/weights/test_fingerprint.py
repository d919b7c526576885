"""Weights that are changed after they were fetched are not loaded."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ModelError
from core.models.weights.fingerprint import read_checked, unchanged

DATA = b"weights" * 1000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(DATA)
    return path


def digest(data: bytes = DATA) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_bytes_that_were_hashed_are_those_that_are_given(file: Path) -> None:
    assert read_checked(file, digest()) == DATA
    file.write_bytes(b"x" + DATA[1:])
    with pytest.raises(ModelError, match=r"model\.safetensors isn't the one that was fetched.*models verify") as caught:
        read_checked(file, digest())
    assert not caught.value.for_chats  # what the host has to do
    assert str(file.parent) not in str(caught.value)
    file.unlink()
    with pytest.raises(ModelError, match="can't be read"):
        read_checked(file, digest())


def test_what_is_loaded_by_its_path_is_looked_at_before(file: Path) -> None:
    with unchanged({file: digest()}):
        assert file.read_bytes() == DATA
    time = file.stat().st_mtime_ns
    file.write_bytes(b"x" + DATA[1:])
    os.utime(file, ns=(time, time))  # as long and as old as before
    with pytest.raises(ModelError, match="checksum differs"), unchanged({file: digest()}):
        pytest.fail("it was loaded")
    with pytest.raises(ModelError, match="can't be read"), unchanged({file.with_name("gone"): digest()}):
        pytest.fail("it was loaded")


def swap(file: Path) -> None:
    file.with_suffix(".new").write_bytes(b"evil")
    file.with_suffix(".new").replace(file)


def overwrite_and_put_back(file: Path) -> None:
    file.write_bytes(b"evil")
    file.write_bytes(DATA)


@pytest.mark.parametrize("meanwhile", [swap, overwrite_and_put_back])
def test_what_is_swapped_while_it_is_loaded_is_not_used(file: Path, meanwhile: Callable[[Path], None]) -> None:
    with pytest.raises(ModelError, match="checksum differs"), unchanged({file: digest()}):
        meanwhile(file)


def test_nothing_is_known_of_files_of_ones_own(file: Path) -> None:
    with unchanged({}):
        file.write_bytes(b"mine")
