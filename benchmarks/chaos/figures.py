"""What a part measures: figures with their goals, and with a baseline from the same run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a part.

    `most` and `least` are its goal, None where there is none; `baseline` is the same without the fault, in the same
    run and unit, and `against` says what that was.
    """

    what: str
    measured: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    baseline: float | None = None
    against: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether the goal is kept; None where there is none. What isn't a number keeps no goal."""
        if self.most is None and self.least is None:
            return None
        too_much = self.most is not None and not self.measured <= self.most
        return not too_much and (self.least is None or self.measured >= self.least)

    @property
    def goal(self) -> str:
        """The goal as people write it."""
        sides = (("≥", self.least), ("≤", self.most))
        return ", ".join(f"{sign} {_digits(value)}" for sign, value in sides if value is not None)


def table(parts: Mapping[str, Sequence[Figure]], failed: Mapping[str, str]) -> Table:
    """All figures, and for the parts that failed why."""
    made = Table("part", "what", "measured", "goal", "baseline", "")
    for part, figures in parts.items():
        for one in figures:
            baseline = "" if one.baseline is None else f"{_digits(one.baseline)} {one.unit} ({one.against})"
            verdict = {True: "kept", False: "[bold red]missed[/]", None: ""}[one.kept]
            made.add_row(part, one.what, f"{_digits(one.measured)} {one.unit}".strip(), one.goal, baseline, verdict)
    for part, reason in failed.items():
        made.add_row(part, reason, "", "", "", "[bold red]failed[/]")
    return made


def as_json(figures: Iterable[Figure]) -> list[dict[str, object]]:
    """The figures for one line of JSON: three digits, and only what each has."""
    return [
        {
            "what": one.what,
            "measured": _three(one.measured),
            **({"unit": one.unit} if one.unit else {}),
            **({"goal": one.goal, "kept": one.kept} if one.goal else {}),
            **({"baseline": _three(one.baseline), "against": one.against} if one.baseline is not None else {}),
        }
        for one in figures
    ]


def _three(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.3g}")


def _digits(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{_three(value):g}"
