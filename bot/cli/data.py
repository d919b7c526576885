"""`python -m bot data`: RAP's data from photos.

What a command needs is imported when it runs, so that help is quick.
"""

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot import logs
from bot.cli.options import failing

if TYPE_CHECKING:
    from bot.data.build import Built

data_app = typer.Typer(help="Make training data of photos, as RAP does.", no_args_is_help=True)

Out = Annotated[Path, typer.Argument(help="The build's folder; a build that was stopped goes on there.")]


@data_app.command()
def build(
    out: Out,
    sources: Annotated[list[Path], typer.Option("--from", help="Labelled photos: a folder; repeat it.")],
    plan: Annotated[Path | None, typer.Option(help="A TOML file with the options of the steps.")] = None,
    licence: Annotated[str, typer.Option(help="The licence of the photos, for the data card.")] = "",
) -> None:
    """From photos to samples in RAP's layout."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - see the docstring

    from bot.data.build import Build  # noqa: PLC0415
    from bot.data.plan import read_plan  # noqa: PLC0415
    from bot.data.sources import labelled  # noqa: PLC0415

    logs.set_up("text", "error")
    try:
        with (
            failing(),
            Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True)
            ) as progress,
        ):
            chosen = read_plan(plan)
            tasks: dict[str, int] = {}

            def show(step: str, done: int, total: int) -> None:
                if step not in tasks:
                    tasks[step] = int(progress.add_task(step))
                progress.update(tasks[step], completed=done, total=total)  # type: ignore[arg-type]

            photos = (
                photo
                for source in sources
                for photo in labelled.photos(source, eval_share=chosen.eval_share, licence=licence)
            )
            built = asyncio.run(Build(out, chosen, progress=show).run(photos))
    except KeyboardInterrupt:
        typer.secho("Stopped. The same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    _tell(built, out)


def _tell(built: "Built", out: Path) -> None:
    console = Console()
    for split, samples in built.samples.items():
        console.print(f"{split}: {len(samples)} samples in {out / 'rap' / f'{split}.json'}", highlight=False)
    for step, refusals in built.refusals.items():
        for reason, count in Counter(one.reason for one in refusals).most_common():
            console.print(f"{step}: {count} refused, {reason}", highlight=False)
    for note in built.notes:
        console.print(note, highlight=False)
