"""`python -m bot discord`: what has to be done beside running the bot."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from bot.cli.options import ConfigFile, failing, read_config, set_up_logs
from core.errors import ConfigError

discord_app = typer.Typer(help="Look after the Discord bot.", no_args_is_help=True)

Guild = Annotated[int | None, typer.Option(help="One server's id: there the commands change at once.")]


@discord_app.callback()
def about() -> None:
    """Look after the Discord bot."""


@discord_app.command()
def sync(guild: Guild = None, config: ConfigFile = None) -> None:
    """Tell Discord which commands there are: once, and after each update of Rapport."""
    from bot.build.platforms import sync_discord  # noqa: PLC0415 - so that help is quick

    with failing():
        settings = read_config(config)
        if not settings.discord.token.get_secret_value():
            raise ConfigError("There is no token: set discord.token, or RAPPORT_DISCORD__TOKEN.")
        set_up_logs(settings)
        count = asyncio.run(sync_discord(settings, guild))
    where = "on that server" if guild else "everywhere; it may take a while until they show"
    Console().print(f"{count} commands are registered {where}.")
