"""`python -m bot doctor` and `config`: is all well here, and what can be set."""

from __future__ import annotations

import asyncio
import sys

import typer

from bot import config as configuration
from bot.cli.options import ConfigFile, StorePlace, failing, read_config, set_up_logs

doctor_app = typer.Typer()


@doctor_app.command()
def doctor(config: ConfigFile = None, store: StorePlace = None) -> None:
    """Check configuration, models, store and port, and say what to do."""
    from bot.running.doctor import examine  # noqa: PLC0415 - so that help is quick

    with failing():
        settings = read_config(config, store)
        set_up_logs(settings)
        well = asyncio.run(examine(settings, config or configuration.FILE))
    if not well:
        raise typer.Exit(1)


@doctor_app.command("config")
def show_config() -> None:
    """Print config.example.toml: every setting with its default."""
    sys.stdout.write(configuration.example())
