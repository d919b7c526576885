"""The demo's table and its learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from bot.evaluation.harness.report import Report, side_by_side
from bot.train.curve import lines_of
from core.errors import DataError

CURVES = "learning-curves.png"
_STEPS = 100  # of a point of the curve: single steps differ by their kind of sample
_INCHES = (6.5, 3.8)


def report_of(
    figures: Mapping[str, Mapping[str, float]], models: Mapping[str, str], seed: int, conditions: Sequence[str]
) -> Report:
    """The table: a row for each measure, a column for each model."""
    return Report("demo", "figures", side_by_side(figures, "asked"), models, (seed,), tuple(conditions))


def require_matplotlib() -> None:
    """Raise `DataError` where `draw_curves` can't be called: said before hours of work, not after them."""
    if find_spec("matplotlib") is None:
        raise DataError('The curves need matplotlib: pip install ".[eval]", or --no-plot.')


def draw_curves(runs: Mapping[str, Path], out: Path) -> Path:
    """Draw the loss of runs by name over their steps; returns the PNG's path. Needs matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an optional dependency
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=_INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, run in runs.items():
        steps, losses = smoothed([line for line in lines_of(run / "curve.jsonl") if "loss" in line])
        axes.plot(steps, losses, label=name)
    axes.set(xlabel="steps", ylabel="loss of the answers", yscale="log", title="What the demo's models learn")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(out / CURVES, dpi=130)
    return out / CURVES


def smoothed(lines: Sequence[Mapping[str, float]]) -> tuple[list[float], list[float]]:
    """The loss as the mean over each `_STEPS` steps."""
    found: dict[int, list[float]] = {}
    for line in lines:
        found.setdefault(int((line["step"] - 1) // _STEPS), []).append(line["loss"])
    return [(number + 1) * _STEPS for number in found], [sum(those) / len(those) for those in found.values()]
