"""`python -m bot models`: what there is, fetch it, check it, remove it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.cli.options import ConfigFile, failing, read_config
from core.errors import ConfigError, ModelError
from core.models.weights import hub, sources
from core.models.weights.catalogue import Weights, catalogue, find
from core.models.weights.presets import PRESETS
from core.options import closest

if TYPE_CHECKING:
    from bot.config import Config

models_app = typer.Typer(help="The models' weights: list, pull, verify, remove.", no_args_is_help=True)


@models_app.command("list")
def list_models(config: ConfigFile = None) -> None:
    """What there is, and what is here already; first the presets that go together."""
    with failing():
        settings = read_config(config)
    presets, models, from_hub = (
        _table("preset", "what goes together"),
        _table("model", ""),
        _table("here from a hub", ""),
    )
    for name, preset in PRESETS.items():
        generator = preset.generator_model if preset.generator == "transformers" else preset.generator
        mark = " (yours)" if name == settings.models.preset else ""
        presets.add_row(name + mark, f"{preset.detector}, {preset.encoder}; answers by {generator}")
    for weights in catalogue():
        here = "here" if weights.is_here(settings.models.cache) else "not here yet"
        size = f"{weights.bytes / 1e6:.0f} MB" if weights.bytes else "size unknown"
        pinned = "checksum known" if weights.pinned else "no checksum known"
        models.add_row(weights.name, f"{weights.kind}, {here}, {size}, {pinned}\n{weights.about}\n{weights.licence}")
    # What is in the hub's cache, which other programs share.
    for one in hub.held():
        from_hub.add_row(one.source, f"{one.bytes / 1e6:.0f} MB, {', '.join(commit[:12] for commit in one.commits)}")
    for table in (presets, models, from_hub):
        if table.row_count:
            Console().print(table, "", highlight=False)


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
            if _is_from_hub(what):
                pull_from_hub(what, revision)
            else:
                _fetch(_known(what), settings)
            return
        if what is not None:
            settings = read_config(config, models={"preset": what, "detector": "", "encoder": ""})
        pull_missing(settings)
        if settings.generator.kind == "transformers":
            pull_from_hub(settings.generator.model, settings.generator.revision)
    Console().print(f"The weights are in {settings.models.cache}.")


@models_app.command()
def verify(
    what: Annotated[
        str | None, typer.Argument(help="A name of the list, or a hub id; else all that is configured.")
    ] = None,
    revision: Annotated[str, typer.Option(help="The hub's revision that was pulled.")] = "",
    config: ConfigFile = None,
) -> None:
    """Compare the weights here with their checksums."""
    from_hub, sound = [(what, revision)] if what is not None and _is_from_hub(what) else [], True
    with failing():
        settings = read_config(config)
        if not from_hub:
            for name in configured(settings) if what is None else [_known(what).name]:
                good = find(name).is_sound(settings.models.cache)
                remedy = f"missing or damaged: python -m bot models remove {name}, then pull"
                Console().print(f"{name}: {'good' if good else remedy}")
                sound = sound and good
            if what is None and settings.generator.kind == "transformers":
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
        if not _is_from_hub(what):
            _known(what).remove(settings.models.cache)
        elif Path(what).expanduser().exists():
            raise ModelError(f"{what} is a folder of your own; delete it yourself if you don't need it.")
        else:
            freed = f", {hub.remove(what, revision) / 1e6:.0f} MB are free again"
    Console().print(f"{what} is removed{freed}.", highlight=False)


def configured(settings: Config) -> tuple[str, ...]:
    """The names of the models that the configuration asks for."""
    chosen = settings.models
    optional = sources.optional(chosen.saliency, faces=chosen.faces)
    return sources.names(chosen.detector, chosen.encoder, chosen.words) + optional


def pull_missing(settings: Config) -> None:
    """Fetch what isn't here yet or is damaged, with a progress bar for each. Raises `ModelError` with what to do.

    What can be done without is told of where it can't be had, and is no error.
    """
    optional = sources.optional(settings.models.saliency, faces=settings.models.faces)
    for name in configured(settings):
        weights = find(name)
        if weights.is_sound(settings.models.cache):
            continue
        if weights.is_here(settings.models.cache):
            Console(stderr=True).print(f"The weights of {name} are damaged: they are fetched again.", highlight=False)
        try:
            _fetch(weights, settings)
        except ModelError as error:
            if name not in optional:
                raise
            Console(stderr=True).print(f"Going on without {name}. {error}", highlight=False)


def with_preset(settings: Config, usual: Config, reachable: Callable[[], bool] = hub.reachable) -> Config:
    """The settings with a preset that was asked for, fetched, and what it changes; else the usual ones, and why."""
    from bot.build.vision import check_libraries  # noqa: PLC0415 - how long help takes

    chosen, before = settings.models, usual.models
    try:
        check_libraries(settings)
        here = all(
            find(name).is_here(chosen.cache) for name in sources.names(chosen.detector, chosen.encoder, chosen.words)
        )
        if not here and not reachable():
            raise ModelError("the hub that has its models can't be reached")
        pull_missing(settings)
    except (ConfigError, ModelError) as error:
        reason = str(error).rstrip(".")
        typer.echo(f"Going on with {before.preset}, not {chosen.preset}: {reason}.", err=True)
        return usual
    changes = [
        f"{what} {new}, not {old}"
        for what, new, old in (
            ("finds things with", chosen.detector, before.detector),
            ("tells them apart by", chosen.encoder, before.encoder),
            ("answers by", settings.generator.kind, usual.generator.kind),
        )
        if new != old
    ]
    if changes:
        told = (
            f"{chosen.preset}: {'; '.join(changes)}.",
            "What is remembered is embedded anew meanwhile (the log says how far); the bot asks more than it names "
            "until it has learned from some dozens of answers.",
            f'To keep it, write preset = "{chosen.preset}" below [models] in config.toml.',
        )
        typer.echo("\n".join(told), err=True)
    return settings


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


def _table(*columns: str) -> Table:
    """A table whose last column is folded where the terminal is narrow, and nothing is cut off."""
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _is_from_hub(what: str) -> bool:
    """Whether it is a model of a hub, "owner/name", or a folder; all else has to be a name that we know."""
    return "/" in what or Path(what).expanduser().is_dir()


def _known(name: str) -> Weights:
    """The entry of that name. Raises `ModelError` that says what there is, presets and hubs, too."""
    names = {weights.name: weights for weights in catalogue()}
    if name not in names:
        near = closest(name.lower(), [*PRESETS, *names])
        lines = (
            f"There is no model called {name}.{f' Did you mean {near}?' if near else ''} There are:",
            f"  presets    {', '.join(PRESETS)}",
            *textwrap.wrap(
                ", ".join(names), 78, initial_indent="  models     ", subsequent_indent=" " * 13, break_on_hyphens=False
            ),
            "  of a hub   its id with its owner, as in owner/name",
            "`python -m bot models list` tells more of them.",
        )
        raise ModelError("\n".join(lines))
    return names[name]


def _fetch(weights: Weights, settings: Config) -> None:
    Console(stderr=True).print(f"{weights.name}, licence: {weights.licence}", highlight=False)
    with _bars() as bars:
        bar = bars.add_task(f"Fetching {weights.name}")
        weights.fetch(settings.models.cache, lambda done, total: bars.update(bar, completed=done, total=total))


def _bars() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True))
