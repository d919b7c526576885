"""`python -m bot models`: what there is, fetch it, check it, remove it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.cli.options import ConfigFile, failing, read_config
from core.errors import ModelError
from core.models.weights import hub, sources
from core.models.weights.catalogue import catalogue, find
from core.models.weights.presets import PRESETS

if TYPE_CHECKING:
    from bot.config import Config

models_app = typer.Typer(help="The models' weights: list, pull, verify, remove.", no_args_is_help=True)


@models_app.command("list")
def list_models(config: ConfigFile = None) -> None:
    """What there is, and what is here already; first the presets that go together."""
    with failing():
        settings = read_config(config)
    presets = Table("preset", "detector", "encoder", "generator", box=None, header_style="dim")
    for name, preset in PRESETS.items():
        generator = preset.generator_model if preset.generator == "transformers" else preset.generator
        mark = " (yours)" if name == settings.models.preset else ""
        presets.add_row(name + mark, preset.detector, preset.encoder, generator)
    table = Table(box=None, header_style="dim")
    for column in ("name", "kind", "size", "checksum", "here"):
        table.add_column(column, no_wrap=True)
    for column in ("licence", "what"):
        table.add_column(column)
    for weights in catalogue():
        pinned = "pinned" if weights.pinned else "first come"
        size = f"{weights.bytes / 1e6:.0f} MB" if weights.bytes else "?"
        here = "yes" if weights.is_here(settings.models.cache) else "no"
        table.add_row(weights.name, weights.kind, size, pinned, here, weights.licence, weights.about)
    Console().print(presets, "", table)
    # What is in the hub's cache, which other programs share.
    from_hub = Table("here from a hub", "size", "commit", box=None, header_style="dim")
    for one in hub.held():
        from_hub.add_row(one.source, f"{one.bytes / 1e6:.0f} MB", ", ".join(commit[:12] for commit in one.commits))
    if from_hub.row_count:
        Console().print("", from_hub)


@models_app.command()
def pull(
    what: Annotated[
        str | None,
        typer.Argument(help="A preset, a name of the list, or a hub id; else all that is configured."),
    ] = None,
    revision: Annotated[str, typer.Option(help="The hub's revision, best a commit's hash.")] = "",
    config: ConfigFile = None,
) -> None:
    """Fetch weights: the configured models', or one model's from a hub."""
    with failing():
        settings = read_config(config)
        if what is not None and what not in PRESETS:
            if what in {weights.name for weights in catalogue()}:
                _fetch(what, settings)
            else:
                pull_from_hub(what, revision)
            return
        if what is not None:
            settings = read_config(config, models={"preset": what, "detector": "", "encoder": ""})
        pull_missing(settings)
        if settings.generator.kind == "transformers":
            pull_from_hub(settings.generator.model, settings.generator.revision)
    Console().print(f"The weights are in {settings.models.cache}.")


@models_app.command()
def verify(
    what: Annotated[str | None, typer.Argument(help="A hub id; without one, all that is configured.")] = None,
    revision: Annotated[str, typer.Option(help="The hub's revision that was pulled.")] = "",
    config: ConfigFile = None,
) -> None:
    """Compare the weights here with their checksums."""
    from_hub, sound = [(what, revision)] if what is not None else [], True
    with failing():
        settings = read_config(config)
        if what is None:
            for name in configured(settings):
                good = find(name).is_sound(settings.models.cache)
                remedy = f"missing or damaged: python -m bot models remove {name}, then pull"
                Console().print(f"{name}: {'good' if good else remedy}")
                sound = sound and good
            if settings.generator.kind == "transformers":
                from_hub.append((settings.generator.model, settings.generator.revision))
        for source, at in from_hub:
            wrong = hub.damaged(source, at)
            named = hub.as_arguments(source, at)
            remedy = f"damaged: {', '.join(wrong)}; python -m bot models remove {named}, then pull"
            Console().print(f"{source}: {remedy if wrong else 'good'}", highlight=False)
            sound = sound and not wrong
    if not sound:
        raise typer.Exit(1)


@models_app.command()
def remove(
    what: Annotated[str, typer.Argument(help="A name of the list, or a hub id.")],
    revision: Annotated[str, typer.Option(help="Only this revision of a hub's model.")] = "",
    config: ConfigFile = None,
) -> None:
    """Delete a model's weights from this machine."""
    freed = ""
    with failing():
        settings = read_config(config)
        if "/" not in what:
            find(what).remove(settings.models.cache)
        elif Path(what).expanduser().exists():
            raise ModelError(f"{what} is a folder of your own; delete it yourself if you don't need it.")
        else:
            freed = f", {hub.remove(what, revision) / 1e6:.0f} MB are free again"
    Console().print(f"{what} is removed{freed}.", highlight=False)


def configured(settings: Config) -> tuple[str, ...]:
    """The names of the models that the configuration asks for."""
    return sources.names(settings.models.detector, settings.models.encoder, settings.models.words)


def pull_missing(settings: Config) -> None:
    """Fetch what isn't here yet, with a progress bar for each. Raises `ModelError` with what to do."""
    for name in configured(settings):
        if not find(name).is_here(settings.models.cache):
            _fetch(name, settings)


def pull_from_hub(source: str, revision: str) -> None:
    """Fetch a model's snapshot with a progress bar, its licence shown. Raises `ModelError`."""
    out = Console()
    if Path(source).expanduser().is_dir():
        out.print(f"{source} is a folder: nothing to fetch.")
        return
    offer = hub.look_up(source, revision)
    out.print(f"{source}, licence: {offer.licence}, commit {offer.commit}", highlight=False)
    with _bars() as bars:
        bar = bars.add_task(f"Fetching {source}", total=offer.bytes)
        folder = hub.fetch(offer, lambda done, total: bars.update(bar, completed=done, total=total))
    out.print(f"It is in {folder}, checksums right.", highlight=False, soft_wrap=True)
    for base in hub.needed_beside(folder):
        pull_from_hub(base, "")


def _fetch(name: str, settings: Config) -> None:
    weights = find(name)
    Console(stderr=True).print(f"{name}, licence: {weights.licence}", highlight=False)
    with _bars() as bars:
        bar = bars.add_task(f"Fetching {name}")
        weights.fetch(settings.models.cache, lambda done, total: bars.update(bar, completed=done, total=total))


def _bars() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True))
