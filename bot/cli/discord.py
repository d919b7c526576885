"""`python -m bot discord`: what has to be done beside running the bot."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot import config as configuration
from bot import logs
from core.errors import RapportError

discord_app = typer.Typer(help="Look after the Discord bot.", no_args_is_help=True)

ConfigFile = Annotated[Path | None, typer.Option("--config", help="The configuration file.")]
Guild = Annotated[int | None, typer.Option(help="One server's id: there the commands change at once.")]


@discord_app.callback()
def about() -> None:
    """Look after the Discord bot."""


@discord_app.command()
def sync(guild: Guild = None, config: ConfigFile = None) -> None:
    """Tell Discord which commands there are: once, and after each update of Rapport."""
    from bot.build.platforms import sync_discord  # noqa: PLC0415 - so that help is quick

    try:
        settings = configuration.load(config)
        if not settings.discord.token.get_secret_value():
            raise RapportError("There is no token: set discord.token, or RAPPORT_DISCORD__TOKEN.")
        logs.set_up(settings.log.format, settings.log.level)
        count = asyncio.run(sync_discord(settings, guild))
    except RapportError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from None
    where = "on that server" if guild else "everywhere; it may take a while until they show"
    Console().print(f"{count} commands are registered {where}.")
