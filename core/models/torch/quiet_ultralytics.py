"""The ultralytics library without its telemetry, installing, downloading and printing."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

_QUIET = {
    "YOLO_OFFLINE": "true",  # no analytics, no look for updates
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",  # its greeting would go to standard output, which the pipe owns
    "ULTRALYTICS_SAFE_LOAD": "true",  # a weight file can hold code; only known classes are made of it
    "OMP_NUM_THREADS": str(os.cpu_count() or 1),  # it would set 1 for the whole process
}


def ultralytics(module: str) -> Any:
    """One of its modules, by the name below `ultralytics`; its switches are read at the first import."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    return import_module(f"ultralytics.{module}")
