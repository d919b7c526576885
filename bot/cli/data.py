"""`python -m bot data`: RAP's data from photos.

What a command needs is imported when it runs, so that help is quick.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot import logs
from bot.cli.options import ConfigFile, failing, read_config
from core.counting import counted

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from bot.data.build import Built
    from bot.data.build import Progress as StepProgress
    from bot.data.crops.finding import SubjectFinder
    from bot.data.pictures.look_alikes import RetrieverLookAlikes
    from bot.data.plan import BuildPlan
    from bot.data.sources.layouts import PhotoSource

data_app = typer.Typer(help="Make training data of photos, as RAP does.", no_args_is_help=True)

Out = Annotated[Path, typer.Argument(help="The build's folder; a build that was stopped goes on there.")]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        metavar="PATH[,KEY=VALUE…]",
        help="Labelled photos, annotations or frames, as in photos or instances.json,images=DIR; repeat it.",
    ),
]
Chats = Annotated[
    bool, typer.Option("--chats", help="What people have taught the bot in chats, as far as they agree to it.")
]
Datasets = Annotated[
    bool | None, typer.Option("--datasets/--no-datasets", help="A folder for trainers; by default where it can be.")
]
PlanFile = Annotated[Path | None, typer.Option(help="A TOML file with the options of the steps.")]
Most = Annotated[int | None, typer.Option(min=1, help="Subjects of each source, at most.")]
Licence = Annotated[str, typer.Option(help="The licence of photos of which nothing else tells one.")]
TeacherModel = Annotated[
    str | None,
    typer.Option("--teacher", help='The model that describes subjects; "none": the annotations\' words do.'),
]
TeacherUrl = Annotated[str | None, typer.Option(help="The teacher's OpenAI-compatible server; Gemini's by default.")]
Budget = Annotated[
    float | None, typer.Option(help="What the teacher may cost in all: tokens, or money if the plan has its prices.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show three of the teacher's prompts and what all may cost; ask nobody.")
]


@data_app.command()
def build(
    out: Out,
    sources: Sources = None,
    chats: Chats = False,
    plan: PlanFile = None,
    most: Most = None,
    licence: Licence = "",
    datasets: Datasets = None,
    teacher: TeacherModel = None,
    teacher_url: TeacherUrl = None,
    budget: Budget = None,
    dry_run: DryRun = False,
    config: ConfigFile = None,
) -> None:
    """From photos to samples in RAP's layout."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - see the docstring

    from bot.data.plan import read_plan  # noqa: PLC0415
    from bot.data.sources.layouts import source_from  # noqa: PLC0415

    logs.set_up("text", "error")
    if not sources and not chats:
        raise typer.BadParameter("name at least one source: --from PATH, or --chats.")
    try:
        with failing():
            flags = {"teacher": {"model": teacher, "base_url": teacher_url, "budget": budget}}
            chosen = read_plan(plan, {"output": {"datasets": datasets}, **flags})
            sampling = chosen.sampling.model_copy(update={"subjects": most or chosen.sampling.subjects})
            chosen = chosen.model_copy(update={"sampling": sampling})
            described = [source_from(one, licence) for one in sources or ()]
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        with failing(), Progress(*columns, console=Console(stderr=True)) as progress:
            made = asyncio.run(_build(out, chosen, described, config, bars_of(progress), chats=chats, dry_run=dry_run))
    except KeyboardInterrupt:
        typer.secho("Stopped. The same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    _tell(made, out)


async def _build(
    out: Path,
    plan: "BuildPlan",
    described: "list[PhotoSource]",
    config: Path | None,
    progress: "StepProgress",
    *,
    chats: bool,
    dry_run: bool,
) -> "Built | str":
    from bot.build.rapport import opened_store  # noqa: PLC0415 - see the docstring
    from bot.data.build import Build  # noqa: PLC0415
    from bot.data.build_folder import claimed  # noqa: PLC0415
    from bot.data.crops.gates import misfit  # noqa: PLC0415
    from bot.data.sources import withdrawing  # noqa: PLC0415
    from bot.data.sources.chats import photos_of_chats, require_local  # noqa: PLC0415
    from bot.data.sources.gathering import gather  # noqa: PLC0415
    from bot.data.teacher.options import check_teacher  # noqa: PLC0415

    plan.output.check()
    if chats:
        require_local(plan.teacher)
    if not dry_run:
        check_teacher(plan.teacher)
    async with AsyncExitStack() as stack:
        stack.enter_context(claimed(out))
        taken = None
        if chats:
            store = await stack.enter_async_context(opened_store(read_config(config)))
            taken = await stack.enter_async_context(photos_of_chats(store, out))
        else:
            withdrawing.settle(out, ())
        gathered = gather(described, plan.sampling, partial(misfit, plan.crops), chats=taken, progress=progress)
        searched = plan.crops.find == "detector" and any(one.box is None for one in gathered.photos)
        finder = _finder(config) if searched else None
        alike = None
        if plan.mix.look_alikes and not dry_run:
            alike = _look_alikes(out, config, partial(progress, "embeddings"))
        work = Build(out, plan, progress=progress, finder=finder, look_alikes=alike)
        return await work.preview(gathered) if dry_run else await work.run(gathered)


def bars_of(progress: "Progress") -> Callable[[str, int, int], None]:
    """Shows a bar for each step that is told of."""
    tasks: dict[str, TaskID] = {}

    def show(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = progress.add_task(step)
        progress.update(tasks[step], completed=done, total=total)

    return show


def _finder(config: Path | None) -> "SubjectFinder":
    """The configured detector, its weights fetched where they aren't here yet."""
    from bot.build.loading import OnFirstUse  # noqa: PLC0415 - see the docstring
    from bot.build.models import models_of  # noqa: PLC0415
    from bot.cli.models import pull_missing  # noqa: PLC0415
    from bot.data.crops.finding import SubjectFinder  # noqa: PLC0415

    settings = read_config(config)
    pull_missing(settings)
    return SubjectFinder(OnFirstUse(models_of(settings).detector).get, settings.models.detector)


def _look_alikes(out: Path, config: Path | None, progress: Callable[[int, int], None]) -> "RetrieverLookAlikes":
    """The configured encoder, its weights fetched where they aren't here yet."""
    from bot.build import vision  # noqa: PLC0415 - see the docstring
    from bot.build.loading import OnFirstUse  # noqa: PLC0415
    from bot.cli.models import pull_missing  # noqa: PLC0415
    from bot.data.pictures.look_alikes import EncoderOptions, RetrieverLookAlikes  # noqa: PLC0415
    from core.errors import ModelError  # noqa: PLC0415

    settings = read_config(config)
    try:
        identity = vision.encoder_identity(settings)
    except ModelError:
        pull_missing(settings)
        identity = vision.encoder_identity(settings)
    device = next(iter(vision.encoder_devices(settings)))
    encoder = OnFirstUse(partial(vision.encoder_of, settings, device, vision.SharedClips())).get
    return RetrieverLookAlikes(out, encoder, EncoderOptions(identity=identity), progress)


def _tell(built: "Built | str", out: Path) -> None:
    if isinstance(built, str):  # a preview
        typer.echo(built)
        return
    console = Console()
    for split, samples in built.samples.items():
        console.print(f"{split}: {counted(len(samples), 'sample')} in {out / 'rap' / f'{split}.json'}", highlight=False)
    for step, refusals in built.refusals.items():
        for reason, count in Counter(one.reason for one in refusals).most_common():
            console.print(f"{step}: {count} refused, {reason}", highlight=False)
    for note in built.notes:
        console.print(note, highlight=False)
