"""The experiments' plots. matplotlib is imported when one is drawn; it is an optional dependency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.evaluation.harness.metrics import Spread
from core.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bot.evaluation.harness.report import Report

_PANEL_SIZE = (5.0, 3.6)  # inches: width, height


def draw(report: Report, path: Path) -> Path:
    """Draw a report's plot as a PNG; returns its path. Raises `DataError` without matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - see the module's docstring
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise DataError('The plots need matplotlib: pip install ".[eval]", or --no-plot.') from error
    count, draw_on = _PLOTS.get(report.experiment, (1, _bars))
    figure = Figure(figsize=(_PANEL_SIZE[0] * count, _PANEL_SIZE[1]), layout="constrained")
    FigureCanvasAgg(figure)
    draw_on(report, *figure.subplots(1, count, squeeze=False)[0])
    figure.savefig(path, dpi=130)
    return path


def _retrieval(report: Report, recall: Axes, reliability: Axes) -> None:
    """Top-K recall over K, and the share of right matches over their probability."""
    reliability.plot([0, 1], [0, 1], color="grey", linestyle=":")
    for count, found in report.details["references"].items():
        curve, bins, label = found["curve"], found["reliability"], _references(count)
        _line(recall, [one["k"] for one in curve], [one["recall"] for one in curve], label)
        _line(reliability, [one["said"] for one in bins], [one["right"] for one in bins], label)
    _label(recall, "K", "Top-K recall", f"{report.data}: is the right one among the first K?")
    _label(reliability, "probability said", "share right", "Is it as sure as it should be?")


def _scale(report: Report, recall: Axes, costs: Axes) -> None:
    """Top-1 recall over the number of concepts; time and memory over it, on logarithmic axes."""
    sizes, shots = report.details["sizes"], report.details["shots"]
    for count in shots:
        _line(recall, sizes, [one[f"Top-1, {count} ref."] for one in sizes.values()], _references(str(count)))
    recall.set_xscale("log")
    _label(recall, "concepts in the chat", "Top-1 recall", f"{report.data}: as the memory grows")
    for unit, label in (("ms", "milliseconds to identify"), ("MB", "megabytes of index")):
        _line(costs, sizes, [one[f"{unit}, {shots[0]} ref."].mean for one in sizes.values()], label)
    costs.set(xlabel="concepts in the chat", title="What it costs", xscale="log", yscale="log")
    costs.grid(alpha=0.3)
    costs.legend(frameon=False)


def _robust(report: Report, axes: Axes) -> None:
    """Top-1 recall over the steps of each change."""
    for name, found in report.details["changes"].items():
        _line(axes, range(len(found["top1"])), found["top1"], name)
    _label(axes, "step of the change", "Top-1 recall", f"{report.data}: worse photos")
    axes.legend(frameon=False, fontsize="x-small")


def _several(report: Report, axes: Axes) -> None:
    """Each figure over the number of known things in a picture."""
    for measure in ("F1", "precision", "recall", "box holds it", "sure, recall"):
        _line(axes, [int(row["known things"]) for row in report.rows], [row[measure] for row in report.rows], measure)
    axes.set_xticks([int(row["known things"]) for row in report.rows])
    _label(axes, "known things in the picture", "share", f"{report.data}: several at once")


def _longrun(report: Report, axes: Axes) -> None:
    """The shares of each week over the weeks."""
    for measure in ("right", "right, new look", "strangers named"):
        _line(axes, [row["week"] for row in report.rows], [row[measure] for row in report.rows], measure)
    _label(axes, "week", "share", f"{report.data}: weeks of use")


def _learning(report: Report, *panels: Axes) -> None:
    """What is asked, named and right of it over the photos, for each share of wrong answers."""
    for axes, share in zip(panels, dict.fromkeys(row["answers wrongly"] for row in report.rows), strict=False):
        rows = [row for row in report.rows if row["answers wrongly"] == share]
        photos = [int(row["photos"].partition("–")[2]) for row in rows]
        for measure in ("asked about", "of the known, named surely", "of the sure, right"):
            _line(axes, photos, [row[measure] for row in rows], measure)
        _label(axes, "photos so far", "share", f"{report.data}: answered wrongly {share}")


def _people(report: Report, axes: Axes) -> None:
    """The shares, in photos with a visible face and without; the numbers of photos are left out."""
    shares = [row for row in report.rows if not str(row[""]).endswith("photos")]
    rows = tuple({key: one.mean if isinstance(one, Spread) else one for key, one in row.items()} for row in shares)
    _bars(replace(report, rows=rows), axes)


def _bars(report: Report, axes: Axes) -> None:
    """A group of bars for each row of the table, a bar for each number in the row."""
    label, measures = next(iter(report.rows[0])), [key for key, one in report.rows[0].items() if isinstance(one, float)]
    width = 0.8 / len(measures)
    for number, measure in enumerate(measures):
        positions = [row + width * number for row in range(len(report.rows))]
        axes.bar(positions, [row[measure] for row in report.rows], width, label=measure)
    centres = [row + width * (len(measures) - 1) / 2 for row in range(len(report.rows))]
    axes.set_xticks(centres, [row[label] for row in report.rows], rotation=25, ha="right", fontsize="small")
    _label(axes, "", "share", f"{report.experiment}: {report.data}")
    axes.legend(frameon=False, fontsize="x-small", loc="upper left", bbox_to_anchor=(1, 1))


def _line(axes: Axes, x: Iterable[Any], y: Sequence[float | Spread], label: str) -> None:
    """A line with a marker for each point, and error bars of one standard deviation where `y` has them."""
    means = [one.mean if isinstance(one, Spread) else one for one in y]
    deviations = [one.deviation for one in y if isinstance(one, Spread)]
    axes.errorbar(list(x), means, deviations or None, marker="o", capsize=3, label=label)


def _references(count: str) -> str:
    return f"{count} reference" if count == "1" else f"{count} references"


def _label(axes: Axes, x: str, y: str, title: str) -> None:
    axes.set(xlabel=x, ylabel=y, title=title)
    axes.set_ylim(0, 1.02)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)


_PLOTS: dict[str, tuple[int, Callable[..., None]]] = {
    "retrieval": (2, _retrieval),
    "scale": (2, _scale),
    "robust": (1, _robust),
    "several": (1, _several),
    "longrun": (1, _longrun),
    "learning": (2, _learning),
    "people": (1, _people),
}
"""The number of panels of an experiment's plot and the function that draws on them; others are drawn as bars."""
