"""`python -m bot eval`: the experiments on anyone's photos. What one needs is imported when it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from bot import config as configuration
from bot import logs
from core.errors import RapportError

if TYPE_CHECKING:
    from rich.progress import Progress

    from bot.evaluation.eyes import Eyes
    from bot.evaluation.report import Report
    from core.calibration import Calibration

    Experiment = Callable[[Eyes, Progress], Awaitable[Report]]

eval_app = typer.Typer(
    help="Measure how well it recognises and answers, on your own photos.", no_args_is_help=True
)

Data = Annotated[
    Path, typer.Argument(help="The labelled photos: a folder for each concept, or see the docs.")
]
Seeds = Annotated[int, typer.Option(min=1, help="How many choices of the references are tried.")]
Out = Annotated[Path, typer.Option(help="Where the JSON, the table and the plot are written.")]
Plot = Annotated[bool, typer.Option("--plot/--no-plot", help="Draw the plot (needs matplotlib).")]
CacheFile = Annotated[
    Path, typer.Option("--cache", help="What models said before, so that it is not asked again.")
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="The configuration file.")]
OUT = Path("evaluation")
CACHE = Path("~/.cache/rapport/evaluation.db")


@eval_app.command()
def retrieval(
    data: Data,
    references: Annotated[list[int] | None, typer.Option(help="Photos to remember; repeat it.")] = None,
    seeds: Seeds = 3,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """Is the right concept found, are strangers left alone, is it as sure as it should be?"""
    from bot.evaluation import readers, retrieval  # noqa: PLC0415 - see above

    shots = tuple(references or retrieval.SHOTS)

    async def work(eyes: Eyes, progress: Progress) -> Report:
        return await retrieval.measure(
            eyes, readers.read(data), shots=shots, seeds=range(seeds), progress=progress
        )

    _run(work, out, plot, cache, config)


@eval_app.command()
def scale(
    data: Data,
    crowd: Annotated[Path, typer.Option(help="Labelled photos of others, to cut distractors out of.")],
    sizes: Annotated[
        list[int] | None, typer.Option(help="Concepts in the chat; give it again for more.")
    ] = None,
    seeds: Seeds = 3,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """How recall, time and memory change as a chat's memory grows to thousands of concepts."""
    from bot.evaluation import readers, scale  # noqa: PLC0415 - see above

    plan = scale.Plan(sizes=tuple(sorted(sizes or scale.SIZES)), seeds=tuple(range(seeds)))

    async def work(eyes: Eyes, progress: Progress) -> Report:
        return await scale.measure(eyes, readers.read(data), readers.read(crowd), plan, progress=progress)

    _run(work, out, plot, cache, config)


@eval_app.command()
def robust(
    data: Data,
    references: Annotated[int, typer.Option(min=1, help="Photos to remember of each concept.")] = 3,
    photos: Annotated[int, typer.Option(min=1, help="Photos of each concept to change and ask about.")] = 2,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """What covering, darkness, noise, blur, compression, a small subject and turning do to recall."""
    from bot.evaluation import readers, robust  # noqa: PLC0415 - see above

    async def work(eyes: Eyes, progress: Progress) -> Report:
        return await robust.measure(
            eyes, readers.read(data), references=references, photos=photos, progress=progress
        )

    _run(work, out, plot, cache, config)


@eval_app.command()
def calibrate(
    data: Annotated[list[Path], typer.Argument(help="Folders of labelled photos to fit the grades on.")],
    file: Annotated[
        Path | None, typer.Option(help="The calibration file to write; Rapport's own by default.")
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Write no calibration, only the report.")] = False,
    goal: Annotated[float, typer.Option(min=0.5, max=1, help="How many of the sure should be right.")] = 0.97,
    seeds: Seeds = 2,
    out: Out = OUT,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """Fit the grades sure, maybe and unknown to an encoder, and try them on subjects held out."""
    from bot.evaluation import calibrating, readers  # noqa: PLC0415 - see above
    from core.calibration import TABLE  # noqa: PLC0415

    async def work(eyes: Eyes, progress: Progress) -> Report:
        report, fit = await calibrating.measure(
            eyes,
            [readers.read(one) for one in data],
            seeds=range(seeds),
            goals=calibrating.Goals(sure=goal),
            progress=progress,
        )
        if not dry:
            calibrating.save(file or TABLE, eyes.identities["encoder"], fit)
        return report

    _run(work, out, False, cache, config, calibration=calibrating.FIRST)


def _run(
    experiment: Experiment,
    out: Path,
    plot: bool,
    cache_file: Path,
    config: Path | None,
    calibration: Calibration | None = None,
) -> None:
    """Measure, print, write; stopping it loses nothing but the photo under way."""
    try:
        report = asyncio.run(_measured(experiment, cache_file.expanduser(), config, calibration))
        written = report.write(out)
        Console().print()
        report.show(Console())
        if plot:
            from bot.evaluation import plots  # noqa: PLC0415 - see above

            plots.draw(report, written.with_suffix(".png"))
    except RapportError as error:
        _fail(error)
    except KeyboardInterrupt:
        typer.secho("Stopped. The same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    Console().print(f"Written: {written.with_suffix('')}.*", style="dim")


async def _measured(
    experiment: Experiment, cache_file: Path, config: Path | None, calibration: Calibration | None
) -> Report:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    from bot.evaluation.cache import Cache  # noqa: PLC0415 - see above
    from bot.evaluation.eyes import Eyes  # noqa: PLC0415
    from bot.models import pull_missing  # noqa: PLC0415
    from bot.wiring import models_of  # noqa: PLC0415

    settings = configuration.load(config)
    logs.set_up("text", "error")
    pull_missing(settings)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Cache(cache_file) as cache, Progress(*columns, console=Console(stderr=True)) as progress:
        return await experiment(Eyes.of(settings, models_of(settings, calibration), cache), progress)


def _fail(error: BaseException) -> NoReturn:
    typer.secho(str(error), fg="red", err=True)
    raise typer.Exit(1) from None
