"""Checkpoints that a run goes on from: only those that were written whole count, whatever ended the run before.

A checkpoint is whole once it has a list of its files with their sizes, which is written last. The trainer's own
check is that the folder is there, also when the program was killed while it wrote.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from bot.data.steps import write_whole

_LIST = "whole.json"
_PREFIX = "checkpoint-"


def seal(folder: Path) -> None:
    """Say that a checkpoint is whole."""
    sizes = {one.relative_to(folder).as_posix(): one.stat().st_size for one in folder.rglob("*") if one.is_file()}
    write_whole(folder / _LIST, json.dumps(sizes))


def is_whole(folder: Path) -> bool:
    """Whether a checkpoint has all that was listed, in full."""
    try:
        sizes: dict[str, int] = json.loads((folder / _LIST).read_text("utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def step_of(folder: Path) -> int:
    """The step that a checkpoint was written after."""
    return int(folder.name.removeprefix(_PREFIX))


def newest(out: Path) -> tuple[Path | None, list[Path]]:
    """The newest whole checkpoint in a folder, and those that were not whole, which are deleted."""
    found = [one for one in out.glob(f"{_PREFIX}*") if one.name.removeprefix(_PREFIX).isdigit()]
    torn = [one for one in found if not is_whole(one)]
    for one in torn:
        shutil.rmtree(one)
    return max((one for one in found if one not in torn), key=step_of, default=None), torn
