"""`python -m bot data check` and `look`: what was built, looked through by rules and by people.

What a command needs is imported when it runs, so that help is quick.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot import logs
from bot.cli.data import data_app
from bot.cli.options import failing

if TYPE_CHECKING:
    from bot.data.output.checking import Finding

__all__ = ["data_app"]  # with the commands of this file

_MOST_SHOWN = 10  # findings of one check, unless all are asked for


@data_app.command()
def check(
    path: Annotated[Path, typer.Argument(help="A build's folder, or a file of training samples in RAP's layout.")],
    against: Annotated[Path | None, typer.Option("--eval", help="A file of samples that are kept apart.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="What the paths in the files are relative to.")] = None,
    concepts: Annotated[int, typer.Option(min=1, help="How many concepts a sample may have.")] = 4,
    tokens: Annotated[
        int | None, typer.Option(min=1, help="How long a sample may be; the build's own mix.max_length, or 2048.")
    ] = None,
    picture_tokens: Annotated[
        int | None, typer.Option(min=1, help="How many of them a picture takes; mix.picture_tokens, or 576.")
    ] = None,
    allow: Annotated[list[str] | None, typer.Option(help="A check whose findings are no failure; repeat it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All findings as JSON.")] = False,
) -> None:
    """Find leaks, duplicates, wrong names, missing pictures; exit code 1 when there are any."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - see the docstring

    from bot.data.output import checking  # noqa: PLC0415
    from bot.data.output.card import goals_of, length_of  # noqa: PLC0415

    logs.set_up("text", "error")
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with failing(), Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("pictures")
        length = length_of(path, tokens, picture_tokens)
        options = checking.CheckOptions(concepts=concepts, goals=goals_of(path), **length.model_dump())
        splits = checking.splits_of(path, against, pictures)
        told = [
            *checking.check(splits, options, lambda done, total: progress.update(task, completed=done, total=total))
        ]
    allowed = frozenset(allow or ())
    if as_json:
        Console().print_json(json.dumps([one.model_dump() for one in told]))
    else:
        _tell(told, allowed)
    raise typer.Exit(1 if any(one.check not in allowed for one in told) else 0)


@data_app.command()
def look(
    out: Annotated[Path, typer.Argument(help="The build's folder.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port; 0: any that is free.")] = 0,
) -> None:
    """Open a page on this machine on which samples are judged; the next build leaves out what was left out."""
    from bot.build.platforms import judging_page  # noqa: PLC0415
    from bot.data.output.looking import SampleBook  # noqa: PLC0415

    logs.set_up("text", "error")
    with failing(), suppress(KeyboardInterrupt):
        page = judging_page(SampleBook(out), port)
        page.open()
        typer.echo(f"Judge the samples here: {page.link}\nThe link works once, on this machine. Ctrl-C ends it.")
        asyncio.run(page.run())


def _tell(told: list[Finding], allowed: frozenset[str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    by_check: dict[str, list[str]] = {}
    for one in told:
        by_check.setdefault(one.check, []).append(one.sentence)
    for name, sentences in by_check.items():
        console.print(f"{name}: {len(sentences)}{', allowed' if name in allowed else ''}")
        for sentence in sentences[:_MOST_SHOWN]:
            console.print(f"  {sentence}", markup=False)
        if len(sentences) > _MOST_SHOWN:
            console.print(f"  … and {len(sentences) - _MOST_SHOWN} more: --json tells all.")
    if not told:
        console.print("Nothing is wrong.")
