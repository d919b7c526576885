"""`python -m bot eval`: the experiments on anyone's photos. What one needs is imported when it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot import config as configuration
from bot import logs
from bot.cli.options import ConfigFile, failing

if TYPE_CHECKING:
    from bot.evaluation.harness.bench import Bench
    from bot.evaluation.harness.report import Report
    from core.recognition.calibration import Calibration

    Experiment = Callable[[Bench], Awaitable[Report]]

eval_app = typer.Typer(help="Measure how well it recognises and answers, on your own photos.", no_args_is_help=True)

Data = Annotated[Path, typer.Argument(help="The labelled photos: a folder for each concept, or see the docs.")]
Seeds = Annotated[int, typer.Option(min=1, help="How many choices of the references are tried.")]
Out = Annotated[Path, typer.Option(help="Where the JSON, the table and the plot are written.")]
Plot = Annotated[bool, typer.Option("--plot/--no-plot", help="Draw the plot (needs matplotlib).")]
CacheFile = Annotated[Path, typer.Option("--cache", help="What models said before, not to be asked again.")]
References = Annotated[int, typer.Option(min=1, help="Photos to remember of each concept.")]
Photos = Annotated[int, typer.Option(min=1, help="Photos to ask about of each concept.")]
Questions = Annotated[Path | None, typer.Option("--file", help="A question file of RAP or Yo'LLaVA.")]
Seed = Annotated[int, typer.Option(help="Decides which photos are remembered.")]
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
    from bot.evaluation.data import readers  # noqa: PLC0415 - see above
    from bot.evaluation.experiments import retrieval  # noqa: PLC0415 - see above

    async def work(bench: Bench) -> Report:
        return await retrieval.measure(
            bench.eyes,
            readers.read(data),
            shots=tuple(references or retrieval.SHOTS),
            seeds=range(seeds),
            progress=bench.progress,
        )

    _run(work, out, plot, cache, config)


@eval_app.command()
def scale(
    data: Data,
    crowd: Annotated[Path, typer.Option(help="Labelled photos of others, to cut distractors out of.")],
    sizes: Annotated[list[int] | None, typer.Option(help="Concepts in the chat; repeat it.")] = None,
    seeds: Seeds = 3,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """How recall, time and memory change as a chat's memory grows to thousands of concepts."""
    from bot.evaluation.data import readers  # noqa: PLC0415 - see above
    from bot.evaluation.experiments import scale  # noqa: PLC0415 - see above

    async def work(bench: Bench) -> Report:
        plan = scale.Plan(sizes=tuple(sorted(sizes or scale.SIZES)), seeds=tuple(range(seeds)))
        return await scale.measure(bench.eyes, readers.read(data), readers.read(crowd), plan, progress=bench.progress)

    _run(work, out, plot, cache, config)


