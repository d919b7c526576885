"""`python -m bot store`: check what is kept, back it up while the bot is running, restore a backup, move it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import ConfigFile, StorePlace, failing, read_config, store_url
from core.errors import StoreError

if TYPE_CHECKING:
    from bot.config import Config

store_app = typer.Typer(help="What is kept: check, back up, restore, move.", no_args_is_help=True)


@store_app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A store or a backup; else the configured store.")] = None,
    salvage: Annotated[
        Path | None, typer.Option(help="Write what can still be read to this new file, to be restored.")
    ] = None,
    config: ConfigFile = None,
    store: StorePlace = None,
) -> None:
    """Read all of the store and say what can't be read any more."""
    with failing():
        from core.store.recovery import checking  # noqa: PLC0415 - so that help is quick

        path = file or _path(read_config(config, store))
        found = checking.examine(path)
        typer.echo(f"{path} is {'undamaged' if found.sound else 'damaged; still readable'}: {found}.")
        if salvage is not None:
            typer.echo(f"{salvage} has {checking.salvage(path, salvage)}.")
            typer.echo(f"Stop Rapport and run `python -m bot store restore {salvage}` to go on with that.")
        elif not found.sound:
            typer.echo("`python -m bot store restore BACKUP` puts a backup in its place. Without a backup,")
            typer.echo("`python -m bot store check --salvage FILE` writes what is readable to a file to be restored.")
            raise typer.Exit(1)


@store_app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The file to write; there must be none of that name.")],
    config: ConfigFile = None,
    store: StorePlace = None,
) -> None:
    """Write a backup of the store, also while the bot is running."""
    with failing():
        from core.store.recovery import backups  # noqa: PLC0415 - as above

        settings = read_config(config, store)
        path = _path(settings)
        size = backups.make(path, target)
        typer.echo(f"{target} is a backup of {path}, {size / 1e6:.1f} MB. It holds people's photos: keep it as safe.")
        typer.echo(f"Keep a copy of {path}-ledger elsewhere, too: it has what a backup must not bring back.")
        if settings.keys.encrypt:
            typer.echo("It holds no keys. `python -m bot keys export` copies those, to be kept apart from it.")


@store_app.command()
def restore(
    backup: Annotated[Path, typer.Argument(help="A backup, or what `check --salvage` has written.")],
    config: ConfigFile = None,
    store: StorePlace = None,
) -> None:
    """Put a backup in the store's place; what was forgotten since it was made stays forgotten."""
    with failing():
        from bot.build.rapport import opened_store  # noqa: PLC0415 - as above
        from core.store.recovery import checking, restoring  # noqa: PLC0415 - as above

        settings = read_config(config, store)
        path = _path(settings)
        aside = restoring.restore(path, backup)

        async def open_once() -> None:
            async with opened_store(settings):  # forgets again what must not come back
                pass

        asyncio.run(open_once())
        typer.echo(f"{path} is {backup} now: {checking.examine(path)}.")
        if aside is not None:
            typer.echo(f"What was there is {aside}. Delete it when all is well: forgetting doesn't reach it.")


@store_app.command()
def move(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The store's file or URL.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="A new file, or the URL of an empty database.")],
    config: ConfigFile = None,
) -> None:
    """Carry everything to another place while no Rapport is running; run again, it goes on where it was interrupted."""
    with failing():
        from bot.build.rapport import move_store  # noqa: PLC0415 - as above

        settings = read_config(config)
        done = asyncio.run(move_store(store_url(source), store_url(target), typer.echo, settings))
        typer.echo(f"All {sum(done.rows.values()):,} rows are there, the same in both (digest {done.digest}).")
        typer.echo("Put the new place into store.url. What was there before stays, and forgetting doesn't reach it:")
        typer.echo("delete it when all is well.")


def _path(settings: Config) -> Path:
    """The configured store's file. Raises `StoreError` for a server's."""
    from core.store import opening  # noqa: PLC0415 - as above

    files = opening.files(settings.store.url)
    if not files:
        raise StoreError("The store is a server's: back it up with the server's own tools.")
    return files[0]
