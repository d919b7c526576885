"""The experiments' plots. matplotlib is imported when one is drawn, and is no part of the base set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bot.evaluation.harness.report import Report

_SIZE = (5.0, 3.6)  # inches for each panel


def draw(report: Report, path: Path) -> Path:
    """Draw a report's plot as a PNG; returns its path. Raises `DataError` without matplotlib."""
    panels = _PANELS[report.experiment]
    with _panels(len(panels), path) as axes:
        for place, panel in zip(axes, panels, strict=True):
            panel(place, report)
    return path


@contextmanager
def _panels(count: int, path: Path) -> Iterator[list[Axes]]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - see the module's docstring
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise DataError('The plots need matplotlib: pip install ".[eval]", or --no-plot.') from error
    figure = Figure(figsize=(_SIZE[0] * count, _SIZE[1]), layout="constrained")
    FigureCanvasAgg(figure)
    yield list(figure.subplots(1, count, squeeze=False)[0])
    figure.savefig(path, dpi=130)


def _curves(place: Axes, report: Report) -> None:
    for count, found in report.details["references"].items():
        curve = found["curve"]
        place.errorbar(
            [one["k"] for one in curve],
            [one["recall"].mean for one in curve],
            [one["recall"].deviation for one in curve],
            marker="o",
            capsize=3,
            label=_references(count),
        )
    _label(place, "K", "Top-K recall", f"{report.data}: is the right one among the first K?")


def _reliability(place: Axes, report: Report) -> None:
    place.plot([0, 1], [0, 1], color="grey", linestyle=":")
    for count, found in report.details["references"].items():
        bins = found["reliability"]
        place.plot(
            [one["said"] for one in bins],
            [one["right"] for one in bins],
            marker="o",
            label=_references(count),
        )
    _label(place, "probability said", "share right", "Is it as sure as it should be?")


def _sizes(place: Axes, report: Report) -> None:
    for count in report.details["shots"]:
        found = [one[f"Top-1, {count} ref."] for one in report.details["sizes"].values()]
        place.errorbar(
            list(report.details["sizes"]),
            [one.mean for one in found],
            [one.deviation for one in found],
            marker="o",
            capsize=3,
            label=_references(str(count)),
        )
    place.set_xscale("log")
    _label(place, "concepts in the chat", "Top-1 recall", f"{report.data}: as the memory grows")


def _costs(place: Axes, report: Report) -> None:
    count = report.details["shots"][0]
    for unit, words in (("ms", "milliseconds to identify"), ("MB", "megabytes of index")):
        place.plot(
            list(report.details["sizes"]),
            [one[f"{unit}, {count} ref."].mean for one in report.details["sizes"].values()],
            marker="o",
            label=words,
        )
    place.set(xlabel="concepts in the chat", title="What it costs", xscale="log", yscale="log")
    place.grid(alpha=0.3)
    place.legend(frameon=False)


def _severities(place: Axes, report: Report) -> None:
    for name, found in report.details["changes"].items():
        place.plot(range(len(found["top1"])), found["top1"], marker="o", label=name)
    _label(place, "step of the change", "Top-1 recall", f"{report.data}: worse photos")
    place.legend(frameon=False, fontsize="x-small")


def _bars(place: Axes, report: Report) -> None:
    """A group of bars for each row, one bar for each share in it."""
    (label, *_), measures = report.rows[0], _shares(report)
    width = 0.8 / len(measures)
    for number, measure in enumerate(measures):
        places = [row + width * number for row in range(len(report.rows))]
        place.bar(places, [row[measure] for row in report.rows], width, label=measure)
    middle = [row + width * (len(measures) - 1) / 2 for row in range(len(report.rows))]
    place.set_xticks(middle, [row[label] for row in report.rows], rotation=25, ha="right", fontsize="small")
    _label(place, "", "share", f"{report.experiment}: {report.data}")
    place.legend(frameon=False, fontsize="x-small", loc="upper left", bbox_to_anchor=(1, 1))


def _weeks(place: Axes, report: Report) -> None:
    for measure in ("right", "right, new look", "strangers named"):
        place.plot(
            [row["week"] for row in report.rows],
            [row[measure] for row in report.rows],
            marker="o",
            label=measure,
        )
    _label(place, "week", "share", f"{report.data}: weeks of use")


def _shares(report: Report) -> list[str]:
    return [key for key, value in report.rows[0].items() if isinstance(value, float)]


def _references(count: str) -> str:
    return f"{count} reference" if count == "1" else f"{count} references"


def _label(place: Axes, across: str, up: str, title: str) -> None:
    place.set(xlabel=across, ylabel=up, title=title)
    place.set_ylim(0, 1.02)
    place.grid(alpha=0.3)
    place.legend(frameon=False)


_PANELS: dict[str, list[Callable[[Any, Report], None]]] = {
    "retrieval": [_curves, _reliability],
    "scale": [_sizes, _costs],
    "robust": [_severities],
    "caption": [_bars],
    "recognise": [_bars],
    "qa": [_bars],
    "conflict": [_bars],
    "longrun": [_weeks],
    "calibrate": [_bars],
}