@eval_app.command()
def robust(
    data: Data,
    references: References = 3,
    photos: Photos = 2,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """What covering, darkness, noise, blur, compression, a small subject and turning do to recall."""
    from bot.evaluation.data import readers  # noqa: PLC0415 - see above
    from bot.evaluation.experiments import robust  # noqa: PLC0415 - see above

    async def work(bench: Bench) -> Report:
        return await robust.measure(
            bench.eyes,
            readers.read(data),
            references=references,
            photos=photos,
            progress=bench.progress,
        )

    _run(work, out, plot, cache, config)


@eval_app.command()
def caption(
    data: Data,
    file: Questions = None,
    references: References = 1,
    photos: Photos = 3,
    seed: Seed = 0,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """Do captions name who is in the photo, with retrieval real, perfect, wrong, and without?"""
    from bot.evaluation.data import readers  # noqa: PLC0415 - see above
    from bot.evaluation.experiments import caption  # noqa: PLC0415 - see above

    async def work(bench: Bench) -> Report:
        return await caption.measure(
            bench.talk,
            readers.read(data),
            file=(file, data) if file else None,
            references=references,
            photos=photos,
            seed=seed,
            progress=bench.progress,
        )

    _run(work, out, plot, cache, config)


@eval_app.command()
def recognise(
    data: Data,
    file: Questions = None,
    references: References = 1,
    photos: Photos = 3,
    seed: Seed = 0,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """Is bo in this photo? Accuracy on positives, on negatives, and weighted."""
    from bot.evaluation.data import readers  # noqa: PLC0415 - see above
    from bot.evaluation.experiments import recognise  # noqa: PLC0415 - see above

    async def work(bench: Bench) -> Report:
        return await recognise.measure(
            bench.talk,
            readers.read(data),
            file=(file, data) if file else None,
            references=references,
            photos=photos,
            seed=seed,
            progress=bench.progress,
        )

    _run(work, out, plot, cache, config)


@eval_app.command()
def qa(
    data: Data,
    file: Questions = None,
    references: References = 1,
    seed: Seed = 0,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """Questions of many choices about concepts, with a photo or from what was told."""
    from bot.evaluation.data import readers  # noqa: PLC0415 - see above
    from bot.evaluation.experiments import choices  # noqa: PLC0415 - see above

    async def work(bench: Bench) -> Report:
        return await choices.measure(
            bench.talk,
            readers.read(data),
            file=(file, data) if file else None,
            references=references,
            seed=seed,
            progress=bench.progress,
        )

    _run(work, out, plot, cache, config)


@eval_app.command()
def conflict(
    data: Data,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of concepts that get mixed up.")] = 8,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """Contradicting texts and mixed-up photos, before and after a correction."""
    from bot.evaluation.data import readers  # noqa: PLC0415 - see above
    from bot.evaluation.experiments import conflict  # noqa: PLC0415 - see above

    async def work(bench: Bench) -> Report:
        return await conflict.measure(bench, readers.read(data), pairs=pairs)

    _run(work, out, plot, cache, config)


@eval_app.command()
def longrun(
    data: Data,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks of the chat's life.")] = 6,
    seed: Seed = 0,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """Weeks of use: accuracy over time, edits, the store's size, and whether anything comes back."""
    from bot.evaluation.data import readers  # noqa: PLC0415 - see above
    from bot.evaluation.experiments import longrun  # noqa: PLC0415 - see above

    async def work(bench: Bench) -> Report:
        return await longrun.measure(bench, readers.read(data), weeks=weeks, seed=seed)

    _run(work, out, plot, cache, config)


@eval_app.command()
def calibrate(
    data: Annotated[list[Path], typer.Argument(help="Folders of labelled photos to fit the grades on.")],
    file: Annotated[Path | None, typer.Option(help="The calibration file to write; Rapport's own by default.")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Write no calibration, only the report.")] = False,
    goal: Annotated[float, typer.Option(min=0.5, max=1, help="How many of the sure should be right.")] = 0.97,
    seeds: Seeds = 2,
    out: Out = OUT,
    plot: Plot = True,
    cache: CacheFile = CACHE,
    config: ConfigFile = None,
) -> None:
    """Fit the grades sure, maybe and unknown to an encoder, and try them on subjects held out."""
    from bot.evaluation.data import readers  # noqa: PLC0415 - see above
    from bot.evaluation.experiments import calibrating  # noqa: PLC0415 - see above
    from core.recognition.calibration import TABLE  # noqa: PLC0415

    async def work(bench: Bench) -> Report:
        report, fit = await calibrating.measure(
            bench.eyes,
            [readers.read(one) for one in data],
            seeds=range(seeds),
            goals=calibrating.Goals(sure=goal),
            progress=bench.progress,
        )
        if not dry:
            calibrating.save(file or TABLE, bench.models.encoder_identity, fit)
        return report

    _run(work, out, plot, cache, config, calibrating.FIRST)


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
        with failing():
            report = asyncio.run(_measured(experiment, cache_file.expanduser(), config, calibration))
            written = report.write(out)
            report.show(Console())
            if plot:
                from bot.evaluation.harness import plots  # noqa: PLC0415 - see above

                plots.draw(report, written.with_suffix(".png"))
    except KeyboardInterrupt:
        typer.secho("Stopped. The same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    Console().print(f"Written: {written.with_suffix('')}.*", style="dim")


async def _measured(
    experiment: Experiment, cache_file: Path, config: Path | None, calibration: Calibration | None
) -> Report:
    from rich.progress import (  # noqa: PLC0415 - see above
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from bot.build.models import models_of  # noqa: PLC0415
    from bot.cli.models import pull_missing  # noqa: PLC0415
    from bot.evaluation.harness.bench import bench  # noqa: PLC0415

    settings = configuration.load(config)
    logs.set_up("text", "error")
    pull_missing(settings)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        async with bench(settings, models_of(settings, calibration), cache_file, progress) as parts:
            return await experiment(parts)
