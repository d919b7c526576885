"""The folder for files that are handed over by their paths: it doesn't grow for ever."""

from __future__ import annotations

from pathlib import Path

from core.concepts import NOTHING
from core.platforms.output_folder import OutputFolder


def written(folder: OutputFolder, *sizes: int) -> list[Path]:
    return [folder.write(".jpg", b"x" * size, "pipe:home", NOTHING) for size in sizes]


def test_the_oldest_files_go_when_there_are_too_many(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "out", most=3)
    paths = written(folder, 1, 1, 1, 1, 1)
    assert [path.exists() for path in paths] == [False, False, True, True, True]


def test_the_oldest_files_go_when_they_are_too_large_together_but_never_the_last_one(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "out", most_bytes=100)
    paths = written(folder, 50, 40, 10)
    assert all(path.exists() for path in paths)
    paths += written(folder, 45)
    assert [path.exists() for path in paths] == [False, True, True, True]
    paths += written(folder, 500)
    assert [path.exists() for path in paths] == [False, False, False, False, True]


def test_files_of_others_in_the_folder_are_no_business_of_ours(tmp_path: Path) -> None:
    (tmp_path / "theirs.jpg").write_bytes(b"x" * 999)
    folder = OutputFolder(tmp_path, most=1, most_bytes=1)
    written(folder, 1, 1)
    folder.close()
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.jpg"]
