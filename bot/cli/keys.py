"""`python -m bot keys`: what the store is encrypted with: shown, closed with another host key, exported, imported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import ConfigFile, StorePlace, failing, read_config
from core.errors import StoreError

if TYPE_CHECKING:
    from core.store.keys.folder import KeyFolder

keys_app = typer.Typer(help="What the store is encrypted with.", no_args_is_help=True)


@keys_app.command()
def show(config: ConfigFile = None, store: StorePlace = None) -> None:
    """Say where the keys are and how many there are; none of them is shown."""
    with failing():
        keys = _opened(config, store)
        living, destroyed = keys.counts()
        typer.echo(f"{keys.path} has the keys of the store: {living:,}, and {destroyed:,} that were destroyed.")
        typer.echo(f"They are closed with the host key in {keys.host_place} ({keys.host_name}).")
        typer.echo(
            "Keep a copy of both, apart from the store's backups: without them nothing can be read, and with them"
        )
        typer.echo("whoever has a backup reads it.")


@keys_app.command()
def rotate(config: ConfigFile = None, store: StorePlace = None) -> None:
    """Close all keys with a new host key, while no bot is running; what is stored stays as it is.

    Interrupted, it goes on when it is run again.
    """
    with failing():
        keys = _opened(config, store)
        count = keys.rotate()
        typer.echo(f"All keys are closed with another host key now ({keys.host_name}): {count:,} blocks were.")
        typer.echo("Copies of the old host key open copies of the keys that were made before: delete those.")


@keys_app.command()
def export(
    target: Annotated[Path, typer.Argument(help="The folder to write; there must be none of that name.")],
    config: ConfigFile = None,
    store: StorePlace = None,
) -> None:
    """Copy the keys, without the host key, to a folder of which a new machine can be set up."""
    with failing():
        keys = _opened(config, store)
        if target.exists():
            raise StoreError(f"{target} exists already: name another folder.")
        count = keys.copy_to(target)
        typer.echo(
            f"{target} has the keys as they are now, {count:,} blocks. They need the host key of {keys.host_place}."
        )
        typer.echo(
            "BEWARE: what is forgotten from now on can be read with this copy, the host key and an older backup."
        )
        typer.echo("Keep it as short as you can, never beside a backup, and replace it by a new one often.")


@keys_app.command("import")
def import_keys(
    source: Annotated[Path, typer.Argument(help="A folder that `keys export` has written.")],
    config: ConfigFile = None,
    store: StorePlace = None,
) -> None:
    """Put exported keys in their place, where there are none. What was written with newer ones is let go of."""
    with failing():
        keys = _configured(config, store)
        if keys.exists:
            raise StoreError(f"There are keys in {keys.path}. Move that folder away first, if it isn't the right one.")
        count = keys.take_in(source)
        typer.echo(f"{keys.path} has {count:,} blocks of keys now.")
        typer.echo("What was written after that export can't be read, and is let go of at the next start.")


def _opened(config: Path | None, store: str | None) -> KeyFolder:
    """The configured store's keys, opened. Raises `StoreError` where there are none."""
    keys = _configured(config, store)
    keys.open()
    return keys


def _configured(config: Path | None, store: str | None) -> KeyFolder:
    """Where the configured store's keys are, or are to be. Raises `StoreError` where it is to have none."""
    from bot.build.rapport import keys_of  # noqa: PLC0415 - so that help is quick

    keys = keys_of(read_config(config, store))
    if keys is None:
        raise StoreError("keys.encrypt is off: nothing is encrypted.")
    return keys
