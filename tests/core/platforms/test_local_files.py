from pathlib import Path

import pytest

from core.errors import UserError
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
