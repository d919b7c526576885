"""`python -m bot models`: what there is, fetch it, check it, remove it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot import config as configuration
from core.errors import ModelError, RapportError
from core.models.weights import hub, sources
from core.models.weights.hosted import Hosted
from core.models.weights.needs import needed_beside
from core.models.weights.presets import PRESETS

if TYPE_CHECKING:
    from bot.config import Config

models_app = typer.Typer(help="The models' weights: list, pull, verify, remove.", no_args_is_help=True)
ConfigOption = Annotated[Path | None, typer.Option("--config", help="The configuration file.")]


@models_app.command("list")
def list_models(config: ConfigOption = None) -> None:
    """What there is, and what is here already; first the presets that go together."""
    settings = _settings(config)
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
    for entry in sources.entries():
        pinned = "pinned" if not isinstance(entry, Hosted) or entry.pinned else "first come"
        size = f"{entry.bytes / 1e6:.0f} MB" if entry.bytes else "?"
        here = "yes" if sources.installed(entry.name, settings.models.cache) else "no"
        table.add_row(entry.name, entry.kind, size, pinned, here, entry.licence, entry.about)
    Console().print(presets, "", table)
    if from_hub := _from_hub():
        Console().print("", from_hub)


def _from_hub() -> Table | None:
    """What is in the hub's cache, which other programs share; None without a hub's library or any model."""
    try:
        held = hub.held()
    except RapportError:
        return None
    table = Table("here from a hub", "size", "commit", box=None, header_style="dim")
    for one in held:
        table.add_row(one.source, f"{one.bytes / 1e6:.0f} MB", ", ".join(commit[:12] for commit in one.commits))
    return table if held else None


@models_app.command()
def pull(
    what: Annotated[
        str | None,
        typer.Argument(help="A preset, a name of the list, or a hub id; else all that is configured."),
    ] = None,
    revision: Annotated[str, typer.Option(help="The hub's revision, best a commit's hash.")] = "",
    config: ConfigOption = None,
) -> None:
    """Fetch weights: the configured models', or one model's from a hub."""
    settings = _settings(config)
    try:
        if what is not None and what not in PRESETS:
            pull_one(what, revision, settings)
            return
        if what is not None:
            settings = configuration.load(config, models={"preset": what, "detector": "", "encoder": ""})
        pull_missing(settings)
        if settings.generator.kind == "transformers":
            pull_from_hub(settings.generator.model, settings.generator.revision)
    except RapportError as error:
        _fail(error)
    Console().print(f"The weights are in {settings.models.cache}.")


@models_app.command()
def verify(
    what: Annotated[str | None, typer.Argument(help="A hub id; without one, all that is configured.")] = None,
    revision: Annotated[str, typer.Option(help="The hub's revision that was pulled.")] = "",
    config: ConfigOption = None,
) -> None:
    """Compare the weights here with their checksums."""
    settings = _settings(config)
    try:
        sound = _verify_hub(what, revision) if what is not None else _verify_configured(settings)
    except RapportError as error:
        _fail(error)
    if not sound:
        raise typer.Exit(1)


def _verify_configured(settings: Config) -> bool:
    sound = True
    for name in configured(settings):
        good = sources.verify(name, settings.models.cache)
        sound = sound and good
        remedy = f"missing or damaged: python -m bot models remove {name}, then pull"
        Console().print(f"{name}: {'good' if good else remedy}")
    if settings.generator.kind == "transformers":
        sound = _verify_hub(settings.generator.model, settings.generator.revision) and sound
    return sound


def _verify_hub(source: str, revision: str) -> bool:
    wrong = hub.damaged(source, revision)
    named = hub.as_arguments(source, revision)
    remedy = f"damaged: {', '.join(wrong)}; python -m bot models remove {named}, then pull"
    Console().print(f"{source}: {remedy if wrong else 'good'}", highlight=False)
    return not wrong


@models_app.command()
def remove(
    what: Annotated[str, typer.Argument(help="A name of the list, or a hub id.")],
    revision: Annotated[str, typer.Option(help="Only this revision of a hub's model.")] = "",
    config: ConfigOption = None,
) -> None:
    """Delete a model's weights from this machine."""
    settings = _settings(config)
    try:
        freed = _remove(what, revision, settings)
    except RapportError as error:
        _fail(error)
    Console().print(f"{what} is removed{freed}.", highlight=False)


def _remove(what: str, revision: str, settings: Config) -> str:
    """Delete it; how much became free, as the end of a sentence, where that is known."""
    if "/" not in what:
        sources.remove(what, settings.models.cache)
        return ""
    if Path(what).expanduser().exists():
        raise ModelError(f"{what} is a folder of your own; delete it yourself if you don't need it.")
    return f", {hub.remove(what, revision) / 1e6:.0f} MB are free again"


def configured(settings: Config) -> tuple[str, ...]:
    """The names of the models that the configuration asks for."""
    return sources.names(settings.models.detector, settings.models.encoder, settings.models.words)


def pull_missing(settings: Config) -> None:
    """Fetch what isn't here yet, with a progress bar for each. Raises `ModelError` with what to do."""
    missing = [name for name in configured(settings) if not sources.installed(name, settings.models.cache)]
    for name in missing:
        _fetch(name, settings)


def pull_one(what: str, revision: str, settings: Config) -> None:
    """Fetch one entry of the list, or a model of a hub. Raises `ModelError` with what to do."""
    if what in {entry.name for entry in sources.entries()}:
        _fetch(what, settings)
    else:
        pull_from_hub(what, revision)


def _fetch(name: str, settings: Config) -> None:
    Console(stderr=True).print(f"{name}, licence: {sources.find(name).licence}", highlight=False)
    with _bars() as bars:
        bar = bars.add_task(f"Fetching {name}")
        sources.fetch(name, settings.models.cache, lambda done, total: bars.update(bar, completed=done, total=total))


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
    for base in needed_beside(folder):
        pull_from_hub(base, "")


def _bars() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True))


def _settings(config: Path | None) -> Config:
    try:
        return configuration.load(config)
    except RapportError as error:
        _fail(error)


def _fail(error: BaseException) -> NoReturn:
    typer.secho(str(error), fg="red", err=True)
    raise typer.Exit(1) from None
