"""What was tried and what held."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

# What no chat may ever see: how the program is built, or that a handler fell over.
INTERNALS = re.compile(
    r'Traceback \(most|File "[^"]*", line|<[\w.]+ object at 0x|\w\.py:\d|went wrong inside|'
    r"\b[A-Z]\w+(Error|Exception)\b"
)
MARK = "Zyxomarkel"  # a name that hostile messages hold: no log may repeat it
_SHOWN = 6  # failures of a campaign that are printed


@dataclass(slots=True)
class Campaign:
    """One kind of attack: how often it was tried, and each time that something did not hold."""

    name: str
    attempts: int = 0
    failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def record(self, held: bool, what: str, count: int = 1) -> None:
        """Add `count` attempts; `what` tells what failed if it did not hold."""
        self.attempts += count
        if not held:
            self.failures.append(what)

    def saw(self, text: str, where: str) -> None:
        """Record one thing that a chat has seen: it must show nothing of the program's inside."""
        found = INTERNALS.search(text)
        self.record(found is None, f"{where}: {found and found[0]!r} in {text[:200]!r}")


def print_table(campaigns: Iterable[Campaign]) -> bool:
    """Print what was tried and what held; returns whether all of it did."""
    table = Table("attack", "attempts", "held", "failed", "", box=None, header_style="")
    campaigns = list(campaigns)
    for one in campaigns:
        failed = len(one.failures)
        table.add_row(one.name, f"{one.attempts:,}", f"{one.attempts - failed:,}", str(failed), "; ".join(one.remarks))
    attempts, failed = sum(one.attempts for one in campaigns), sum(len(one.failures) for one in campaigns)
    table.add_row("in all", f"{attempts:,}", f"{attempts - failed:,}", str(failed), "", end_section=True)
    console = Console(width=140, highlight=False, markup=False)
    console.print(table)
    for one in campaigns:
        for failure in one.failures[:_SHOWN]:
            console.print(f"{one.name}: {failure}")
    return failed == 0
