"""What an experiment found: a table to read, a table to paste, and JSON to compare later runs with."""

from __future__ import annotations

import json
import math
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot import __version__
from bot.evaluation.harness.metrics import Spread

_LIBRARIES = ("numpy", "onnxruntime", "faiss-cpu", "pillow", "scipy", "torch", "transformers")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """One experiment's outcome. All `rows` have the same keys, which head the table's columns.

    `conditions` say what was measured on and how, `notes` what was left out, `details` is for the JSON alone.
    """

    experiment: str
    data: str
    rows: tuple[Row, ...]
    models: Mapping[str, str]
    seeds: tuple[int, ...] = ()
    conditions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """What its files are called."""
        return f"{self.experiment}-{self.data}"

    def markdown(self) -> str:
        """The table and its conditions, ready for a page."""
        head = list(self.rows[0])
        lines = [_line(head), _line(["---"] * len(head))]
        lines += [_line([shown(row[key]) for key in head]) for row in self.rows]
        said = [f"Models: {', '.join(self.models.values())}.", *self.conditions, *_counted(self.notes)]
        return "\n".join([*lines, "", *said]) + "\n"

    def to_json(self) -> str:
        """Everything, with the command, the versions and the time."""
        found = {
            "experiment": self.experiment,
            "data": self.data,
            "command": " ".join(sys.argv),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": versions(),
            "models": dict(self.models),
            "seeds": list(self.seeds),
            "conditions": list(self.conditions),
            "skipped": list(self.notes),
            "rows": [dict(row) for row in self.rows],
            **self.details,
        }
        return json.dumps(_plain(found), ensure_ascii=False, indent=1) + "\n"

    def write(self, folder: Path) -> Path:
        """Put the JSON and the Markdown into a folder; returns the JSON's path."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.stem}.md").write_text(self.markdown(), "utf-8")
        path = folder / f"{self.stem}.json"
        path.write_text(self.to_json(), "utf-8")
        return path

    def show(self, console: Console) -> None:
        """Print the table."""
        table = Table(title=f"{self.experiment}: {self.data}", title_justify="left", header_style="dim")
        for key in self.rows[0]:
            table.add_column(key, justify="left" if isinstance(self.rows[0][key], str) else "right")
        for row in self.rows:
            table.add_row(*(shown(value) for value in row.values()))
        console.print(table)
        for line in (*self.conditions, *_counted(self.notes)):
            console.print(line, style="dim", markup=False)


def side_by_side(columns: Mapping[str, Mapping[str, Any]], corner: str = "") -> tuple[Row, ...]:
    """Rows of measures out of columns of conditions, for a table that fits a page."""
    measures = next(iter(columns.values()))
    return tuple({corner: name} | {head: found[name] for head, found in columns.items()} for name in measures)


def shown(value: object) -> str:
    """A value as people read it: three decimals, a dash for what could not be measured."""
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.3f}"
    return str(value)


def versions() -> dict[str, str]:
    """Rapport's, Python's and those of the libraries that decide a figure, where they are installed."""
    found = {"rapport": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _counted(notes: Sequence[str]) -> list[str]:
    if not notes:
        return []
    more = f" and {len(notes) - 3} more in the JSON" if len(notes) > 3 else ""
    return [f"{len(notes)} left out: {' '.join(notes[:3])}{more}"]


def _plain(value: Any) -> Any:
    """JSON has no NaN and no spread."""
    if isinstance(value, Spread):
        return {"mean": _plain(value.mean), "deviation": _plain(value.deviation)}
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
