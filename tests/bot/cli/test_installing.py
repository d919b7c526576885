"""What the first `make run` shows while pip works."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.cli import installing

LINES = (
    "Looking in indexes: https://pypi.org/simple\n",
    "WARNING: Location 'file:///opt/simple/rich/' is ignored: it is neither a file nor a directory.\n",
    "Collecting onnxruntime>=1.23 (from rapport==0.1.0)\n",
    "  Downloading onnxruntime-1.32.0-cp311-cp311-manylinux_2_28_x86_64.whl (27.8 MB)\n",
    "Processing /opt/files/faiss_cpu-1.15.1-cp310-abi3-manylinux_2_28_x86_64.whl (from rapport==0.1.0)\n",
    "  Using cached rich-15.0.0-py3-none-any.whl (310 kB)\n",
    "Installing collected packages: rich, onnxruntime, faiss-cpu\n",
    "Successfully installed faiss-cpu-1.15.1 onnxruntime-1.32.0 rich-15.0.0\n",
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def followed(out: io.StringIO, packages: Path) -> str:
    def lines() -> Iterator[str]:
        for line in LINES:
            if line.startswith("Successfully"):
                for name in ("rich", "onnxruntime", "faiss_cpu"):
                    (packages / f"{name}-1.dist-info").mkdir()
            yield line

    installing.Progress(out, packages).read(lines())
    return out.getvalue()


def test_each_package_is_named_with_its_size_and_warnings_are_not_shown(tmp_path: Path) -> None:
    assert followed(io.StringIO(), tmp_path).splitlines()[:3] == [
        "  Fetching 1: onnxruntime 1.32.0 (27.8 MB)",
        "  Fetching 2: faiss_cpu 1.15.1",
        "  Fetching 3: rich 15.0.0 (310 kB)",
    ]


def test_it_tells_how_many_are_unpacked(tmp_path: Path) -> None:
    (tmp_path / "pip-23.2.dist-info").mkdir()  # was here before
    assert followed(io.StringIO(), tmp_path).splitlines()[-1] == "  Unpacking: 3 of 3"


def test_on_a_terminal_one_line_changes(tmp_path: Path) -> None:
    shown = followed(Terminal(), tmp_path)
    assert shown.count("\n") == 1
    assert shown.endswith("\n")


def test_when_pip_fails_all_that_it_said_is_shown() -> None:
    failed = subprocess.run(
        [sys.executable, installing.__file__, "--no-index", "--find-links", "/nowhere", "there-is-no-such-package"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode
    assert "No matching distribution found for there-is-no-such-package" in failed.stderr
