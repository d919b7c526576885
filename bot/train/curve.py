"""The learning curve and what was learnt from when, as JSON Lines: `curve.jsonl` and `seen.jsonl` in a run's folder.

A run that goes on from a checkpoint takes out what came after that: those steps are made again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.data.steps import write_whole


class Curve:
    """The two files of a run; `step` is how many steps are over already. Of several processes only one `writes`."""

    def __init__(self, out: Path, step: int, *, writes: bool = True) -> None:
        self._curve, self._seen, self._writes = out / "curve.jsonl", out / "seen.jsonl", writes
        for file in (self._curve, self._seen) if writes else ():
            kept = [line for line in lines_of(file) if line["step"] <= step]
            write_whole(file, "".join(json.dumps(line) + "\n" for line in kept))

    def measured(self, step: int, figures: Mapping[str, Any]) -> None:
        """Add a point: the loss, the learning rate, or what was measured on what is kept aside."""
        self._add(self._curve, {"step": step, **figures})

    def learnt(self, step: int, samples: Sequence[str]) -> None:
        """Note the samples of a step, by id; those of one process where there are several."""
        self._add(self._seen, {"step": step, "samples": list(samples)})

    def _add(self, file: Path, line: dict[str, Any]) -> None:
        if self._writes:
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(line) + "\n")


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The lines of a file of JSON Lines; one that was cut short when the program was killed is passed over."""
    if not file.is_file():
        return []
    whole = [line for line in file.read_text("utf-8").split("\n")[:-1] if line]
    return [json.loads(line) for line in whole]
