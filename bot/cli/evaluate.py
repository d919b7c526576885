"""`python -m bot eval`: the experiments on anyone's photos.

A command's function has only the options that are its own; `_experiment` adds those that all commands share, and runs
it. What an experiment needs is imported when it runs, so that help is quick.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console

from bot import logs
from bot.cli.options import ConfigFile, failing, read_config
from bot.evaluation.data.readers import read

if TYPE_CHECKING:
    from bot.evaluation.harness.environment import Environment
    from bot.evaluation.harness.report import Report

eval_app = typer.Typer(help="Measure how well it recognises and answers, on your own photos.", no_args_is_help=True)

Data = Annotated[Path, typer.Argument(help="The labelled photos: a folder for each concept, or see the docs.")]
Seeds = Annotated[int, typer.Option(min=1, help="How many choices of the references are tried.")]
References = Annotated[int, typer.Option(min=1, help="Photos to remember of each concept.")]
Photos = Annotated[int, typer.Option(min=1, help="Photos to ask about of each concept.")]
Questions = Annotated[Path | None, typer.Option("--file", help="A question file of RAP or Yo'LLaVA.")]
Seed = Annotated[int, typer.Option(help="Decides which photos are remembered.")]
Out = Annotated[Path, typer.Option(help="Where the JSON, the table and the plot are written.")]
Plot = Annotated[bool, typer.Option("--plot/--no-plot", help="Draw the plot (needs matplotlib).")]
CacheFile = Annotated[Path, typer.Option("--cache", help="What models said before, not to be asked again.")]
OUT = Path("evaluation")
CACHE = Path("~/.cache/rapport/evaluation.db")


def _experiment(measure: Callable[..., Awaitable["Report"]], *, calibrated: bool = True) -> Callable[..., None]:
    """Register an experiment as a command: its own options, then the shared ones.

    The command runs `measure` with an `Environment` and its own options, prints and writes the report. An error is
    a sentence and exit code 1; a run that is stopped ends with code 130 and loses at most the photo under way.
    Unless `calibrated`, the encoder need not have a calibration yet.
    """

    def command(
        out: Out = OUT, plot: Plot = True, cache: CacheFile = CACHE, config: ConfigFile = None, **own: Any
    ) -> None:
        try:
            with failing():
                work = _measured(partial(measure, **own), cache.expanduser(), config, calibrated=calibrated)
                report = asyncio.run(work)
                written = report.write(out)
                report.show(Console())
                if plot:
                    from bot.evaluation.harness import plots  # noqa: PLC0415 - see the module's docstring

                    plots.draw(report, written.with_suffix(".png"))
        except KeyboardInterrupt:
            typer.secho("Stopped. The same command goes on from here.", err=True)
            raise typer.Exit(130) from None
        Console().print(f"Written: {written.with_suffix('')}.*", style="dim")

    _, *own = inspect.signature(measure).parameters.values()
    *shared, _ = inspect.signature(command).parameters.values()
    parameters = [*own, *shared]
    cast(Any, command).__signature__ = inspect.Signature(parameters)
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return eval_app.command(measure.__name__, help=measure.__doc__)(command)


async def _measured(
    experiment: Callable[["Environment"], Awaitable["Report"]],
    cache_file: Path,
    config: Path | None,
    *,
    calibrated: bool,
) -> "Report":
    from rich.progress import (  # noqa: PLC0415 - see the module's docstring
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from bot.build.models import models_of  # noqa: PLC0415
    from bot.cli.models import pull_missing  # noqa: PLC0415
    from bot.evaluation.experiments.calibrate import INITIAL  # noqa: PLC0415
    from bot.evaluation.harness.environment import environment  # noqa: PLC0415

    settings = read_config(config)
    logs.set_up("text", "error")
    pull_missing(settings)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        models = models_of(settings, None if calibrated else INITIAL)
        async with environment(settings, models, cache_file, progress) as parts:
            return await experiment(parts)


@_experiment
async def retrieval(
    environment: "Environment",
    data: Data,
    references: Annotated[list[int] | None, typer.Option(help="Photos to remember; repeat it.")] = None,
    seeds: Seeds = 3,
) -> "Report":
    """Is the right concept found, are strangers left alone, is it as sure as it should be?"""
    from bot.evaluation.experiments import retrieval  # noqa: PLC0415 - see the module's docstring

    return await retrieval.measure(
        environment.recognizer,
        read(data),
        shots=tuple(references or retrieval.SHOTS),
        seeds=range(seeds),
        progress=environment.progress,
    )


@_experiment
async def people(environment: "Environment", data: Data, references: References = 1, seeds: Seeds = 3) -> "Report":
    """Are people known by their faces, are strangers left alone, and what without a visible face?"""
    from bot.evaluation.experiments import people  # noqa: PLC0415 - see the module's docstring

    return await people.measure(
        environment.recognizer,
        environment.models,
        read(data),
        references=references,
        seeds=range(seeds),
        progress=environment.progress,
    )


@_experiment
async def scale(
    environment: "Environment",
    data: Data,
    crowd: Annotated[Path, typer.Option(help="Labelled photos of others, to cut distractors out of.")],
    sizes: Annotated[list[int] | None, typer.Option(help="Concepts in the chat; repeat it.")] = None,
    seeds: Seeds = 3,
) -> "Report":
    """How recall, time and memory change as a chat's memory grows to thousands of concepts."""
    from bot.evaluation.experiments import scale  # noqa: PLC0415 - see the module's docstring

    plan = scale.Plan(sizes=tuple(sorted(sizes or scale.SIZES)), seeds=tuple(range(seeds)))
    return await scale.measure(environment.recognizer, read(data), read(crowd), plan, progress=environment.progress)


