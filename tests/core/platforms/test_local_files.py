import io
import os
import zipfile
from pathlib import Path

import pytest

from core.errors import UserError
from core.messages import Attachment
from core.platforms import local_files


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "nowhere", "\udcff"])
def test_a_path_that_can_be_none_gets_a_sentence_also_where_folders_are_taken(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="I can't read"):
        local_files.read_files([tmp_path / name], 1000, folders=True)


def test_a_folder_of_too_many_files_gets_a_sentence(tmp_path: Path) -> None:
    for number in range(40_001):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(UserError, match="too many files in it: 40,000"):
        local_files.read_files([tmp_path], 1000, folders=True)


def test_a_file_whose_name_is_no_utf_8_spoils_no_folder(tmp_path: Path) -> None:
    for name in (b"bo.jpg", b"\xff\xfe1.jpg"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"photo")
    [packed] = local_files.read_files([tmp_path], 1000, folders=True)
    assert isinstance(packed, Attachment)
    assert sorted(zipfile.ZipFile(io.BytesIO(packed.data)).namelist()) == ["bo.jpg", "\ufffd\ufffd1.jpg"]
