"""The report of an experiment: a table for the terminal, the same as Markdown, and JSON to compare later runs with."""

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
    """The outcome of one experiment. All `rows` have the same keys, the headings of the table's columns.

    `conditions` are sentences about what was measured and how, `notes` about what was left out; `models` are
    identities by role; `details` are figures for the JSON and the plot alone.
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
        """The name of its files, without a suffix."""
        return f"{self.experiment}-{self.data}"

    def markdown(self) -> str:
        """The table and its conditions as Markdown."""
        head = list(self.rows[0])
        lines = [_line(head), _line(["---"] * len(head))]
        lines += [_line([shown(row[key]) for key in head]) for row in self.rows]
        below = [f"Models: {', '.join(self.models.values())}.", *self.conditions, *_summary(self.notes)]
        return "\n".join([*lines, "", *below]) + "\n"

    def to_json(self) -> str:
        """The report as JSON, with the command line, the versions and the time."""
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
        """Write the JSON and the Markdown into a folder; returns the JSON's path."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.stem}.md").write_text(self.markdown(), "utf-8")
        path = folder / f"{self.stem}.json"
        path.write_text(self.to_json(), "utf-8")
        return path

    def show(self, console: Console) -> None:
        """Print the table and its conditions."""
        table = Table(title=f"{self.experiment}: {self.data}", title_justify="left", header_style="dim")
        for key in self.rows[0]:
            table.add_column(key, justify="left" if isinstance(self.rows[0][key], str) else "right")
        for row in self.rows:
            table.add_row(*(shown(value) for value in row.values()))
        console.print(table)
        for line in (*self.conditions, *_summary(self.notes)):
            console.print(line, style="dim", markup=False)


def side_by_side(columns: Mapping[str, Mapping[str, Any]], corner: str = "") -> tuple[Row, ...]:
    """Rows with a measure each from columns of measures by heading; `corner` heads the column of the names."""
    measures = next(iter(columns.values()))
    return tuple({corner: name} | {head: found[name] for head, found in columns.items()} for name in measures)


def shown(value: object) -> str:
    """A cell's text: three decimals, a dash for what could not be measured (NaN)."""
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.3f}"
    return str(value)


def versions() -> dict[str, str]:
    """The versions of Rapport, of Python and of the installed libraries that affect figures; the CPU's type."""
    found = {"rapport": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _summary(notes: Sequence[str]) -> list[str]:
    if not notes:
        return []
    more = f" and {len(notes) - 3} more in the JSON" if len(notes) > 3 else ""
    return [f"{len(notes)} left out: {' '.join(notes[:3])}{more}"]


def _plain(value: Any) -> Any:
    """The value for JSON: no NaN, no `Spread`, numbers rounded to six decimals."""
    if isinstance(value, Spread):
        return {"mean": _plain(value.mean), "deviation": _plain(value.deviation)}
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
