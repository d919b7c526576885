"""What the benchmarks that look at photos are asked on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(description: str | None) -> argparse.ArgumentParser:
    """A parser that takes a folder with photos of each concept (docs/evaluation.md), and ends where there is none."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=_photos, default="photos/dreambooth")
    return parser


def _photos(folder: str) -> Path:
    if not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f"no photos at {folder}")
    return Path(folder)
