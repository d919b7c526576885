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


@discord_app.command("sync")
def sync_commands(guild: Guild = None, config: ConfigFile = None) -> None:
    """Tell Discord which commands there are: once, and after each update of Rapport."""
    from adapters.discord.client import RapportClient  # noqa: PLC0415 - so that help is quick
    from adapters.discord.syncing import sync  # noqa: PLC0415
    from core.i18n.translator import Translators  # noqa: PLC0415

    with failing():
        settings = read_config(config)
        token = settings.discord.token.get_secret_value()
        if not token:
            raise ConfigError("There is no token: set discord.token, or RAPPORT_DISCORD__TOKEN.")
        set_up_logs(settings)
        count = asyncio.run(sync(RapportClient(settings.discord), token, Translators.load(), guild))
    where = "on that server" if guild else "everywhere; it may take a while until they show"
    Console().print(f"{count} commands are registered {where}.")
