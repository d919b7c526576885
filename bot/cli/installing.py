"""`python bot/cli/installing.py REQUIREMENT …`: pip, with a line for each package that it fetches and sets up.

The Makefile runs it before anything is installed, so it imports nothing but the standard library. pip itself would be
silent for minutes, or fill the screen: what it warns of counts only where it fails, and then all of it is shown.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off")
_KEPT = 200  # of pip's last lines, shown when it fails
_EVERY = 5.0  # seconds between two lines while packages are unpacked, of which pip says nothing
_FETCHED = re.compile(
    r"\s*(?:Downloading|Processing|Using cached) (?:\S*/)?([\w.]+?)-(\d[^-\s]*)\S*( \([\d.]+ [kMG]?B\))?"
)
_UNPACKED = "Installing collected packages: "


class Progress:
    """Tells of pip's lines what a person wants to know: what is fetched, and how much of it is unpacked.

    `packages` is where pip unpacks. On a terminal one line changes, elsewhere each stands below the one before.
    """

    def __init__(self, out: TextIO, packages: Path, every: float = _EVERY) -> None:
        self._out, self._packages, self._every = out, packages, every
        self._fetched, self._shown, self._done = set[str](), "", threading.Event()
        self.last: deque[str] = deque(maxlen=_KEPT)

    def read(self, lines: Iterable[str]) -> None:
        """Follow pip's lines until there are no more."""
        unpacking: threading.Thread | None = None
        for line in lines:
            self.last.append(line)
            found = _FETCHED.match(line)
            if found and found[1] not in self._fetched:
                self._fetched.add(found[1])
                self._say(f"Fetching {len(self._fetched)}: {found[1]} {found[2]}{found[3] or ''}")
            elif line.startswith(_UNPACKED):
                count = line.count(",") + 1
                unpacking = threading.Thread(target=self._count, args=(count, self._here()), daemon=True)
                unpacking.start()
        self._done.set()
        if unpacking is not None:
            unpacking.join()
        if self._shown and self._out.isatty():
            self._out.write("\n")

    def _count(self, packages: int, before: int) -> None:
        """Tell every few seconds how many are unpacked: each has a folder of its own once it is."""
        over = False
        while not over:
            over = self._done.wait(self._every)
            self._say(f"Unpacking: {max(0, self._here() - before)} of {packages}")

    def _here(self) -> int:
        return sum(1 for _ in self._packages.glob("*.dist-info"))

    def _say(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            self._out.write(f"\r\033[K  {text[:76]}" if self._out.isatty() else f"  {text}\n")
            self._out.flush()


def main(arguments: list[str]) -> int:
    """Run pip; its exit status."""
    progress = Progress(sys.stderr, Path(sysconfig.get_path("purelib")))
    with subprocess.Popen(  # noqa: S603 - pip of this environment
        [*_PIP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        progress.read(pip.stdout or ())
    if pip.returncode:
        sys.stderr.write(f"pip couldn't install that:\n{''.join(progress.last)}")
    return pip.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
