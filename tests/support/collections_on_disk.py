"""Small data sets of coloured blocks, written where a test wants them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from tests.support.fakes import COLOURS


def block(colour: str, number: int) -> bytes:
    """A photo of one block; each number has another grain and size, so that no two files are alike."""
    size = 130 + 6 * number
    pixels = np.full((size + 60, size + 90, 3), 255, np.uint8)
    grain = np.random.default_rng(number).integers(-9, 10, (size, size, 3))
    pixels[30 : 30 + size, 40 : 40 + size] = np.clip(np.add(COLOURS[colour], grain), 0, 255)
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def photos(folder: Path, colour: str, count: int) -> list[Path]:
    """That many photos of a colour's block in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(block(colour, number))
    return paths


def colours(folder: Path, count: int = 4) -> Path:
    """A folder per concept: six colours, two of each kind."""
    kinds = {"red": "dog", "green": "dog", "blue": "cat", "yellow": "cat", "pink": "person", "black": "chair"}
    for colour, kind in kinds.items():
        photos(folder / colour, colour, count)
        (folder / colour / "category.txt").write_text(f"{kind}\n")
        (folder / colour / "info.txt").write_text(f"{colour} lives in Oslo")
    return folder


def write_json(path: Path, value: Mapping[str, Any] | list[Any]) -> Path:
    """A JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path
