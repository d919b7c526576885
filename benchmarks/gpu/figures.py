"""Figures that survive a benchmark which is stopped: written to a file as they are measured."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

FILE = "BENCHMARK_FILE"  # the environment variable that names the file


def keep(figures: Mapping[str, object]) -> None:
    """Write what has been measured so far to the file that `BENCHMARK_FILE` names, whole or not at all."""
    if name := os.environ.get(FILE):
        new = Path(name + ".new")
        new.write_text(as_line(figures) + "\n", "utf-8")
        new.replace(name)


def as_line(figures: Mapping[str, object]) -> str:
    """One line of JSON with three significant digits."""
    return json.dumps(json.loads(json.dumps(figures), parse_float=lambda text: float(f"{float(text):.3g}")))