@_experiment
async def robust(environment: "Environment", data: Data, references: References = 3, photos: Photos = 2) -> "Report":
    """What covering, darkness, noise, blur, compression, a small subject and turning do to recall."""
    from bot.evaluation.experiments import robust  # noqa: PLC0415 - see the module's docstring

    return await robust.measure(
        environment.recognizer, read(data), references=references, photos=photos, progress=environment.progress
    )


@_experiment
async def several(
    environment: "Environment",
    data: Data,
    references: References = 1,
    pictures: Annotated[int, typer.Option(min=1, help="Pictures of each count, for each choice.")] = 30,
    concepts: Annotated[int, typer.Option(min=2, help="Concepts in the chat; the others are strangers.")] = 15,
    seeds: Seeds = 2,
) -> "Report":
    """Two, three, four known things in one picture, with strangers among them: are all named, each in its place?"""
    from bot.evaluation.experiments import several  # noqa: PLC0415 - see the module's docstring

    plan = several.SeveralPlan(pictures=pictures, concepts=concepts, references=references, seeds=tuple(range(seeds)))
    return await several.measure(environment.recognizer, read(data), plan, progress=environment.progress)


@_experiment
async def caption(
    environment: "Environment",
    data: Data,
    file: Questions = None,
    references: References = 1,
    photos: Photos = 3,
    seed: Seed = 0,
) -> "Report":
    """Do captions name who is in the photo, with retrieval real, perfect, wrong, and without?"""
    from bot.evaluation.experiments import caption  # noqa: PLC0415 - see the module's docstring
    from bot.evaluation.harness.answering import QuestionPlan  # noqa: PLC0415

    plan = QuestionPlan((file, data) if file else None, references, photos, seed)
    return await caption.measure(environment.answerer, read(data), plan, environment.progress)


@_experiment
async def recognise(
    environment: "Environment",
    data: Data,
    file: Questions = None,
    references: References = 1,
    photos: Photos = 3,
    seed: Seed = 0,
) -> "Report":
    """Is bo in this photo? Accuracy on positives, on negatives, and weighted."""
    from bot.evaluation.experiments import recognise  # noqa: PLC0415 - see the module's docstring
    from bot.evaluation.harness.answering import QuestionPlan  # noqa: PLC0415

    plan = QuestionPlan((file, data) if file else None, references, photos, seed)
    return await recognise.measure(environment.answerer, read(data), plan, environment.progress)


@_experiment
async def qa(
    environment: "Environment", data: Data, file: Questions = None, references: References = 1, seed: Seed = 0
) -> "Report":
    """Questions of many choices about concepts, with a photo or from what was told."""
    from bot.evaluation.experiments import choices  # noqa: PLC0415 - see the module's docstring
    from bot.evaluation.harness.answering import QuestionPlan  # noqa: PLC0415

    plan = QuestionPlan((file, data) if file else None, references, seed=seed)
    return await choices.measure(environment.answerer, read(data), plan, environment.progress)


@_experiment
async def conflict(
    environment: "Environment",
    data: Data,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of concepts that get mixed up.")] = 8,
) -> "Report":
    """Contradicting texts and mixed-up photos, before and after a correction."""
    from bot.evaluation.experiments import conflict  # noqa: PLC0415 - see the module's docstring

    return await conflict.measure(environment, read(data), pairs=pairs)


@_experiment
async def longrun(
    environment: "Environment",
    data: Data,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks of the chat's life.")] = 6,
    seed: Seed = 0,
) -> "Report":
    """Weeks of use: accuracy over time, edits, the store's size, and whether anything comes back."""
    from bot.evaluation.experiments import longrun  # noqa: PLC0415 - see the module's docstring

    return await longrun.measure(environment, read(data), weeks=weeks, seed=seed)


@partial(_experiment, calibrated=False)
async def learning(
    environment: "Environment",
    data: Data,
    references: References = 1,
    new: Annotated[bool, typer.Option("--new", help="As if the encoder had never been fitted.")] = False,
    seeds: Seeds = 3,
) -> "Report":
    """How soon do answers make the grades sure, and do wrong answers mislead them?"""
    from bot.build import vision  # noqa: PLC0415 - see the module's docstring
    from bot.evaluation.experiments import learning  # noqa: PLC0415

    identity = environment.models.encoder_identity
    fitted = not new and vision.fitted(identity)
    return await learning.measure(
        environment.recognizer,
        read(data),
        vision.calibration_of(identity) if fitted else vision.GENERAL,
        fitted=fitted,
        references=references,
        seeds=range(seeds),
        progress=environment.progress,
    )


@partial(_experiment, calibrated=False)
async def calibrate(
    environment: "Environment",
    data: Annotated[list[Path], typer.Argument(help="Folders of labelled photos to fit the grades on.")],
    file: Annotated[Path | None, typer.Option(help="The calibration file to write; Rapport's own by default.")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Write no calibration, only the report.")] = False,
    goal: Annotated[float, typer.Option(min=0.5, max=1, help="How many of the sure should be right.")] = 0.96,
    wrong: Annotated[
        float, typer.Option(min=0, max=0.5, help="Or how many photos may surely be named wrongly.")
    ] = 0.01,
    seeds: Seeds = 2,
) -> "Report":
    """Fit the grades sure, maybe and unknown to an encoder, and try them on subjects held out."""
    from bot.evaluation.experiments import calibrate  # noqa: PLC0415 - see the module's docstring
    from core.recognition.calibration import TABLE  # noqa: PLC0415

    report, calibration = await calibrate.measure(
        environment.recognizer,
        [read(folder) for folder in data],
        seeds=range(seeds),
        goals=calibrate.Goals(sure=goal, wrong=wrong),
        progress=environment.progress,
    )
    if not dry:
        calibrate.save(file or TABLE, environment.models.encoder_identity, calibration)
    return report
