"""Checking and backing up a store whose own disk is full, or can't be written to: real file systems, where we may."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stores import ANN, HOME, opened, reference

pytestmark = pytest.mark.sqlite  # files alone

ROOT = Path(__file__).parents[4]
# As root of a namespace of its own: nobody else sees the disk, which is gone with the process.
_OWN_DISKS = ("unshare", "--user", "--map-root-user", "--mount")
_SCRIPT = """
set -e
mount -t tmpfs -o size=4m none "$1/disk"
cp "$1"/store/store.db* "$1/disk/"
cd "$2"
if [ "$4" = full ]; then head -c 9000000 /dev/zero > "$1/disk/rest" 2>/dev/null || true
else mount -o remount,ro "$1/disk"; fi
"$3" -m bot store check --store "$1/disk/store.db"
"$3" -m bot store backup --store "$1/disk/store.db" "$1/backup.db"
"$3" -m bot store check "$1/backup.db"
"""


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = [*_OWN_DISKS, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _may_mount(), reason="this system lets nobody mount a disk of their own")
@pytest.mark.parametrize("disk", ["full", "read-only"])
async def test_a_store_is_checked_and_backed_up_where_nothing_can_be_written(tmp_path: Path, disk: str) -> None:
    (tmp_path / "disk").mkdir()
    async with opened(tmp_path / "store") as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference(b"photo" * 1000)])
    done = await asyncio.to_thread(
        subprocess.run,
        [*_OWN_DISKS, "sh", "-c", _SCRIPT, "sh", str(tmp_path), str(ROOT), sys.executable, disk],
        capture_output=True,
        text=True,
        check=False,
    )
    said = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stdout + done.stderr
    assert said.count("is undamaged: 1 chat, 1 name, 1 photo") == 2
    assert "is a backup of" in said
