"""`python -m bot run`, `console` and `pipe`: the ways to start the bot. What they need is imported when they run."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import ConfigFile, LogFormat, StorePlace, failing, read_config, set_up_logs
from core.options import Role

if TYPE_CHECKING:
    from bot.config import Config

run_app = typer.Typer()


@run_app.command()
def run(
    config: ConfigFile = None,
    store: StorePlace = None,
    host: Annotated[str | None, typer.Option(help="Where the web chat listens.")] = None,
    port: Annotated[int | None, typer.Option(help="The web chat's port.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="The models that see, where they can be had: lite, standard, rap.")
    ] = None,
    lan: Annotated[bool, typer.Option("--lan", help="Let phones in the same network in, by a QR code.")] = False,
    role: Annotated[
        Role, typer.Option(help="What this process does where several share a PostgreSQL store.")
    ] = Role.ALL,
    log_format: LogFormat = None,
) -> None:
    """Start the bot with its web chat."""
    with failing():
        usual = read_config(config, store, log_format, web={"host": host, "port": port})
        if preset is not None:
            from bot.cli.models import with_preset  # noqa: PLC0415 - see above

            models = {"preset": preset, "detector": "", "encoder": "", "fit": ""}
            chosen = read_config(config, store, log_format, web={"host": host, "port": port}, models=models)
            usual = with_preset(chosen, usual)
        settings = _ready(usual)
        from bot.running.lan import on_lan  # noqa: PLC0415 - see above
        from bot.running.serving import serve  # noqa: PLC0415 - see above

        _run(serve(on_lan(settings) if lan else settings, lan=lan, role=role))


@run_app.command()
def console(config: ConfigFile = None, store: StorePlace = None, log_format: LogFormat = None) -> None:
    """Chat in this terminal."""
    with failing():
        settings = _ready(read_config(config, store, log_format), log_level="warning")
        from bot.running.serving import chat_in_terminal  # noqa: PLC0415 - see above

        _run(chat_in_terminal(settings))


@run_app.command()
def pipe(
    config: ConfigFile = None,
    store: StorePlace = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="Also write the answers as they grow.")] = False,
    pictures: Annotated[Path | None, typer.Option(help="Where pictures and exports are written.")] = None,
    log_format: LogFormat = None,
) -> None:
    """JSON Lines in, JSON Lines out, for scripts and bridges."""
    with failing():
        settings = _ready(read_config(config, store, log_format), log_level="warning")
        from bot.running.serving import serve_pipe  # noqa: PLC0415 - see above

        _run(serve_pipe(settings, drafts=drafts, pictures=pictures))


@run_app.command()
def link(config: ConfigFile = None, store: StorePlace = None) -> None:
    """Print the link that makes you the owner of the web chat that is running; it works once."""
    with failing():
        from bot.running.health import owner_link  # noqa: PLC0415 - see above

        typer.echo(owner_link(read_config(config, store)))


def _ready(settings: Config, log_level: str = "info") -> Config:
    """Set the logs up and fetch the weights that aren't there yet, with a progress bar."""
    from bot.cli.models import pull_missing  # noqa: PLC0415 - see above

    set_up_logs(settings, log_level)
    pull_missing(settings)
    return settings


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run until it ends or the person stops it."""
    gc.freeze()  # what was imported stays: the collector need not stop everything to look through it
    with suppress(KeyboardInterrupt):
        asyncio.run(work)
